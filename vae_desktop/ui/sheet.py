"""The data sheet: what was understood of the data, and what was guessed, each guess to change."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.core.values import sources_of
from vae_desktop.readers.summary import Summary, summarising
from vae_desktop.ui import sheet_jobs
from vae_desktop.ui.selection_jobs import read_small
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import Card, ElidedLabel, labelled
from vae_desktop.ui.widgets.cells_table import HEIGHT, CellsTable
from vae_desktop.ui.widgets.figure_rows import FigureRows
from vae_desktop.ui.widgets.item_wall import ItemWall
from vae_desktop.ui.widgets.link_line import LinkLine
from vae_desktop.ui.widgets.reading_form import ReadingForm
from vae_desktop.ui.widgets.skipped_list import show_skipped
from vae_desktop.ui.words import counted, skipped

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.opening import Opened
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.cells_table import Cells
    from vae_desktop.ui.widgets.figure_rows import Line
    from vae_desktop.ui.widgets.item_view import Drawing
    from vae_desktop.ui.workspace import Workspace

TILE = 72  # pixels of a thumbnail at least
SHOWN = 240  # thumbnails, evenly chosen
SIDE, NARROW, LEAST = 300, 260, 222  # pixels of the column beside them
COUNT = 72  # pixels of the column that counts the items of a class
CLASSES = 8  # classes in sight at once
NOTES = 8  # notes shown; more stand in the tool tip
CLOSES = "Another choice reads the data anew and closes the map that was made of it; its run stays in its folder."


class DataSheet(QWidget):
    """Shows the data that is open, or the first items of what is being read."""

    close_asked = Signal()

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataSheet")
        self.setAccessibleName("Data sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.workspace, self.themes = workspace, themes
        self._opened: tuple[Dataset, Preparation] | None = None  # what is shown, and its preparation
        self._counting: Job | None = None
        self._summary: Summary | None = None
        self._build()
        workspace.dataset_changed.connect(self._take)
        workspace.space_changed.connect(self._take_space)
        workspace.reading.changed.connect(self._take_reading)
        workspace.reading.refused.connect(self._refuse)
        themes.changed.connect(self._recolour)
        self._recolour()

    # Building

    def _build(self) -> None:
        self.title = ElidedLabel()
        self.title.setObjectName("sheetTitle")
        self.about = ElidedLabel()
        self.about.setProperty("role", "quiet")
        self.about.setObjectName("sheetAbout")
        self.state = labelled("", "quiet", wrap=True)
        self.state.setObjectName("sheetState")
        self.close_button = QPushButton("Close")
        self.close_button.setObjectName("closeSheet")
        self.close_button.setAccessibleName("Close the data sheet")
        self.close_button.setToolTip("Back to the map (Esc); the sheet opens again from the Data card")
        self.close_button.clicked.connect(self.close_asked)
        head = QHBoxLayout()
        head.setSpacing(3 * SPACE)
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.title, self.about, self.state):
            words.addWidget(label)
        head.addLayout(words, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.wall = ItemWall(tile=TILE)
        self.wall.setObjectName("sheetItems")
        self.wall.setAccessibleName("Some of the items")
        self.wall.setToolTip("Some of the items, evenly chosen")
        self.wall.wanted.connect(self._draw)
        self.rows = CellsTable("sheetRows", "The first rows", "The first rows of the table")
        self.rows.horizontalHeader().setFixedHeight(3 * 16 + 8)
        self.items = QStackedWidget()
        self.items.addWidget(self.wall)
        self.items.addWidget(self.rows)
        self._side = self._build_side()
        below = QHBoxLayout()
        below.setSpacing(3 * SPACE)
        below.addWidget(self.items, 1)
        below.addWidget(self._side)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        outer.setSpacing(3 * SPACE)
        outer.addLayout(head)
        outer.addLayout(below, 1)

    def _build_side(self) -> QScrollArea:
        """The cards beside the items."""
        self.reading = Card("How it is read")
        self.form = ReadingForm()
        self.form.changed.connect(self._choose)
        self.fault = labelled("", "error", wrap=True)
        self.fault.setObjectName("sheetFault")
        self.warning = labelled(CLOSES, "quiet", wrap=True)
        for widget in (self.form, self.fault, self.warning):
            self.reading.body.addWidget(widget)
        self.holds = Card("What it holds")
        self.figures = FigureRows()
        self.skipped = LinkLine("Press to see the items that could not be read, and why")
        self.skipped.set_whole("")
        self.skipped.setObjectName("sheetSkipped")
        self.skipped.setAccessibleName("Skipped items")
        self.skipped.clicked.connect(self._show_skipped)
        self.holds.body.addWidget(self.figures)
        self.holds.body.addWidget(self.skipped)
        self.groups = Card("Classes")
        self.classes = CellsTable("sheetClasses", "Classes", "The classes and how many items each has")
        self.classes.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.classes.horizontalHeader().hide()
        self.classes.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.groups.body.addWidget(self.classes)
        self.noted = Card("What was noticed")
        self.notes = labelled("", "quiet", wrap=True)
        self.notes.setObjectName("sheetNotes")
        self.noted.body.addWidget(self.notes)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(2 * SPACE)
        for card in (self.reading, self.holds, self.groups, self.noted):
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("sheetSide")
        area.setAccessibleName("About the data")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        return area

    def minimumSizeHint(self) -> QSize:
        """No more than the map: a sheet moves no docks."""
        return QSize(320, 180)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the items the larger part."""
        super().resizeEvent(event)
        self._side.setFixedWidth(SIDE if self.width() >= 2 * SIDE + 60 else min(NARROW, max(LEAST, self.width() // 2)))
        self._fit_classes()

    # What it shows

    @property
    def dataset(self) -> Dataset | None:
        """What is shown."""
        return None if self._opened is None else self._opened[0]

    def begin(self) -> None:
        """Show what is open, or what comes; it was hidden."""
        self.fault.hide()
        shown = self.dataset
        self._take_reading()
        if self.dataset is shown is self.workspace.dataset and (self._summary is None or not self._summary.duplicates):
            self._count()
        self.items.currentWidget().setFocus()

    def end(self) -> None:
        """It is hidden now: nothing is counted for nobody."""
        self._stop_counting()

    def _take(self, _: object = None) -> None:
        """Show the data that is open."""
        dataset, preparation = self.workspace.dataset, self.workspace.preparation
        if dataset is not None and preparation is not None and self.isVisible():
            self.fault.hide()
            self._show(dataset, preparation)

    def _take_space(self, _: object = None) -> None:
        self.warning.setVisible(self.workspace.space is not None and not self.workspace.reading.coming)

    def _take_reading(self) -> None:
        """Say what is under way; when nothing is any more, show what is open."""
        coming = self.workspace.reading.coming
        self._take_space()
        if not self.isVisible():
            return  # it is all told when it opens
        dataset, preparation = self.workspace.dataset, self.workspace.preparation
        if not coming and self.dataset is not dataset and dataset is not None and preparation is not None:
            self._show(dataset, preparation)
        elif not coming and self.dataset is not None:
            self.form.show_guesses(self.dataset.guesses, self.workspace.reading.options)
        self._tell_state()

    def _tell_state(self) -> None:
        coming, dataset = self.workspace.reading.coming, self.dataset
        text = ""
        if coming and dataset is self.workspace.dataset:
            again = dataset is not None and self.workspace.reading.sources == tuple(sources_of(dataset.source))
            text = "Reading it anew…" if again else f"Reading {coming}…"
        elif coming and dataset is not None:
            text = f"These are the first {counted(len(dataset))}; all are being read…"
        self.state.setText(text)
        self.state.setVisible(bool(text))

    def preview(self, opened: Opened) -> None:
        """Show the first items of what comes."""
        if opened.dataset is not None and opened.preparation is not None:
            self._show(opened.dataset, opened.preparation)

    def _refuse(self, why: str) -> None:
        self.fault.setText(why)
        self.fault.show()

    def _show(self, dataset: Dataset, preparation: Preparation) -> None:
        before = self.dataset
        self._opened = dataset, preparation
        self._summary = None
        self.title.set_whole(dataset.name, dataset.source)
        self.about.set_whole(sheet_jobs.in_words(dataset))
        self._tell_state()
        self.form.show_guesses(dataset.guesses, self.workspace.reading.options)
        more = [f"… and {len(dataset.notes) - NOTES} more"] if len(dataset.notes) > NOTES else []
        self.notes.setText("\n".join([*dataset.notes[:NOTES], *more]))
        self.notes.setToolTip("\n".join(dataset.notes) if more else "")
        self.noted.setVisible(bool(dataset.notes))
        self.skipped.set_whole(skipped(dataset.skipped, "row" if dataset.kind == "table" else "item"))
        self.skipped.setVisible(bool(dataset.skipped))
        self._show_items(dataset, same=before is not None and before.source == dataset.source)
        self._show_facts()
        self._stop_counting()
        if dataset is self.workspace.dataset:  # of a few first items there is little to count
            self._count()

    def _show_items(self, dataset: Dataset, same: bool) -> None:
        if dataset.kind == "table":
            self.items.setCurrentWidget(self.rows)
            return
        self.items.setCurrentWidget(self.wall)
        _, height, width, _ = dataset.x.shape
        chosen = np.unique(np.linspace(0, len(dataset) - 1, min(SHOWN, len(dataset))).round().astype(np.int32))
        self.wall.set_names(partial(_called, dataset))
        self.wall.renew(blank=not same)
        self.wall.set_items(chosen, stay=same)
        self.wall.set_tall(height / width)

    def _draw(self, wanted: np.ndarray) -> None:
        if self._opened is not None and self._opened[0].kind == "image":
            dataset, preparation = self._opened
            job = self.workspace.jobs.run("live:sheet items", read_small, dataset, preparation, wanted, self.wall.side)
            job.done.connect(lambda drawn: self._drawn(dataset, wanted, drawn))
            job.failed.connect(self.workspace.failed)

    def _drawn(self, dataset: Dataset, wanted: np.ndarray, drawn: list[Drawing]) -> None:
        if dataset is self.dataset:
            self.wall.set_drawn(wanted.tolist(), drawn)

    def _show_facts(self) -> None:
        """Say what is known by now."""
        dataset, summary = self.dataset, self._summary
        if dataset is None:
            return
        job = self.workspace.jobs.run("live:sheet words", _words, dataset, summary)
        job.done.connect(lambda words: self._told(words) if dataset is self.dataset else None)
        job.failed.connect(self.workspace.failed)

    def _told(self, words: tuple[list[Line], Cells, Cells | None]) -> None:
        figures, classes, rows = words
        self.figures.set_lines(figures)
        self.classes.set_cells(classes)
        self.groups.setVisible(bool(classes.rows))
        self.groups.set_remark(counted(len(classes.rows)) if classes.rows else "")
        self.classes.setFixedHeight(min(CLASSES, len(classes.rows)) * HEIGHT + 4)
        self._fit_classes()
        if rows is not None:
            self.rows.set_cells(rows)

    def _fit_classes(self) -> None:
        """Leave the counts in sight."""
        heads = self.classes.horizontalHeader()
        heads.resizeSection(1, COUNT)
        heads.resizeSection(0, max(60, self._side.width() - 6 * SPACE - COUNT - 20))

    # Counting

    def _count(self) -> None:
        self._stop_counting()
        dataset = self.dataset
        if dataset is None:
            return
        job = self._counting = self.workspace.jobs.run("summary", summarising, dataset)
        job.progress.connect(lambda value: self._counted(job, value) if isinstance(value, Summary) else None)
        job.done.connect(partial(self._counted, job))
        job.failed.connect(self.workspace.failed)

    def _stop_counting(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None

    def _counted(self, job: Job, summary: Summary) -> None:
        if job is self._counting:
            self._summary = summary
            self._show_facts()

    # The hand

    def _choose(self, options: dict[str, object]) -> None:
        self.fault.hide()
        self.workspace.reading.choose(options)

    def _show_skipped(self) -> None:
        if self.dataset is not None:
            show_skipped(self, self.dataset.skipped)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it, also from a field."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        else:
            super().keyPressEvent(event)

    def _recolour(self) -> None:
        for part in (self.wall, self.rows, self.classes):
            part.set_theme(self.themes.current)


def _called(dataset: Dataset, item: int) -> str:
    name, label = dataset.item_name(item), -1 if dataset.labels is None else int(dataset.labels[item])
    return name if label < 0 else f"{name} · class {dataset.classes[label]}"


def _words(dataset: Dataset, summary: Summary | None) -> tuple[list[Line], Cells, Cells | None]:
    rows = sheet_jobs.first_rows(dataset, summary) if dataset.kind == "table" else None
    return sheet_jobs.facts(dataset, summary), sheet_jobs.classes_as(dataset, summary), rows
