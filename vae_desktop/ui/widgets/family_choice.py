"""The choice of a model: all of them under quiet headings, and below it one line about the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QStandardItemModel

from vae_desktop.ui.widgets.settings_form import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADING = 11  # pixels


class FamilyChoice(Choice):
    """One of several models by name; headings between them cannot be chosen."""

    def fill(self, families: Iterable[tuple[str, str, str, str]]) -> None:
        """Offer models: (section, name, title, summary) of each, those of a section together."""
        self.clear()
        section = None
        for of, name, title, summary in families:
            if of != section:
                section = of
                self._head(of)
            self.addItem(title, name)
            self.setItemData(self.count() - 1, summary, Qt.ItemDataRole.ToolTipRole)
        self.setMaxVisibleItems(max(10, self.count()))

    def names(self) -> list[str]:
        """Of the models, in order."""
        return [str(name) for i in range(self.count()) if (name := self.itemData(i)) is not None]

    def _head(self, text: str) -> None:
        self.addItem(text)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.count() - 1)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setPixelSize(HEADING)
        item.setFont(font)
