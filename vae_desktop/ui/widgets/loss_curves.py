"""How the loss went, epoch by epoch: reconstruction above, KL below, each on its own scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_desktop.ui.theme import DARK, Theme, class_colour
from vae_desktop.ui.widgets.pointed import Pointed, pixels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QPaintEvent

PARTS = (
    ("reconstruction", "reconstruction", 0, 0.0, 0.6),
    ("kl", "KL", 1, 0.66, 1.0),
)  # key, name, colour, top, bottom
TEXT = 11  # pixels


@dataclass(frozen=True, eq=False)
class Curve:
    """One part of the loss: a value for each epoch, and the validation's, NaN where there is none; both (E,)."""

    key: str
    name: str
    colour: int
    top: float
    bottom: float
    values: np.ndarray
    validation: np.ndarray


def curves_of(metrics: Sequence[Mapping[str, Any]]) -> tuple[Curve, ...]:
    """The curves in the lines of a run's metrics."""

    def values(key: str, of: str) -> np.ndarray:
        lines = (line if of == "training" else line.get("validation") or {} for line in metrics)
        return np.array([line.get(key, math.nan) for line in lines], float)

    return tuple(Curve(*part, values(part[0], "training"), values(part[0], "validation")) for part in PARTS)


def paint_curves(
    painter: QPainter, area: QRectF, theme: Theme, curves: Sequence[Curve], epochs: int, font: QFont, at: int = -1
) -> None:
    """Draw the curves over `epochs` into `area`; mark the epoch of index `at` and tell its values."""
    done = len(curves[0].values) if curves else 0
    if not done:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    # One epoch stands at the left edge; the last one of all at the right edge.
    x = area.left() + np.arange(done) / max(1, epochs - 1) * area.width()
    if at >= 0:
        painter.setPen(QPen(QColor(theme.quiet), 1))
        painter.drawLine(QPointF(x[at], area.top()), QPointF(x[at], area.bottom()))
    labels: list[QRectF] = []
    for curve in curves:
        top, bottom = area.top() + curve.top * area.height(), area.top() + curve.bottom * area.height()
        both = np.concatenate((curve.values, curve.validation))
        low, high = np.nanmin(both), np.nanmax(both)
        scale = (bottom - top) / (high - low or 1.0)
        colour = QColor(class_colour(theme, curve.colour))
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        painter.drawPolyline(_points(x, top + (high - curve.validation) * scale))
        painter.setPen(QPen(colour, 1.6))
        y = top + (high - curve.values) * scale
        painter.drawPolyline(_points(x, y))
        painter.setBrush(colour)
        if at >= 0:
            painter.drawEllipse(QPointF(x[at], y[at]), 2.5, 2.5)
        painter.drawEllipse(QPointF(x[-1], y[-1]), 2, 2)
        text = f"{curve.name} {curve.values[at]:.1f}"
        where = QRectF(0, 0, metrics.horizontalAdvance(text), metrics.height())
        where.moveCenter(QPointF(x[-1], y[-1]))
        if x[-1] + 6 + where.width() <= area.right():
            where.moveLeft(x[-1] + 6)
        else:  # no room beside the line's end: above a line that fell, below one that rose
            where.moveRight(area.right())
            near = y[min(int(np.searchsorted(x, where.left() - 4)), done - 1) :]  # at least the end itself
            if curve.values[-1] <= curve.values[0]:
                where.moveBottom(near.min() - 2)
            else:
                where.moveTop(near.max() + 2)
        where.moveTop(min(max(where.top(), area.top() - where.height() / 2), area.bottom() - where.height() / 2))
        for other in labels:
            if where.intersects(other):
                where.moveTop(other.bottom())
        labels.append(where)
        painter.setPen(colour)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


def _points(x: np.ndarray, y: np.ndarray) -> list[QPointF]:
    return [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True) if math.isfinite(b)]


def curves_image(metrics: Sequence[Mapping[str, Any]], epochs: int, theme: Theme, scale: int = 3) -> np.ndarray:
    """The curves as a picture for a page, (H, W, 3) uint8: 480×240 at `scale`."""
    image = QImage(480 * scale, 240 * scale, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(theme.card))
    font = QFont()
    font.setPixelSize(TEXT + 1)
    painter = QPainter(image)
    paint_curves(painter, QRectF(20, 24, 440, 184), theme, curves_of(metrics), epochs, font)
    painter.setPen(QColor(theme.quiet))
    painter.drawText(QRectF(20, 214, 440, 20), Qt.AlignmentFlag.AlignLeft, f"epochs 1 to {epochs}, nats per item")
    painter.end()
    return pixels(image)


class LossCurves(Pointed):
    """The curves, live; an epoch's values under the pointer, or with the arrow keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lossCurves")
        self.setAccessibleName("Loss curves")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "What an item costs, in nats: how far the decoded item is from the real one (reconstruction, −log p(x|z)),"
            "\nand how far its code strays from the prior (KL). Dashed: items kept out of the training (validation)."
            "\nLower together is better."
        )
        self._theme: Theme = DARK
        self._curves: tuple[Curve, ...] = ()
        self._epochs = 1

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_metrics(self, metrics: Sequence[Mapping[str, Any]], epochs: int) -> None:
        """Show the lines of a run's metrics; there will be `epochs` of them."""
        self._curves, self._epochs = curves_of(metrics), max(epochs, len(metrics))
        self._at = min(self._at, len(metrics) - 1)
        self.setAccessibleDescription(self.told())
        self.update()

    @property
    def at(self) -> int:
        """Index of the epoch pointed at, −1: none."""
        return self._at

    def told(self) -> str:
        """The epoch pointed at, or the last one, in words."""
        if not self.count:
            return ""
        at = self._at if self._at >= 0 else self.count - 1
        parts = []
        for curve in self._curves:
            kept = "" if math.isnan(curve.validation[at]) else f" ({curve.validation[at]:.1f})"
            parts.append(f"{curve.name} {curve.values[at]:.1f}{kept}")
        return f"epoch {at + 1}: {', '.join(parts)}"

    def sizeHint(self) -> QSize:
        """As in a narrow dock."""
        return QSize(200, 128)

    def minimumSizeHint(self) -> QSize:
        """Room for the values' names."""
        return QSize(150, 128)

    def _area(self) -> QRectF:
        return QRectF(3, 8, self.width() - 6, self.height() - 30)

    @property
    def count(self) -> int:
        """Epochs done."""
        return len(self._curves[0].values) if self._curves else 0

    def place_at(self, x: float) -> int:
        """Index of the epoch there."""
        area = self._area()
        return round((x - area.left()) / area.width() * max(1, self._epochs - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The curves, and below them the epoch pointed at."""
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(TEXT)
        paint_curves(painter, self._area(), self._theme, self._curves, self._epochs, font, self._at)
        painter.setPen(QColor(self._theme.quiet))
        painter.setFont(font)
        text = "nats per item; dashed: validation"
        if self._at >= 0:  # the values themselves stand beside the lines
            kept = [curve.validation[self._at] for curve in self._curves]
            text = f"epoch {self._at + 1}"
            if not any(map(math.isnan, kept)):
                text += f" · validation {kept[0]:.1f} and {kept[1]:.1f}"
        painter.drawText(QRectF(0, self.height() - 16, self.width(), 16), Qt.AlignmentFlag.AlignLeft, text)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent_text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
