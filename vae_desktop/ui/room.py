"""The room that panels have: how narrow a dock may get, and how a column's height is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QScrollArea

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

NARROWEST, WIDEST = 220, 300  # pixels: the least width of a dock, whatever its panel asks for
BELOW = 400  # pixels: the least width of the docks below, which scroll across when they need more
LOWEST = 60  # pixels


class Room(QScrollArea):
    """A panel in its dock: it scrolls down, and is never narrower than the panel asks for."""

    def __init__(self, panel: QWidget, below: bool = False) -> None:
        """`below`: it stands below the map, and scrolls across, too."""
        super().__init__()
        self._below = below
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if below else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(bar)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setWidget(panel)

    def minimumSizeHint(self) -> QSize:
        """As wide as the panel needs beside a scroll bar."""
        least = super().minimumSizeHint()
        if self.widget() is None:  # it goes
            return least
        needed = self.widget().minimumSizeHint().width()
        if not self._below:
            needed += self.verticalScrollBar().sizeHint().width()
        return QSize(min(max(needed, NARROWEST), BELOW if self._below else WIDEST), least.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What the panel needs may have changed."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def shared(needs: Sequence[int], room: int, spare: int) -> list[int]:
    """Heights of docks, above one another, that fill `room`; the last takes what is left over.

    Parameters
    ----------
    needs
        What each needs, in pixels.
    spare
        Which one gives first what is missing.
    """
    heights = list(needs)
    missing = sum(heights) - room
    if missing <= 0:
        heights[-1] -= missing
        return heights
    for at in (spare, *sorted(set(range(len(heights))) - {spare}, key=lambda at: -heights[at])):
        given = min(max(heights[at] - max(LOWEST, needs[at] // 2), 0), missing)
        heights[at] -= given
        missing -= given
    return heights
