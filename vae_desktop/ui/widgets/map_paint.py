"""What is painted on the map besides its points: axes, marks, and small cards of text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QSize

    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.widgets.map_view import MapView

TICK_APART = 70  # logical pixels between two numbers of an axis, at least


@dataclass(frozen=True, eq=False)
class Marks:
    """What stands on the map, in its own units."""

    cursor: tuple[float, float] | None = None
    anchors: dict[str, tuple[float, float]] = field(default_factory=dict)
    ellipse: np.ndarray | None = None
    path: np.ndarray | None = None
    player: tuple[float, float] | None = None


def _font(painter: QPainter, size: int, bold: bool = False) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(size)
    font.setBold(bold)
    return font


def paint_axes(painter: QPainter, view: MapView, theme: Theme, labels: tuple[str, str]) -> None:
    """Faint lines and quiet numbers."""
    width, height = view.width(), view.height()
    scale = view.view.scale
    step = 10 ** np.floor(np.log10(TICK_APART / scale))
    step *= next(k for k in (1, 2, 5, 10) if k * step * scale >= TICK_APART)
    x0, y1 = view.to_place(QPointF(0, 0))
    x1, y0 = view.to_place(QPointF(width, height))
    line, zero, quiet = QPen(QColor(theme.panel)), QPen(QColor(theme.line)), QPen(QColor(theme.quiet))
    painter.setFont(_font(painter, 10))
    for value in np.arange(np.ceil(x0 / step), np.floor(x1 / step) + 1) * step:
        at = view.to_screen(value, 0).x()
        painter.setPen(zero if abs(value) < step / 2 else line)
        painter.drawLine(QPointF(at, 0), QPointF(at, height))
        painter.setPen(quiet)
        painter.drawText(QRectF(at - 40, height - 16, 80, 14), Qt.AlignmentFlag.AlignCenter, f"{value + 0.0:g}")
    for value in np.arange(np.ceil(y0 / step), np.floor(y1 / step) + 1) * step:
        at = view.to_screen(0, value).y()
        painter.setPen(zero if abs(value) < step / 2 else line)
        painter.drawLine(QPointF(0, at), QPointF(width, at))
        if 24 < at < height - 24:
            painter.setPen(quiet)
            painter.drawText(QRectF(6, at - 7, 60, 14), Qt.AlignmentFlag.AlignVCenter, f"{value + 0.0:g}")
    painter.setPen(quiet)
    painter.setFont(_font(painter, 11))
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(width - 166, height - 32, 160, 16), right, labels[0])
    painter.drawText(QRectF(6, 4, 200, 16), Qt.AlignmentFlag.AlignVCenter, labels[1])


def paint_marks(painter: QPainter, marks: Marks, to_screen: Callable[[float, float], QPointF], theme: Theme) -> None:
    """Ellipse, path, anchors and the cursor."""

    def polygon(places: np.ndarray) -> list[QPointF]:
        return [to_screen(float(x), float(y)) for x, y in places]

    background, cursor, path = QColor(theme.background), QColor(theme.cursor), QColor(theme.path)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if marks.ellipse is not None:
        outline = polygon(marks.ellipse)
        for pen in (QPen(background, 3), QPen(cursor, 1.5, Qt.PenStyle.DashLine)):
            painter.setPen(pen)
            painter.drawPolygon(outline)
    if marks.path is not None:
        points = polygon(marks.path)
        painter.setPen(QPen(path, 2))
        painter.drawPolyline(points)
        painter.setBrush(background)
        for point in points:
            painter.drawEllipse(point, 3.5, 3.5)
    if marks.player is not None:
        painter.setPen(QPen(background, 1.5))
        painter.setBrush(path)
        painter.drawEllipse(to_screen(*marks.player), 5, 5)
    painter.setFont(_font(painter, 11, bold=True))
    for letter, place in marks.anchors.items():
        at = to_screen(*place)
        painter.setPen(QPen(background, 1.5))
        painter.setBrush(path)
        painter.drawEllipse(at, 9, 9)
        painter.setPen(background)
        painter.drawText(QRectF(at.x() - 9, at.y() - 9, 18, 18), Qt.AlignmentFlag.AlignCenter, letter)
    if marks.cursor is not None:
        at = to_screen(*marks.cursor)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(background, 4), QPen(cursor, 2)):
            painter.setPen(pen)
            painter.drawEllipse(at, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(cursor)
        painter.drawEllipse(at, 2, 2)


def paint_card(painter: QPainter, theme: Theme, room: QSize, lines: Sequence[str], at: QPointF | None) -> None:
    """A small card with text: beside `at`, or at the top of the map."""
    fonts = [_font(painter, 12, bold=at is not None and row == 0) for row in range(len(lines))]
    width = 0.0
    for font, text in zip(fonts, lines, strict=True):
        painter.setFont(font)
        width = max(width, painter.fontMetrics().horizontalAdvance(text))
    size = QSizeF(width + 20, len(lines) * 17 + 12)
    x = (room.width() - size.width()) / 2 if at is None else at.x() + 16
    y = 12.0 if at is None else at.y() - size.height() - 10
    x, y = min(max(x, 4.0), room.width() - size.width() - 4), max(y, 4.0)
    back = QColor(theme.card)
    back.setAlpha(235)
    painter.setPen(QColor(theme.line))
    painter.setBrush(back)
    painter.drawRoundedRect(QRectF(QPointF(x, y), size), 6, 6)
    painter.setPen(QColor(theme.quiet if at is None else theme.text))
    for row, (font, text) in enumerate(zip(fonts, lines, strict=True)):
        painter.setFont(font)
        box = QRectF(x + 10, y + 6 + 17 * row, size.width() - 20, 17)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
