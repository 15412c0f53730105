"""How data is read, as a form: each guess a field that can be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QComboBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.core.read_options import AUTO, FOLDER, NONE, ReadOptions
from vae_desktop.core.settings import settings_of
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.settings_form import Entry, SettingRow, stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QResizeEvent, QWheelEvent

    from vae_desktop.core.settings import Setting, Value
    from vae_desktop.core.values import Guess

SIZES = ("28", "32", "64", "128")
FOUND = "As found"
WORDS = {NONE: "No classes", FOLDER: "The sub-folders"}
PLAIN = ("labels", "array")  # whose choices are names of the data
SETTINGS = settings_of(ReadOptions)
SHORT = 220  # pixels of a line below which label and field do not stand side by side


class SizeField(QComboBox):
    """A size of some, or any that is typed."""

    taken = Signal(str)  # ``auto``, ``64`` or ``64x48``

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("readSize")
        self.setAccessibleName(setting.label)
        self.setToolTip(setting.help)
        self.addItem(FOUND, AUTO)
        for side in SIZES:
            self.addItem(f"{side} × {side}", side)
        line = self.lineEdit()
        assert isinstance(line, QLineEdit)
        line.setPlaceholderText("64, or 64x48")
        line.editingFinished.connect(self._take)
        self.activated.connect(lambda _: self._take())
        self._shown = ""

    def show_size(self, found: str, chosen: str) -> None:
        """Say which size was `found`, and which is `chosen`, if any."""
        self.blockSignals(True)
        self.setItemText(0, f"{FOUND} ({_spaced(found)})" if found else FOUND)
        at = self.findData(chosen)
        self.setCurrentIndex(at)
        if at < 0:
            self.setEditText(_spaced(chosen))
        self._shown = self.currentText()
        if (line := self.lineEdit()) is not None:
            line.setCursorPosition(0)  # where it is narrow its beginning is seen
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn it, or let the sheet scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _take(self) -> None:
        text = self.currentText().strip()
        if text == self._shown:
            return
        self._shown = text
        at = self.findText(text)
        typed = "".join(text.replace("×", "x").split())
        self.taken.emit(str(self.itemData(at)) if at >= 0 else typed or AUTO)


def _spaced(size: str) -> str:
    return size.replace("x", " × ")


class LimitRow(SettingRow):
    """How many items at most; no number says all."""

    def show_value(self, value: Value) -> None:
        """Put a number in, nothing for all."""
        super().show_value(value)
        if isinstance(self.field, Entry):
            self.field.setPlaceholderText("all")
            self.field.setText("" if value == 0 else self.field.text())

    def _check(self, text: str) -> None:
        super()._check(text.strip() or "0")


class ReadingForm(QWidget):
    """A row for each guess; `changed` tells the options that are not as they were guessed."""

    changed = Signal(object)  # a dict

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: dict[str, Any] = {}
        self._guessed: dict[str, str] = {}
        self._offered: tuple[Guess, ...] = ()
        self.rows: dict[str, SettingRow] = {}
        self.size_field = SizeField(SETTINGS["size"])
        self.size_field.taken.connect(lambda text: self._choose("size", text))
        label = labelled(SETTINGS["size"].label, "plain")
        label.setToolTip(SETTINGS["size"].help)
        label.setBuddy(self.size_field)
        self._size_row = QWidget()
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._size_row)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2 * SPACE)
        self._line.addWidget(label)
        self._line.addWidget(self.size_field)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addWidget(self._size_row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand fields below their labels where a line is too short for both."""
        super().resizeEvent(event)
        self._stack()

    def _stack(self) -> None:
        stacked = self.width() < SHORT
        stack(self._line, stacked)
        for row in self.rows.values():
            row.stack(stacked)

    @property
    def options(self) -> dict[str, Any]:
        """What is chosen, where it is not what was guessed."""
        return dict(self._options)

    def show_guesses(self, guesses: Sequence[Guess], options: Mapping[str, Any]) -> None:
        """Show what was guessed and, of what is chosen, `options`."""
        self._options = dict(options)
        named = {guess.option: guess for guess in guesses}
        for name, guess in named.items():
            if name not in options:
                self._guessed[name] = guess.value
        size = named.get("size")
        self._size_row.setVisible(size is not None)
        if size is not None:
            self.size_field.show_size(self._guessed.get("size", ""), str(options.get("size", AUTO)))
        asked = [named[name] for name in SETTINGS if name in named and name != "size"]
        wanted = {guess.option: _setting(guess) for guess in asked if guess.choices}
        wanted["limit"] = SETTINGS["limit"]
        for name in [name for name, row in self.rows.items() if wanted.get(name) != row.setting]:
            old = self.rows.pop(name)
            self._layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        for place, (name, setting) in enumerate(wanted.items(), 1):
            row = self.rows.get(name) or self._add(setting)
            self._layout.removeWidget(row)
            self._layout.insertWidget(place, row)
            value = options.get(name, named[name].value if name in named else setting.default)
            row.show_value(value)

    def _add(self, setting: Setting) -> SettingRow:
        row = self.rows[setting.name] = (LimitRow if setting.name == "limit" else SettingRow)(setting)
        row.field.setObjectName(f"read{setting.name.capitalize()}")
        row.stack(self.width() < SHORT)
        row.changed.connect(lambda: None if row.fault else self._choose(setting.name, row.value))
        return row

    def _choose(self, name: str, value: object) -> None:
        options = {key: kept for key, kept in self._options.items() if key != name}
        if value not in (self._guessed.get(name), SETTINGS[name].default):
            options[name] = value
        if options != self._options:
            self._options = options
            self.changed.emit(self.options)


def _setting(guess: Guess) -> Setting:
    """The setting that a guess is about, with what this data has to choose from."""
    setting = SETTINGS[guess.option]
    words = {one: WORDS.get(one, one) for one in guess.choices} if guess.option in PLAIN else setting.words
    return replace(setting, choices=guess.choices, default=guess.choices[0], words=words)
