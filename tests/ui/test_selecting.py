"""What is selected, and the steps that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui import selecting
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.selecting import step_text

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def open_pictures(workspace: Workspace, pictures: Dataset) -> Workspace:
    workspace.set_dataset(pictures)
    return workspace


def selected(workspace: Workspace) -> list[int]:
    return list(workspace.selection.tolist())


def test_a_selection_is_sorted_unique_and_read_only(open_pictures: Workspace) -> None:
    open_pictures.select([7, 3, 7, 99, -1, 0])
    assert selected(open_pictures) == [0, 3, 7]
    assert open_pictures.selection.dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        open_pictures.selection[0] = 1


def test_items_are_joined_each_way_and_undone(open_pictures: Workspace) -> None:
    workspace = open_pictures
    workspace.select([1, 2, 3])
    workspace.select([3, 4], "add")
    assert selected(workspace) == [1, 2, 3, 4]
    assert workspace.undo.undoText() == "Add 1 item"
    workspace.select([1, 30], "take")
    assert selected(workspace) == [2, 3, 4]
    assert workspace.undo.undoText() == "Take away 1 item"
    mask = np.zeros(40, bool)
    mask[3:] = True
    workspace.select(mask, "within")
    assert selected(workspace) == [3, 4]
    for expected in ([2, 3, 4], [1, 2, 3, 4], [1, 2, 3], []):
        workspace.undo.undo()
        assert selected(workspace) == expected


@pytest.mark.parametrize("at_once", [1000, 0])
def test_of_what_is_hidden_nothing_is_joined(
    open_pictures: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(selecting, "AT_ONCE", at_once)
    workspace = open_pictures
    workspace.set_look(hidden=frozenset({1}))  # the odd ones
    for items, how, wanted in (
        ([1, 2, 4], "replace", [2, 4]),
        ([6, 7], "add", [2, 4, 6]),
        ([4, 5], "take", [2, 6]),
        (np.ones(40, bool), "flip", [*({*range(0, 40, 2)} - {2, 6})]),
        (np.arange(40) < 10, "within", [0, 4, 8]),
    ):
        workspace.select(items, how, shown=True)
        qtbot.waitUntil(lambda wanted=wanted: selected(workspace) == sorted(wanted), timeout=SOON)
    workspace.select([1, 3])
    workspace.select([2], "add", shown=True)
    qtbot.waitUntil(lambda: selected(workspace) == [1, 2, 3], timeout=SOON)


def test_nothing_changed_is_no_step(open_pictures: Workspace) -> None:
    open_pictures.select([5, 6])
    steps = open_pictures.undo.count()
    open_pictures.select([6, 5])
    open_pictures.select([5], "add")
    open_pictures.select([30], "take")
    open_pictures.select([5, 6, 7], "within")
    assert open_pictures.undo.count() == steps


def test_by_is_told(open_pictures: Workspace) -> None:
    who, heard = object(), []
    open_pictures.selection_changed.connect(heard.append)
    open_pictures.select([1], "replace", who)
    assert heard == [who]


def test_many_items_are_joined_on_a_thread_in_order(
    open_pictures: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "AT_ONCE", 3)
    workspace = open_pictures
    workspace.select(np.arange(20))
    workspace.select([5, 6], "take")
    workspace.select([30], "add")
    assert selected(workspace) == []
    qtbot.waitUntil(lambda: 30 in workspace.selection, timeout=SOON)
    assert selected(workspace) == [*range(5), *range(7, 20), 30]
    workspace.undo.undo()
    assert selected(workspace) == [*range(5), *range(7, 20)]


def test_a_quick_replacement_is_not_overtaken(
    open_pictures: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "AT_ONCE", 3)
    workspace = open_pictures
    workspace.select(np.arange(20))
    workspace.select([39])
    qtbot.waitUntil(lambda: not workspace.jobs.running, timeout=SOON)
    assert selected(workspace) == [39]


def test_undo_while_joining_is_joined_with_what_is_left(
    open_pictures: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_pictures
    workspace.select([1, 2, 3, 4])
    monkeypatch.setattr(selecting, "AT_ONCE", 3)
    workspace.select([9], "add")
    workspace.undo.undo()
    qtbot.waitUntil(lambda: 9 in workspace.selection, timeout=SOON)
    assert selected(workspace) == [9]


def test_items_that_are_gone_are_not_selected(workspace: Workspace, pictures: Dataset) -> None:
    mu = np.zeros((40, 2), np.float32)
    workspace.set_opened(Opened(pictures, Space(None, Posterior(mu, mu), pictures)))
    workspace.select([3, 38])
    workspace.set_space(Space(None, Posterior(mu[:10], mu[:10])), None)
    assert selected(workspace) == [3]
    workspace.undo.undo()
    workspace.undo.redo()
    assert selected(workspace) == [3]


def test_other_data_has_no_selection(open_pictures: Workspace, table: Dataset) -> None:
    open_pictures.select([3])
    open_pictures.set_dataset(table)
    assert selected(open_pictures) == []
    assert not open_pictures.undo.canUndo()


@pytest.mark.parametrize(
    ("before", "after", "how", "text"),
    [(0, 1234, "replace", "Select 1\u2009234 items"), (5, 25, "add", "Add 20 items"),
     (5, 4, "take", "Take away 1 item"), (9, 2, "within", "Keep 2 items"), (9, 0, "take", "Select nothing")],
)  # fmt: skip
def test_steps_say_what_they_did(before: int, after: int, how: selecting.How, text: str) -> None:
    assert step_text(before, after, how) == text
