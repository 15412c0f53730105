"""The map: points, cursor, anchors, path; zoom at the pointer, pan, pick. Knows places, not what they mean."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.map_paint import Marks, TextCard, colour_table, paint_axes, paint_marks
from vae_desktop.ui.widgets.point_raster import PointRaster, radius_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QEnterEvent, QFocusEvent, QPaintEvent, QResizeEvent

    from vae_desktop.ui.widgets.tiled import Tiled

GRAB = 6  # pixels within which the pointer takes hold of a dot
NUDGE = 0.01  # part of the view's width that an arrow key moves the cursor
MARGIN = 1.08  # room around the points when all are shown


@dataclass(frozen=True)
class View:
    """What part of the plane is shown: its centre, and how many logical pixels one unit takes."""

    x: float
    y: float
    scale: float


class MapView(QWidget):
    """Shows points on a plane.

    Signals carry places in the plane's units and the item under the pointer (−1: none).
    """

    hovered = Signal(float, float, int)
    left = Signal()
    clicked = Signal(float, float, int)
    cursor_dragged = Signal(float, float, bool)  # … and whether the hand let go
    anchor_asked = Signal(str, float, float, int)
    menu_asked = Signal(QPointF, float, float, int)
    view_changed = Signal(object, bool)  # View (None: everything), whether the hand let go
    cleared = Signal()
    painted = Signal(float)  # ms

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._theme: Theme = DARK
        self._points = PointRaster(np.empty((0, 2), np.float32), np.empty(0, np.uint8))
        self._colours: tuple[str, ...] = ()
        self._shown = np.ones(256, bool)
        self._view = View(0, 0, 60)
        self._all_shown = True
        self._ground_key: tuple[object, ...] | None = None
        self._ground_image = QImage()
        self._marks = Marks()
        self._tip: TextCard | None = None
        self._backdrop: Tiled | None = None
        self._labels = ("", "")
        self._hint = ""
        self._focus_by_keys = False
        self._press: QPointF | None = None
        self._pan_from: tuple[QPointF, View] | None = None
        self._dragging = False
        self._pointer: QPointF | None = None

    # What it shows

    def sizeHint(self) -> QSize:
        """A comfortable first size."""
        return QSize(820, 520)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._renew()

    def set_points(self, points: PointRaster) -> None:
        """Show these points; the part shown stays unless all was shown."""
        self._points = points
        points.show(self._shown)
        self._ground_key = None
        if self._all_shown:
            self.show_all()
        self.update()

    @property
    def counts(self) -> tuple[int, int]:
        """Points drawn, and points in all."""
        return len(self._points), self._points.total

    def set_colours(self, colours: Sequence[str]) -> None:
        """Change the groups' colours."""
        self._colours = tuple(colours)
        self._renew()

    def set_shown(self, shown: np.ndarray) -> None:
        """Show only groups where `shown`, (256,) bool, is true."""
        self._shown = shown
        self._points.show(shown)
        self._ground_key = None
        self.update()

    def set_backdrop(self, backdrop: Tiled | None) -> None:
        """Paint this beneath the axes and the points, and again whenever it changes."""
        self._backdrop = backdrop
        if backdrop is not None:
            backdrop.changed.connect(self._renew)
        self._renew()

    def _renew(self) -> None:
        self._ground_key = None
        self.update()

    def set_cursor(self, place: tuple[float, float] | None) -> None:
        """Put the cursor somewhere, or nowhere."""
        self._mark(cursor=place)

    def set_anchors(self, anchors: dict[str, tuple[float, float]]) -> None:
        """Show anchors by their letter."""
        self._mark(anchors=anchors)

    def set_ellipse(self, ellipse: np.ndarray | None, draws: np.ndarray | None = None) -> None:
        """Show a dashed outline (M, 2), and faint dots (K, 2) in it."""
        self._mark(ellipse=ellipse, draws=draws)

    def set_path(self, path: np.ndarray | None) -> None:
        """Show a path (M, 2), a mark at each place."""
        self._mark(path=path)

    def set_player(self, place: tuple[float, float] | None) -> None:
        """Show where a film stands on the path."""
        if place != self._marks.player:
            self._mark(player=place)

    def _mark(self, **changes: object) -> None:
        self._marks = replace(self._marks, **changes)  # type: ignore[arg-type]
        self.update()

    def set_tip(self, lines: Sequence[str]) -> None:
        """Show a small card beside the pointer; no lines: none."""
        before = self._tip
        self._tip = TextCard(self, lines, self._pointer) if lines and self._pointer is not None else None
        for card in filter(None, (before, self._tip)):
            self.update(card.region())  # all of the map would take as long as decoding

    def set_labels(self, x: str, y: str) -> None:
        """Name the two axes."""
        self._labels = (x, y)
        self._renew()

    def set_hint(self, text: str) -> None:
        """Show a quiet line at the top, or none."""
        self._hint = text
        self.update()

    @property
    def hint(self) -> str:
        """The quiet line that is shown."""
        return self._hint

    @property
    def view(self) -> View:
        """The part shown."""
        return self._view

    def set_view(self, view: View) -> None:
        """Show this part; tells nobody."""
        self._view = view
        self._all_shown = False
        self.update()

    def show_all(self) -> None:
        """Show all points, now and when the size changes; tells nobody."""
        self._view = self._around(self._points.bounds())
        self._all_shown = True
        self.update()

    def fit(self, places: np.ndarray | None = None) -> None:
        """Show all points, or these places (M, 2), as the hand would."""
        if places is None:
            self.show_all()
            self.view_changed.emit(None, True)
        else:
            self._change_view(self._around((places.min(axis=0), places.max(axis=0))), True)

    def _around(self, bounds: tuple[np.ndarray, np.ndarray]) -> View:
        low, high = (np.asarray(corner, float) for corner in bounds)
        least = 40 * GRAB / self._view.scale if (low == high).all() else 1e-6
        span = np.maximum((high - low) * MARGIN, least)
        scale = min(max(self.width(), 50) / span[0], max(self.height(), 50) / span[1])
        return View(float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2, float(scale))

    def to_screen(self, x: float, y: float) -> QPointF:
        """Place to widget pixels."""
        view = self._view
        return QPointF((x - view.x) * view.scale + self.width() / 2, (view.y - y) * view.scale + self.height() / 2)

    def to_place(self, point: QPointF) -> tuple[float, float]:
        """Widget pixels to place."""
        view = self._view
        x = (point.x() - self.width() / 2) / view.scale + view.x
        return x, view.y - (point.y() - self.height() / 2) / view.scale

    def item_at(self, point: QPointF) -> int:
        """Item whose dot is under the pointer, or −1."""
        return self._points.nearest(*self.to_place(point), GRAB / self._view.scale)

    # The hand

    def _change_view(self, view: View, final: bool) -> None:
        scale = min(max(view.scale, 1e-6), 1e9)
        self._view = View(view.x, view.y, scale)
        self._all_shown = False
        self.view_changed.emit(self._view, final)
        self.update()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom so that the place under `at` (the centre by default) stays there."""
        at = at or QPointF(self.width() / 2, self.height() / 2)
        x, y = self.to_place(at)
        scale = min(max(self._view.scale * factor, 1e-6), 1e9)
        dx, dy = at.x() - self.width() / 2, at.y() - self.height() / 2
        self._change_view(View(x - dx / scale, y + dy / scale, scale), False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the cursor, or begin to pan."""
        self._press = event.position()
        if event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._pan_from = (event.position(), self._view)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover, drag the cursor, or pan."""
        point = self._pointer = event.position()
        if self._pan_from is not None:
            start, view = self._pan_from
            move = point - start
            if move.manhattanLength() > 3 or view != self._view:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                moved = View(view.x - move.x() / view.scale, view.y + move.y() / view.scale, view.scale)
                self._change_view(moved, False)
        elif self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if self._dragging or (point - self._press).manhattanLength() > 3:
                self._dragging = True
                self.set_tip(())
                self.cursor_dragged.emit(*self.to_place(point), False)
        else:
            self.hovered.emit(*self.to_place(point), self.item_at(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        point, press, pan = event.position(), self._press, self._pan_from
        self._press = self._pan_from = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        if pan is not None:
            if pan[1] != self._view:
                self.view_changed.emit(self._view, True)
            elif event.button() == Qt.MouseButton.RightButton:
                self.menu_asked.emit(event.globalPosition(), *self.to_place(point), self.item_at(point))
        elif press is not None and event.button() == Qt.MouseButton.LeftButton:
            if self._dragging:
                self._dragging = False
                self.cursor_dragged.emit(*self.to_place(point), True)
            else:
                self.clicked.emit(*self.to_place(point), self.item_at(point))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Take the keys while the pointer is here, unless something is being typed."""
        if not isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox | QPlainTextEdit):
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus when keys brought it: the pointer knows where it is."""
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._focus_by_keys = event.reason() in keys
        super().focusInEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone: so is the preview."""
        self._pointer = None
        self.set_tip(())
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        delta = event.angleDelta().y() or event.pixelDelta().y() * 4
        self.zoom(1.0018**delta, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching, too."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(1 + event.value(), event.position())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything the mouse does."""
        key = event.key()
        arrows = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }  # fmt: skip
        if key in (Qt.Key.Key_A, Qt.Key.Key_B) and not event.modifiers():
            letter = "A" if key == Qt.Key.Key_A else "B"
            if self._pointer is not None:
                self.anchor_asked.emit(letter, *self.to_place(self._pointer), self.item_at(self._pointer))
            elif self._marks.cursor is not None:
                self.anchor_asked.emit(letter, *self._marks.cursor, -1)
        elif key in arrows and self._marks.cursor is not None and not event.modifiers():
            step = NUDGE * self.width() / self._view.scale
            dx, dy = arrows[Qt.Key(key)]
            self.cursor_dragged.emit(self._marks.cursor[0] + dx * step, self._marks.cursor[1] + dy * step, True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom(0.8)
        elif key == Qt.Key.Key_Escape:
            self.cleared.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing all when all was shown."""
        if self._all_shown:
            self.show_all()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the view."""
        start = time.perf_counter()
        painter = QPainter(self)
        painter.drawImage(0, 0, self._ground())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_marks(painter, self._marks, self.to_screen, self._theme)
        if self._hint:
            TextCard(self, (self._hint,)).paint(painter, self._theme)
        if self._tip is not None:
            self._tip.paint(painter, self._theme)
        if self._focus_by_keys and self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
        self.painted.emit((time.perf_counter() - start) * 1e3)

    def _ground(self) -> QImage:
        """Background, axes and points: what stays while the pointer and the cursor move."""
        ratio, view = self.devicePixelRatioF(), self._view
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        key = (view, width, height, ratio)
        if self._ground_key == key:
            return self._ground_image
        image = self._ground_image
        if (image.width(), image.height()) != (width, height):
            image = QImage(width, height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        left, top = self.to_place(QPointF(0, 0))
        radius = round(radius_for(len(self._points)) * ratio, 1)
        pixels = self._points.paint(width, height, view.scale * ratio, left, top, radius)
        points = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
        points.setColorTable(colour_table(self._colours))
        points = points.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # three times as quick to draw
        points.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        painter.setFont(self.font())
        painter.fillRect(self.rect(), QColor(self._theme.background))
        if self._backdrop is not None:
            self._backdrop.paint(painter, view, self.width(), self.height(), ratio)
        paint_axes(painter, self, self._theme, self._labels)
        painter.drawImage(0, 0, points)
        painter.end()
        self._ground_key, self._ground_image = key, image
        return image
