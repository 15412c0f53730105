"""The map: points, cursor, anchors, path; hover, pick, lasso. Knows places, not what they mean."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.map_paint import (
    TextCard,
    paint_axes,
    paint_marks,
    paint_note,
    paint_pictures,
)
from vae_desktop.ui.widgets.marked_plane import MarkedPlane
from vae_desktop.ui.widgets.outline import Outline, Tool, changes
from vae_desktop.ui.widgets.plane import View
from vae_desktop.ui.widgets.point_raster import Frame
from vae_desktop.ui.widgets.points_layer import PointsLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QEnterEvent, QFocusEvent, QPaintEvent

    from vae_desktop.ui.widgets.item_view import Drawing
    from vae_desktop.ui.widgets.map_paint import Picture
    from vae_desktop.ui.widgets.points import Points
    from vae_desktop.ui.widgets.points_layer import Painted, Request
    from vae_desktop.ui.widgets.tiled import Tiled
    from vae_desktop.ui.widgets.trail import Trail

GRAB = 6  # pixels within which the pointer takes hold of a dot
NUDGE = 0.01  # part of the view's width that an arrow key moves the cursor
PAN = 0.1  # part of the view that an arrow key with Ctrl moves it
REST = 50  # ms without a change of the view: it rests

ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}

__all__ = ["MapView", "Tool", "View"]


class MapView(MarkedPlane):
    """Shows points on a plane.

    Signals carry places in the plane's units and the item under the pointer (−1: none); `how` an item or an outline
    changes the selection: ``replace``, ``add`` or ``take``.
    """

    hovered = Signal(float, float, int)
    left = Signal()
    clicked = Signal(float, float, int)
    cursor_dragged = Signal(float, float, bool)  # … and whether the hand let go
    anchor_asked = Signal(str, float, float, int)
    menu_asked = Signal(QPointF, float, float, int)
    picked = Signal(int, str)  # item, how
    outlined = Signal(object, str)  # outline (M, 2), how
    drawn = Signal()  # the hand let go of a lasso or box, or gave it up
    rested = Signal()  # the view stays: what is better painted slowly can be
    cleared = Signal()
    painted = Signal(float)  # ms

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._theme: Theme = DARK
        self._layer = PointsLayer()
        self._ground_key: tuple[object, ...] | None = None
        self._settled: tuple[object, ...] | None = None  # what was painted when it was last said to rest
        self._ground_image = QImage()
        self.pictures: Sequence[Picture] = ()
        self._backdrop: Tiled | None = None
        self._trail: Trail | None = None
        self.tip: TextCard | None = None
        self._labels = ("", "")
        self._hint = self.note = ""
        self._focus_by_keys = False
        self._press: QPointF | None = None
        self._dragging = False
        self._pointer: QPointF | None = None
        self._tool: Tool = "hand"
        self._outline: Outline | None = None  # the lasso or box that is being drawn
        self._how = ""
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self.rested)
        self._rest.timeout.connect(self.look_again)
        self.view_changed.connect(lambda: self.set_tip(()))  # another item may be beneath the pointer now
        self.menu_at.connect(lambda at, point: self.menu_asked.emit(at, *self.to_place(point), self.item_at(point)))

    # What it shows

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._layer.changed()
        self._settled = None
        self.refresh()

    def set_points(self, points: Points, chosen: Points | None = None) -> None:
        """Show these points, `chosen` ones of them before the others; the part shown stays unless all was shown."""
        self._layer.base, self._layer.chosen = points, chosen
        self._layer.changed()
        self._settled = None
        if self._all_shown:
            self.show_all()
        self.refresh()

    def look_again(self) -> None:
        """Something moved beneath the pointer: tell where it is now."""
        if self._pointer is not None and self._press is None and self._pan_from is None and self.underMouse():
            self.hovered.emit(*self.to_place(self._pointer), self.item_at(self._pointer))

    @property
    def drawing(self) -> bool:
        """Whether the hand draws a lasso or a box."""
        return self._outline is not None

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners of all points."""
        return self._layer.base.corners

    @property
    def points(self) -> Points:
        """The points shown."""
        return self._layer.base

    @property
    def counts(self) -> tuple[int, int]:
        """Points drawn, and points in all."""
        layer = self._layer
        return (len(layer.base) if layer.exact else layer.drawn), layer.base.total

    def set_colours(self, colours: Sequence[str]) -> None:
        """Change the groups' colours."""
        self._layer.colours = tuple(colours)
        self._layer.changed()
        self._settled = None
        self.refresh()

    def refresh(self) -> None:
        """Paint all anew."""
        self._ground_key = None
        self.update()

    def request(self) -> Request | None:
        """What an exact picture of the points needs; None: the one shown is exact."""
        if self._layer.exact:
            return None
        return self._layer.request(self._frame(), self.devicePixelRatioF())

    def rest_again(self) -> None:
        """Say once more when the view rests, even if it is then the same."""
        self._rest.start()

    def take_exact(self, request: Request, painted: Painted) -> None:
        """Show an exact picture, if the view is still the one it is of."""
        if self._layer.take(request, painted):
            self.refresh()

    def set_trail(self, trail: Trail | None) -> None:
        """Show a line through items beneath their dots, or none."""
        if trail is not self._trail:
            self._trail = trail
            self.refresh()

    def set_pictures(self, pictures: Sequence[Picture]) -> None:
        """Show items as pictures where they lie."""
        if pictures or self.pictures:
            self.pictures = pictures
            self.refresh()

    def set_backdrop(self, backdrop: Tiled | None) -> None:
        """Paint this beneath the axes and the points, and again whenever it changes."""
        self._backdrop = backdrop
        if backdrop is not None:
            backdrop.changed.connect(self.refresh)
        self.refresh()

    def set_tip(self, lines: Sequence[str], pictures: Sequence[tuple[str, Drawing]] = ()) -> None:
        """Show a small card beside the pointer, with named `pictures`; no lines: none."""
        before = self.tip
        self.tip = None
        if lines and self._pointer is not None:
            self.tip = TextCard(self, lines, self._pointer, pictures)
        for card in filter(None, (before, self.tip)):
            self.update(card.region())  # all of the map would take as long as decoding

    def set_labels(self, x: str, y: str) -> None:
        """Name the two axes."""
        self._labels = (x, y)
        self.refresh()

    def set_note(self, text: str) -> None:
        """Show a quiet line in the lower left corner: how much of it all is drawn."""
        if text != self.note:
            self.note = text
            self.update()

    def set_hint(self, text: str) -> None:
        """Show a quiet line at the top, or none."""
        self._hint = text
        self.update()

    @property
    def hint(self) -> str:
        """The quiet line that is shown."""
        return self._hint

    def item_at(self, point: QPointF) -> int:
        """Item whose dot is under the pointer, or −1."""
        return self._layer.base.nearest(*self.to_place(point), GRAB / self._view.scale)

    # The hand

    def set_tool(self, tool: Tool) -> None:
        """What a drag of the left button does: move the cursor, or draw a lasso or a box."""
        self._tool = tool

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the cursor, or begin to draw or to pan."""
        if self._begin_pan(event) or event.button() != Qt.MouseButton.LeftButton:
            return
        self._press = event.position()
        self._dragging = False
        self._how = changes(self._tool, event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover, drag the cursor, draw, or pan."""
        point = self._pointer = event.position()
        if self._go_on_pan(event):
            return
        if self._press is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self.hovered.emit(*self.to_place(point), self.item_at(point))
            return
        if not self._dragging and (point - self._press).manhattanLength() <= 3:
            return
        if not self._dragging:
            self._dragging = True
            self._outline = Outline(self.to_place(self._press), self._tool == "box") if self._how else None
            self.set_tip(())
        if self._outline is None:
            self.cursor_dragged.emit(*self.to_place(point), False)
        else:
            self._outline.extend(point, self.to_place(point), self.to_screen)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        point, press = event.position(), self._press
        panned = self._end_pan(event)
        self.setCursor(Qt.CursorShape.CrossCursor)
        if panned or press is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._press = None
        if not self._dragging:
            item = self.item_at(point)
            if not self._how or (self._how == "replace" and self._tool != "hand"):
                self.clicked.emit(*self.to_place(point), item)
            elif item >= 0:  # a key is held: what is selected stays
                self.picked.emit(item, "add" if self._how == "replace" else self._how)
            return
        self._dragging = False
        if self._outline is not None:
            corners, self._outline = self._outline.corners, None
            self.update()
            if len(corners) >= 3:
                self.outlined.emit(corners, self._how)
            self.drawn.emit()
        else:
            self.cursor_dragged.emit(*self.to_place(point), True)

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything the mouse does."""
        key, keys = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_A, Qt.Key.Key_B) and not keys:
            letter = "A" if key == Qt.Key.Key_A else "B"
            if self._pointer is not None:
                self.anchor_asked.emit(letter, *self.to_place(self._pointer), self.item_at(self._pointer))
            elif self.marks.cursor is not None:
                self.anchor_asked.emit(letter, *self.marks.cursor, -1)
        elif key in ARROWS and keys == Qt.KeyboardModifier.ControlModifier:
            dx, dy = ARROWS[Qt.Key(key)]
            self.pan(-dx * PAN * self.width(), dy * PAN * self.height())
        elif key in ARROWS and self.marks.cursor is not None and not keys:
            step = NUDGE * self.width() / self._view.scale
            dx, dy = ARROWS[Qt.Key(key)]
            self.cursor_dragged.emit(self.marks.cursor[0] + dx * step, self.marks.cursor[1] + dy * step, True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom(0.8)
        elif key == Qt.Key.Key_Escape and self._outline is not None:
            self._press, self._dragging, self._outline = None, False, None
            self.update()
            self.drawn.emit()
        elif key == Qt.Key.Key_Escape:
            self.cleared.emit()
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the view."""
        start = time.perf_counter()
        painter = QPainter(self)
        painter.drawImage(0, 0, self._ground())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_marks(painter, self.marks, self.to_screen, self._theme)
        if self._outline is not None:
            self._outline.paint(painter, self.to_screen, self._theme)
        paint_note(painter, self.note, self.height(), self._theme)
        if self._hint:
            TextCard(self, (self._hint,)).paint(painter, self._theme)
        if self.tip is not None:
            self.tip.paint(painter, self._theme)
        if self._focus_by_keys and self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
        self.painted.emit((time.perf_counter() - start) * 1e3)

    def _frame(self) -> Frame:
        ratio = self.devicePixelRatioF()
        left, top = self.to_place(QPointF(0, 0))
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        return Frame(width, height, self._view.scale * ratio, left, top)

    def _ground(self) -> QImage:
        """Background, axes and points: what stays while the pointer and the cursor move."""
        ratio, frame = self.devicePixelRatioF(), self._frame()
        key = (frame, ratio)
        if self._ground_key == key:
            return self._ground_image
        image = self._ground_image
        if (image.width(), image.height()) != (frame.width, frame.height):
            image = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        painter.setFont(self.font())
        painter.fillRect(self.rect(), QColor(self._theme.background))
        if self._backdrop is not None:
            self._backdrop.paint(painter, self._view, self.width(), self.height(), ratio)
        paint_axes(painter, self, self._theme, self._labels)
        if self._trail is not None:
            self._trail.paint(painter, self._view, self.width(), self.height())
        self._layer.paint(painter, frame, ratio)
        paint_pictures(painter, self.pictures, self.to_screen, self.rect(), self._theme)
        painter.end()
        self._ground_key, self._ground_image = key, image
        if self._settled != key:
            self._settled = key
            self._rest.start()
        return image
