"""A line to read and to press, which ends in … where there is little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from vae_desktop.ui.theme import SPACE

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class LinkLine(QPushButton):
    """Is as wide as it may be, never wider; its tool tip has the whole text."""

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "link")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.whole, self._tip = "", tip

    def set_whole(self, text: str) -> None:
        """Say `text`, shortened where needed."""
        self.whole = text
        self.setAccessibleDescription(text)
        self.setToolTip(f"{text}\n{self._tip}")
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.ensurePolished()
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, self.width() - SPACE))
