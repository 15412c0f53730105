"""Rows of items under headings, each row as its own model has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_desktop.ui.theme import DARK, SPACE, Theme
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.item_grid import ItemGrid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from vae_desktop.core.preparation import Preparation

LEAST, MOST = 16, 56  # pixels of an item


@dataclass(frozen=True, eq=False)
class Row:
    """`items` (n, …) beside their `name`; `heading`: what begins with this row."""

    name: str
    items: np.ndarray
    preparation: Preparation
    heading: str = ""


class ItemRows(QWidget):
    """Shows rows; items of one column are the same ones where the rows are of the same data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE)
        self.grids: list[ItemGrid] = []
        self._parts: list[QWidget] = []

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        for grid in self.grids:
            grid.set_theme(theme)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these instead."""
        for part in self._parts:
            self._layout.removeWidget(part)
            part.hide()
            part.deleteLater()
        self.grids, self._parts = [], []
        for number, row in enumerate(rows):
            if row.heading:
                self._add(labelled(row.heading, "quiet"))
            grid = ItemGrid(LEAST, MOST, max(1, len(row.items)))
            grid.setObjectName(f"itemRow{number}")
            grid.setAccessibleName(row.name)
            grid.setToolTip(row.name)
            grid.set_theme(self._theme)
            grid.set_items(row.items, row.preparation, rows=(row.name,))
            self.grids.append(grid)
            self._add(grid)

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self._layout.addWidget(part)
