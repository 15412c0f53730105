"""A button that shows one end of a way, and offers how to set it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

PICTURE = 48  # pixels


class AnchorButton(QToolButton):
    """Anchor `name`, ``A`` or ``B``."""

    cursor_wanted = Signal(str)  # name
    item_named = Signal(str, str)  # name, what was typed
    cleared = Signal(str)  # name

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setObjectName(f"anchor{name}")
        self.setAccessibleName(f"Anchor {name}")
        end = "begins" if name == "A" else "ends"
        self.setToolTip(f"Where the way {end} (anchor {name}). Over the map, the key {name} sets it, too")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIconSize(QSize(PICTURE, PICTURE))
        self.setFixedSize(PICTURE + 44, PICTURE + 34)
        menu = QMenu(self)
        self._cursor = menu.addAction("Set from the cursor")
        self._item = menu.addAction("Choose an item…")
        menu.addSeparator()
        self._clear = menu.addAction("Clear")
        self._cursor.triggered.connect(lambda: self.cursor_wanted.emit(self._name))
        self._item.triggered.connect(self._ask)
        self._clear.triggered.connect(lambda: self.cleared.emit(self._name))
        self.setMenu(menu)
        self.set_label("")

    def set_label(self, text: str) -> None:
        """Name the item there, if there is one."""
        whole = f"{self._name} {text}" if text else self._name
        self.setText(self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, self.width() - 4))
        self.setAccessibleDescription(text)

    def set_picture(self, pixmap: QPixmap | None) -> None:
        """Show what is there, or nothing."""
        self.setIcon(QIcon() if pixmap is None else QIcon(pixmap))

    def allow(self, cursor: bool, items: bool, clear: bool) -> None:
        """Offer only what can be done."""
        for action, can in ((self._cursor, cursor), (self._item, items), (self._clear, clear)):
            action.setEnabled(can)

    def _ask(self) -> None:
        dialog = QInputDialog(self)
        dialog.setObjectName("chooseItem")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(f"Anchor {self._name}")
        dialog.setLabelText("Number or name of an item:")
        dialog.textValueSelected.connect(lambda text: self.item_named.emit(self._name, text))
        dialog.open()
