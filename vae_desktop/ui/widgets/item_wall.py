"""Any number of items as small pictures: only those in sight are read and painted."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.item_view import Drawing, drawing, paint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from vae_desktop.core.preparation import Preparation

TILE, GAP = 44, 4  # pixels: least width of an item, room between two
SIDE = 64  # pixels of a kept picture, at an ordinary screen's resolution
LEAST_KEPT = 512  # pictures kept at least; else those of four screens
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


def small(item: np.ndarray, preparation: Preparation | None, side: int) -> Drawing:
    """Make one item ready to paint, a picture at most `side` pixels wide and high; needs no window."""
    drawn = drawing(item, preparation)
    if isinstance(drawn, QImage) and max(drawn.width(), drawn.height()) > side:
        return drawn.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return drawn


class ItemWall(QAbstractScrollArea):
    """A grid of items by their numbers; asks for the pictures it lacks and keeps the latest ones."""

    wanted = Signal(object)  # numbers (K,) of the items in sight that have no picture yet
    chosen = Signal(int)  # by a click, Return or Space
    looked_at = Signal(int)  # under the pointer or the arrow keys; −1: none
    dropped = Signal(int)  # by Delete

    def __init__(self, parent: QWidget | None = None, tile: int = TILE) -> None:
        """Show items at least `tile` pixels wide."""
        super().__init__(parent)
        self._least = tile
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self._theme: Theme = DARK
        self._items = np.empty(0, np.int32)
        self._drawn: OrderedDict[int, Drawing] = OrderedDict()
        self._fresh: set[int] = set()
        self._name: Callable[[int], str] = "#{}".format
        self._hint = ""
        self._tall = 1.0
        self._current = 0
        self._marked = self._hover = -1
        self._asked: tuple[int, int] | None = None

    # What it shows

    @property
    def items(self) -> np.ndarray:
        """Numbers of the items, in the order they stand."""
        return self._items

    @property
    def current(self) -> int:
        """Where the arrow keys stand, counted from the first item."""
        return self._current

    @property
    def kept(self) -> dict[int, Drawing]:
        """The pictures that are kept, by the items' numbers."""
        return dict(self._drawn)

    @property
    def side(self) -> int:
        """Pixels of a picture that it can use."""
        return max(SIDE, 2 * self._least) * int(np.ceil(self.devicePixelRatioF()))

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.viewport().update()

    def set_hint(self, text: str) -> None:
        """Say something where there are no items."""
        if text != self._hint:
            self._hint = text
            self.viewport().update()

    def set_names(self, name: Callable[[int], str]) -> None:
        """Call items by ``name(number)``."""
        self._name = name

    def set_tall(self, tall: float) -> None:
        """Height of an item over its width."""
        tall = min(max(tall, 0.4), 2.5)
        if tall != self._tall:
            self._tall = tall
            self._place()

    def set_items(self, items: np.ndarray, stay: bool = False) -> None:
        """Show the items with these numbers (N,); begin at the top unless one shall `stay` where one is."""
        self._items, self._asked = items, None
        self._hover = -1
        self._current = min(self._current, max(0, len(items) - 1)) if stay else 0
        if not stay:
            self.verticalScrollBar().setValue(0)
        self._place()

    def set_drawn(self, items: Iterable[int], drawn: Iterable[Drawing]) -> None:
        """Take the pictures of some items."""
        for item, picture in zip(items, drawn, strict=True):
            self._drawn[item] = picture
            self._drawn.move_to_end(item)
            self._fresh.add(item)
        first, last = self._range()
        most = max(LEAST_KEPT, 4 * (last - first))
        while len(self._drawn) > most:
            self._fresh.discard(self._drawn.popitem(last=False)[0])
        self.viewport().update()

    def renew(self, blank: bool = False) -> None:
        """Ask for all pictures anew; until they come, the old ones stand, or none where they are of something else."""
        self._fresh.clear()
        if blank:
            self._drawn.clear()
        self._asked = None  # it asks when it is painted
        self.viewport().update()

    def mark(self, item: int) -> None:
        """Frame the item with this number as the one where one stands; −1: none."""
        if item != self._marked:
            self._marked = item
            self.viewport().update()

    # Where an item stands

    def _columns(self) -> int:
        return max(1, (self.viewport().width() + GAP) // (self._least + GAP))

    def _tile(self) -> int:
        columns = self._columns()
        return max(8, (self.viewport().width() - GAP * (columns - 1)) // columns)

    def _step(self) -> int:
        return round(self._tile() * self._tall) + GAP

    def box(self, index: int) -> QRect:
        """Where the item at `index` is painted in the viewport."""
        row, column = divmod(index, self._columns())
        tile, step = self._tile(), self._step()
        return QRect(column * (tile + GAP), row * step - self.verticalScrollBar().value(), tile, step - GAP)

    def index_at(self, point: QPoint) -> int:
        """Which item is under a point of the viewport, counted from the first, or −1."""
        column = point.x() // (self._tile() + GAP)
        index = (point.y() + self.verticalScrollBar().value()) // self._step() * self._columns() + column
        inside = 0 <= column < self._columns() and 0 <= index < len(self._items)
        return index if inside and self.box(index).contains(point) else -1

    def _range(self) -> tuple[int, int]:
        """First item in sight, and the one after the last."""
        top, step, columns = self.verticalScrollBar().value(), self._step(), self._columns()
        last = (top + self.viewport().height() - 1) // step + 1
        return min(top // step * columns, len(self._items)), min(last * columns, len(self._items))

    def _place(self) -> None:
        rows, step, room = -(-len(self._items) // self._columns()), self._step(), self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * step - GAP - room))
        bar.setPageStep(max(1, room))
        bar.setSingleStep(step)
        self._ask()
        self.viewport().update()

    def _ask(self) -> None:
        """Ask for what is in sight and has no picture."""
        first, last = self._range()
        if (first, last) == self._asked or self.viewport().visibleRegion().isEmpty():
            return
        self._asked = first, last
        missing = []
        for item in self._items[first:last].tolist():
            if item in self._drawn:
                self._drawn.move_to_end(item)
            if item not in self._fresh:
                missing.append(item)
        if missing:
            self.wanted.emit(np.array(missing, np.int32))

    def sizeHint(self) -> QSize:
        """Some rows."""
        return QSize(8 * (TILE + GAP), 3 * (TILE + GAP))

    def minimumSizeHint(self) -> QSize:
        """Two columns, one row."""
        return QSize(2 * (TILE + GAP) + 10, TILE + GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the items anew."""
        super().resizeEvent(event)
        self._place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Show other items."""
        self._ask()
        self.viewport().update()

    def event(self, event: QEvent) -> bool:
        """Ask for what was left while hidden."""
        if event.type() == QEvent.Type.Show:
            self._asked = None
            self._place()
        return super().event(event)

    # The hand

    def viewportEvent(self, event: QEvent) -> bool:
        """Name the item under the pointer; nothing is when it leaves."""
        if isinstance(event, QHelpEvent):
            index = self.index_at(event.pos())
            if index >= 0:
                QToolTip.showText(event.globalPos(), self._name(int(self._items[index])), self.viewport())
                return True
        if event.type() == QEvent.Type.Leave:
            self._look_at(-1)
        return super().viewportEvent(event)

    def _look_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            shape = Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)
            self.viewport().update()
            self.looked_at.emit(int(self._items[index]) if index >= 0 else -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Preview what is under the pointer."""
        self._look_at(self.index_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an item."""
        index = self.index_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._current = index
            self.viewport().update()
            self.chosen.emit(int(self._items[index]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, choose, take out."""
        key, n = Qt.Key(event.key()), len(self._items)
        columns = self._columns()
        page = max(1, self.viewport().height() // self._step()) * columns
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page, Qt.Key.Key_Home: -n, Qt.Key.Key_End: n,
        }  # fmt: skip
        if not n or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in steps:
            self._walk(steps[key])
        elif key in ENTER:
            self.chosen.emit(int(self._items[self._current]))
        elif key == Qt.Key.Key_Delete:
            self.dropped.emit(int(self._items[self._current]))
        else:
            super().keyPressEvent(event)

    def _walk(self, step: int) -> None:
        """Go `step` items on, as far as there are any, and preview where one comes to."""
        index = self._current + step
        if abs(step) == self._columns() and not 0 <= index < len(self._items):
            return  # no row there
        self._current = min(max(index, 0), len(self._items) - 1)
        box, bar = self.box(self._current), self.verticalScrollBar()
        if box.top() < 0:
            bar.setValue(bar.value() + box.top())
        elif box.bottom() >= self.viewport().height():
            bar.setValue(bar.value() + box.bottom() + 1 - self.viewport().height())
        item = int(self._items[self._current])
        self.setAccessibleDescription(self._name(item))
        self.looked_at.emit(item)
        self.viewport().update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        self._ask()  # it may have lain behind another tab
        painter = QPainter(self.viewport())
        theme = self._theme
        if not len(self._items):
            painter.setPen(QColor(theme.quiet))
            room = self.viewport().rect().adjusted(16, 0, -16, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint)
            return
        first, last = self._range()
        field, line = QColor(theme.field), QPen(QColor(theme.line), 1)
        for index in range(first, last):
            box, item = self.box(index), int(self._items[index])
            painter.fillRect(box, field)
            drawn = self._drawn.get(item)
            if drawn is not None:
                paint(painter, QRectF(box), drawn, theme)
            pen = line
            if item == self._marked:
                pen = QPen(QColor(theme.cursor), 2)
            elif self.hasFocus() and index == self._current:
                pen = QPen(QColor(theme.accent_text), 2)
            elif index == self._hover:
                pen = QPen(QColor(theme.quiet), 1)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))
