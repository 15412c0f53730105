"""Frames beside each other, as large as they fit; many are scrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from vae_desktop.ui.widgets.item_grid import ItemGrid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QResizeEvent

    from vae_desktop.core.preparation import Preparation

SMALLEST, LARGEST = 32, 96  # width of a frame in pixels
LEAST = 78  # height of the strip in pixels


class FilmStrip(QScrollArea):
    """Holds :attr:`frames`, and is as high as they are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frames = ItemGrid(SMALLEST, LARGEST, 9)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self.frames)
        self.setFixedHeight(LEAST)

    def set_items(
        self,
        items: Sequence[np.ndarray] | np.ndarray,
        preparation: Preparation | None = None,
        captions: Sequence[str] = (),
    ) -> None:
        """Show frames with a text below each."""
        self.frames.set_items(items, preparation, captions, columns=max(1, len(items)))
        self._fit()

    def stand_on(self, index: int) -> None:
        """Mark a frame, and scroll to it."""
        self.frames.mark(index)
        self.frames.set_current(index)
        box = self.frames.box(index)
        self.ensureVisible(box.center().x(), 0, box.width(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the frames as large as they fit."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.viewport().width()
        scrolled = self.frames.minimumSizeHint().width() > width
        bar = self.horizontalScrollBar().sizeHint().height() if scrolled else 0
        self.setFixedHeight(max(LEAST, self.frames.heightForWidth(width) + bar))
