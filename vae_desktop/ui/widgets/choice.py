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
QWIDGETSIZE_MAX = 2**24 - 1


class Choice(QWidget):
    """Offers `options`: name → (title, explanation); tells what is chosen by hand.

    Its object name is `name`, its segments are ``name-option``, the button that stands in for them ``nameMenu``.
    """

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        title: str,
        options: Mapping[str, tuple[str, str]],
        parent: QWidget | None = None,
        *,
        alone: Mapping[str, str] | None = None,
    ) -> None:
        """Offer `options`; `alone` says what the button says of one without room for the title, if not its title."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = title
        self._value = next(iter(options))
        self._tips = {option: tip for option, (_, tip) in options.items()}
        self._alone = {option: text for option, (text, _) in options.items()} | dict(alone or {})
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

    def show_unsuited(self, why: Mapping[str, str]) -> None:
        """Let these not be chosen; their tips say why."""
        for option, tip in self._tips.items():
            for one in (self._segments[option], self._actions[option]):
                one.setEnabled(option not in why)
                one.setToolTip(f"{tip}\n{why[option]}" if why.get(option) else tip)

    # Its room

    @property
    def menu(self) -> QMenu:
        """The button's menu: others may add to it."""
        return self._menu

    @property
    def compact(self) -> bool:
        """Whether it is to be a button."""
        return self.maximumWidth() < QWIDGETSIZE_MAX

    @property
    def room(self) -> int:
        """Pixels across that it asks for now."""
        return min(self._wide(), self.maximumWidth())

    def room_of(self, compact: int) -> int:
        """Pixels across that it asks for as segments (0), as a button (1), as one that says less (2)."""
        if not compact:
            return self._wide()
        shown = self._button.text()
        width = self._width_of(self._texts()[compact - 1])
        self._button.setText(shown)
        return width

    def set_compact(self, compact: int) -> None:
        """Be a button (1), or one that says less (2), even where there is room for all segments."""
        most = self.room_of(compact) if compact else QWIDGETSIZE_MAX
        if most != self.maximumWidth():
            self.setMaximumWidth(most)

    def _wide(self) -> int:
        return self._label.sizeHint().width() + GAP + sum(one.sizeHint().width() for one in self._segments.values())

    def _width_of(self, text: str) -> int:
        self._button.setText(text)
        return self._button.sizeHint().width()

    def _texts(self) -> tuple[str, str]:
        """What the button says, with room and with little."""
        text = self._segments[self._value].text()
        return f"{self._title}: {text} ▾", f"{self._alone[self._value]} ▾"

    def sizeHint(self) -> QSize:
        """All segments."""
        return QSize(self._wide(), max(one.sizeHint().height() for one in (self._button, *self._segments.values())))

    def minimumSizeHint(self) -> QSize:
        """The shortest button."""
        shown = self._button.text()
        least = QSize(self._width_of(self._texts()[1]), self.sizeHint().height())
        self._button.setText(shown)
        return least

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        self._fill()

    def _fill(self) -> None:
        wide = self.width() >= self._wide()
        had_focus = self._button.hasFocus() or any(one.hasFocus() for one in self._segments.values())
        for one in (self._label, *self._segments.values()):
            one.setVisible(wide)
        self._button.setVisible(not wide)
        if not wide:
            long, short = self._texts()
            width = self._width_of(long)
            if width > self.width():
                width = self._width_of(short)
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
