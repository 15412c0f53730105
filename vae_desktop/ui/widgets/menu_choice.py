"""One of many, chosen in a menu; the button says which, as long as it has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

WIDEST = 150  # pixels of what was chosen
LEAST = 64  # pixels of it, with little room


class MenuChoice(QToolButton):
    """Offers `options`, name → (title, explanation); tells what is chosen by hand."""

    chosen = Signal(str)

    def __init__(self, name: str, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title, self._tip = title, tip
        self._value = "…"
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self._group = QActionGroup(self._menu)
        self._others: list[MenuChoice] = []
        self._options: dict[str, tuple[str, str]] = {}

    def add_menu(self, other: MenuChoice) -> None:
        """Have another choice at the end of the menu, instead of a button of its own."""
        other.setParent(self)
        other.hide()
        self._others.append(other)

    def show_options(self, options: Mapping[str, tuple[str, str]], chosen: str) -> None:
        """Offer these, and mark the one that is chosen."""
        if dict(options) != self._options:
            self._options = dict(options)
            self._menu.clear()
            for name, (text, tip) in options.items():
                action = self._menu.addAction(text.replace("&", "&&"))
                action.setData(name)
                action.setCheckable(True)
                action.setToolTip(tip)
                action.triggered.connect(lambda _=False, name=name: self.chosen.emit(name))
                self._group.addAction(action)
            for other in self._others:
                self._menu.addSeparator()
                other._menu.setTitle(other._title)
                self._menu.addMenu(other._menu)
        for action in self._menu.actions():
            action.setChecked(action.data() == chosen)
        text = self._options[chosen][0] if chosen in self._options else "…"
        self._value = text
        self._fill()
        self.updateGeometry()
        self.setToolTip(f"{self._tip}: {text}")
        self.setAccessibleName(f"{self._tip}: {text}")
        if not isinstance(self.parent(), MenuChoice):
            self.setVisible(len(options) > 0)

    # Its room

    def _texts(self) -> list[str]:
        """What the button says, with room and with little."""
        value, short = (
            self.fontMetrics().elidedText(self._value, Qt.TextElideMode.ElideRight, most) for most in (WIDEST, LEAST)
        )
        texts = [f"{value} ▾", f"{short} ▾"]
        return [f"{self._title}: {value} ▾", *texts] if self._title else texts

    def _size_of(self, text: str) -> QSize:
        size = super().sizeHint()
        now, then = (self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, one).width() for one in (self.text(), text))
        return QSize(size.width() + then - now, size.height())

    def sizeHint(self) -> QSize:
        """Room for what it is about and what is chosen."""
        return self._size_of(self._texts()[0])

    def minimumSizeHint(self) -> QSize:
        """Room for the beginning of what is chosen."""
        return self._size_of(self._texts()[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say what there is room for."""
        super().resizeEvent(event)
        self._fill()

    def _fill(self) -> None:
        texts = self._texts()
        fitting = [text for text in texts if self._size_of(text).width() <= self.width()]
        self.setText(fitting[0] if fitting else texts[-1])
