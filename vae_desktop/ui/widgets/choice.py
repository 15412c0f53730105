"""One of a few, as segments in a row; where there is no room, as one button with a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QButtonGroup, QLabel, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

GAP = 8


class Choice(QWidget):
    """Offers `options`: name → (title, explanation); tells what is chosen by hand.

    Its object name is `name`, its segments are ``name-option``, the button that stands in for them ``nameMenu``.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, title: str, options: Mapping[str, tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = title
        self._spread_out = True
        self._value = next(iter(options))
        self._label = QLabel(title, self)
        self._label.setProperty("role", "quiet")
        self._button = QToolButton(self)
        self._button.setObjectName(f"{name}Menu")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._button)
        self._menu.setToolTipsVisible(True)
        self._button.setMenu(self._menu)
        self._segments: dict[str, QPushButton] = {}
        self._actions: dict[str, QAction] = {}
        segments, actions = QButtonGroup(self), QActionGroup(self)
        for option, (text, tip) in options.items():
            segment = self._segments[option] = QPushButton(text, self)
            segment.setObjectName(f"{name}-{option}")
            segment.setProperty("role", "segment")
            segment.setCheckable(True)
            segment.setToolTip(tip)
            segment.setAccessibleName(f"{title}: {text}")
            segment.clicked.connect(lambda _=False, option=option: self.chosen.emit(option))
            segments.addButton(segment)
            action = self._actions[option] = self._menu.addAction(text)
            action.setCheckable(True)
            action.setToolTip(tip)
            action.triggered.connect(lambda _=False, option=option: self.chosen.emit(option))
            actions.addAction(action)
        self.show_chosen(self._value)

    @property
    def value(self) -> str:
        """What is marked as chosen."""
        return self._value

    def show_chosen(self, option: str) -> None:
        """Mark what is chosen; tells nobody."""
        self._value = option
        self._segments[option].setChecked(True)
        self._actions[option].setChecked(True)
        text = self._segments[option].text()
        self._button.setAccessibleName(f"{self._title}: {text}")
        self._button.setToolTip(f"{self._title}: {text}")
        self._fill()

    # Its room

    @property
    def menu(self) -> QMenu:
        """The button's menu: others may add to it."""
        return self._menu

    @property
    def spread_out(self) -> bool:
        """Whether it asks for segments."""
        return self._spread_out

    @property
    def compact(self) -> int:
        """Width of the button that says all."""
        return self._width_of(self._texts()[0])

    def fit(self, room: int) -> None:
        """Ask for segments if `room` pixels are enough for them, else for the button."""
        if (self._wide() <= room) != self._spread_out:
            self._spread_out = not self._spread_out
            self.updateGeometry()
            self._fill()

    def _wide(self) -> int:
        return self._label.sizeHint().width() + GAP + sum(one.sizeHint().width() for one in self._segments.values())

    def _width_of(self, text: str) -> int:
        shown = self._button.text()
        self._button.setText(text)
        width = self._button.sizeHint().width()
        self._button.setText(shown)
        return width

    def _texts(self) -> tuple[str, str]:
        """What the button says, with room and with little."""
        text = self._segments[self._value].text()
        return f"{self._title}: {text} ▾", f"{self._title if self._value == next(iter(self._segments)) else text} ▾"

    def sizeHint(self) -> QSize:
        """All segments, or the button that says all."""
        height = max(one.sizeHint().height() for one in (self._button, *self._segments.values()))
        return QSize(self._wide() if self._spread_out else self.compact, height)

    def minimumSizeHint(self) -> QSize:
        """The shortest button."""
        return QSize(self._width_of(self._texts()[1]), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        self._fill()

    def _fill(self) -> None:
        wide = self._spread_out and self.width() >= self._wide()
        had_focus = self._button.hasFocus() or any(one.hasFocus() for one in self._segments.values())
        for one in (self._label, *self._segments.values()):
            one.setVisible(wide)
        self._button.setVisible(not wide)
        if not wide:
            long, short = self._texts()
            self._button.setText(long if self._width_of(long) <= self.width() else short)
            width = self._button.sizeHint().width()
            height = self._button.sizeHint().height()
            self._button.setGeometry(0, (self.height() - height) // 2, min(width, self.width()), height)
            if had_focus:
                self._button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        at = self._label.sizeHint().width()
        self._label.setGeometry(0, 0, at, self.height())
        at += GAP
        for one in self._segments.values():
            size = one.sizeHint()
            one.setGeometry(at, (self.height() - size.height()) // 2, size.width(), size.height())
            at += size.width()
        if had_focus and not any(one.hasFocus() for one in self._segments.values()):
            self._segments[self._value].setFocus(Qt.FocusReason.OtherFocusReason)
