"""The curves of several runs over one another: each has a number, a colour and a kind of line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_desktop.ui.theme import DARK, Theme, class_colour
from vae_desktop.ui.widgets.pointed import Pointed, pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

TEXT = 11  # pixels
NAMED = 130  # pixels of a name beside a line's end, at most
NARROW = 340  # pixels below which only the number stands there
LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
TICKS = 4
BEGINNING = 0.1  # part of the epochs whose steep beginning may leave the picture


@dataclass(frozen=True, eq=False)
class RunCurve:
    """One run's `values`, (E,) in nats per item, NaN where there is none; `number` from 0 says how it looks."""

    number: int
    name: str
    values: np.ndarray


def bounds(curves: Sequence[RunCurve]) -> tuple[float, float]:
    """Lowest and highest value shown: a beginning that is far off would press all that follows into one line."""
    parts = [
        curve.values[math.ceil(BEGINNING * len(curve.values)) if len(curve.values) > 3 else 0 :] for curve in curves
    ]
    values = np.concatenate([np.zeros(0), *parts])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or max(abs(high) * 0.05, 0.5)
    return low - margin, high + margin


def steps(low: float, high: float, most: int = TICKS) -> list[float]:
    """Round numbers between two, at most about so many."""
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    size *= next(factor for factor in (1, 2, 5, 10) if factor * size >= rough)
    return [step * size for step in range(math.ceil(low / size), math.floor(high / size) + 1)]


def paint_run_curves(
    painter: QPainter, box: QRectF, theme: Theme, curves: Sequence[RunCurve], font: QFont, at: int = -1
) -> QRectF:
    """Draw the curves into `box`, with axes, and a name at each one's end; return where the lines are.

    `at`: tell the values of this epoch.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    low, high = bounds(curves)
    epochs = max(2, *(len(curve.values) for curve in curves))
    ticks = steps(low, high)
    texts = [f"{tick:g}".replace("-", "−") for tick in ticks]
    left = max(map(metrics.horizontalAdvance, texts), default=0) + 8
    short = box.width() < NARROW
    labels = [_label(curve, at, short, metrics) for curve in curves]
    # As wide as at its widest: the lines do not move while one points along them.
    widest = [*labels, *(_label(curve, -1, short, metrics) for curve in curves), "9  −0000.00"]
    right = max(map(metrics.horizontalAdvance, widest)) + 14
    area = box.adjusted(left, 6, -right, -metrics.height() - 6)

    def y_of(values: np.ndarray) -> np.ndarray:
        placed: np.ndarray = area.bottom() - (values - low) / (high - low) * area.height()
        return placed

    for text, y in zip(texts, y_of(np.array(ticks)), strict=True):
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(QColor(theme.quiet))
        where = QRectF(box.left(), y - metrics.height() / 2, left - 6, metrics.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    x = area.left() + np.arange(epochs) / (epochs - 1) * area.width()
    painter.setPen(QColor(theme.quiet))
    below = QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height())
    painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "epoch 1" if at < 0 else f"epoch {at + 1}")
    painter.drawText(below, Qt.AlignmentFlag.AlignRight, str(epochs))
    if at >= 0:
        painter.setPen(QPen(QColor(theme.quiet), 1))
        painter.drawLine(QPointF(x[at], area.top()), QPointF(x[at], area.bottom()))
    ends = []
    painter.save()
    painter.setClipRect(area.adjusted(-3, -3, 3, 3))
    for curve in curves:
        y, colour = y_of(curve.values), QColor(class_colour(theme, curve.number))
        good = np.flatnonzero(np.isfinite(y))
        painter.setPen(QPen(colour, 1.7, LINES[curve.number // 2 % len(LINES)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline([QPointF(x[i], y[i]) for i in good.tolist()])
        painter.setBrush(colour)
        painter.setPen(Qt.PenStyle.NoPen)
        marked = [int(good[-1])] if len(good) else []
        marked += [at] if at in good else []
        for i in marked:
            painter.drawEllipse(QPointF(x[i], y[i]), 2.5, 2.5)
        ends.append(QPointF(x[good[-1]], y[good[-1]]) if len(good) else QPointF(area.right(), area.bottom()))
    painter.restore()
    tops = spread([end.y() - metrics.height() / 2 for end in ends], metrics.height(), area.top() - 4, area.bottom() + 4)
    for curve, label, end, top in zip(curves, labels, ends, tops, strict=True):
        colour = QColor(class_colour(theme, curve.number))
        middle = top + metrics.height() / 2
        faint = QColor(colour)
        faint.setAlpha(110)
        painter.setPen(QPen(faint, 1))
        painter.drawLine(QPointF(end.x() + 4, end.y()), QPointF(area.right() + 8, middle))
        painter.setPen(colour)
        painter.drawText(QRectF(area.right() + 12, top, right, metrics.height()), Qt.AlignmentFlag.AlignLeft, label)
    return area


def _label(curve: RunCurve, at: int, short: bool, metrics: QFontMetricsF) -> str:
    """Number and name, or the value at an epoch."""
    if 0 <= at < len(curve.values):
        return f"{curve.number + 1}  {_number(curve.values[at])}"
    name = "" if short else metrics.elidedText(curve.name, Qt.TextElideMode.ElideMiddle, NAMED)
    return f"{curve.number + 1}  {name}".rstrip()


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def spread(tops: Sequence[float], height: float, low: float, high: float) -> list[float]:
    """Places for labels `height` tall, as near to `tops` as can be and not over one another, from `low` to `high`."""
    order = sorted(range(len(tops)), key=lambda i: tops[i])
    step = min(height, (high - low) / max(1, len(tops)))
    placed = list(tops)
    edge = low
    for i in order:
        placed[i] = edge = max(tops[i], edge)
        edge += step
    edge = high - step
    for i in reversed(order):
        placed[i] = edge = min(placed[i], edge)
        edge -= step
    return placed


def run_curves_image(curves: Sequence[RunCurve], title: str, theme: Theme, scale: int = 3) -> np.ndarray:
    """The curves as a picture for a page, (H, W, 3) uint8: 640×360 at `scale`."""
    image = QImage(640 * scale, 360 * scale, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(theme.card))
    font = QFont()
    font.setPixelSize(TEXT + 1)
    painter = QPainter(image)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    painter.drawText(QRectF(20, 12, 600, 20), Qt.AlignmentFlag.AlignLeft, f"{title}, nats per item")
    paint_run_curves(painter, QRectF(20, 36, 600, 308), theme, curves, font)
    painter.end()
    return pixels(image)


class RunCurves(Pointed):
    """The curves, live; an epoch's values under the pointer, or with the arrow keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runCurves")
        self.setAccessibleName("Curves of the ticked runs")
        self.setToolTip("How the ticked runs went, epoch by epoch, in nats per item; the number is that in the table")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme: Theme = DARK
        self._curves: tuple[RunCurve, ...] = ()
        self._hint = ""
        self._area = QRectF(0, 0, 1, 1)  # of the lines, when they were last drawn

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_curves(self, curves: Sequence[RunCurve], hint: str) -> None:
        """Draw these; without any say `hint`."""
        self._curves, self._hint = tuple(curves), hint
        self._at = min(self._at, self.count - 1)
        self.setAccessibleDescription(self.told())
        self.update()

    @property
    def curves(self) -> tuple[RunCurve, ...]:
        """What is drawn."""
        return self._curves

    @property
    def count(self) -> int:
        """Epochs of the longest run."""
        return max((len(curve.values) for curve in self._curves), default=0)

    @property
    def at(self) -> int:
        """Index of the epoch pointed at, −1: none."""
        return self._at

    def told(self) -> str:
        """The values at the epoch pointed at, or each run's last ones, in words."""
        parts = []
        for curve in self._curves:
            at = self._at if self._at >= 0 else len(curve.values) - 1
            if 0 <= at < len(curve.values):
                parts.append(f"{curve.name} {_number(curve.values[at])}")
        return f"epoch {self._at + 1}: {', '.join(parts)}" if self._at >= 0 else ", ".join(parts)

    def sizeHint(self) -> QSize:
        """Beside a table."""
        return QSize(380, 170)

    def minimumSizeHint(self) -> QSize:
        """Room for a few epochs and the numbers."""
        return QSize(180, 96)

    def place_at(self, x: float) -> int:
        """Index of the epoch there."""
        return round((x - self._area.left()) / max(1.0, self._area.width()) * max(1, self.count - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The curves, or why there are none."""
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(TEXT)
        box = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        if self._curves:
            self._area = paint_run_curves(painter, box, self._theme, self._curves, font, self._at)
        else:
            painter.setPen(QColor(self._theme.quiet))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent_text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
