"""A line through items in their order: a film's way through the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.ui.widgets.plane import View

MOST = 20_000  # items that a line goes through: more hide one another
SMOOTH = 4000  # items up to which it is drawn smoothly within a frame
FAINT = 150  # opacity, of 255


class Trail:
    """A way through places, from the first colour of a ramp to the last. Made on any thread."""

    def __init__(self, xy: np.ndarray, colours: Sequence[str]) -> None:
        """Go through places (M, 2); those that are not finite are left out."""
        self.xy = xy[np.isfinite(xy).all(axis=1)]
        ends = np.linspace(0, max(len(self.xy) - 1, 0), len(colours) + 1).astype(int)
        self._parts = [
            (QPolygonF([QPointF(x, y) for x, y in self.xy[start : stop + 1].tolist()]), colour)
            for start, stop, colour in zip(ends[:-1], ends[1:], colours, strict=True)
            if stop > start
        ]

    def paint(self, painter: QPainter, view: View, width: int, height: int) -> None:
        """Paint it on a map of so many pixels."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(self.xy) <= SMOOTH)
        painter.translate(width / 2 - view.x * view.scale, height / 2 + view.y * view.scale)
        painter.scale(view.scale, -view.scale)
        for polygon, name in self._parts:
            colour = QColor(name)
            colour.setAlpha(FAINT)
            pen = QPen(colour, 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPolyline(polygon)
        painter.restore()
