"""Which latent dimension tells which factor, as a table of shades with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.bars import SUBSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

ROW, NAME, TIGHT = 19, 32, 30  # pixels: a line, a dimension's name, the narrowest cell with a number
NUMBERED = 10  # factors up to which numbers are written into the cells


class InformationMap(QWidget):
    """A row per dimension, the most telling first; a column per factor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("informationMap")
        self.setAccessibleName("Which dimension tells which factor")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme: Theme = DARK
        self._factors: Sequence[str] = ()
        self._values = np.zeros((0, 0))
        self._order = np.zeros(0, np.intp)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_information(self, factors: Sequence[str], information: np.ndarray) -> None:
        """Show `information` (d, K), shares in [0, 1], of K `factors`."""
        self._factors, self._values = factors, information
        self._order = np.argsort(-information.max(axis=1, initial=0), kind="stable")
        best = information.argmax(axis=0) if len(information) else ()
        told = (
            f"{name}: z{j + 1} {information[j, k]:.2f}" for k, (name, j) in enumerate(zip(factors, best, strict=False))
        )
        self.setAccessibleDescription(", ".join(told))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """All lines below the names."""
        return QSize(200, (len(self._values) + 1) * ROW if self._values.size else 0)

    def minimumSizeHint(self) -> QSize:
        """As high as they are."""
        return QSize(80, self.sizeHint().height())

    def cell(self, row: int, column: int) -> QRectF:
        """Where a cell is painted; row −1 has the names."""
        wide = (self.width() - NAME) / max(len(self._factors), 1)
        return QRectF(NAME + column * wide, (row + 1) * ROW, wide, ROW).adjusted(1, 1, -1, -1)

    def told_at(self, point: QPoint) -> str:
        """What the cell under a point says."""
        row = point.y() // ROW - 1
        column = int((point.x() - NAME) * len(self._factors) / max(self.width() - NAME, 1)) if point.x() >= NAME else -1
        if not 0 <= column < len(self._factors):
            return ""
        if not 0 <= row < len(self._values):
            return self._factors[column]
        index = self._order[row]
        share = 100 * self._values[index, column]
        return f"z{index + 1} tells {share:.0f} % of {self._factors[column]} (mutual information / entropy)"

    def event(self, event: QEvent) -> bool:
        """Say what the cell under the pointer is."""
        if isinstance(event, QHelpEvent) and (told := self.told_at(event.pos())):
            QToolTip.showText(event.globalPos(), told, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cells in sight."""
        painter, theme = QPainter(self), self._theme
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        centre, left = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignVCenter
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.quiet))
        for column, name in enumerate(self._factors):
            box = self.cell(-1, column)
            painter.drawText(box, centre, metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(box.width())))
        accent, ground = QColor(theme.accent), QColor(theme.field)
        first, last = max(event.rect().top() // ROW - 1, 0), event.rect().bottom() // ROW
        for row, index in enumerate(self._order[first:last], first):
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(0, (row + 1) * ROW, NAME, ROW), left, "z" + str(index + 1).translate(SUBSCRIPTS))
            for column, share in enumerate(self._values[index].tolist()):
                box = self.cell(row, column)
                painter.fillRect(box, _between(ground, accent, share))
                if box.width() >= TIGHT and len(self._factors) <= NUMBERED:
                    painter.setPen(QColor(theme.on_accent if share > 0.6 else theme.text))
                    painter.drawText(box, centre, f"{share:.2f}")


def _between(low: QColor, high: QColor, share: float) -> QColor:
    """A colour part of the way from one to another."""
    ends = ((low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in ends))
