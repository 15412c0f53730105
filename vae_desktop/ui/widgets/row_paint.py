"""A row of a table as a small picture: a bar for each column, or a curve where there are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPen, QPolygonF

from vae_desktop.ui.theme import class_colour

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.ui.theme import Theme

REACH = 3.0  # standard deviations from a column's mean to the end of its bar
FINE = 4  # points of a curve for each pixel across
THIN = 4  # pixels a bar needs at least; more columns become a curve


@dataclass(frozen=True, eq=False)
class Row:
    """Each column's standard score (D,), NaN where missing; of a category its index, and how many `values` it has.

    `values` is 0 of a number, and None when all are numbers.
    """

    scores: np.ndarray
    values: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.scores)


def row_of(item: np.ndarray, preparation: Preparation | None = None) -> Row:
    """A raw row (D,) ready to paint; without a table's `preparation` its largest value fills a bar."""
    if preparation is None or preparation.kind != "table":
        return Row(item * (REACH / max(float(np.abs(np.nan_to_num(item)).max(initial=0)), 1e-12)))
    mean, deviation = preparation.spread
    values = np.array([len(known) for known in preparation.categories]) if preparation.categories else None
    return Row(((item - mean) / deviation).astype(np.float32), values)


def paint_row(painter: QPainter, box: QRectF, row: Row, theme: Theme) -> None:
    """Paint a row into `box`."""
    if len(row) * THIN > box.height():
        paint_profile(painter, box, heights(row), theme)
        return
    step = box.height() / len(row)
    for i, score in enumerate(row.scores.tolist()):
        line = QRectF(box.x(), box.y() + i * step, box.width(), step - 1)
        painter.fillRect(line, QColor(theme.field))
        if score != score:  # missing: an empty line
            continue
        if row.values is not None and row.values[i]:
            share = line.width() / int(row.values[i])
            block = QRectF(line.x() + score * share, line.y(), max(share, 2.0), line.height())
            painter.fillRect(block, QColor(class_colour(theme, int(score))))
        else:
            paint_bar(painter, line, score, theme)


def bar_of(box: QRectF, score: float) -> QRectF:
    """The bar from the middle (the column's mean), to the right when above it; full width is :data:`REACH` deviations.

    Something of it is always to be seen.
    """
    middle = box.center().x()
    length = min(max(score / REACH, -1.0), 1.0) * box.width() / 2
    return QRectF(min(middle, middle + length), box.y(), max(abs(length), 1.0), box.height())


def paint_bar(painter: QPainter, box: QRectF, score: float, theme: Theme) -> None:
    """Paint a number's bar."""
    painter.fillRect(bar_of(box, score), QColor(bar_colour(score, theme)))


def bar_colour(score: float, theme: Theme) -> str:
    """Colour of a bar: another below the mean than above."""
    return theme.accent_text if score >= 0 else theme.classes[1]


def heights(row: Row) -> np.ndarray:
    """Scores, and of categories where among its values each stands."""
    if row.values is None:
        return row.scores
    spread = (2 * (row.scores + 0.5) / np.maximum(row.values, 1) - 1) * REACH
    heights: np.ndarray = np.where(row.values > 0, spread, row.scores)
    return heights


def envelope(scores: np.ndarray, most: int) -> np.ndarray:
    """At most `most` scores that make the same curve: of neighbours the lowest and the highest; NaN where all are."""
    each = -(-2 * len(scores) // max(2, most))  # neighbours that make two
    if each <= 2:
        return scores
    groups = np.pad(scores, (0, -len(scores) % each), constant_values=np.nan).reshape(-1, each)
    made: np.ndarray = np.stack([np.fmin.reduce(groups, axis=1), np.fmax.reduce(groups, axis=1)], axis=1).reshape(-1)
    return made


def paint_profile(painter: QPainter, box: QRectF, scores: np.ndarray, theme: Theme) -> None:
    """A curve over the columns, interrupted where values are missing."""
    scores = envelope(scores, FINE * int(box.width() * painter.device().devicePixelRatio()))
    x = box.x() + np.linspace(0, box.width(), len(scores))
    y = box.center().y() - np.clip(scores / REACH, -1, 1) * box.height() / 2
    painter.fillRect(box, QColor(theme.field))
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawLine(QPointF(box.x(), box.center().y()), QPointF(box.right(), box.center().y()))
    painter.setPen(QPen(QColor(theme.accent_text), 1))
    known = np.flatnonzero(~np.isnan(y))
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if len(known) else ():
        points = [QPointF(*point) for point in zip(x[run].tolist(), y[run].tolist(), strict=True)]
        points += [points[0] + QPointF(1, 0)] if len(points) == 1 else []  # alone it would not be seen
        painter.drawPolyline(QPolygonF(points))
