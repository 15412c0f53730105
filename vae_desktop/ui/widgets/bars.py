"""How much each latent dimension carries, as bars from the most to the least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

LEAST = 0.1  # nats: the whole width stands for no less, so that what is dead looks dead
HIGHEST, ROW, GAP = 120, 11, 4  # pixels: all bars together, one row, the room between two
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Bars(QWidget):
    """One bar per dimension; the `active` first ones are coloured, the others are quiet outlines."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("klBars")
        self.setAccessibleName("KL per dimension")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme: Theme = DARK
        self._values = np.empty(0)
        self._order = np.empty(0, np.intp)
        self._active = 0

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_values(self, values: Sequence[float], active: int) -> None:
        """Show `values` (d,) in nats per item, of which the `active` largest are in use."""
        before = len(self._values)
        self._values, self._active = np.asarray(values, float), active
        self._order = np.argsort(-self._values, kind="stable")
        told = [f"{self._name(rank)} {self._values[self._order[rank]]:.2f} nats" for rank in range(min(8, len(values)))]
        self.setAccessibleDescription(", ".join(told))
        if len(self._values) != before:
            self.updateGeometry()
        self.update()

    def _name(self, rank: int) -> str:
        return "z" + str(self._order[rank] + 1).translate(SUBSCRIPTS)

    def sizeHint(self) -> QSize:
        """All bars, thinner the more there are."""
        return QSize(160, min(HIGHEST, ROW * len(self._values)))

    def minimumSizeHint(self) -> QSize:
        """As high as they are."""
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars."""
        n = len(self._values)
        if not n:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self.height() / n
        thick = max(1.0, row - GAP) if row > 6 else row * 0.8
        largest = max(float(self._values.max()), LEAST)
        painter.setPen(Qt.PenStyle.NoPen)
        for rank, index in enumerate(self._order):
            y, length = rank * row, self.width() * max(0.0, float(self._values[index])) / largest
            painter.setBrush(QColor(self._theme.line))
            painter.drawRoundedRect(QRectF(0, y, self.width(), thick), 2, 2)
            painter.setBrush(QColor(self._theme.good if rank < self._active else self._theme.quiet))
            painter.drawRoundedRect(QRectF(0, y, length, thick), min(2.0, length / 2), min(2.0, length / 2))

    def event(self, event: QEvent) -> bool:
        """Name the dimension under the pointer."""
        if isinstance(event, QHelpEvent) and len(self._values):
            rank = min(max(0, int(event.pos().y() / self.height() * len(self._values))), len(self._values) - 1)
            use = "used" if rank < self._active else "unused"
            value = self._values[self._order[rank]]
            QToolTip.showText(event.globalPos(), f"{self._name(rank)}: {value:.2f} nats per item, {use}", self)
            return True
        return super().event(event)
