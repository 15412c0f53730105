"""Runs beside each other: a table, their curves over one another, two runs' items side by side."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.export.images import save_picture
from vae_desktop.export.items import save_items
from vae_desktop.training.compare import run_folders, save_comparison, summarising
from vae_desktop.training.side_by_side import comparing_runs, sheet_of
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import SHEETS, STILLS, ask_and_save
from vae_desktop.ui.state import runs_folder
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.choice import Choice
from vae_desktop.ui.widgets.menu_choice import MenuChoice
from vae_desktop.ui.widgets.run_curves import RunCurve, RunCurves, run_curves_image
from vae_desktop.ui.widgets.run_pair import RunPair
from vae_desktop.ui.widgets.run_table import RunTable
from vae_desktop.ui.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QResizeEvent, QShowEvent

    from vae_desktop.training.compare import RunSummary
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

AGAIN = 1500  # ms: while a training goes on its line is read anew no more often
WIDE = 620  # pixels from which the curves stand right of the table, not below it
AT_FIRST = 3  # runs that are ticked when the panel is first seen
CSV = ("CSV table (*.csv)",)
KINDS = {
    "elbo": ("ELBO", "Lower bound on log p(x) on training items: higher is better"),
    "validation": ("ELBO, kept out", "The same on items kept out of the training (validation)"),
    "loss": ("Loss", "What was minimised: models weigh their terms differently, so compare it only within a model"),
    "reconstruction": ("Reconstruction", "How far decoded items are from the real ones (−log p(x|z)): lower is better"),
    "kl": ("KL", "How far codes stray from the prior"),
}
NO_RUNS = "Train a model, or add a folder of runs, and its runs stand here to be compared."
NO_TICKS = "Tick runs in the table, and their curves are drawn here."


@panels.add("compare")
class ComparePanel(Panel):
    """The app's own runs and others; ticked ones are drawn."""

    name = "compare"
    title = "Compare"
    area = "below"
    order = 6
    help = "Runs beside each other: how each went, in what they differ, and what two of them make of the same items."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._places: tuple[Path, ...] = ()  # that were added
        self._known: dict[Path, RunSummary] = {}
        self._reading: Job | None = None
        self._by_hand = False  # somebody has chosen what is ticked
        self._ticking = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN)
        self._again.timeout.connect(self.refresh)
        self.setAcceptDrops(True)
        self._build()
        self.table.runs.ticked_changed.connect(self._take_ticks)
        self.table.opened.connect(lambda path: workspace.open([str(path)]))
        workspace.run_changed.connect(self._later)
        workspace.space_changed.connect(self._later)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._show_ticked()

    def _build(self) -> None:
        self.words = QLineEdit()
        self.words.setObjectName("findRuns")
        self.words.setAccessibleName("Find runs")
        self.words.setPlaceholderText("Find: a name, a model, beta 4")
        self.words.setToolTip("Shows the runs that have all these words in name, model, data, state or settings")
        self.words.setClearButtonEnabled(True)
        self.words.setMinimumWidth(70)
        self.add = _button("addRuns", "Add folder…", "Add a run, or a folder of runs, from anywhere; or drop it here")
        self.add.clicked.connect(self._ask_folder)
        self.again = _button("readRuns", "Refresh", "Read the runs again, as after another program has trained (F5)")
        self.again.setShortcut("F5")
        self.again.clicked.connect(self.refresh)
        self.told = labelled(NO_RUNS, "quiet", wrap=True)
        self.told.setObjectName("runsTold")
        self.table = RunTable()
        self.words.textChanged.connect(self._find)
        self.view = Choice(
            "compareView",
            "Show",
            {
                "curves": ("Curves", "How the ticked runs went, over one another"),
                "items": ("Side by side", "What two of the ticked runs make of the same items, and draw themselves"),
            },
        )
        self.view.chosen.connect(self._choose_view)
        self.kind = MenuChoice("curveKind", "", "Which curve")
        self.kind.chosen.connect(self._choose_kind)
        self.kind.show_options(KINDS, "elbo")
        self._kind = "elbo"
        self.curves = RunCurves()
        self.pair = RunPair()
        self.pair.asked.connect(self._compare_items)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.curves)
        self.pages.addWidget(self.pair)
        tools, views = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((tools, (self.words, self.add, self.again)), (views, (self.view, self.kind))):
            row.setSpacing(2 * SPACE)
            for part in parts:
                row.addWidget(part, 1 if part is self.words else 0)
        views.addStretch(1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(3 * SPACE)
        for head, body, foot in ((tools, self.table, self.told), (views, self.pages, None)):
            side = QWidget()
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(SPACE)
            column.addLayout(head)
            column.addWidget(body, 1)
            if foot is not None:
                column.addWidget(foot)
            self.splitter.addWidget(side)
        self.splitter.setStretchFactor(0, 11)
        self.splitter.setStretchFactor(1, 9)
        self.table.setMinimumSize(180, 90)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.addWidget(self.splitter)

    def _take_theme(self) -> None:
        theme = self.themes.current
        self.table.runs.set_theme(theme)
        self.curves.set_theme(theme)
        self.pair.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The curves stand where there is room."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        self.splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    # Reading runs

    def showEvent(self, event: QShowEvent) -> None:
        """See what was trained meanwhile."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self._again.stop()

    def _later(self, _: object = None) -> None:
        """A training goes on: read its line again, now and then."""
        trains = any(job.lane == "train" for job in self.jobs.running)
        if self.isVisible() and not self._again.isActive() and (trains or self._training()):
            self._again.start()

    def _training(self) -> bool:
        return any(run.status == "training" for run in self._known.values())

    def refresh(self) -> None:
        """Read the runs that are new or have changed."""
        if self._reading is not None:
            return  # it sees the latest in any case
        places = (runs_folder(), *self._places)
        job = self._reading = self.jobs.run("live:runs compared", summarising, places, dict(self._known))

        def end(*_: object) -> None:
            if self._reading is job:
                self._reading = None

        job.progress.connect(self._take_some)
        for signal in (job.done, job.failed, job.cancelled):
            signal.connect(end)
        job.done.connect(self._take)
        job.failed.connect(self.workspace.failed)

    def _take_some(self, value: object) -> None:
        if isinstance(value, tuple):
            self._take(value)

    def _take(self, runs: tuple[RunSummary, ...]) -> None:
        self._known = {run.path: run for run in runs}
        self.table.runs.set_runs(runs)
        if not self._by_hand and self._reading is None:
            self._tick_some()
        self._show_ticked()
        self._tell()

    def _tick_some(self) -> None:
        """Tick the newest runs that can be compared: of the data that is open, else of what was trained on last."""
        runs = self.table.runs
        done = [run for run in runs.all if run.epochs]
        data = {run.fingerprint for run in done} & {self.workspace.fingerprint} or {run.fingerprint for run in done[:1]}
        newest = [run.path for run in done if run.fingerprint in data][:AT_FIRST]
        self._ticking = True
        for path in (*runs.numbers, *newest):
            runs.tick(path, path in newest)
        self._ticking = False

    def _find(self, words: str) -> None:
        self.table.runs.set_words(words)
        self._tell()

    def _tell(self) -> None:
        """How many runs there are, and what is wrong with some."""
        runs = self.table.runs
        n, shown = len(runs.all), len(runs.rows)
        broken = sum(bool(run.fault) for run in runs.all)
        parts = [f"{counted(n)} run{'' if n == 1 else 's'}" if shown == n else f"{counted(shown)} of {counted(n)} runs"]
        if broken:
            parts.append(f"{counted(broken)} cannot be read")
        if runs.numbers:
            parts.append(f"{len(runs.numbers)} ticked")
        parts.append("nats per item")
        self.told.setText(" · ".join(parts) if n else NO_RUNS)

    # From anywhere

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self.window(), "Add a run, or a folder of runs")
        if chosen:
            self.add_place(Path(chosen))

    def add_place(self, path: Path) -> None:
        """List the runs of a folder, too."""
        found = run_folders([path])
        if not found:
            self.workspace.told.emit(f"{path}: holds no runs")
            return
        if path not in self._places:
            self._places = (*self._places, path)
        self._reading = None
        self.refresh()
        self.workspace.told.emit(f"{path.name}: {counted(len(found))} run{'' if len(found) == 1 else 's'} added")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders of runs; anything else is for the window."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and all(run_folders([path]) for path in paths):
            event.acceptProposedAction()
            self.workspace.told.emit("Let go to compare")
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """List what was dropped."""
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            self.add_place(Path(url.toLocalFile()))

    # What is shown of the ticked ones

    def _choose_view(self, view: str) -> None:
        self.view.show_chosen(view)
        self.kind.setVisible(view == "curves")
        self.pages.setCurrentIndex(int(view == "items"))
        if view == "items":
            self.pair.ask()

    def _choose_kind(self, kind: str) -> None:
        self._kind = kind
        self.kind.show_options(KINDS, kind)
        self._show_ticked()

    def _drawn(self, kind: str) -> list[RunCurve]:
        ticked = self.table.runs.ticked
        return [RunCurve(number, run.name, run.curves[kind]) for number, run in ticked if len(run.curves[kind])]

    def _take_ticks(self) -> None:
        self._by_hand |= not self._ticking
        self._show_ticked()

    def _show_ticked(self) -> None:
        self.curves.set_curves(self._drawn(self._kind), NO_TICKS if self._known else NO_RUNS)
        self.pair.set_runs([(run.path, run.name) for _, run in self.table.runs.ticked])
        self._tell()

    def _compare_items(self, left: Path, right: Path, n: int, seed: int) -> None:
        workspace = self.workspace
        at_hand = None
        if workspace.dataset is not None and workspace.fingerprint:
            at_hand = (workspace.fingerprint, workspace.dataset)
        job = self.jobs.run("live:side by side", comparing_runs, left, right, n, seed, at_hand)
        job.done.connect(self.pair.show_pair)
        job.failed.connect(self.pair.fail)

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The table, the curves, the items side by side."""
        offers: list[tuple[str, Callable[[], None]]] = []
        runs = [run for run in self.table.runs.rows if not run.fault]
        if runs:
            ask = partial(ask_and_save, self, "Save the table of runs", "runs", CSV)
            offers.append(("Compare: table of runs…", partial(ask, lambda: runs, save_comparison)))
        curves = self._drawn(self._kind)
        if curves and self.isVisible():
            title, theme = KINDS[self._kind][0], self.themes.current
            ask = partial(ask_and_save, self, "Save the curves", "curves", STILLS)
            offers.append(
                ("Compare: curves…", partial(ask, lambda: run_curves_image(curves, title, theme), save_picture))
            )
        pair = self.pair.pair
        if pair is not None and pair.left.originals.ndim == 4 and pair.right.originals.ndim == 4:
            ask = partial(ask_and_save, self, "Save the items side by side", "side by side", SHEETS)
            offers.append(("Compare: side by side…", partial(ask, partial(sheet_of, pair), save_items)))
        return offers

    def shutdown(self) -> None:
        """Read no more."""
        self._again.stop()


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text.rstrip("…"))
    button.setToolTip(tip)
    return button


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("compare")
