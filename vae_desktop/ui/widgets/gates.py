"""Gates: each lets the items through whose value in one column lies between two ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vae_desktop.ui.theme import DARK, SPACE, Theme
from vae_desktop.ui.widgets.range_bar import RangeBar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Gate = tuple[str, float, float]  # column, lowest and highest value that pass
Histogram = tuple[np.ndarray, float, float]

DIGITS = 3  # significant digits of an end
FAR = 1e15  # no value that a field could not show
MOST = 8  # gates: more would not be seen


class GateRow(QWidget):
    """One gate."""

    changed = Signal()
    column_changed = Signal()
    removed = Signal()

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.range = -math.inf, math.inf
        self._chosen = False  # by a hand; else all pass
        self.column = QComboBox()
        self.column.setObjectName("gateColumn")
        self.column.setAccessibleName("Column")
        self.column.setToolTip("What the items are chosen by")
        self.column.setMinimumContentsLength(4)
        self.column.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.addItems(titles)
        self.column.currentIndexChanged.connect(lambda _: self._take_column())
        self.low, self.high = _end("gateLow", "Lowest value"), _end("gateHigh", "Highest value")
        self.low.valueChanged.connect(lambda value: self._choose(value, max(value, self.range[1])))
        self.high.valueChanged.connect(lambda value: self._choose(min(value, self.range[0]), value))
        self.remove = QPushButton("×")
        self.remove.setObjectName("removeGate")
        self.remove.setAccessibleName("Remove the gate")
        self.remove.setToolTip("Remove this gate")
        self.remove.setProperty("role", "small")
        self.remove.clicked.connect(self.removed)
        self.bar = RangeBar()
        self.bar.changed.connect(self._choose)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.column, 3)
        line.addWidget(self.low, 2)
        line.addWidget(self.high, 2)
        line.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        layout.addWidget(self.bar)

    @property
    def gate(self) -> Gate:
        """The column and its ends."""
        return self.column.currentText(), *self.range

    def _take_column(self) -> None:
        self.range, self._chosen = (-math.inf, math.inf), False  # until its values are known
        self.column_changed.emit()

    def set_histogram(self, histogram: Histogram) -> None:
        """Show the column's values; the ends stay where they were chosen, else all pass that have a value."""
        counts, low, high = histogram
        self.bar.set_histogram(counts, low, high)
        span = high - low
        decimals = DIGITS - 1 - math.floor(math.log10(span)) if span > 0 else DIGITS
        whole = span >= 1 and float(low).is_integer() and float(high).is_integer() and span <= len(counts)
        for box in (self.low, self.high):
            box.setDecimals(0 if whole else min(max(decimals, 0), 8))
            box.setSingleStep(1 if whole else span / 50 or 1)
        self._show(*(self.range if self._chosen else (low, high)))

    def _choose(self, low: float, high: float) -> None:
        self._chosen = True
        self._show(low, high)
        self.changed.emit()

    def _show(self, low: float, high: float) -> None:
        self.range = low, high
        self.bar.set_range(low, high)
        for box, value in ((self.low, low), (self.high, high)):
            box.blockSignals(True)
            box.setValue(value)  # rounded to be read; `range` has the number itself
            box.blockSignals(False)


class GateList(QWidget):
    """Gates below one another; all of them must let an item through."""

    changed = Signal()
    histograms_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self._titles: tuple[str, ...] = ()
        self.rows: list[GateRow] = []
        self.add = QPushButton("Add gate")
        self.add.setProperty("role", "small")
        self.add.setObjectName("addGate")
        self.add.setAccessibleName("Add a gate")
        self.add.setToolTip("Choose items by the values of one more column")
        self.add.clicked.connect(lambda: self.add_gate())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * SPACE)
        self._layout.addStretch(1)

    @property
    def gates(self) -> tuple[Gate, ...]:
        """All gates."""
        return tuple(row.gate for row in self.rows)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        for row in self.rows:
            row.bar.set_theme(theme)

    def set_columns(self, titles: Sequence[str]) -> None:
        """Offer these columns; gates of other ones are gone."""
        if tuple(titles) == self._titles:
            self.histograms_wanted.emit()
            return
        self._titles = tuple(titles)
        gone = [row for row in self.rows if row.column.currentText() not in titles]
        self._drop(gone)
        for row in self.rows:
            shown = row.column.currentText()
            row.column.blockSignals(True)
            row.column.clear()
            row.column.addItems(titles)
            row.column.setCurrentText(shown)
            row.column.blockSignals(False)
        self.add.setEnabled(bool(titles) and len(self.rows) < MOST)
        if gone:  # told once, when no gate of another column is left
            self.changed.emit()
        self.histograms_wanted.emit()

    def set_histograms(self, histograms: Mapping[str, Histogram]) -> None:
        """Show the values of the columns by their titles."""
        for row in self.rows:
            if row.column.currentText() in histograms:
                row.set_histogram(histograms[row.column.currentText()])
        self.changed.emit()

    def add_gate(self) -> None:
        """One more gate, on a column that has none yet where there is one."""
        used = {row.column.currentText() for row in self.rows}
        row = GateRow(self._titles)
        row.bar.set_theme(self._theme)
        row.column.setCurrentText(next((title for title in self._titles if title not in used), self._titles[0]))
        row.changed.connect(self.changed)
        row.column_changed.connect(self.histograms_wanted)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._layout.insertWidget(len(self.rows) - 1, row)
        self.add.setEnabled(len(self.rows) < MOST)
        self.histograms_wanted.emit()

    def _remove(self, row: GateRow) -> None:
        self._drop([row])
        self.add.setEnabled(bool(self._titles))
        self.changed.emit()

    def _drop(self, gone: Sequence[GateRow]) -> None:
        for row in gone:
            self.rows.remove(row)
            row.hide()
            row.deleteLater()


def _end(name: str, called: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(called)
    box.setToolTip(f"{called} that passes")
    box.setRange(-FAR, FAR)
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setKeyboardTracking(False)
    box.setMinimumWidth(48)
    return box
