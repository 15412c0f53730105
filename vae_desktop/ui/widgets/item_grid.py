"""Many small items: a strip, a table with named rows, or as many beside each other as fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.item_view import Drawing, drawing, paint, tall

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QPaintEvent

    from vae_desktop.core.preparation import Preparation

GAP = 5
CAPTION = 16  # height of the text below an item
NAME = 104  # width of a row's name
KEYS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class ItemGrid(QWidget):
    """Shows items in rows; paints only those in sight.

    Parameters
    ----------
    least, most
        Smallest and largest width of an item in pixels.
    columns
        Items in a row; None: as many as fit.
    """

    chosen = Signal(int)  # by a click, Return or Space
    walked = Signal(int)  # by an arrow key

    def __init__(self, least: int, most: int, columns: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._least, self._most, self._columns = least, most, columns
        self._theme: Theme = DARK
        self._items: Sequence[np.ndarray] | np.ndarray = ()
        self._drawn: list[Drawing | None] = []
        self._preparation: Preparation | None = None
        self._captions: Sequence[str] = ()
        self._tips: Sequence[str] = ()
        self._rows: Sequence[str] = ()
        self._tall = 1.0
        self._current = 0
        self._marked = -1
        self._hover = -1

    def __len__(self) -> int:
        return len(self._items)

    @property
    def items(self) -> Sequence[np.ndarray] | np.ndarray:
        """What is shown."""
        return self._items

    @property
    def captions(self) -> Sequence[str]:
        """The texts below the items."""
        return self._captions

    @property
    def row_names(self) -> Sequence[str]:
        """The texts left of the rows."""
        return self._rows

    @property
    def current(self) -> int:
        """The item the arrow keys stand on."""
        return self._current

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_items(
        self,
        items: Sequence[np.ndarray] | np.ndarray,
        preparation: Preparation | None = None,
        captions: Sequence[str] = (),
        tips: Sequence[str] = (),
        rows: Sequence[str] = (),
        columns: int | None = None,
    ) -> None:
        """Show `items`, each uint8 (H, W, C) or float32 (D,), with texts below, on hover, and left of each row."""
        before = self._shape()
        self._items, self._preparation = items, preparation
        self._drawn = [None] * len(items)
        self._captions, self._tips, self._rows = captions, tips, rows
        self._columns = columns or self._columns
        if len(items):
            self._tall = min(max(tall(items[0]), 0.4), 2.5)
        self._current = min(self._current, max(0, len(items) - 1))
        if self._shape() != before:
            self.updateGeometry()
        self.update()

    def mark(self, index: int) -> None:
        """Frame one item as the one where one stands; −1: none."""
        if index != self._marked:
            self._marked = index
            self.update()

    def set_current(self, index: int) -> None:
        """Let the arrow keys go on from `index`."""
        self._current = index
        self.update()

    def _shape(self) -> tuple[object, ...]:
        return len(self._items), self._columns, self._tall, bool(self._captions), bool(self._rows)

    # Where an item stands

    def _side(self) -> int:
        return NAME if self._rows else 0

    def _grid(self, width: int) -> tuple[int, int]:
        """Number of columns, and an item's width, in a widget of `width`."""
        room = width - self._side()
        if self._columns is None:
            columns = max(1, (room + GAP) // (self._most + GAP))
            return columns, min(self._most, room)
        return self._columns, min(max((room + GAP) // self._columns - GAP, self._least), self._most)

    def _row_height(self, tile: int) -> int:
        return round(tile * self._tall) + (CAPTION if self._captions else 0)

    def box(self, index: int) -> QRect:
        """Where an item's picture is painted."""
        columns, tile = self._grid(self.width())
        row, column = divmod(index, columns)
        top = row * (self._row_height(tile) + GAP) + 1
        return QRect(self._side() + column * (tile + GAP) + 1, top, tile - 2, round(tile * self._tall) - 2)

    def index_at(self, point: QPoint) -> int:
        """Item under a point, or −1."""
        columns, tile = self._grid(self.width())
        row, column = point.y() // (self._row_height(tile) + GAP), (point.x() - self._side()) // (tile + GAP)
        index = row * columns + column
        inside = 0 <= column < columns and 0 <= index < len(self._items)
        return index if inside and self.box(index).adjusted(-1, -1, 1, CAPTION).contains(point) else -1

    def hasHeightForWidth(self) -> bool:
        """Rows depend on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows."""
        columns, tile = self._grid(width)
        rows = max(1, -(-len(self._items) // columns))
        return rows * (self._row_height(tile) + GAP) - GAP

    def sizeHint(self) -> QSize:
        """As wide as it likes to be."""
        width = self._side() + (self._columns or 6) * (self._most + GAP) - GAP
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """All columns at their smallest."""
        width = self._side() + (self._columns or 1) * (self._least + GAP) - GAP
        return QSize(width, self._row_height(self._least))

    # The hand

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what a click would choose."""
        hover = self.index_at(event.position().toPoint())
        if hover != self._hover:
            self._hover = hover
            self.setCursor(Qt.CursorShape.PointingHandCursor if hover >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._hover = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an item."""
        index = self.index_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._current = index
            self.update()
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk and choose."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and len(self._items):
            self.chosen.emit(self._current)
        elif key in KEYS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            down, right = KEYS[key]
            index = self._current + down * self._grid(self.width())[0] + right
            if 0 <= index < len(self._items):
                self.set_current(index)
                self.walked.emit(index)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell about the item under the pointer."""
        if isinstance(event, QHelpEvent) and 0 <= (index := self.index_at(event.pos())) < len(self._tips):
            QToolTip.showText(event.globalPos(), self._tips[index], self)
            return True
        return super().event(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        if not len(self._items):
            return
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        theme, shown = self._theme, event.rect()
        columns, tile = self._grid(self.width())
        step = self._row_height(tile) + GAP
        first, last = shown.top() // step * columns, (shown.bottom() // step + 1) * columns
        for index in range(max(0, first), min(last, len(self._items))):
            box = self.box(index)
            if index % columns == 0 and index // columns < len(self._rows):
                painter.setPen(QColor(theme.quiet))
                name = QRectF(0, box.y(), NAME - 8, box.height())
                painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self._rows[index // columns])
            if not box.adjusted(-1, -1, 1, CAPTION).intersects(shown):
                continue
            drawn = self._drawn[index]
            if drawn is None:
                drawn = self._drawn[index] = drawing(self._items[index], self._preparation)
            painter.fillRect(box, QColor(theme.field))
            paint(painter, QRectF(box), drawn, theme)
            self._paint_frame(painter, box, index)
            if index < len(self._captions):
                painter.setPen(QColor(theme.cursor if index == self._marked else theme.quiet))
                below = QRectF(box.x() - 2, box.bottom() + 2, box.width() + 4, CAPTION)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._captions[index])

    def _paint_frame(self, painter: QPainter, box: QRect, index: int) -> None:
        colour, width = self._theme.line, 1.0
        if index == self._marked:
            colour, width = self._theme.cursor, 2.0
        elif self.hasFocus() and index == self._current:
            colour, width = self._theme.accent_text, 2.0
        elif index == self._hover:
            colour = self._theme.quiet
        painter.setPen(QPen(QColor(colour), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(box).adjusted(-0.5, -0.5, 0.5, 0.5))
