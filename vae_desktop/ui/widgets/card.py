"""A card: a framed part of a panel with a small title, and a quiet remark beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.ui.theme import SPACE

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

LEAST = 40  # pixels: room for a few letters


class Card(QFrame):
    """Add to :attr:`body`; the remark stands right of the title, or below it where the card is narrow."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self.heading = labelled(title.upper(), "title")
        self.remark = ElidedLabel()
        self.remark.setProperty("role", "quiet")
        self.remark.hide()
        self._widest = 0
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(SPACE)
        self._head.addWidget(self.heading)
        self._head.addStretch(1)
        self._head.addWidget(self.remark)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self.body.setSpacing(2 * SPACE)
        self.body.addLayout(self._head)

    def set_remark(self, text: str, tip: str = "") -> None:
        """Show a quiet remark in the title's line; "" forgets how wide earlier ones were."""
        self.remark.set_whole(text, tip)
        self.remark.setVisible(bool(text))
        # A remark that changes while it is read (a count, a time) must not jump between two lines.
        self._widest = max(self._widest, self.remark.sizeHint().width()) if text else 0
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the remark below the title where the card is narrow."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        room = self.width() - 6 * SPACE - self.heading.sizeHint().width() - 3 * SPACE
        directions = QBoxLayout.Direction
        direction = directions.TopToBottom if self._widest > room else directions.LeftToRight
        if direction != self._head.direction():
            self._head.setDirection(direction)


class ElidedLabel(QLabel):
    """One line that gives up its middle before it is cut; the whole stands in its tool tip then."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = self._tip = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_whole(text)

    @property
    def whole(self) -> str:
        """The text before it was shortened."""
        return self._whole

    def set_whole(self, text: str, tip: str = "") -> None:
        """Show `text`, shortened where needed; `tip` is its tool tip."""
        if (text, tip) != (self._whole, self._tip):
            self._whole, self._tip = text, tip
            self.setAccessibleName(text)
            self.updateGeometry()
            self._elide()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        self.ensurePolished()
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        size = self.sizeHint()
        return QSize(min(LEAST, size.width()), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics = self.fontMetrics()
        name, dot, figures = self._whole.partition(" · ")
        behind = metrics.horizontalAdvance(dot + figures)
        if not dot or self.width() - behind < LEAST:
            name, figures, dot, behind = self._whole, "", "", 0
        # Figures without their middle would be others: the name before them gives way.
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self.width() - behind) + dot + figures
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(self._tip or (self._whole if shown != self._whole else ""))


def labelled(text: str, role: str, wrap: bool = False) -> QLabel:
    """Return a label with one of the style sheet's roles."""
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    return label
