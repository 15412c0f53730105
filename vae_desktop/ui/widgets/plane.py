"""A plane one looks at a part of: zoom at the pointer, pan with the hand, fit. Knows places, not what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

MARGIN = 1.08  # room around the points when all are shown
ALONE = 2.0  # units across when all places are one
TINY = 1e-5


@dataclass(frozen=True)
class View:
    """What part of the plane is shown: its centre, and how many logical pixels one unit takes."""

    x: float
    y: float
    scale: float


class Plane(QWidget):
    """The middle and the right button drag it, wheel and pinch zoom it.

    `menu_asked` carries where the right button was let go without a drag: on the screen, and in the widget.
    """

    view_changed = Signal(object, bool)  # View (None: everything), whether the hand let go
    menu_at = Signal(QPointF, QPointF)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._view = View(0, 0, 60)
        self._all_shown = True
        self._pan_from: tuple[QPointF, View] | None = None

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower left and upper right corner of all there is, (2,) each."""
        return np.full(2, -3.0), np.full(2, 3.0)

    def sizeHint(self) -> QSize:
        """A comfortable first size."""
        return QSize(820, 520)

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
        """Show all there is, now and when the size changes; tells nobody."""
        self._view = self._around(self.bounds())
        self._all_shown = True
        self.update()

    def fit(self, places: np.ndarray | None = None) -> None:
        """Show all there is, or these places (M, 2), as the hand would."""
        if places is None:
            self.show_all()
            self.view_changed.emit(None, True)
        else:
            self._change_view(self._around((places.min(axis=0), places.max(axis=0))), True)

    def _around(self, bounds: tuple[np.ndarray, np.ndarray]) -> View:
        low, high = (np.asarray(corner, float) for corner in bounds)
        least = TINY * max(1.0, float(np.abs([low, high]).max()))  # less is how numbers are rounded
        span = np.maximum((high - low) * MARGIN, ALONE if (high - low < least).all() else least)
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

    def pan(self, across: float, down: float) -> None:
        """Move what is shown by so many widget pixels."""
        view = self._view
        self._change_view(View(view.x - across / view.scale, view.y + down / view.scale, view.scale), True)

    def _begin_pan(self, event: QMouseEvent) -> bool:
        """Take hold of the plane, if it is a button for that."""
        if event.button() not in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            return False
        self._pan_from = (event.position(), self._view)
        return True

    def _go_on_pan(self, event: QMouseEvent) -> bool:
        """Move with the hand, if it holds the plane."""
        if self._pan_from is None:
            return False
        start, view = self._pan_from
        move = event.position() - start
        if move.manhattanLength() > 3 or view != self._view:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            moved = View(view.x - move.x() / view.scale, view.y + move.y() / view.scale, view.scale)
            self._change_view(moved, False)
        return True

    def _end_pan(self, event: QMouseEvent) -> bool:
        """Let go, if the hand held the plane."""
        if self._pan_from is None:
            return False
        view = self._pan_from[1]
        self._pan_from = None
        if view != self._view:
            self.view_changed.emit(self._view, True)
        elif event.button() == Qt.MouseButton.RightButton:
            self.menu_at.emit(event.globalPosition(), event.position())
        return True

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing all when all was shown."""
        if self._all_shown:
            self.show_all()
