"""A card: a framed part of a panel with a small title."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from vae_desktop.ui.theme import SPACE


class Card(QFrame):
    """Add to :attr:`body`; `aside` is the quiet text on the right of the title."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self.body.setSpacing(2 * SPACE)
        self.body.addWidget(labelled(title.upper(), "title"))


def labelled(text: str, role: str, wrap: bool = False) -> QLabel:
    """Return a label with one of the style sheet's roles."""
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    return label
