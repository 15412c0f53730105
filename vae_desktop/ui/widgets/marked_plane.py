"""A plane with marks on it: cursor, anchors, ellipse, path, and what is looked at elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vae_desktop.ui.widgets.map_paint import Marks
from vae_desktop.ui.widgets.plane import Plane

if TYPE_CHECKING:
    import numpy as np
    from PySide6.QtWidgets import QWidget


class MarkedPlane(Plane):
    """Keeps the marks; places are in the plane's units."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.marks = Marks()

    def set_cursor(self, place: tuple[float, float] | None) -> None:
        """Put the cursor somewhere, or nowhere."""
        self._mark(cursor=place)

    def set_anchors(self, anchors: dict[str, tuple[float, float]]) -> None:
        """Show anchors by their letter."""
        self._mark(anchors=anchors)

    def set_ellipse(self, ellipse: np.ndarray | None, draws: np.ndarray | None = None) -> None:
        """Show a dashed outline (M, 2), and faint dots (K, 2) in it."""
        self._mark(ellipse=ellipse, draws=draws)

    def set_path(self, path: np.ndarray | None) -> None:
        """Show a path (M, 2), a mark at each place."""
        self._mark(path=path)

    def set_player(self, place: tuple[float, float] | None) -> None:
        """Show where a film stands on the path."""
        if place != self.marks.player:
            self._mark(player=place)

    def set_ring(self, place: tuple[float, float] | None) -> None:
        """Show which dot is looked at elsewhere."""
        if place != self.marks.ring:
            self._mark(ring=place)

    def _mark(self, **changes: object) -> None:
        self.marks = replace(self.marks, **changes)  # type: ignore[arg-type]
        self.update()
