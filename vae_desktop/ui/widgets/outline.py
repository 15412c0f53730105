"""A lasso or a box that is being drawn on a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QPainter

    from vae_desktop.ui.theme import Theme

STEP = 3  # pixels between two corners of a lasso

Tool = Literal["hand", "lasso", "box"]


def changes(tool: Tool, keys: Qt.KeyboardModifier) -> str:
    """How a drag with these keys held changes the selection: ``replace``, ``add``, ``take``; "": it does not."""
    shift, control, alt = (
        bool(keys & key)
        for key in (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
                    Qt.KeyboardModifier.AltModifier)
    )  # fmt: skip
    if not (shift or control or alt) and tool == "hand":
        return ""
    return "take" if alt else "add" if control else "replace"


class Outline:
    """Corners in the plane's units."""

    def __init__(self, start: tuple[float, float], box: bool) -> None:
        self._corners = [start]
        self._box = box

    @property
    def corners(self) -> np.ndarray:
        """(M, 2)."""
        return np.array(self._corners)

    def extend(self, point: QPointF, place: tuple[float, float], to_screen: Callable[[float, float], QPointF]) -> None:
        """Go on to `point` on the screen, `place` on the plane."""
        if self._box:
            (x0, y0), (x1, y1) = self._corners[0], place
            self._corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        elif (point - to_screen(*self._corners[-1])).manhattanLength() >= STEP:
            self._corners.append(place)

    def paint(self, painter: QPainter, to_screen: Callable[[float, float], QPointF], theme: Theme) -> None:
        """Paint it, dashed."""
        inside = QColor(theme.accent)
        inside.setAlpha(40)
        corners = [to_screen(x, y) for x, y in self._corners]
        painter.setBrush(inside)
        for pen in (QPen(QColor(theme.background), 3), QPen(QColor(theme.accent_text), 1.5, Qt.PenStyle.DashLine)):
            painter.setPen(pen)  # the first sets it off from dots of any colour
            painter.drawPolygon(corners)
            painter.setBrush(Qt.BrushStyle.NoBrush)
