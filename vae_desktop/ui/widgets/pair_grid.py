"""Cells of one picture or of two above one another, with a text below: as many in a row as fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.item_grid import CAPTION, GAP, KEYS
from vae_desktop.ui.widgets.item_view import Drawing, paint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

TILE = 62  # pixels: the least width of a cell
APART = 2  # pixels between the two pictures of a cell
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class PairGrid(QWidget):
    """Emits the cell that a hand chooses."""

    chosen = Signal(int)  # by a click, Return or Space
    looked_at = Signal(int)  # under the pointer or the arrow keys; −1: none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme: Theme = DARK
        self._cells: Sequence[tuple[Drawing, ...]] = ()
        self._captions: Sequence[str] = ()
        self._tips: Sequence[str] = ()
        self._tall = 1.0
        self._deep = 1
        self._current = 0
        self._hover = self._marked = -1

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def captions(self) -> Sequence[str]:
        """The texts below the cells."""
        return self._captions

    @property
    def side(self) -> int:
        """Pixels of a picture that it can use."""
        return 2 * TILE * max(1, round(self.devicePixelRatioF()))

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_cells(
        self,
        cells: Sequence[tuple[Drawing, ...]],
        captions: Sequence[str] = (),
        tips: Sequence[str] = (),
        tall: float = 1.0,
    ) -> None:
        """Show `cells`, all of as many pictures, each `tall` times as high as it is wide."""
        self._cells, self._captions, self._tips = cells, captions, tips
        self._tall = min(max(tall, 0.4), 2.0)
        self._deep = max(map(len, cells), default=1)
        self._current, self._hover, self._marked = 0, -1, -1
        self.setAccessibleDescription("; ".join(tips[:6]))
        self.updateGeometry()
        self.update()

    def mark(self, index: int) -> None:
        """Frame one cell as the one where one stands; −1: none."""
        if index != self._marked:
            self._marked = index
            self.update()

    # Where a cell stands

    def _grid(self, width: int) -> tuple[int, int, int]:
        """Cells in a row, and a cell's width and the height of its pictures, in a widget of `width`."""
        columns = max(1, (width + GAP) // (TILE + GAP))
        tile = max(TILE, (width + GAP) // columns - GAP)
        return columns, tile, self._deep * round(tile * self._tall) + (self._deep - 1) * APART

    def _step(self, height: int) -> int:
        return height + (CAPTION if self._captions else 0) + GAP

    def box(self, index: int) -> QRect:
        """Where a cell's pictures are painted."""
        columns, tile, height = self._grid(self.width())
        row, column = divmod(index, columns)
        return QRect(column * (tile + GAP) + 1, row * self._step(height) + 1, tile - 2, height - 2)

    def index_at(self, point: QPoint) -> int:
        """Cell under a point, or −1."""
        columns, tile, height = self._grid(self.width())
        column, row = point.x() // (tile + GAP), point.y() // self._step(height)
        index = row * columns + column
        inside = 0 <= column < columns and 0 <= index < len(self._cells)
        return index if inside and self.box(index).adjusted(-1, -1, 1, CAPTION).contains(point) else -1

    def hasHeightForWidth(self) -> bool:
        """Rows depend on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows."""
        columns, _, height = self._grid(width)
        return max(1, -(-len(self._cells) // columns)) * self._step(height) - GAP

    def sizeHint(self) -> QSize:
        """Some columns."""
        width = 6 * (TILE + GAP)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """One cell."""
        return QSize(TILE, self._step(self._grid(TILE)[2]))

    # The hand

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what a click would choose."""
        self._look_at(self.index_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._look_at(-1)

    def _look_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()
            self.looked_at.emit(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell."""
        index = self.index_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._current = index
            self.update()
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk and choose."""
        key = Qt.Key(event.key())
        if key in ENTER and len(self._cells):
            self.chosen.emit(self._current)
        elif key in KEYS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            down, right = KEYS[key]
            index = self._current + down * self._grid(self.width())[0] + right
            if 0 <= index < len(self._cells):
                self._current = index
                self.setAccessibleDescription(self._tips[index] if index < len(self._tips) else "")
                self.looked_at.emit(index)
                self.update()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell about the cell under the pointer."""
        if isinstance(event, QHelpEvent) and 0 <= (index := self.index_at(event.pos())) < len(self._tips):
            QToolTip.showText(event.globalPos(), self._tips[index], self)
            return True
        return super().event(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter, theme, shown = QPainter(self), self._theme, event.rect()
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        for index, cell in enumerate(self._cells):
            box = self.box(index)
            if not box.adjusted(-2, -2, 2, CAPTION + 2).intersects(shown):
                continue
            high = (box.height() + 2 - (self._deep - 1) * APART) // self._deep
            for at, drawn in enumerate(cell):
                part = QRectF(box.x(), box.y() + at * (high + APART), box.width(), high - 2)
                painter.fillRect(part, QColor(theme.field))
                paint(painter, part, drawn, theme)
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
