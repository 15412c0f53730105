"""A few items, small, side by side in two rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.item_view import item_pixmap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QPaintEvent, QPixmap, QResizeEvent

    from vae_desktop.core.preparation import Preparation

ACROSS, DOWN, GAP = 6, 2, 4
SHOWN = ACROSS * DOWN


class Thumbnails(QWidget):
    """Shows up to twelve items; empty places stay as dark cells, so that nothing jumps when the items come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("thumbnails")
        self.setAccessibleName("Some of the items")
        self._theme: Theme = DARK
        self._items: Sequence[np.ndarray] = ()
        self._names: Sequence[str] = ()
        self._preparation: Preparation | None = None
        self._pixmaps: list[QPixmap] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._pixmaps = []
        self.update()

    def set_items(
        self, items: Sequence[np.ndarray], names: Sequence[str] = (), preparation: Preparation | None = None
    ) -> None:
        """Show items, images (H, W, C) uint8 or rows (D,); `preparation` knows a table's usual values."""
        self._items, self._names, self._preparation = items[:SHOWN], names, preparation
        self._pixmaps = []
        self.setAccessibleDescription(", ".join(names[:SHOWN]))
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Cells are square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Two rows."""
        return DOWN * self._cell(width) + GAP * (DOWN - 1)

    def sizeHint(self) -> QSize:
        """Cells as in the narrowest dock."""
        return QSize(200, self.heightForWidth(200))

    def minimumSizeHint(self) -> QSize:
        """Still recognisable."""
        return QSize(150, self.heightForWidth(150))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the items anew in their new size."""
        super().resizeEvent(event)
        self._pixmaps = []

    def _cell(self, width: int) -> int:
        return max(8, (width - GAP * (ACROSS - 1)) // ACROSS)

    def _at(self, index: int) -> QRect:
        cell = self._cell(self.width())
        down, across = divmod(index, ACROSS)
        return QRect(across * (cell + GAP), down * (cell + GAP), cell, cell)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, and the items in them."""
        painter = QPainter(self)
        ratio, cell = self.devicePixelRatioF(), self._cell(self.width())
        if len(self._pixmaps) != len(self._items):
            self._pixmaps = [item_pixmap(item, cell, ratio, self._preparation, self._theme) for item in self._items]
        for index in range(SHOWN):
            where = self._at(index)
            if index >= len(self._pixmaps):
                painter.fillRect(where, QColor(self._theme.field))
                continue
            pixmap = self._pixmaps[index]
            size = pixmap.deviceIndependentSize().toSize()
            painter.drawPixmap(where.center() - QPoint((size.width() - 1) // 2, (size.height() - 1) // 2), pixmap)

    def event(self, event: QEvent) -> bool:
        """Name the item under the pointer."""
        if isinstance(event, QHelpEvent):
            for index, name in enumerate(self._names[: len(self._items)]):
                if self._at(index).contains(event.pos()):
                    QToolTip.showText(event.globalPos(), name, self, self._at(index))
                    return True
        return super().event(event)
