"""The window's exports of datasets: all items, a selection, generated ones; each is read back."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.readers import read
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.data import DataPanel
from vae_desktop.ui.panels.generate import GeneratePanel
from vae_desktop.ui.panels.selection import SelectionPanel
from vae_desktop.ui.saving import DATASETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.panels import Panel
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def make(workspace: Workspace, themes: Themes, qtbot: QtBot) -> Iterator[Callable[[type[Panel]], Panel]]:
    made = []

    def make(kind: type[Panel]) -> Panel:
        panel = kind(workspace, themes)
        qtbot.addWidget(panel, before_close_func=lambda panel: panel.shutdown())
        panel.resize(600, 300)
        panel.show()
        made.append(panel)
        return panel

    yield make
    made.clear()


@pytest.fixture
def save(answer: Callable, workspace: Workspace, qtbot: QtBot) -> Callable[[Panel, Path, str], str]:
    """``save(panel, path, kind)`` exports what the panel offers as a dataset, and returns what was told."""

    def save(panel: Panel, path: Path, kind: str = "") -> str:
        answer(path, kind)
        qtbot.waitUntil(lambda: any("as a dataset" in label for label, _ in panel.exports()), timeout=SOON)
        offer = next(do for label, do in panel.exports() if "as a dataset" in label)
        with qtbot.waitSignal(workspace.told, timeout=SOON) as told:
            offer()
        return str(told.args[0])

    return save


def test_all_items_in_each_format(
    make: Callable, save: Callable, open_untrained: Callable, pictures: Dataset, tmp_path: Path
) -> None:
    panel = make(DataPanel)
    open_untrained(pictures)
    for name, kind in (("v1.2 out", DATASETS["image"][0]), ("x", DATASETS["image"][1]), ("x", DATASETS["image"][2])):
        assert save(panel, tmp_path / name, kind).startswith("Saved ")
    again = read(tmp_path / "x.npz")
    np.testing.assert_array_equal(again.x, pictures.x)
    assert again.classes == ("standing", "lying")
    assert (tmp_path / "x.parquet").stat().st_size > 1000
    assert len(list((tmp_path / "v1.2 out" / "lying").iterdir())) == 20


def test_a_selection_with_the_classes_as_they_are_called_now(
    make: Callable, save: Callable, open_untrained: Callable, workspace: Workspace, pictures: Dataset, tmp_path: Path
) -> None:
    panel = make(SelectionPanel)
    open_untrained(pictures)
    workspace.set_names(workspace.names.with_class(1, "flat", workspace.own_classes), "Rename")
    workspace.select([3, 4, 9])
    save(panel, tmp_path / "some.npz")
    again = read(tmp_path / "some.npz")
    np.testing.assert_array_equal(again.x, pictures.x[[3, 4, 9]])
    assert [again.classes[label] for label in again.labels] == ["flat", "standing", "flat"]


def test_generated_pictures_tell_their_codes(
    make: Callable, save: Callable, open_untrained: Callable, pictures: Dataset, tmp_path: Path
) -> None:
    panel = make(GeneratePanel)
    space = open_untrained(pictures)
    save(panel, tmp_path / "made", DATASETS["image"][0])
    with (tmp_path / "made" / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    z = np.array([[row["z_1"], row["z_2"]] for row in rows], np.float32)
    np.testing.assert_array_equal(read(tmp_path / "made").x, space.decode(z))


def test_generated_rows_are_a_table(
    make: Callable, save: Callable, open_untrained: Callable, table: Dataset, tmp_path: Path
) -> None:
    panel = make(GeneratePanel)
    open_untrained(table)
    save(panel, tmp_path / "rows", DATASETS["table"][0])
    again = read(tmp_path / "rows.csv")
    assert [column.name for column in again.columns] == ["a", "b", "c"]
    assert len(again) == 24


def test_a_table_is_kept_with_what_is_missing_filled_in(
    make: Callable,
    answer: Callable,
    open_untrained: Callable,
    workspace: Workspace,
    table: Dataset,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    def offers() -> dict[str, Callable[[], None]]:
        return {text: do for text, do in panel.exports() if "filled in" in text}

    panel = make(DataPanel)
    x, labels = table.x.copy(), (np.arange(30) % 2).astype(np.int32)
    x[[3, 5], [0, 2]] = np.nan
    gappy = replace(table, x=x, labels=labels, classes=("u", "v"))
    open_untrained(gappy)
    qtbot.waitUntil(lambda: bool(offers()), timeout=SOON)
    workspace.set_names(workspace.names.with_class(1, "wet", workspace.own_classes), "Rename")
    answer(tmp_path / "whole", DATASETS["table"][0])
    with qtbot.waitSignal(workspace.told, timeout=SOON) as told:
        next(iter(offers().values()))()
    assert told.args[0] == f"Saved {tmp_path / 'whole.csv'}; filled in 2 missing values by the model"
    again = read(tmp_path / "whole.csv")
    assert again.classes == ("u", "wet")
    known = ~np.isnan(x)
    np.testing.assert_array_equal(again.x[known], x[known])
    assert np.isfinite(again.x).all()
    workspace.set_opened(Opened(gappy, preparation=workspace.preparation))  # no model of it any more
    qtbot.waitUntil(lambda: bool(panel._gaps), timeout=SOON)
    assert not offers()
    open_untrained(table)  # nothing is missing
    qtbot.waitUntil(lambda: bool(panel.thumbnails._items), timeout=SOON)
    assert not offers()


def test_what_is_lost_is_told(
    make: Callable, save: Callable, open_untrained: Callable, pictures: Dataset, tmp_path: Path
) -> None:
    panel = make(DataPanel)
    open_untrained(replace(pictures, x=pictures.x.astype(np.float32) / 100))
    assert "values from 0 to 2 are written as whole numbers" in save(panel, tmp_path / "out")
