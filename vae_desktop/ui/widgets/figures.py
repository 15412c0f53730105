"""What a choice of items is like: its classes as bars, its values against those of all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, SPACE, Theme, class_colour
from vae_desktop.ui.widgets.projection_tools import axis_title
from vae_desktop.ui.words import counted

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from vae_desktop.latent.select import Statistics

ROW = 19  # pixels
NAME = 76  # pixels of a name
NUMBER = 88  # pixels of a count and its share
DECIMALS, LARGE = 5, 1e6  # of a number that is written out
MOST = 60  # classes shown; more are told by number only


class Row(NamedTuple):
    """One line: a heading; a class with its bar and its mark, each in [0, 1]; or a column's two numbers."""

    name: str
    text: str = ""
    usual: str = ""
    tip: str = ""
    bar: tuple[float, float] | None = None
    colour: int = -1
    heading: bool = False


class Figures(QWidget):
    """Lines to read; paints only those in sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("figures")
        self.setAccessibleName("Statistics of the selection")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._theme: Theme = DARK
        self.rows: tuple[Row, ...] = ()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_statistics(self, found: Statistics | None) -> None:
        """Show these; None: there is nothing to show."""
        self.rows = () if found is None else _rows(found)
        self.setAccessibleDescription("; ".join(f"{row.name} {row.text}" for row in self.rows[:12]))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """All lines."""
        return QSize(NAME + NUMBER + 60, max(1, len(self.rows)) * ROW)

    def minimumSizeHint(self) -> QSize:
        """As high as they are."""
        return QSize(NAME + NUMBER + 20, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Say more of the line under the pointer."""
        if isinstance(event, QHelpEvent):
            index = event.pos().y() // ROW
            if 0 <= index < len(self.rows) and self.rows[index].tip:
                QToolTip.showText(event.globalPos(), self.rows[index].tip, self)
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines in sight."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        across = Qt.AlignmentFlag.AlignVCenter
        first, last = event.rect().top() // ROW, event.rect().bottom() // ROW + 1
        for index, row in enumerate(self.rows[first:last], first):
            line = QRectF(0, index * ROW, self.width() - SPACE, ROW)
            painter.setPen(QColor(theme.quiet if row.heading else theme.text))
            if row.heading and not row.text:
                painter.drawText(line, across, row.name)
                continue
            name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, NAME - SPACE)
            painter.drawText(line, across, name)
            right = across | Qt.AlignmentFlag.AlignRight
            if row.usual:
                painter.drawText(line.adjusted(0, 0, -(line.width() - NAME) / 2, 0), right, row.text)
            painter.setPen(QColor(theme.quiet))
            painter.drawText(line, right, row.usual or row.text)
            if row.bar is not None:
                self._paint_bar(painter, QRectF(NAME, line.y() + 6, line.width() - NAME - NUMBER, ROW - 12), row)

    def _paint_bar(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """The share in the choice as a bar, the share in all as a mark across it."""
        assert row.bar is not None
        theme = self._theme
        painter.fillRect(box, QColor(theme.line))
        share, of_all = row.bar
        colour = QColor(class_colour(theme, row.colour))
        painter.fillRect(QRectF(box.x(), box.y(), box.width() * share, box.height()), colour)
        painter.fillRect(
            QRectF(box.x() + box.width() * of_all - 1, box.y() - 3, 2, box.height() + 6), QColor(theme.text)
        )


def _rows(found: Statistics) -> tuple[Row, ...]:
    if not found.chosen:
        return ()
    rows = []
    shares = [one for one in found.shares if one.chosen]
    if shares:
        rows.append(Row("Classes · | marks the share in all", heading=True))
    largest = max([max(one.chosen / found.chosen, one.total / found.total) for one in shares], default=1.0)
    for one in shares[:MOST]:
        share, of_all = one.chosen / found.chosen, one.total / found.total
        rows.append(Row(
            one.name, f"{counted(one.chosen)} · {_percent(share)}", "",
            f"{one.name}: {counted(one.chosen)} of its {counted(one.total)} items are selected\n"
            f"{_percent(share)} of the selection, {_percent(of_all)} of all",
            (share / largest, of_all / largest), one.index,
        ))  # fmt: skip
    if len(shares) > MOST:
        rows.append(Row(f"and {counted(len(shares) - MOST)} classes more", heading=True))
    if found.moments:
        tip = "Mean ± standard deviation; the columns that differ most from all come first"
        rows.append(Row("Mean ± sd", "selected", "all", tip, heading=True))
    for column in found.moments:
        mine, usual = _spread(column.mean, column.sd), _spread(column.mean_of_all, column.sd_of_all)
        rows.append(Row(
            axis_title(column.title), mine, usual,
            f"{axis_title(column.title)}: {mine} in the selection, {usual} in all\n"
            f"The mean is shifted by {column.shift:+.2f} standard deviations of all",
        ))  # fmt: skip
    return tuple(rows)


def _spread(mean: float, sd: float) -> str:
    """``49.9 ± 2.0``: as many decimals as two digits of the deviation need."""
    if not math.isfinite(mean):
        return "no values"
    if sd <= 0 or max(abs(mean), sd) >= LARGE:
        return f"{mean:.3g} ± {sd:.2g}"
    decimals = min(max(1 - math.floor(math.log10(sd)), 0), DECIMALS)
    return f"{mean:.{decimals}f} ± {sd:.{decimals}f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"
