from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from vae_desktop.core.preparation import Preparation
from vae_desktop.models.model_file import save_model
from vae_desktop.models.vae import VAE, VAEConfig
from vae_desktop.ui.panels.second import SecondMapPanel
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
