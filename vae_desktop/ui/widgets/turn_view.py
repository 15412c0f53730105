"""A space in three dimensions, turned by hand. Knows places, not what they mean."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QNativeGestureEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from vae_desktop.latent.turn import Camera, Sight
from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.map_paint import TextCard
from vae_desktop.ui.widgets.turn_paint import Paints, Standing, paint_axes, paint_dots, paint_ground, paint_standing
from vae_desktop.ui.widgets.turn_raster import TurnRaster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QEnterEvent, QFocusEvent, QHideEvent, QPaintEvent, QResizeEvent

    from vae_desktop.ui.widgets.turn_raster import Drawn

GRAB = 6  # pixels within which the pointer takes hold of a dot
KEY_TURN = np.pi / 36  # an arrow key turns by 5°
SPIN = np.pi / 9  # radians a second: a full turn in 18 s
TICK = 16  # ms between two pictures while it spins
REST = 150  # ms without a turn until all dots are drawn
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
NONE = TurnRaster(np.empty((0, 3), np.float32), np.empty(0, np.uint8), np.ones(256, bool))


class TurnView(QWidget):
    """Shows points in three dimensions; drag to turn. Signals carry the item under the pointer (−1: none)."""

    hovered = Signal(int)
    left = Signal()
    clicked = Signal(int)
    anchor_asked = Signal(str, int)
    cleared = Signal()
    drawn_changed = Signal(int)  # how many dots are drawn now
    whole_wanted = Signal(object)  # a function that any thread may call, for :meth:`set_whole`
    spinning_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 120)
        self._paints = Paints.of(DARK, ())
        self._raster = NONE
        self._labels: tuple[str, ...] = ("", "", "")
        self._standing = Standing()
        self._camera = Camera()
        self._ground_key: tuple[object, ...] | None = None
        self._ground_image = QImage()
        self._drawn: Drawn | None = None
        self._whole: tuple[Sight, Drawn] | None = None
        self._wanted: tuple[Callable[[], Drawn], Sight] | None = None
        self._count = -1
        self._tip: TextCard | None = None
        self._hint = ""
        self._focus_by_keys = False
        self._press: QPointF | None = None
        self._from: tuple[QPointF, Camera] | None = None
        self._pointer: QPointF | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._want_whole)
        self._spin = QTimer(self)
        self._spin.setInterval(TICK)
        self._spin.timeout.connect(self._spin_on)
        self._since = QElapsedTimer()

    # What it shows

    def sizeHint(self) -> QSize:
        """As wide as is comfortable; the height is what there is."""
        return QSize(420, 160)

    @property
    def camera(self) -> Camera:
        """From where one looks."""
        return self._camera

    @property
    def raster(self) -> TurnRaster:
        """The points shown."""
        return self._raster

    @property
    def standing(self) -> Standing:
        """What stands among the points."""
        return self._standing

    @property
    def paints(self) -> Paints:
        """The colours."""
        return self._paints

    def set_paints(self, theme: Theme, colours: Sequence[str]) -> None:
        """Take the theme's colours, and each group's."""
        self._paints = Paints.of(theme, colours)
        self._forget()

    def set_points(self, raster: TurnRaster | None, labels: Sequence[str] = ("", "", "")) -> None:
        """Show these points along axes called `labels` ("": idle), or none; the camera stays."""
        self._raster, self._labels = NONE if raster is None else raster, tuple(labels)
        self._forget()

    def set_standing(self, standing: Standing) -> None:
        """Show cursor, anchors and path."""
        self._standing = standing
        self.update()

    def set_player(self, place: np.ndarray | None) -> None:
        """Show a place (3,) that is only looked at."""
        if place is not None or self._standing.player is not None:
            self.set_standing(replace(self._standing, player=place))

    def set_tip(self, lines: Sequence[str]) -> None:
        """Show a small card beside the pointer; no lines: none."""
        before = self._tip
        self._tip = TextCard(self, lines, self._pointer) if lines and self._pointer is not None else None
        for card in filter(None, (before, self._tip)):
            self.update(card.region())

    def set_hint(self, text: str) -> None:
        """Show a quiet line at the top, or none."""
        if text != self._hint:
            self._hint = text
            self.update()

    @property
    def hint(self) -> str:
        """The quiet line that is shown."""
        return self._hint

    def set_whole(self, paint: Callable[[], Drawn], drawn: Drawn) -> None:
        """Show the picture of all dots that `paint` made, unless something else is to be seen by now."""
        if self._wanted is not None and self._wanted[0] is paint:
            self._whole = self._wanted[1], drawn
            self._ground_key = None
            self.update()

    def to_screen(self, place: np.ndarray) -> QPointF:
        """Place (3,) to widget pixels."""
        x, y, _ = self._sight().of(place)[0].tolist()
        return QPointF(x, y)

    def item_at(self, point: QPointF) -> int:
        """Item whose dot is in front under the pointer, or −1."""
        ratio = self.devicePixelRatioF()
        if self._drawn is None:
            return -1
        cover = max(2.0, self._raster.radius) * ratio
        return self._drawn.item_at(point.x() * ratio, point.y() * ratio, GRAB * ratio, cover)

    def _sight(self, ratio: float = 1) -> Sight:
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        return Sight(self._camera, self._raster.ball, width, height)

    def _forget(self) -> None:
        self._ground_key = self._whole = self._wanted = self._drawn = None
        self.update()

    # The hand

    def look_from(self, camera: Camera) -> None:
        """Look from elsewhere."""
        self._camera = camera
        self.set_tip(())
        self.update()

    def fit(self) -> None:
        """See everything, from the side one looks from."""
        self.look_from(Camera(self._camera.azimuth, self._camera.elevation))

    def reset(self) -> None:
        """Look as at first."""
        self.look_from(Camera())

    @property
    def spinning(self) -> bool:
        """Whether it turns by itself."""
        return self._spin.isActive()

    def spin(self, on: bool) -> None:
        """Turn slowly by itself, or stop."""
        if on != self.spinning:
            self._since.start()
            (self._spin.start if on else self._spin.stop)()
            self.spinning_changed.emit(on)

    def _spin_on(self) -> None:
        seconds = min(self._since.restart() / 1000, 0.1)
        if self._from is None:  # not against the hand
            self.look_from(self._camera.turned(SPIN * seconds))

    def _part(self, point: QPointF) -> tuple[float, float]:
        """Where a pixel is, as :class:`Camera` counts: in parts of the shorter side, from the middle."""
        side = min(self.width(), self.height())
        return (point.x() - self.width() / 2) / side, (self.height() / 2 - point.y()) / side

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        self._press, self._from = event.position(), (event.position(), self._camera)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn, pan or hover."""
        point = self._pointer = event.position()
        if self._press is not None and (point - self._press).manhattanLength() > 3:
            self._press = None
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._from is None:
            self.hovered.emit(self.item_at(point))
        elif self._press is None:
            start, camera = self._from
            move, side = point - start, min(self.width(), self.height())
            if event.buttons() & Qt.MouseButton.LeftButton:
                self.look_from(camera.turned(np.pi * move.x() / side, np.pi * move.y() / side))
            else:
                self.look_from(camera.moved(move.x() / side, -move.y() / side))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a click when nothing was dragged."""
        press, self._press, self._from = self._press, None, None
        self.unsetCursor()
        if press is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.item_at(press))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Take the keys while the pointer is here, unless something is being typed."""
        if not isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox | QPlainTextEdit):
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone: so is the preview."""
        self._pointer = None
        self.set_tip(())
        self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus when keys brought it: the pointer knows where it is."""
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._focus_by_keys = event.reason() in keys
        super().focusInEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        delta = event.angleDelta().y() or event.pixelDelta().y() * 4
        self.look_from(self._camera.closer(1.0018**delta, *self._part(event.position())))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching, too."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.look_from(self._camera.closer(1 + event.value(), *self._part(event.position())))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything the mouse does."""
        key = event.key()
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            super().keyPressEvent(event)
        elif key in ARROWS:
            azimuth, elevation = ARROWS[Qt.Key(key)]
            self.look_from(self._camera.turned(azimuth * KEY_TURN, elevation * KEY_TURN))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.look_from(self._camera.closer(1.25))
        elif key == Qt.Key.Key_Minus:
            self.look_from(self._camera.closer(0.8))
        elif key == Qt.Key.Key_Home:
            self.reset()
        elif key == Qt.Key.Key_Escape:
            self.cleared.emit()
        elif key in (Qt.Key.Key_A, Qt.Key.Key_B) and self._pointer is not None:
            self.anchor_asked.emit("A" if key == Qt.Key.Key_A else "B", self.item_at(self._pointer))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pointer is elsewhere now."""
        self.set_tip(())

    def hideEvent(self, event: QHideEvent) -> None:
        """What is not seen does not turn."""
        self.spin(False)
        self._rest.stop()
        super().hideEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the space."""
        painter = QPainter(self)
        sight, theme = self._sight(), self._paints.theme
        painter.drawImage(0, 0, self._ground(sight))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_standing(painter, sight, self._standing, theme)
        if self._hint:
            TextCard(self, (self._hint,)).paint(painter, theme)
        if self._tip is not None:
            self._tip.paint(painter, theme)
        if self._focus_by_keys and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _ground(self, logical: Sight) -> QImage:
        """Background, box, dots and axes: what stays while the pointer and the cursor move."""
        ratio = self.devicePixelRatioF()
        key = (logical, ratio)
        if self._ground_key == key:
            return self._ground_image
        sight = self._sight(ratio)
        drawn = self._draw(sight, ratio)
        image = QImage(sight.width, sight.height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        painter.setFont(self.font())
        paint_ground(painter, logical, self._raster, self._paints.theme)
        paint_dots(painter, drawn, ratio)
        paint_axes(painter, logical, self._labels, self._paints.theme)
        painter.end()
        self._ground_key, self._ground_image, self._drawn = key, image, drawn
        return image

    def _draw(self, sight: Sight, ratio: float) -> Drawn:
        """All dots if they are few or were asked for, else a fair part of them until one looks still."""
        if self._whole is not None and self._whole[0] == sight:
            drawn = self._whole[1]
        else:
            self._whole = None
            drawn = self._raster.paint(sight, self._raster.radius * ratio, self._paints.shades, self._raster.few)
            if len(drawn) < len(self._raster):
                self._rest.start()
        if len(drawn) != self._count:
            self._count = len(drawn)
            self.drawn_changed.emit(self._count)
        return drawn

    def _want_whole(self) -> None:
        ratio, raster = self.devicePixelRatioF(), self._raster
        sight = self._sight(ratio)
        paint = partial(raster.paint, sight, raster.radius * ratio, self._paints.shades)
        self._wanted = paint, sight
        self.whole_wanted.emit(paint)
