"""A form made from settings: what they are called, what they mean, and what they may be, is theirs to say."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QComboBox, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.core.errors import SettingError
from vae_desktop.ui.theme import SPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QKeyEvent, QWheelEvent

    from vae_desktop.core.settings import Setting, Value

FIELD = 88  # pixels: width of a field
ARROW = 40  # pixels beside the words of a choice
STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}


class Choice(QComboBox):
    """One of several words; the wheel turns it only once it has the focus, so that it does not stop a scroll."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(FIELD)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(lambda _: self.updateGeometry())

    def sizeHint(self) -> QSize:
        """Room for what is chosen, not for the longest of all."""
        hint = super().sizeHint()
        return QSize(max(FIELD, self.fontMetrics().horizontalAdvance(self.currentText()) + ARROW), hint.height())

    def minimumSizeHint(self) -> QSize:
        """As narrow as any field."""
        return QSize(FIELD, super().minimumSizeHint().height())

    def showPopup(self) -> None:
        """Open the list as wide as what it offers."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 2 * SPACE)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn it, or let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Entry(QLineEdit):
    """Text that a setting reads; numbers step with the arrow keys, and with the wheel once it has the focus."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = setting
        self._turned = 0
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(52)
        self.setMaximumWidth(FIELD)

    def step(self, steps: int) -> None:
        """Go up or down within the range; small steps for fractions, tenfold ones for a number that has no zero."""
        setting = self._setting
        try:
            value = setting.parse(self.text())
        except SettingError:
            value = setting.default
        if isinstance(value, str | tuple):
            return
        if isinstance(value, int):
            value += steps
        elif setting.above:  # such as a learning rate: 1, 2, 5, 10, …
            value = _ladder(value, steps)
        else:
            value = round(value + steps * (0.05 if setting.high is not None and setting.high <= 1 else 0.1), 6)
        low, high = setting.low, setting.high
        value = value if low is None else max(type(value)(low), value)
        value = value if high is None else min(type(value)(high), value)
        self.setText(setting.format(value))
        self.textEdited.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys step."""
        steps = STEPS.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
        else:
            self.step(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step, or let the panel scroll."""
        if not self.hasFocus():
            event.ignore()
            return
        self._turned += event.angleDelta().y()
        steps, self._turned = int(self._turned / 120), int(math.fmod(self._turned, 120))
        if steps:
            self.step(steps)


def _ladder(value: float, steps: int) -> float:
    """`steps` rungs above or below `value` on the ladder 1, 2, 5, 10, 20, …."""
    rungs = (1, 2, 5)
    decade = math.floor(math.log10(value) + 1e-9)
    rung = min(range(3), key=lambda i: abs(rungs[i] * 10.0**decade - value))
    decade, rung = divmod(3 * decade + rung + steps, 3)
    return float(f"{rungs[rung]}e{decade}")


def stack(line: QBoxLayout, stacked: bool) -> None:
    """Let the field of a label stand below it, or beside it."""
    line.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)
    line.setSpacing(2 if stacked else 2 * SPACE)


class SettingRow(QWidget):
    """Label, field, and below them what is wrong with the value."""

    changed = Signal()

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.value: Value = setting.default
        self.fault = ""
        label = QLabel(f"{setting.label} ({setting.unit})" if setting.unit else setting.label)
        self.field: Choice | Entry
        if setting.choices:
            self.field = Choice()
            self.offer(setting.choices)
            self.field.currentIndexChanged.connect(lambda _: self._read(self.field_text()))
        else:
            self.field = Entry(setting)
            self.field.textEdited.connect(self._read)
        self.field.setObjectName(setting.name)
        self.field.setAccessibleName(setting.label)
        for widget in (label, self.field):
            widget.setToolTip(setting.help)
            widget.setStatusTip(setting.help)
        label.setBuddy(self.field)
        self._error = QLabel()
        self._error.setProperty("role", "error")
        self._error.setObjectName(f"{setting.name}Fault")
        self._error.setWordWrap(True)
        self._error.hide()
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.addWidget(label)
        self._line.addStretch(1)
        self._line.addWidget(self.field)
        self.stack(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self._line)
        layout.addWidget(self._error)
        self.show_value(setting.default)

    def stack(self, stacked: bool) -> None:
        """Stand the field below its label, where a line is too short for both, or beside it."""
        stack(self._line, stacked)

    def offer(self, choices: Iterable[str]) -> None:
        """Let only these be chosen; another value gives way to the first of them."""
        field = self.field
        assert isinstance(field, Choice)
        choices = tuple(choices)
        if choices == tuple(field.itemData(i) for i in range(field.count())):
            return
        field.blockSignals(True)
        field.clear()
        for choice in choices:
            field.addItem(self.setting.word(choice), choice)
        field.setCurrentIndex(max(0, field.findData(self.value)))
        field.blockSignals(False)
        self.value = field.currentData()

    def field_text(self) -> str:
        """What stands in the field."""
        return str(self.field.currentData()) if isinstance(self.field, Choice) else self.field.text()

    def show_value(self, value: Value) -> None:
        """Put a value in, without telling of it."""
        text = self.setting.format(value)
        self.field.blockSignals(True)
        if isinstance(self.field, Choice):
            self.field.setCurrentIndex(max(0, self.field.findData(text)))
        else:
            self.field.setText(text)
        self.field.blockSignals(False)
        self._check(self.field_text())

    def _read(self, text: str) -> None:
        self._check(text)
        self.changed.emit()

    def _check(self, text: str) -> None:
        try:
            self.value, self.fault = self.setting.parse(text), ""
        except SettingError as error:
            self.fault = str(error).partition(": ")[2]
        self._error.setText(self.fault)
        self._error.setVisible(bool(self.fault))
        self.field.setAccessibleDescription(self.fault or self.setting.help)
        if self.field.property("invalid") != bool(self.fault):
            self.field.setProperty("invalid", bool(self.fault))
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)


class SettingsForm(QWidget):
    """A row for each setting; values out of range are marked at once.

    Where settings have a group they stand below its heading, those without one first, below `heading`.
    """

    changed = Signal()

    def __init__(self, settings: Iterable[Setting] = (), parent: QWidget | None = None, heading: str = "") -> None:
        super().__init__(parent)
        self.rows: dict[str, SettingRow] = {}
        self._heading = heading
        self._headings: dict[str, QLabel] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE)
        self.show_settings(settings)

    def show_settings(self, settings: Iterable[Setting]) -> None:
        """Show these instead; what was set stays where it has the same name, as do rows that stay the same."""
        settings = list(settings)
        groups = list(dict.fromkeys(("", *(setting.group for setting in settings))))
        before, self.rows = self.rows, {}
        headings, self._headings = self._headings, {}
        place = 0
        for setting in sorted(settings, key=lambda setting: groups.index(setting.group)):
            title = setting.group or self._heading
            if title and setting.group not in self._headings:
                label = self._headings[setting.group] = QLabel(title)
                label.setProperty("role", "quiet")
                label.setContentsMargins(0, 2 * SPACE, 0, 0)
                self._layout.insertWidget(place, label)
                place += 1
            row = self.rows[setting.name] = self._row(setting, before)
            self._layout.insertWidget(place, row)
            place += 1
        for old in (*before.values(), *headings.values()):
            old.setParent(None)  # at once: deleting waits for the event loop
            old.deleteLater()

    def _row(self, setting: Setting, before: dict[str, SettingRow]) -> SettingRow:
        """The row of a setting: the one that was there, where it is the same."""
        old = before.get(setting.name)
        if old is not None and old.setting == setting:
            return before.pop(setting.name)
        row = SettingRow(setting)
        row.changed.connect(self.changed)
        if old is not None and old.value != old.setting.default:
            with suppress(SettingError):  # the other one's range may be another
                row.show_value(setting.parse(old.value))
        return row

    def arrange(self, values: Mapping[str, Value]) -> None:
        """Show the rows that make a difference beside these values of all settings."""
        for row in self.rows.values():
            row.setVisible(row.setting.matters(values))
        for group, label in self._headings.items():
            label.setVisible(any(not row.isHidden() for row in self.rows.values() if row.setting.group == group))

    def values(self) -> dict[str, Value]:
        """The values by name; where one is wrong, the last good one."""
        return {name: row.value for name, row in self.rows.items()}

    def fault(self) -> str:
        """What is wrong first, "" when nothing is."""
        return next((f"{row.setting.label}: {row.fault}" for row in self.rows.values() if self._counts(row)), "")

    @staticmethod
    def _counts(row: SettingRow) -> bool:
        """Whether something is wrong with a value that matters; of one that does not the last good one is kept."""
        return bool(row.fault) and not row.isHidden()

    def set_values(self, values: Mapping[str, Value]) -> None:
        """Show values, of those that have a row."""
        for name, value in values.items():
            row = self.rows.get(name)
            if row is not None and (row.fault or row.value != value):
                row.show_value(value)
