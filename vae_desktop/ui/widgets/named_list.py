"""A list of names that stand for something: keep one more, recall, rename, forget."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.words import items as counted_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPaintEvent

NAME = Qt.ItemDataRole.UserRole
WAYS = {
    "replace": "Select these items", "add": "Add them to the selection", "take": "Take them out of the selection",
    "within": "Keep only these selected",
}  # fmt: skip
KEYS = "Double click or Enter selects these items; F2 renames, Delete forgets, right click offers more"


class NameItems(QListWidget):
    """The names; Return recalls one, F2 renames it, Delete forgets it."""

    recalled = Signal(str, str)  # how it is joined with what is selected
    renamed = Signal(str, str)
    forgotten = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("selectionNames")
        self.setAccessibleName("Named selections")
        self.setToolTip(KEYS)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.itemDoubleClicked.connect(lambda item: self.recalled.emit(item.data(NAME), "replace"))
        self.itemChanged.connect(self._take)

    def show_names(self, names: Mapping[str, int]) -> None:
        """Show names, each with its number of items."""
        now = self.currentItem()
        current = now.data(NAME) if now is not None else None
        self.blockSignals(True)
        self.clear()
        for name, n in names.items():
            item = QListWidgetItem(name)
            item.setData(NAME, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(
                f"{name}: {counted_items(n)}\nDouble click or Enter selects them; F2 renames, Delete forgets"
            )
            self.addItem(item)
            if name == current:
                self.setCurrentItem(item)
        self.blockSignals(False)

    def _take(self, item: QListWidgetItem) -> None:
        old, new = item.data(NAME), item.text().strip()
        if new != old:
            self.renamed.emit(old, new)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the name under the pointer."""
        row = self.currentRow() if event.reason() == event.Reason.Keyboard else self.indexAt(event.pos()).row()
        if row < 0:
            return
        item = self.item(row)
        name = item.data(NAME)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("nameMenu")
        for how, text in WAYS.items():
            menu.addAction(text).triggered.connect(partial(self.recalled.emit, name, how))
        menu.addSeparator()
        menu.addAction("Rename…\tF2").triggered.connect(lambda: self.editItem(item))
        menu.addAction("Forget\tDel").triggered.connect(lambda: self.forgotten.emit(name))
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say what may stand here."""
        super().paintEvent(event)
        if not self.count():
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, "No names yet")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Recall and forget."""
        item = self.currentItem()
        editing = self.state() == QAbstractItemView.State.EditingState
        if item is not None and not editing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.recalled.emit(item.data(NAME), "replace")
        elif item is not None and not editing and event.key() == Qt.Key.Key_Delete:
            self.forgotten.emit(item.data(NAME))
        else:
            super().keyPressEvent(event)


class NamedList(QWidget):
    """A field for a new name, and the names there are."""

    kept = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setObjectName("selectionName")
        self.field.setAccessibleName("Name for the selection")
        self.field.setPlaceholderText("Name this selection")
        self.field.setToolTip("Keep what is selected under a name; Enter keeps it")
        self.field.returnPressed.connect(self._keep)
        self.save = QPushButton("Save")
        self.save.setProperty("role", "small")
        self.save.setObjectName("saveSelection")
        self.save.setAccessibleName("Save the selection")
        self.save.setToolTip("Keep what is selected under this name; it is saved with the run")
        self.save.clicked.connect(self._keep)
        self.list = NameItems()
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.field, 1)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self.list, 1)

    def _keep(self) -> None:
        name = self.field.text().strip()
        if name:
            self.kept.emit(name)
        else:
            self.field.setFocus()
