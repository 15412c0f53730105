"""A part of a column's values, between two handles over its histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_desktop.ui.theme import DARK, Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

HIGH = 30  # pixels
EDGE = 5  # pixels beside the first and the last value, so that a handle there is whole
STEPS = 100  # key presses from end to end


class RangeBar(QWidget):
    """Two handles: drag the nearer one; ← and → move the lower, with Shift the upper one."""

    changed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gateRange")
        self.setAccessibleName("Range")
        self.setToolTip("Drag the two ends; ← and → move the lower one, with Shift the upper one")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme: Theme = DARK
        self._counts = np.zeros(0, int)
        self._ends = 0.0, 1.0
        self._range = 0.0, 1.0
        self._held = -1

    @property
    def range(self) -> tuple[float, float]:
        """The lower and the upper end."""
        return self._range

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_histogram(self, counts: np.ndarray, low: float, high: float) -> None:
        """Show how many items have which value from `low` to `high`; all of it is chosen."""
        self._counts, self._ends = counts, (low, high)
        self.set_range(low, high)

    def set_range(self, low: float, high: float) -> None:
        """Show this part as the chosen one."""
        self._range = low, high
        self.setAccessibleDescription(f"from {low:g} to {high:g}")
        self.update()

    def sizeHint(self) -> QSize:
        """A line of bars."""
        return QSize(160, HIGH)

    def minimumSizeHint(self) -> QSize:
        """Still to be taken hold of."""
        return QSize(60, HIGH)

    def x_of(self, value: float) -> float:
        """Where a value stands, in pixels."""
        low, high = self._ends
        share = (value - low) / (high - low) if high > low else 0.0
        return EDGE + min(max(share, 0.0), 1.0) * (self.width() - 2 * EDGE)

    def _value_at(self, x: float) -> float:
        low, high = self._ends
        share = (x - EDGE) / max(1, self.width() - 2 * EDGE)
        # The ends themselves, not what rounding makes of them: whoever stands there passes.
        return low if share <= 0 else high if share >= 1 else low + share * (high - low)

    def _choose(self, end: int, value: float) -> None:
        low, high = self._range
        chosen = (min(value, high), high) if end == 0 else (low, max(value, low))
        if chosen != self._range:
            self.set_range(*chosen)
            self.changed.emit(*chosen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the nearer handle."""
        if event.button() == Qt.MouseButton.LeftButton:
            x = event.position().x()
            away = [abs(x - self.x_of(value)) for value in self._range]
            self._held = int(away[1] < away[0] or (away[0] == away[1] and x > self.x_of(self._range[1])))
            self._choose(self._held, self._value_at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The handle follows."""
        if self._held >= 0:
            self._choose(self._held, self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move an end by a hundredth."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not way:
            super().keyPressEvent(event)
            return
        end = int(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        low, high = self._ends
        value = self._range[end] + way * (high - low) / STEPS
        self._choose(end, min(max(value, low), high))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The histogram, what is chosen of it, and the handles."""
        painter, theme = QPainter(self), self._theme
        room, base = self.width() - 2 * EDGE, self.height() - 6
        left, right = (self.x_of(value) for value in self._range)
        if len(self._counts) and self._counts.any():
            wide = room / len(self._counts)
            heights = np.sqrt(self._counts / self._counts.max()) * (base - 2)  # the square root shows rare values, too
            for i, height in enumerate(heights.tolist()):
                x = EDGE + i * wide
                inside = left - wide / 2 <= x + wide / 2 <= right + wide / 2
                colour = QColor(theme.accent if inside else theme.line)
                painter.fillRect(QRectF(x, base - height, max(1.0, wide - 1), height), colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(EDGE, base, room, 2), QColor(theme.line))
        painter.fillRect(QRectF(left, base, right - left, 2), QColor(theme.accent_text))
        painter.setPen(QPen(QColor(theme.accent_text if self.hasFocus() else theme.panel), 2))
        painter.setBrush(QColor(theme.text))
        for x in (left, right):
            painter.drawEllipse(QPointF(x, base + 1), EDGE - 1, EDGE - 1)
