"""Runs in a table: sorted by any column, found by words, ticked to be drawn; knows no files."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from vae_desktop.training.compare import differing, told_settings
from vae_desktop.ui.theme import DARK, Theme, class_colour
from vae_desktop.ui.widgets.plain_table import PlainTable
from vae_desktop.ui.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from vae_desktop.training.compare import RunSummary

    Index = QModelIndex | QPersistentModelIndex

NONE = "–"
NATS = "nats per item"
COLUMNS: tuple[tuple[str, str, str], ...] = (  # key, title, explanation
    ("name", "Run", "The folder's name. Tick a run to draw its curves; double click or Enter opens it"),
    ("model", "Model", "Which model of the family it trains"),
    ("latent", "Latent", "How many numbers describe one item (the size of z)"),
    ("epochs", "Epochs", "How many times every item was seen, of how many were wanted"),
    ("elbo", "ELBO", f"Lower bound on log p(x) on training items, {NATS}: higher is better"),
    ("validation", "ELBO, kept out", f"The same on items kept out of the training (validation), {NATS}: the fair one"),
    ("reconstruction", "Reconstruction", f"How far decoded items are from the real ones, −log p(x|z), {NATS}"),
    ("kl", "KL", f"How far codes stray from the prior, {NATS}"),
    ("active_units", "Active", "Dimensions that are used: their codes differ from item to item (active units)"),
    ("differs", "Differs in", "The settings in which the ticked runs differ, or else all shown ones"),
    ("data", "Data", "What it was trained on"),
    ("parameters", "Parameters", "Numbers that are learned"),
    ("seconds", "Time", "How long the training took, pauses left out"),
    ("status", "State", "Finished, training now, stopped by hand, interrupted, diverged, or broken"),
)
KEYS = tuple(key for key, _, _ in COLUMNS)
FIGURES = ("latent", "epochs", "elbo", "validation", "reconstruction", "kl", "active_units", "parameters", "seconds")
WIDTHS = {  # pixels: room for all that stands there, but for names and settings
    "name": 124, "model": 100, "epochs": 92, "elbo": 82, "validation": 100, "reconstruction": 100, "differs": 190,
    "data": 84, "parameters": 88, "status": 88,
}  # fmt: skip
USUAL = 66


def lasting(seconds: float) -> str:
    """``12 s``, ``3 min``, ``2.5 h``."""
    if math.isnan(seconds):
        return NONE
    if seconds < 120:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


class Runs(QAbstractTableModel):
    """What the table shows: runs that fit the words, in order; and which are ticked, by their number."""

    ticked_changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.all: tuple[RunSummary, ...] = ()
        self.rows: list[RunSummary] = []
        self.numbers: dict[Path, int] = {}  # of the ticked ones, from 0
        self.words = ""
        self.theme: Theme = DARK
        self._names: tuple[str, ...] = ()
        self._order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    # What Qt asks for

    def rowCount(self, parent: Index | None = None) -> int:
        """Runs shown."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Always the same columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles, and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        roles = Qt.ItemDataRole
        if role == roles.TextAlignmentRole:
            return self._side(section)
        return {roles.DisplayRole: COLUMNS[section][1], roles.ToolTipRole: COLUMNS[section][2]}.get(
            Qt.ItemDataRole(role)
        )

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first column can be ticked, unless there is nothing to draw."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        run = self.rows[index.row()]
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 and not run.fault else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        run, key = self.rows[index.row()], KEYS[index.column()]
        number = self.numbers.get(run.path)
        roles = Qt.ItemDataRole
        if role == roles.DisplayRole:
            return self.text(run, key)
        if role == roles.CheckStateRole and not index.column() and not run.fault:
            return Qt.CheckState.Unchecked if number is None else Qt.CheckState.Checked
        if role == roles.TextAlignmentRole:
            return self._side(index.column())
        if role == roles.ToolTipRole:
            return self._tip(run, key)
        if role == roles.ForegroundRole:
            return self._colour(run, key, number)
        if role == roles.FontRole and not index.column() and number is not None:
            font = QFont()
            font.setPixelSize(13)
            font.setBold(True)
            return font
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick a run, or take its tick away."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column():
            return False
        self.tick(self.rows[index.row()].path, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column; −1: the newest first."""
        self._order = (column, order)
        self._fill()

    # What it is told

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show these; ticks of runs that went go."""
        self.all = tuple(runs)
        there = {run.path for run in runs if not run.fault}
        self.numbers = {path: number for path, number in self.numbers.items() if path in there}
        self._fill()

    def set_words(self, words: str) -> None:
        """Show only those of whose name, model, data, state or settings all words are a part."""
        self.words = words
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self.layoutChanged.emit()

    def tick(self, path: Path, on: bool = True) -> None:
        """Tick a run; it takes the lowest number that is free, and keeps it."""
        if on == (path in self.numbers):
            return
        if on:
            self.numbers[path] = next(n for n in range(len(self.numbers) + 1) if n not in self.numbers.values())
        else:
            del self.numbers[path]
        self._tell_differences()
        self.ticked_changed.emit()

    @property
    def ticked(self) -> list[tuple[int, RunSummary]]:
        """The ticked runs with their numbers, in the order of these."""
        known = {run.path: run for run in self.all}
        return sorted(((number, known[path]) for path, number in self.numbers.items()), key=lambda one: one[0])

    def _tell_differences(self) -> None:
        ticked = [run for _, run in self.ticked]
        names = differing(ticked if len(ticked) > 1 else self.rows)
        self._names = tuple(name for name in names if name not in ("model", "data", "latent"))
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))

    def _fill(self) -> None:
        words = self.words.lower().split()
        self.beginResetModel()
        self.rows = [run for run in self.all if all(word in _told(run) for word in words)]
        column, order = self._order
        if column >= 0:
            key = KEYS[column]
            unknown = [run for run in self.rows if run.fault or _value(run, key) in (None, "")]
            known = [run for run in self.rows if run not in unknown]
            known.sort(key=lambda run: _value(run, key), reverse=order == Qt.SortOrder.DescendingOrder)
            self.rows = known + unknown  # what has no value is last either way
        self.endResetModel()
        self._tell_differences()

    # How a cell looks

    def text(self, run: RunSummary, key: str) -> str:
        """What a cell says."""
        if key == "name":
            number = self.numbers.get(run.path)
            return run.name if number is None else f"{number + 1}  {run.name}"
        if run.fault:
            return "broken" if key in ("model", "status") else NONE
        if key == "differs":
            return told_settings(run, self._names) or NONE
        if key == "epochs":
            return str(run.epochs) if run.epochs == run.planned else f"{run.epochs} of {run.planned}"
        if key in ("model", "data", "status", "latent"):
            return str(getattr(run, key))
        value = run.figure(key)
        if math.isnan(value):
            return NONE
        if key == "seconds":
            return lasting(value)
        return counted(round(value)) if key in ("parameters", "active_units") else f"{value:.2f}".replace("-", "−")

    def _tip(self, run: RunSummary, key: str) -> str:
        if run.fault:
            return run.fault
        if key == "name":
            return str(run.path)
        return self.text(run, key) if key in ("differs", "data", "model") else ""

    def _colour(self, run: RunSummary, key: str, number: int | None) -> QColor | None:
        if run.fault:
            return QColor(self.theme.warn if key in ("model", "status") else self.theme.quiet)
        if key == "name" and number is not None:
            return QColor(class_colour(self.theme, number))
        if key == "differs" and self._names:
            return QColor(self.theme.accent_text)
        return QColor(self.theme.warn) if key == "status" and run.status in ("diverged", "interrupted") else None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if KEYS[column] in FIGURES else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


def _value(run: RunSummary, key: str) -> Any:
    """What a column is sorted by; None where there is no value."""
    if key == "differs":
        return str(sorted(run.settings.items(), key=lambda one: one[0]))
    if key in ("latent", "epochs"):
        return getattr(run, key)
    if key in FIGURES:
        value = run.figure(key)
        return None if math.isnan(value) else value
    return str(getattr(run, key)).lower()


def _told(run: RunSummary) -> str:
    """All words by which a run is found."""
    return " ".join((run.name, run.model, run.data, run.status, told_settings(run, run.settings))).lower()


class RunTable(PlainTable):
    """Space ticks the run where one stands, Enter or a double click opens it."""

    opened = Signal(object)  # a Path

    def __init__(self, parent: QWidget | None = None) -> None:
        tip = "Tick runs to compare them (Space); click a title to sort; double click or Enter opens a run"
        super().__init__("runTable", "Runs", tip, parent)
        self.runs = Runs(self)
        self.setModel(self.runs)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, key in enumerate(KEYS):
            self.setColumnWidth(column, WIDTHS.get(key, USUAL))
        self.setSortingEnabled(True)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.runs.modelAboutToBeReset.connect(self._note_place)
        self.runs.modelReset.connect(self._find_place)
        self._place: tuple[Path | None, int, int] = (None, 0, 0)

    def _note_place(self) -> None:
        row = self.currentIndex().row()
        path = self.runs.rows[row].path if 0 <= row < len(self.runs.rows) else None
        self._place = path, self.verticalScrollBar().value(), self.horizontalScrollBar().value()

    def _find_place(self) -> None:
        """After other runs came one stands on the same run, and sees the same part."""
        path, down, across = self._place
        row = next((row for row, run in enumerate(self.runs.rows) if run.path == path), -1)
        if row >= 0:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(self.runs.index(row, 0), flags)
        self.verticalScrollBar().setValue(down)
        self.horizontalScrollBar().setValue(across)

    def _open(self, row: int) -> None:
        if 0 <= row < len(self.runs.rows) and not self.runs.rows[row].fault:
            self.opened.emit(self.runs.rows[row].path)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stand on the run that is ticked, too: Qt keeps a click on a box to itself."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.setCurrentIndex(index)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks, Enter opens."""
        row, key = self.currentIndex().row(), Qt.Key(event.key())
        if key == Qt.Key.Key_Space and 0 <= row < len(self.runs.rows):
            run = self.runs.rows[row]
            if not run.fault:
                self.runs.tick(run.path, run.path not in self.runs.numbers)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(row)
        else:
            super().keyPressEvent(event)
