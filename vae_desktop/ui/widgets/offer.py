"""A calm question inside a card, with one or two buttons; nothing waits for its answer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled


class Offer(QWidget):
    """Offers to go on with something."""

    taken = Signal()
    declined = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = labelled("", "quiet", wrap=True)
        self.text.setObjectName("offerText")
        self.go_on = QPushButton("Go on")
        self.go_on.setObjectName("goOn")
        self.go_on.setToolTip("Go on with this training where it stood")
        self.go_on.clicked.connect(self.taken)
        self.not_now = QPushButton("Not now")
        self.not_now.setObjectName("notNow")
        self.not_now.setToolTip("Leave it; its folder can be opened at any time")
        self.not_now.clicked.connect(self.declined)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for button in (self.go_on, self.not_now):
            button.setAccessibleName(button.text())
            row.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.text)
        layout.addLayout(row)
        self.hide()

    def ask(self, text: str, declinable: bool) -> None:
        """Ask; "" asks nothing."""
        self.text.setText(text)
        self.not_now.setVisible(declinable)
        self.setVisible(bool(text))
