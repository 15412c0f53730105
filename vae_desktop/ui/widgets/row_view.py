"""A decoded row of a table, column by column in its own units, beside a real one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from vae_desktop.ui.theme import DARK, Theme, class_colour
from vae_desktop.ui.widgets.row_paint import bar_colour, bar_of, row_of

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from vae_desktop.core.preparation import Preparation

LINE, HEAD, CAPTION = 20, 18, 22  # pixels: height of a column's line, of the heading, of the text below
SEEN = 14  # lines in sight; the others are scrolled to
PARTS = (0.25, 0.22, 0.3, 0.23)  # of the width: name, bar, decoded value, real value
NARROW = 200  # pixels below which the real values have no column of their own
MOST_DECIMALS = 5
TOLD = 8  # values of a category that a tool tip tells
LEGEND = (
    "A number's bar goes from its column's mean, at most three standard deviations; a category's shows how likely each"
    " of its values is. The upright line is where the real row is. ≈ fills in for a value that is missing."
)
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False)
class Beside:
    """A real row (D,), NaN where missing; what it is called; whether it is the very item that was decoded."""

    row: np.ndarray
    name: str
    own: bool = False


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded row.

    Parameters
    ----------
    row
        Its values (D,) in original units, of a category the index of the likeliest.
    preparation
        Knows the columns.
    means
        What the model expects, in the network's layout: of categories the probability of each value.
    beside
        A real row to compare it with.
    """

    row: np.ndarray
    preparation: Preparation
    means: np.ndarray | None = None
    beside: Beside | None = None

    def categories(self, column: int) -> tuple[str, ...]:
        """Values of a category; none of a number."""
        return self.preparation.categories[column] if self.preparation.categories else ()

    def shares(self, column: int) -> np.ndarray:
        """Probability of each value of a category."""
        shares = np.zeros(len(self.categories(column)), np.float32)
        if self.means is None:
            shares[int(self.row[column])] = 1
        else:
            shares[:] = np.nan_to_num(np.clip(self.means[self.preparation.places[column]], 0, 1))
            shares /= max(float(shares.sum()), 1e-12)
        return shares

    def fills(self, column: int) -> bool:
        """Whether the value stands for one that is missing in the item."""
        return self.beside is not None and self.beside.own and math.isnan(self.beside.row[column])

    def text(self, column: int) -> str:
        """The decoded value, marked where it fills a gap."""
        known = self.categories(column)
        told = known[int(self.row[column])] if known else self._number(float(self.row[column]), column)
        return f"≈ {told}" if self.fills(column) else told

    def real(self, column: int) -> str:
        """The real row's value; "" without one."""
        if self.beside is None:
            return ""
        value, known = float(self.beside.row[column]), self.categories(column)
        if math.isnan(value):
            return "missing"
        return known[int(value)] if known else self._number(value, column)

    def _number(self, value: float, column: int) -> str:
        return short(value, float(self.preparation.spread[1][column]))

    def told(self, column: int) -> str:
        """All there is to say of a column."""
        known, lines = self.categories(column), [self.preparation.columns[column]]
        if known:
            shares = self.shares(column)
            likeliest = np.argsort(-shares, kind="stable")[:TOLD].tolist()
            lines.append("decoded: " + ", ".join(f"{known[i]} {shares[i]:.0%}" for i in likeliest))
        else:
            lines.append(f"decoded: {self.row[column]:.6g}")
        if self.beside is not None:
            lines.append(f"{'' if self.beside.own else 'nearest, '}{self.beside.name}: {self.real(column)}")
        if self.fills(column):
            lines.append("≈ the model's value for the one that is missing")
        return "\n".join(lines)


def short(value: float, scale: float) -> str:
    """A number with as many decimals as tell values apart that differ by a twentieth of `scale`."""
    if not math.isfinite(value):
        return "–"
    decimals = math.ceil(math.log10(20 / scale))
    if decimals > MOST_DECIMALS or abs(value) >= 1e7:
        return f"{value:.3g}"
    decimals = max(decimals, 0)
    return f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: no −0


class RowView(QAbstractScrollArea):
    """A line for each column: its name, a bar from its mean, the decoded value, the real one. Many are scrolled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().setSingleStep(LINE)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme: Theme = DARK
        self._decoded: Decoded | None = None
        self._caption = ("", "")
        self._columns: list[int] = []

    @property
    def decoded(self) -> Decoded | None:
        """What is shown."""
        return self._decoded

    @property
    def columns(self) -> list[int]:
        """The columns that have a line, in their order."""
        return self._columns

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.viewport().update()

    def set_decoded(self, decoded: Decoded | None, caption: tuple[str, str] = ("", "")) -> None:
        """Show a row, its `caption` left and right below; nothing is laid out anew while the columns stay."""
        self._decoded, self._caption = decoded, caption
        self.viewport().update()

    def set_columns(self, columns: list[int]) -> None:
        """Give these columns a line, in this order."""
        if columns != self._columns:
            grown = min(len(columns), SEEN) != min(len(self._columns), SEEN)
            self._columns = columns
            self._measure()
            if grown:
                self.updateGeometry()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """All lines, or as many as are seen at once."""
        return QSize(240, HEAD + max(1, min(len(self._columns), SEEN)) * LINE + CAPTION + 2)

    def minimumSizeHint(self) -> QSize:
        """Its lines keep their height."""
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll no further than the last line."""
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        room = self.viewport().height() - HEAD - CAPTION - 1
        bar = self.verticalScrollBar()
        bar.setPageStep(max(LINE, room))
        bar.setRange(0, max(0, len(self._columns) * LINE - room))

    def column_at(self, y: float) -> int:
        """The column whose line is at this height; −1: none."""
        if not HEAD <= y < self.viewport().height() - CAPTION:
            return -1
        line = int((y - HEAD + self.verticalScrollBar().value()) // LINE)
        return self._columns[line] if line < len(self._columns) else -1

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell all of the column under the pointer."""
        if isinstance(event, QHelpEvent) and self._decoded is not None:
            column = self.column_at(event.pos().y())
            QToolTip.showText(event.globalPos(), self._decoded.told(column) if column >= 0 else LEGEND, self)
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines in sight."""
        painter, theme = QPainter(self.viewport()), self._theme
        whole = QRectF(self.viewport().rect())
        painter.fillRect(whole, QColor(theme.card))
        if self._decoded is None:
            return
        font = painter.font()
        font.setPixelSize(11)
        font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width: they stand below one another
        painter.setFont(font)
        edges = self._edges(whole.width())
        lines = whole.adjusted(0, HEAD, 0, -CAPTION)
        painter.setClipRect(lines)
        top = lines.y() - self.verticalScrollBar().value()
        row = row_of(self._decoded.row, self._decoded.preparation).scores
        real = self._decoded.beside
        beside = None if real is None else row_of(real.row, self._decoded.preparation)
        first = max(0, int((lines.y() - top) // LINE))
        last = min(len(self._columns), first + math.ceil(lines.height() / LINE) + 1)
        for number in range(first, last):
            column = self._columns[number]
            ticked = math.nan if beside is None else float(beside.scores[column])
            box = QRectF(0, top + number * LINE, whole.width(), LINE)
            self._paint_line(painter, box, edges, column, float(row[column]), ticked)
        painter.setClipping(False)
        self._paint_ends(painter, whole, edges)

    def _edges(self, width: float) -> list[float]:
        """Where name, bar, decoded and real value begin, and where the last ends."""
        parts = list(PARTS)
        if width < NARROW or self._decoded is None or self._decoded.beside is None:
            parts = [part / (1 - parts[3]) for part in parts[:3]] + [0]
        return [0.0, *(float(end) * width for end in np.cumsum(parts))]

    def _paint_line(
        self, painter: QPainter, box: QRectF, edges: list[float], column: int, score: float, ticked: float
    ) -> None:
        assert self._decoded is not None
        decoded, theme, metrics = self._decoded, self._theme, painter.fontMetrics()

        def cell(part: int) -> QRectF:
            return QRectF(edges[part] + 3, box.y(), edges[part + 1] - edges[part] - 6, box.height())

        def write(part: int, text: str, colour: str, side: Qt.AlignmentFlag, end: str = "") -> None:
            room = cell(part)
            text = metrics.elidedText(
                text, Qt.TextElideMode.ElideRight, int(room.width()) - metrics.horizontalAdvance(end)
            )
            painter.setPen(QColor(colour))
            painter.drawText(room, side, text + end)

        write(0, decoded.preparation.columns[column], theme.quiet, LEFT)
        bar = cell(1).adjusted(0, 5, 0, -5)
        painter.fillRect(bar, QColor(theme.field))
        end = ""
        if decoded.categories(column):
            end = f" {self._paint_shares(painter, bar, column, ticked):.0%}"
        else:
            colour = QColor(bar_colour(score, theme))
            if decoded.fills(column):
                painter.setPen(QPen(colour, 1))
                painter.drawRect(bar_of(bar, score).adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                painter.fillRect(bar_of(bar, score), colour)
            if not math.isnan(ticked):
                at = bar_of(bar, ticked)
                self._tick(painter, bar, at.right() if ticked >= 0 else at.left())
        write(2, decoded.text(column), theme.text, RIGHT, end)
        if edges[4] > edges[3]:
            write(3, decoded.real(column), theme.quiet, RIGHT)

    def _paint_shares(self, painter: QPainter, bar: QRectF, column: int, real: float) -> float:
        """The probabilities of a category's values side by side; returns the largest."""
        assert self._decoded is not None
        shares: list[float] = self._decoded.shares(column).tolist()
        left = bar.x()
        for index, share in enumerate(shares):
            width = share * bar.width()
            if width >= 0.5:
                gap = 1 if width > 3 else 0
                segment = QRectF(left, bar.y(), width - gap, bar.height())
                painter.fillRect(segment, QColor(class_colour(self._theme, index)))
            if index == real:
                self._tick(painter, bar, left + width / 2)
            left += width
        return max(shares)

    def _tick(self, painter: QPainter, bar: QRectF, x: float) -> None:
        """Where the real row's value is, told from any bar by its outline."""
        x = min(max(x, bar.left() + 1), bar.right() - 1)
        painter.fillRect(QRectF(x - 2, bar.y() - 3, 4, bar.height() + 6), QColor(self._theme.card))
        painter.fillRect(QRectF(x - 1, bar.y() - 3, 2, bar.height() + 6), QColor(self._theme.text))

    def _paint_ends(self, painter: QPainter, whole: QRectF, edges: list[float]) -> None:
        """The heading, and the caption below."""
        assert self._decoded is not None
        theme, metrics = self._theme, painter.fontMetrics()
        painter.setPen(QColor(theme.quiet))
        painter.drawText(QRectF(edges[2], 0, edges[3] - edges[2] - 3, HEAD), RIGHT, "decoded")
        if edges[4] > edges[3] and self._decoded.beside is not None:
            room = QRectF(edges[3] + 3, 0, edges[4] - edges[3] - 6, HEAD)
            name = self._decoded.beside.name.partition(" · ")[0]
            name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(room.width()))
            painter.drawText(room, RIGHT, name)
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        left, right = self._caption
        line = QRectF(0, whole.height() - CAPTION + 6, whole.width(), CAPTION - 6)
        painter.drawText(line, RIGHT, right)
        room_left = int(line.width()) - painter.fontMetrics().horizontalAdvance(right) - 8
        painter.drawText(
            line, LEFT, painter.fontMetrics().elidedText(left, Qt.TextElideMode.ElideRight, max(0, room_left))
        )
        painter.setPen(QColor(theme.accent if self.hasFocus() else theme.line))
        painter.drawRect(whole.adjusted(0.5, HEAD - 0.5, -0.5, -CAPTION - 0.5))
