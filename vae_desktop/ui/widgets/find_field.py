"""A search field that says what it found, or what is wrong, in the line below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled

TIP = (
    "Part of an item's or a class's name, #12 or #10-20 for items by their number, or a value: height > 1.5,"
    " z1 <= 0, class = cat; join with “and”. Enter selects."
)

LONGEST = 400  # letters: nobody types more, and much white space would take the search for ever


class FindField(QWidget):
    """Emits what is typed; Enter takes what was found."""

    typed = Signal(str)
    taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setObjectName("findItems")
        self.field.setAccessibleName("Find items")
        self.field.setPlaceholderText("Find: a name, #12, height > 1.5")
        self.field.setToolTip(TIP)
        self.field.setMaxLength(LONGEST)
        self.field.textChanged.connect(self._type)
        self.field.returnPressed.connect(self.taken)
        self.answer = labelled("", "quiet", wrap=True)  # an error is read in full
        self.answer.setObjectName("found")
        self.answer.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.answer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.field)
        layout.addWidget(self.answer)

    def _type(self, text: str) -> None:
        if not text.strip():
            self.tell("")
        self.typed.emit(text)

    def tell(self, text: str, fault: bool = False) -> None:
        """Say what was found, or what is wrong."""
        for widget, name, value in (
            (self.answer, "role", "error" if fault else "quiet"),
            (self.field, "invalid", fault),
        ):
            if widget.property(name) != value:
                widget.setProperty(name, value)
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        self.answer.setText(text)
        self.answer.setToolTip(text)
