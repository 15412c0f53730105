from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from vae_desktop.ui.widgets.map_view import MapView, View
from vae_desktop.ui.widgets.points import Points

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

XY = np.array([[-1, -1], [1, 1], [1, -1], [0, 0.5]], np.float32)


@pytest.fixture
def view(qtbot: QtBot) -> MapView:
    view = MapView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.set_points(Points.of(XY, np.array([0, 1, 0, 1], np.uint8)))
    view.set_colours(["#ff0000", "#00ff00"])
    view.show()
    qtbot.waitExposed(view)
    return view


def at(view: MapView, item: int) -> QPoint:
    return view.to_screen(float(XY[item, 0]), float(XY[item, 1])).toPoint()


def wheel(view: MapView, point: QPoint, delta: int) -> None:
    event = QWheelEvent(
        QPointF(point), QPointF(view.mapToGlobal(point)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_dots_have_their_classes_colours(view: MapView) -> None:
    image = view.grab().toImage()
    for item, colour in ((0, "#ff0000"), (1, "#00ff00")):
        assert image.pixelColor(at(view, item)) == QColor(colour)


def test_screen_and_place_are_each_others_inverse(view: MapView) -> None:
    x, y = view.to_place(view.to_screen(0.3, -0.7))
    assert (x, y) == pytest.approx((0.3, -0.7))


def test_hover_tells_the_place_and_the_item(view: MapView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.hovered) as told:
        qtbot.mouseMove(view, at(view, 1))
    assert told.args[:2] == pytest.approx([1, 1], abs=0.02)
    assert told.args[2] == 1
    with qtbot.waitSignal(view.hovered) as told:
        qtbot.mouseMove(view, view.to_screen(-0.5, 0.5).toPoint())
    assert told.args[2] == -1


def test_a_click_tells_the_item_under_it(view: MapView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.clicked) as told:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 2))
    assert told.args[2] == 2


def test_a_drag_moves_the_cursor_all_the_way_and_ends_once(view: MapView, qtbot: QtBot) -> None:
    moves: list[tuple[float, float, bool]] = []
    view.cursor_dragged.connect(lambda *args: moves.append(args))
    clicks: list[object] = []
    view.clicked.connect(lambda *args: clicks.append(args))
    start = QPoint(100, 100)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        qtbot.mouseMove(view, start + QPoint(10 * step, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(50, 0))
    assert [final for *_, final in moves] == [False] * 5 + [True]
    assert moves[-1][:2] == pytest.approx(view.to_place(QPointF(150, 100)))
    assert not clicks


@pytest.mark.parametrize("delta", [120, -120, 480])
def test_the_wheel_zooms_at_the_pointer(view: MapView, delta: int) -> None:
    point = QPoint(333, 77)
    before, scale = view.to_place(QPointF(point)), view.view.scale
    wheel(view, point, delta)
    assert view.to_place(QPointF(point)) == pytest.approx(before)
    assert (view.view.scale > scale) == (delta > 0)


def test_a_middle_drag_pans_with_the_hand(view: MapView, qtbot: QtBot) -> None:
    start, end = QPoint(200, 150), QPoint(260, 110)
    held = view.to_place(QPointF(start))
    qtbot.mousePress(view, Qt.MouseButton.MiddleButton, pos=start)
    qtbot.mouseMove(view, end)
    with qtbot.waitSignal(view.view_changed) as told:
        qtbot.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=end)
    assert told.args == [view.view, True]
    assert view.to_place(QPointF(end)) == pytest.approx(held)


def test_fit_shows_every_point(view: MapView) -> None:
    view.set_view(View(50, 50, 1000))
    view.fit()
    for item in range(4):
        assert view.rect().contains(at(view, item))


def test_all_stays_shown_when_the_size_changes_and_a_chosen_part_stays(view: MapView) -> None:
    view.resize(200, 500)
    assert all(view.rect().contains(at(view, item)) for item in range(4))
    chosen = View(0.5, 0.5, 77)
    view.set_view(chosen)
    view.resize(300, 300)
    assert view.view == chosen


def test_new_points_keep_the_part_that_is_shown(view: MapView) -> None:
    chosen = View(0.2, 0.1, 90)
    view.set_view(chosen)
    view.set_points(Points.of(XY * 3, np.zeros(4, np.uint8)))
    assert view.view == chosen


@pytest.mark.parametrize(("key", "dx", "dy"), [(Qt.Key.Key_Left, -1, 0), (Qt.Key.Key_Up, 0, 1)])
def test_arrow_keys_nudge_the_cursor(view: MapView, qtbot: QtBot, key: Qt.Key, dx: int, dy: int) -> None:
    view.set_cursor((0.0, 0.0))
    with qtbot.waitSignal(view.cursor_dragged) as told:
        qtbot.keyClick(view, key)
    assert np.sign(told.args[:2]).tolist() == [dx, dy]


def test_a_and_b_set_anchors_at_the_pointer(view: MapView, qtbot: QtBot) -> None:
    qtbot.mouseMove(view, at(view, 1))
    with qtbot.waitSignal(view.anchor_asked) as told:
        qtbot.keyClick(view, Qt.Key.Key_B)
    assert told.args[0] == "B"
    assert told.args[3] == 1


def test_marks_are_painted(view: MapView) -> None:
    view.set_cursor((0.0, -0.5))
    view.set_path(np.array([[-1, 0], [1, 0]], np.float32))
    image = view.grab().toImage()
    assert image.pixelColor(view.to_screen(0, -0.5).toPoint()) == QColor("#ffd666")
    assert image.pixelColor(view.to_screen(0.5, 0).toPoint()) == QColor("#ffffff")


def test_an_empty_map_paints_and_takes_the_hand(qtbot: QtBot) -> None:
    view = MapView()
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    view.fit()
    wheel(view, QPoint(5, 5), 120)
    assert view.item_at(QPointF(5, 5)) == -1
    assert not view.grab().isNull()
