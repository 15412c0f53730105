from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.projections import Fitting, projections
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.model_file import save_model
from vae_desktop.models.vae import VAE
from vae_desktop.ui.panels.second import SecondMapPanel, newest_runs
from vae_desktop.ui.widgets.tool_rows import ToolRows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> SecondMapPanel:
    panel = SecondMapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    return panel


@pytest.fixture
def space(
    panel: SecondMapPanel, open_untrained: Callable[[Dataset, int], Space], pictures: Dataset, qtbot: QtBot
) -> Space:
    panel.show()
    qtbot.waitExposed(panel)
    space = open_untrained(pictures, 4)
    panel.workspace.assign("look", panel.workspace.look, None)
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    return space


@pytest.fixture
def another(pictures: Dataset, tmp_path: Path) -> Path:
    """A model file of the same pictures, of three dimensions."""
    import torch

    torch.manual_seed(3)
    path = tmp_path / "another.safetensors"
    save_model(path, VAE(VAEConfig(latent=3, hidden=(8,)), Preparation.fit(pictures)).eval())
    return path


def dot(panel: SecondMapPanel, item: int) -> QPoint:
    assert panel.space is not None
    assert panel.space.projection is not None
    x, y = panel.space.projection.xy[item].tolist()
    return panel.view.to_screen(x, y).toPoint()


def test_it_shows_the_items_otherwise_than_the_first(panel: SecondMapPanel, space: Space, qtbot: QtBot) -> None:
    assert panel.workspace.look.projection == "pca"
    assert panel.space is not None
    assert panel.space.projection is not None
    assert panel.space.projection.name == "axes"
    qtbot.mouseClick(panel.findChild(QPushButton, "second-projection-pca"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.space.projection.name == "pca", timeout=SOON)
    assert panel.workspace.look.projection == "pca"  # the first is not touched


def test_pointing_and_selecting_is_seen_on_both(panel: SecondMapPanel, space: Space, qtbot: QtBot) -> None:
    workspace = panel.workspace
    workspace.set_pointer(workspace.place_of(7))
    ring = panel.view.marks.ring
    assert ring is not None
    assert panel.view.to_screen(*ring).toPoint() == dot(panel, 7)
    at = dot(panel, 9)
    item = panel.view.item_at(at.toPointF())
    with qtbot.waitSignal(workspace.pointer_changed):
        qtbot.mouseMove(panel.view, at)
    assert workspace.pointer is not None
    assert workspace.pointer.item == item
    assert panel.view.marks.ring is None
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=at)
    assert workspace.selection.tolist() == [item]
    assert workspace.cursor is not None
    assert np.array_equal(workspace.cursor.z, space.posterior.mu[item])


def test_another_model_shows_the_same_items(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, another: Path, answer: Callable[[Path, str], None]
) -> None:
    answer(another, "")
    panel.model.chosen.emit("open")
    qtbot.waitUntil(lambda: panel.space is not None and panel.space.latent == 3, timeout=SOON)
    workspace = panel.workspace
    qtbot.waitUntil(lambda: panel.view.item_at(dot(panel, 5).toPointF()) >= 0, timeout=SOON)
    at = dot(panel, 5)
    item = panel.view.item_at(at.toPointF())
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=at)
    assert workspace.selection.tolist() == [item]
    assert workspace.cursor is not None
    assert len(workspace.cursor.z) == 4  # a code of the model that is open
    assert panel.view.marks.cursor is not None
    qtbot.mouseMove(panel.view, QPoint(3, 3))  # a place, not an item
    qtbot.waitUntil(lambda: panel.view.tip is not None and len(panel.view.tip.pictures) == 1, timeout=SOON)
    assert panel.view.tip is not None
    assert panel.view.tip.pictures[0][0] == "decoded"
    panel.model.chosen.emit("")
    qtbot.waitUntil(lambda: panel.space is not None and panel.space.latent == 4, timeout=SOON)


def test_a_model_of_other_items_is_refused_and_nothing_is_lost(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, tmp_path: Path, answer: Callable[[Path, str], None],
    table: Dataset,
) -> None:  # fmt: skip
    path = tmp_path / "table.safetensors"
    save_model(path, VAE(VAEConfig(latent=2, hidden=(8,)), Preparation.fit(table)).eval())
    answer(path, "")
    with qtbot.waitSignal(panel.workspace.failed, timeout=SOON) as told:
        panel.model.chosen.emit("open")
    assert "table" in str(told.args[0])
    assert panel.space is not None
    assert panel.space.latent == 4
    assert "This model" in panel.model.text()


def test_a_hidden_map_rests_and_catches_up(
    panel: SecondMapPanel, open_untrained: Callable[[Dataset, int], Space], pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 2)
    assert panel.space is None
    panel.show()
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    assert panel.space is not None


def press(panel: SecondMapPanel, name: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.findChild(QPushButton, f"second-projection-{name}"), Qt.MouseButton.LeftButton)


def test_one_that_fails_leaves_the_map_as_it_was_and_is_not_tried_again(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_desktop.latent.projections.umap.find_spec", lambda _: None)
    shown = panel.space
    assert shown is not None
    with qtbot.waitSignal(panel.workspace.failed, timeout=SOON) as told:
        press(panel, "umap", qtbot)
    assert "pip install" in str(told.args[0])
    assert panel.tools.projection.value == "axes"
    assert panel.space is not None
    assert panel.space.projection is shown.projection
    panel.workspace.space_changed.emit(None)
    assert not panel.jobs.running


def test_one_that_is_cancelled_half_way_gives_the_old_map_back(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = projections["tsne"]
    shown = panel.space
    assert shown is not None

    def endless(mu: np.ndarray, **_: object) -> Fitting:
        yield finish(projections["pca"].fit(mu))
        while True:
            yield Progress(1, 2, "half")

    monkeypatch.setitem(projections._entries, "tsne", replace(kind, fit=endless))
    press(panel, "tsne", qtbot)
    qtbot.waitUntil(lambda: panel.space is not None and panel.space.projection is not shown.projection, timeout=SOON)
    (job,) = panel.jobs.running
    job.cancel()
    qtbot.waitUntil(lambda: panel.space is not None and panel.space.projection is shown.projection, timeout=SOON)
    assert panel.tools.projection.value == "axes"


def test_other_data_of_as_many_items_is_not_shown_as_another_model_saw_the_last(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, another: Path, answer: Callable[[Path, str], None],
    pictures: Dataset, open_untrained: Callable[[Dataset, int], Space],
) -> None:  # fmt: skip
    answer(another, "")
    panel.model.chosen.emit("open")
    qtbot.waitUntil(lambda: panel.space is not None and panel.space.latent == 3, timeout=SOON)
    fresh = open_untrained(replace(pictures, x=255 - pictures.x), 5)
    qtbot.waitUntil(lambda: panel.space is not None and panel.space.posterior is fresh.posterior, timeout=SOON)


def test_a_model_that_is_no_longer_wanted_is_not_shown(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, another: Path, answer: Callable[[Path, str], None]
) -> None:
    answer(another, "")
    panel.model.chosen.emit("open")
    (job,) = panel.jobs.running
    panel.model.chosen.emit("")  # back, before it came
    qtbot.waitUntil(lambda: not panel.jobs.running, timeout=SOON)
    assert job.stopping
    assert panel.space is not None
    assert panel.space.posterior is space.posterior


def test_the_newest_runs_are_offered(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "older")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
        os.utime(tmp_path / name, (10_000 - age, 10_000 - age))
    (tmp_path / "notes").mkdir()
    assert [path.name for path in newest_runs(tmp_path)] == ["new", "old", "older"]
    assert newest_runs(tmp_path / "nowhere") == ()


def test_hidden_it_does_not_follow_what_is_selected(
    panel: SecondMapPanel, space: Space, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[str] = []
    run = panel.workspace.jobs.run
    monkeypatch.setattr(panel.workspace.jobs, "run", lambda lane, *args: lanes.append(lane) or run(lane, *args))
    panel.hide()
    panel.workspace.select([1, 2, 3])
    assert "live:points 2" not in lanes
    panel.show()
    qtbot.waitUntil(lambda: panel.view._layer.chosen is not None, timeout=SOON)
    assert panel.view._layer.chosen is not None
    assert sorted(panel.view._layer.chosen.items.tolist()) == [1, 2, 3]


@pytest.mark.parametrize("name", ["pca", "axes"])
def test_its_tools_have_room_in_a_narrow_dock(
    panel: SecondMapPanel, open_untrained: Callable[[Dataset, int], Space], pictures: Dataset, qtbot: QtBot, name: str
) -> None:
    panel.show()
    open_untrained(pictures, 8)
    panel.tools.chosen.emit(name)
    qtbot.waitUntil(lambda: panel.tools.projection.value == name, timeout=SOON)
    assert panel.minimumSizeHint().width() <= 260
    panel.resize(panel.minimumSizeHint().width(), 400)
    panel.show()
    qtbot.waitUntil(lambda: name == "pca" or panel.findChild(ToolRows).two, timeout=SOON)
    qtbot.waitUntil(lambda: panel.view.width() == panel.width() <= 260, timeout=SOON)
    for part in (panel.model, panel.tools.projection, *panel.tools.findChildren(QComboBox)):
        if part.isVisible():
            right = part.mapTo(panel, part.rect().bottomRight())
            assert panel.rect().contains(right), part.objectName()
    panel.resize(1100, 400)
    qtbot.waitUntil(lambda: not panel.findChild(ToolRows).two, timeout=SOON)
    qtbot.waitUntil(panel.findChild(QPushButton, "second-projection-pca").isVisible, timeout=SOON)
