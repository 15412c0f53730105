from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSettings, QThread

from vae_desktop.core.errors import UserError
from vae_desktop.ui.panels import Panel
from vae_desktop.ui.saving import ask_and_save, with_ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
KINDS = ("PNG picture (*.png)", "JPEG picture (*.jpg)")


class Plain(Panel):
    name = "plain"
    title = "Plain"
    area = "below"


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> Plain:
    panel = Plain(workspace, themes)
    qtbot.addWidget(panel)
    return panel


@pytest.mark.parametrize(
    ("typed", "kind", "wanted"),
    [
        ("a", KINDS[0], "a.png"),
        ("a", KINDS[1], "a.jpg"),
        ("a.jpg", KINDS[0], "a.jpg"),
        ("a.JPEG", KINDS[0], "a.JPEG"),
        ("a.v2", KINDS[0], "a.v2.png"),
        ("a", "Folder of PNG pictures (*)", "a"),
    ],
)
def test_an_ending_is_added_where_none_was_typed(typed: str, kind: str, wanted: str) -> None:
    assert with_ending(Path(typed), kind, KINDS) == Path(wanted)


def test_beside_folders_an_ending_is_added_too() -> None:
    kinds = ("Folder of images (*)", "NumPy arrays (*.npz)")
    assert with_ending(Path("a"), kinds[1], kinds) == Path("a.npz")
    assert with_ending(Path("v1.2"), kinds[0], kinds) == Path("v1.2")


def test_it_is_made_and_saved_in_the_background(
    panel: Plain, workspace: Workspace, answer: Callable, tmp_path: Path, qtbot: QtBot
) -> None:
    here, threads = QThread.currentThread(), []

    def make() -> str:
        threads.append(QThread.currentThread())
        return "made"

    answer(tmp_path / "x", KINDS[1])
    with qtbot.waitSignal(workspace.told, timeout=SOON) as told:
        ask_and_save(panel, "Save", "x", KINDS, make, lambda path, text: path.write_text(text) and None)
    assert (tmp_path / "x.jpg").read_text() == "made"
    assert told.args == [f"Saved {tmp_path / 'x.jpg'}"]
    assert threads[0] != here
    assert QSettings().value("export/folder") == str(tmp_path)


def test_a_fault_is_told_and_nothing_said_to_be_saved(
    panel: Plain, workspace: Workspace, answer: Callable, tmp_path: Path, qtbot: QtBot
) -> None:
    def save(path: Path, made: object) -> None:
        raise UserError(f"{path}: cannot be written")

    answer(tmp_path / "x.png")
    with (
        qtbot.assertNotEmitted(workspace.told),
        qtbot.waitSignal(workspace.failed, timeout=SOON) as failed,
    ):
        ask_and_save(panel, "Save", "x", KINDS, lambda: None, save)
    assert str(failed.args[0]) == f"{tmp_path / 'x.png'}: cannot be written"


def test_no_answer_no_file(panel: Plain, workspace: Workspace, answer: Callable) -> None:
    answer("")
    ask_and_save(panel, "Save", "x", KINDS, pytest.fail, lambda path, made: None)
    assert workspace.jobs.running == ()
