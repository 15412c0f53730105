"""What is painted on the map besides its points: axes, marks, and small cards of text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from vae_desktop.ui.widgets.item_view import Drawing, paint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QRect
    from PySide6.QtWidgets import QWidget

    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.widgets.map_view import MapView

TICK_APART = 70  # logical pixels between two numbers of an axis, at least
THUMB = 44  # logical pixels: an item on the map
SHOWN = 84  # … and on a card
CAPTION = 18


@dataclass(frozen=True, eq=False)
class Marks:
    """What stands on the map, in its own units."""

    cursor: tuple[float, float] | None = None
    anchors: dict[str, tuple[float, float]] = field(default_factory=dict)
    ellipse: np.ndarray | None = None
    draws: np.ndarray | None = None
    path: np.ndarray | None = None
    player: tuple[float, float] | None = None
    ring: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """An item shown on the map: where it lies, what it looks like, the colour of its frame."""

    x: float
    y: float
    drawn: Drawing
    colour: str


def _font(like: QPainter | QWidget, size: int, bold: bool = False) -> QFont:
    font = QFont(like.font())
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
    quiet = QColor(theme.quiet)
    line, zero = QColor(quiet), QColor(quiet)
    line.setAlpha(16)  # seen through, so that they are as faint on any backdrop
    zero.setAlpha(48)
    across, upwards = (
        np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step for low, high in ((x0, x1), (y0, y1))
    )
    painter.setPen(quiet)
    painter.setFont(_font(painter, 10))
    ratio = painter.device().devicePixelRatio()
    row = QImage(round(width * ratio), 1, QImage.Format.Format_ARGB32_Premultiplied)
    row.setDevicePixelRatio(ratio)
    row.fill(0)
    one_row = QPainter(row)
    for value in across:
        one_row.fillRect(QRectF(view.to_screen(value, 0).x(), 0, 1, 1), zero if abs(value) < step / 2 else line)
    one_row.end()
    painter.fillRect(QRectF(0, 0, width, height), QBrush(row))  # ten times as quick as line by line
    for value in across:
        at = QRectF(view.to_screen(value, 0).x() - 40, height - 16, 80, 14)
        painter.drawText(at, Qt.AlignmentFlag.AlignCenter, f"{value + 0.0:g}")
    for value in upwards:
        y = view.to_screen(0, value).y()
        painter.fillRect(QRectF(0, y, width, 1), zero if abs(value) < step / 2 else line)
        if 24 < y < height - 42:  # above the number of items
            painter.drawText(QRectF(6, y - 7, 60, 14), Qt.AlignmentFlag.AlignVCenter, f"{value + 0.0:g}")
    painter.setFont(_font(painter, 11))
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(width - 166, height - 32, 160, 16), right, labels[0])
    painter.drawText(QRectF(6, 4, 200, 16), Qt.AlignmentFlag.AlignVCenter, labels[1])


def paint_marks(painter: QPainter, marks: Marks, to_screen: Callable[[float, float], QPointF], theme: Theme) -> None:
    """Draws of a posterior, its ellipse, path, anchors and the cursor."""

    def polygon(places: np.ndarray) -> list[QPointF]:
        return [to_screen(float(x), float(y)) for x, y in places]

    background, cursor, path = QColor(theme.background), QColor(theme.cursor), QColor(theme.path)
    if marks.draws is not None:
        faint, rim = QColor(cursor), QColor(background)
        faint.setAlpha(130)
        rim.setAlpha(150)  # else they are lost among the items' dots
        painter.setPen(QPen(rim, 1))
        painter.setBrush(faint)
        for point in polygon(marks.draws):
            painter.drawEllipse(point, 2.2, 2.2)
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
    if marks.ring is not None:
        at = to_screen(*marks.ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(background, 4), QPen(path, 2)):
            painter.setPen(pen)
            painter.drawEllipse(at, 8, 8)
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


def paint_note(painter: QPainter, text: str, height: int, theme: Theme) -> None:
    """A quiet line in the lower left corner, above the numbers of the axis."""
    painter.setFont(_font(painter, 11))
    box = painter.fontMetrics().boundingRect(text).toRectF()
    box = QRectF(6, height - 36, box.width() + 10, 17)
    if text:
        back = QColor(theme.background)
        back.setAlpha(190)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.quiet))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_pictures(
    painter: QPainter,
    pictures: Sequence[Picture],
    to_screen: Callable[[float, float], QPointF],
    room: QRect,
    theme: Theme,
) -> None:
    """Items as pictures, in frames of their colours, where they lie."""
    inside = QRectF(room)
    for picture in pictures:
        at = to_screen(picture.x, picture.y)
        if room.adjusted(-THUMB, -THUMB, THUMB, THUMB).contains(at.toPoint()):
            box = QRectF(round(at.x()) - THUMB / 2, round(at.y()) - THUMB / 2, THUMB, THUMB)
            if inside.contains(at):  # one whose dot is in view is seen whole
                box.moveLeft(min(max(box.left(), 0.0), inside.width() - THUMB))
                box.moveTop(min(max(box.top(), 0.0), inside.height() - THUMB))
            painter.fillRect(box, QColor(theme.field))
            paint(painter, box.adjusted(2, 2, -2, -2), picture.drawn, theme)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(picture.colour), 1.5))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))


class TextCard:
    """A small card of `lines` on a map as large as `view`: beside `at`, its first line bold, or quiet at the top.

    Named `pictures` stand below the lines, side by side.
    """

    def __init__(
        self,
        view: QWidget,
        lines: Sequence[str],
        at: QPointF | None = None,
        pictures: Sequence[tuple[str, Drawing]] = (),
    ) -> None:
        self.lines, self._quiet, self.pictures = tuple(lines), at is None, tuple(pictures)
        self._fonts = [_font(view, 12, bold=at is not None and row == 0) for row in range(len(lines))]
        self._small = _font(view, 10)
        width = max(map(_width, self._fonts, lines), default=0)
        shown = (SHOWN + CAPTION, len(pictures) * (SHOWN + 8) - 8) if pictures else (0, 0)
        size = QSizeF(max(width, shown[1]) + 20, len(lines) * 17 + 12 + shown[0])
        x = (view.width() - size.width()) / 2 if at is None else at.x() + 16
        y = 12.0 if at is None else at.y() - size.height() - 10
        if at is not None and y < 4:  # no room above: below
            y = min(at.y() + 20, view.height() - size.height() - 4)
        place = QPointF(min(max(x, 4.0), view.width() - size.width() - 4), max(y, 4.0))
        self.box = QRectF(place, size)

    def region(self) -> QRect:
        """What it covers, its rim too."""
        return self.box.toAlignedRect().adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint it."""
        back = QColor(theme.card)
        back.setAlpha(250)
        painter.setPen(QColor(theme.line))
        painter.setBrush(back)
        painter.drawRoundedRect(self.box, 6, 6)
        painter.setPen(QColor(theme.quiet if self._quiet else theme.text))
        for row, (font, text) in enumerate(zip(self._fonts, self.lines, strict=True)):
            painter.setFont(font)
            line = QRectF(self.box.x() + 10, self.box.y() + 6 + 17 * row, self.box.width() - 20, 17)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self._small)
        top = self.box.y() + 17 * len(self.lines) + 8
        for column, (name, drawn) in enumerate(self.pictures):
            box = QRectF(self.box.x() + 10 + column * (SHOWN + 8), top, SHOWN, SHOWN)
            painter.fillRect(box, QColor(theme.field))
            paint(painter, box, drawn, theme)
            painter.setPen(QColor(theme.quiet))
            below = QRectF(box.x(), box.bottom() + 1, SHOWN, CAPTION - 4)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)


def _width(font: QFont, text: str) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)
