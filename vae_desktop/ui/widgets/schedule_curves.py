"""What changes over a training, as small curves: the pull towards the prior, the learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_desktop.ui.theme import DARK, Theme, class_colour
from vae_desktop.ui.widgets.pointed import Pointed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

TEXT, TOP, HEAD, STRIP, GAP, FOOT = 11, 8, 16, 26, 8, 16  # pixels: letters, above, a name, its curve, below, the axis
WASH = 28  # of 255: how much colour lies below a curve


@dataclass(frozen=True, eq=False)
class Schedule:
    """What changes: its name, and its values (P,) at places spread evenly from the start to the end."""

    name: str
    values: np.ndarray

    @property
    def changes(self) -> bool:
        """Whether there is anything to see."""
        return bool(np.isfinite(self.values).all() and np.ptp(self.values) > 1e-9 * np.abs(self.values).max())


class ScheduleCurves(Pointed):
    """A strip for each curve over one axis; the values at a place under the pointer, or with the arrow keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scheduleCurves")
        self.setAccessibleName("What changes over the training")
        self.setToolTip(
            "How strong the pull towards the prior (KL) and how large the learning steps are, from the first step of"
            " the training to the last. What stays the same is not drawn."
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme: Theme = DARK
        self._curves: tuple[Schedule, ...] = ()

    @property
    def curves(self) -> tuple[Schedule, ...]:
        """Those that are drawn."""
        return self._curves

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_curves(self, curves: Sequence[Schedule]) -> None:
        """Draw those that change."""
        self._curves = tuple(curve for curve in curves if curve.changes)
        self._point(self._at)
        self.setAccessibleDescription(self.told())
        self.updateGeometry()
        self.update()

    def told(self) -> str:
        """The curves in words: from where to where, or the values at the place pointed at."""
        text = ", ".join(f"{curve.name} {self._value(curve)}" for curve in self._curves)
        return text if self._at < 0 else f"at {self._percent()}: {text}"

    def _value(self, curve: Schedule) -> str:
        values = curve.values
        return f"{_short(values[0])} → {_short(values[-1])}" if self._at < 0 else _short(values[self._at])

    def _percent(self) -> str:
        return f"{100 * self._at / max(1, len(self._curves[0].values) - 1):.0f} %"

    def sizeHint(self) -> QSize:
        """A strip for each curve, and the axis."""
        return QSize(200, TOP + len(self._curves) * (HEAD + STRIP + GAP) + FOOT)

    def minimumSizeHint(self) -> QSize:
        """Room for the values."""
        return QSize(120, self.sizeHint().height())

    @property
    def count(self) -> int:
        """Places along the training."""
        return len(self._curves[0].values) if self._curves else 0

    @property
    def stride(self) -> int:
        """A fiftieth of the training."""
        return max(1, self.count // 50)

    def place_at(self, x: float) -> int:
        """Number of the place there."""
        return round((x - 1) / max(1, self.width() - 2) * (self.count - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The strips from above, the axis below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(TEXT)
        painter.setFont(font)
        width, top = float(self.width()), float(TOP)
        sides = Qt.AlignmentFlag.AlignVCenter
        for index, curve in enumerate(self._curves):
            head = QRectF(0, top, width, HEAD)
            painter.setPen(QColor(class_colour(self._theme, index)))
            painter.drawText(head, Qt.AlignmentFlag.AlignLeft | sides, curve.name)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(head, Qt.AlignmentFlag.AlignRight | sides, self._value(curve))
            self._strip(
                painter, QRectF(1, top + HEAD + 1, width - 2, STRIP), curve, QColor(class_colour(self._theme, index))
            )
            top += HEAD + STRIP + GAP
        painter.setPen(QColor(self._theme.quiet))
        foot = QRectF(0, top - 2, width, FOOT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | sides, "0 %")
        middle = "of the training" if self._at < 0 else f"{self._percent()} of the training"
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, middle)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight | sides, "100 %")
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent_text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _strip(self, painter: QPainter, area: QRectF, curve: Schedule, colour: QColor) -> None:
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(QPointF(area.left(), area.bottom() + 0.5), QPointF(area.right(), area.bottom() + 0.5))
        values = curve.values
        low, high = min(0.0, float(values.min())), float(values.max())
        x = np.linspace(area.left(), area.right(), len(values))
        y = area.bottom() - (values - low) / (high - low) * area.height()
        line = QPainterPath(QPointF(x[0], y[0]))
        for a, b in zip(x[1:].tolist(), y[1:].tolist(), strict=True):
            line.lineTo(a, b)
        below = QPainterPath(line)
        below.lineTo(area.bottomRight())
        below.lineTo(area.bottomLeft())
        wash = QColor(colour)
        wash.setAlpha(WASH)
        painter.fillPath(below, wash)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.6))
        painter.drawPath(line)
        if self._at >= 0:
            painter.setPen(QPen(QColor(self._theme.quiet), 1))
            painter.drawLine(QPointF(x[self._at], area.top()), QPointF(x[self._at], area.bottom()))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x[self._at], y[self._at]), 2.5, 2.5)


def _short(value: float) -> str:
    """Three digits that count, without an exponent."""
    return str(np.format_float_positional(value, 3, unique=False, fractional=False, trim="-"))
