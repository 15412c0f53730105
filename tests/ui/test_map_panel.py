from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from vae_desktop.core.values import Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened, projecting
from vae_desktop.ui.panels.map import MapPanel, groups_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> MapPanel:
    panel = MapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(700, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def sample(panel: MapPanel, open_sample: Callable[[], Workspace], qtbot: QtBot) -> Workspace:
    workspace = open_sample()
    qtbot.waitUntil(lambda: panel.view.counts == (1797, 1797))
    return workspace


def dot(panel: MapPanel, workspace: Workspace, item: int) -> QPoint:
    assert workspace.space is not None
    assert workspace.space.projection is not None
    x, y = workspace.space.projection.xy[item]
    return panel.view.to_screen(float(x), float(y)).toPoint()


def test_hover_previews_and_leaves_no_trace(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sample.pointer_changed):
        qtbot.mouseMove(panel.view, QPoint(20, 30))
    assert sample.pointer is not None
    assert sample.pointer.z == pytest.approx(panel.view.to_place(QPoint(20, 30).toPointF()), abs=1e-5)
    at = dot(panel, sample, 12)
    with qtbot.waitSignal(sample.pointer_changed):
        qtbot.mouseMove(panel.view, at)
    assert sample.space is not None
    item = panel.view.item_at(at.toPointF())
    assert np.array_equal(sample.pointer.z, sample.space.posterior.mu[item])  # what is named is what is decoded
    assert not sample.undo.canUndo()


def test_a_click_on_a_dot_selects_the_item_in_one_step(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    at = dot(panel, sample, 12)
    item = panel.view.item_at(at.toPointF())
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=at)
    assert sample.selection.tolist() == [item]
    assert sample.cursor is not None
    assert sample.space is not None
    assert np.array_equal(sample.cursor.z, sample.space.posterior.mu[item])
    sample.undo.undo()
    assert sample.selection.tolist() == []
    assert sample.cursor is None


def test_dragging_decodes_all_the_way_and_is_one_step(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    codes: list[tuple[float, ...]] = []
    sample.cursor_changed.connect(lambda _: codes.append(tuple(sample.cursor.z) if sample.cursor else ()))
    qtbot.mousePress(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    for x in range(210, 260, 10):
        qtbot.mouseMove(panel.view, QPoint(x, 200))
    qtbot.mouseRelease(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(250, 200))
    assert len(set(codes)) == 5
    assert sample.undo.count() == 1


def test_hiding_a_class_hides_its_dots(panel: MapPanel, sample: Workspace) -> None:
    assert sample.labels is not None
    sample.set_look(hidden=frozenset({3}))
    assert panel.view.counts == (1797 - int((sample.labels == 3).sum()), 1797)
    sample.undo.undo()
    assert panel.view.counts == (1797, 1797)


def test_keys_set_anchors_and_esc_clears(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    qtbot.mouseMove(panel.view, dot(panel, sample, 5))
    qtbot.keyClick(panel.view, Qt.Key.Key_A)
    assert sample.anchors["A"].item >= 0
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert sample.cursor is None


def test_pan_is_undone(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    before = panel.view.view
    qtbot.mousePress(panel.view, Qt.MouseButton.MiddleButton, pos=QPoint(200, 200))
    qtbot.mouseMove(panel.view, QPoint(260, 230))
    qtbot.mouseRelease(panel.view, Qt.MouseButton.MiddleButton, pos=QPoint(260, 230))
    assert panel.view.view != before
    sample.undo.undo()
    assert panel.view.view == before


def test_more_dimensions_offer_their_axes(panel: MapPanel, workspace: Workspace, qtbot: QtBot) -> None:
    from vae_desktop.core.work import finish

    rng = np.random.default_rng(0)
    mu = rng.normal(size=(50, 5)).astype(np.float32) * np.float32([0.1, 1, 3, 0.2, 2])
    space = finish(projecting(Space(None, Posterior(mu, np.zeros_like(mu))), None))
    workspace.set_opened(Opened(space=space))
    assert workspace.look.projection == "pca"
    across = panel.findChild(QComboBox, "axis-across")
    assert not across.isVisible()
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        qtbot.mouseClick(panel.findChild(QPushButton, "projection-axes"), Qt.MouseButton.LeftButton)
    assert across.isVisible()
    assert [across.itemData(i) for i in range(3)] == [2, 4, 1]  # by KL
    assert workspace.space is not None
    assert workspace.space.projection is not None
    assert np.array_equal(workspace.space.projection.xy, mu[:, [2, 4]])
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        qtbot.keyClick(across, Qt.Key.Key_Down)
    assert dict(workspace.look.settings) == {"x": 4, "y": 2}


def test_the_map_is_saved_as_picture_and_drawing(
    panel: MapPanel, sample: Workspace, qtbot: QtBot, tmp_path: Path, answer: Callable[[Path, str], None]
) -> None:
    sample.set_cursor(sample.place_of(3))
    ((_, save),) = panel.exports()
    for name in ("map.png", "map.svg"):
        answer(tmp_path / name, "")
        with qtbot.waitSignal(sample.told, timeout=SOON):
            save()
        assert (tmp_path / name).stat().st_size > 10_000


def test_groups_of_unknown_classes_come_last() -> None:
    assert groups_of(np.array([1, -1, 0], np.int32), 3, 2).tolist() == [1, 2, 0]
    assert groups_of(None, 2, 0).tolist() == [0, 0]
