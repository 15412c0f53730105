"""How good the model is: figures, the worst and best reconstructions, the prior gap, known factors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.core.work import Progress
from vae_desktop.ui.evaluation_jobs import gather, judging, measuring, save_report, sheet_of
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import ask_and_save, item_exports
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.evaluation_pages import ASK, EMPTY, LOST, NO_FACTORS, EvaluationPages
from vae_desktop.ui.widgets.fitting_label import FittingLabel
from vae_desktop.ui.widgets.item_view import tall
from vae_desktop.ui.widgets.pair_grid import PairGrid
from vae_desktop.ui.words import counted, items
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.disentangle import Disentanglement
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.evaluation_jobs import Gallery, Judged
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

WIDTH, NARROW, ROOMY = 304, 252, 640  # pixels of the left side, of it in a panel narrower than the last
DRAWS, MOST_DRAWS = 10, 5000
PARTS = 1000  # of the progress bar
NO_MODEL = "Train or open a model first."
NO_DATA = "Open the data to evaluate the model on."
KINDS = {
    "worst": ("Worst", "Items that come back worst: the model has most to learn from them"),
    "best": ("Best", "Items that come back best"),
    "random": ("Random", "Some items, chosen by chance"),
    "empty": ("Holes", "What the prior draws where no data is, decoded; the farthest first"),
}
PAIRS = (
    "Above the item, below what it comes back as; nats to tell it by its code (−log p(x|z))",
    "Above the item, below what it comes back as; in nats",
    "Item, and what comes back",
    "",
)
PLACES = ("Draws of the prior where no data is: what they decode to is made up", "Where no data is", "")
NO_PLACES = ("The prior draws nowhere where no data is", "There are none", "")


@panels.add("evaluation")
class EvaluationPanel(Panel):
    """Starts nothing by itself; what it found is let go when the model or the data changes."""

    name = "evaluation"
    title = "Evaluate"
    area = "below"
    order = 4
    help = "How good the model is: likelihood, reconstructions, the gap between prior and data, known factors."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._of: tuple[object, ...] = ()  # what the findings are of
        self._judged: Judged | None = None
        self._gallery: Gallery | None = None
        self._which = "worst"
        self._job: Job | None = None
        self._has_factors = False
        self._lost = False  # a training took the model from under an evaluation
        self._build()
        workspace.space_changed.connect(self._refresh)
        workspace.dataset_changed.connect(self._refresh)
        workspace.cursor_changed.connect(self._mark)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._refresh()

    def _build(self) -> None:
        self.go = QPushButton("Evaluate")
        self.go.setObjectName("evaluate")
        self.go.clicked.connect(self._go)
        self.draws = QSpinBox()
        self.draws.setObjectName("likelihoodDraws")
        self.draws.setAccessibleName("Draws for the likelihood")
        self.draws.setToolTip(
            "Draws of each item's code for the likelihood (importance samples): more take longer and come closer;"
            " 0: no likelihood"
        )
        self.draws.setRange(0, MOST_DRAWS)
        self.draws.setValue(DRAWS)
        self.draws.setSuffix(" draws")
        self.draws.setSpecialValueText("no draws")
        self.bar = QProgressBar()
        self.bar.setObjectName("evaluationProgress")
        self.bar.setAccessibleName("Progress of the evaluation")
        self.bar.setTextVisible(False)
        keep = self.bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keep)
        self.pages = EvaluationPages()
        self.pages.items_wanted.connect(self._select_uncovered)
        self.pages.factors_wanted.connect(self._measure)
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.go, 1)
        line.addWidget(self.draws)
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addLayout(line)
        left.addWidget(self.bar)
        left.addWidget(self.pages, 1)
        side = self._side = QWidget()
        side.setFixedWidth(NARROW)
        left.setContentsMargins(0, 0, 0, 0)
        side.setLayout(left)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(4 * SPACE)
        layout.addWidget(side)
        layout.addLayout(self._right(), 1)

    def _right(self) -> QVBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(0)
        self.kinds: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for name, (title, tip) in KINDS.items():
            button = self.kinds[name] = QPushButton(title)
            button.setProperty("role", "segment")
            button.setObjectName(f"gallery-{name}")
            button.setAccessibleName(f"Show: {title}")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(name == self._which)
            button.clicked.connect(partial(self._choose, name))
            group.addButton(button)
            head.addWidget(button)
        self.said = FittingLabel()
        self.said.setObjectName("galleryText")
        self.said.setProperty("role", "quiet")
        self.said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addSpacing(2 * SPACE)
        head.addWidget(self.said, 1)
        self.grid = PairGrid()
        self.grid.setObjectName("gallery")
        self.grid.setAccessibleName("Gallery")
        self.grid.setToolTip("Items and what they come back as; click one to go to it on the map")
        self.grid.chosen.connect(self._stand)
        self.grid.looked_at.connect(self._preview)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumHeight(90)
        scroll.setWidget(self.grid)
        right = QVBoxLayout()
        right.setSpacing(2 * SPACE)
        right.addLayout(head)
        right.addWidget(scroll, 1)
        return right

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the figures room where there is some."""
        super().resizeEvent(event)
        self._side.setFixedWidth(WIDTH if self.width() >= ROOMY else NARROW)

    # From the workspace

    def _take_theme(self) -> None:
        self.grid.set_theme(self.themes.current)
        self.pages.set_theme(self.themes.current)

    @property
    def _at_hand(self) -> tuple[VAE, Dataset] | None:
        """Model and items, where both are there."""
        space, dataset = self.workspace.space, self.workspace.dataset
        if space is None or space.model is None or dataset is None or not len(dataset):
            return None
        return space.model, dataset

    def _refresh(self, _: object = None) -> None:
        """Let go of what was found if it is of something else."""
        space = self.workspace.space
        known = (None, None) if space is None else (space.model, space.posterior)
        of = (*known, self.workspace.dataset)
        if len(of) == len(self._of) and all(a is b for a, b in zip(of, self._of, strict=True)):
            return
        self._of = of
        trains = any(job.lane == "train" for job in self.jobs.running)
        self._lost = trains and (self._lost or self._job is not None or self._judged is not None)
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._judged = None
        self.pages.set_report(None, "")
        self.pages.set_gap(None, judged=False)
        dataset = self.workspace.dataset
        self._has_factors = dataset is not None and (bool(dataset.factors) or dataset.labels is not None)
        self.pages.set_factors(None, ASK if self._has_factors or dataset is None else NO_FACTORS)
        self._show_gallery(None)
        self._show_state()

    def _show_state(self) -> None:
        """What can be done now."""
        ready, busy = self._at_hand is not None, self._job is not None
        self.go.setText("Cancel" if busy else "Evaluate")
        self.go.setAccessibleName("Cancel the evaluation" if busy else "Evaluate")
        self.go.setToolTip("Stop; nothing is changed" if busy else "Score the model on all items that are open")
        self.go.setEnabled(ready)
        self.draws.setEnabled(ready and not busy)
        self.pages.measure.setEnabled(ready and not busy and self._has_factors)
        self.bar.setVisible(busy)
        for name, button in self.kinds.items():
            gap = None if self._judged is None else self._judged.appraisal.gap
            button.setEnabled(self._judged is not None and (name != "empty" or gap is not None))
        if ready:
            self.pages.set_hint(LOST if self._lost else EMPTY)
        else:
            space = self.workspace.space
            self.pages.set_hint(NO_MODEL if space is None or space.model is None else NO_DATA)

    # Work

    def _begin(self, done: Callable[[Any], None], fn: Callable[..., object], *args: object) -> None:
        """Run one thing at a time, with its progress."""
        job = self._job = self.jobs.run("evaluate", fn, *args)
        self.bar.setRange(0, 0)
        self._show_state()

        def ended(*_: object) -> None:
            if job is self._job:
                self._job = None
                self._show_state()

        def take(result: object) -> None:
            if job is self._job:
                self._job = None
                done(result)
                self._show_state()

        job.progress.connect(self._show_progress)
        job.done.connect(take)
        job.failed.connect(ended)
        job.failed.connect(self.workspace.failed)
        job.cancelled.connect(ended)

    def _show_progress(self, told: object) -> None:
        if isinstance(told, Progress):
            self.bar.setRange(0, PARTS if told.total else 0)
            self.bar.setValue(PARTS * told.done // max(told.total, 1))
            self.bar.setToolTip(told.text)

    def _go(self) -> None:
        there = self._at_hand
        if self._job is not None:
            self._job.cancel()
        elif there is not None:
            self._begin(self._take, judging, *there, self.draws.value())

    def _take(self, judged: Judged) -> None:
        self._judged = judged
        appraisal = judged.appraisal
        self.pages.set_report(appraisal.report, "image" if self._kind == "image" else "row")
        self.pages.set_gap(appraisal.gap)
        self._draw()

    @property
    def _kind(self) -> str:
        dataset = self.workspace.dataset
        return "" if dataset is None else dataset.kind

    def _measure(self) -> None:
        there = self._at_hand
        if there is not None and self._job is None:
            self._begin(self._take_factors, measuring, *there)

    def _take_factors(self, found: Disentanglement | None) -> None:
        self.pages.set_factors(found, NO_FACTORS)

    # The gallery

    def _choose(self, name: str) -> None:
        self._which = name
        self._draw()

    def _draw(self) -> None:
        there, judged = self._at_hand, self._judged
        if there is None or judged is None:
            return
        job = self.jobs.run("live:gallery", gather, *there, judged, self._which, self.grid.side)
        job.done.connect(partial(self._take_gallery, judged, self._which))
        job.failed.connect(self.workspace.failed)

    def _take_gallery(self, judged: Judged, which: str, gallery: Gallery) -> None:
        if judged is self._judged and which == self._which:
            self._show_gallery(gallery)

    def _show_gallery(self, gallery: Gallery | None) -> None:
        self._gallery = gallery
        if gallery is None:
            self.grid.set_cells(())
            self.said.set_texts(("",))
            return
        called = self.workspace.called
        places = self._which == "empty"
        captions = () if places else tuple(map(_short, gallery.cost.tolist()))
        tips = [
            f"Draw {row + 1} of the prior where no data is" if item < 0 else f"{called(int(item))}: {cost:.2f} nats"
            for row, (item, cost) in enumerate(zip(gallery.items.tolist(), gallery.cost.tolist(), strict=True))
        ]
        form = tall(gallery.shown[0] if places else gallery.shown[0, 0]) if len(gallery.shown) else 1.0
        self.grid.set_cells(gallery.cells, captions, tips, form)
        self.said.set_texts((PLACES if len(gallery.shown) else NO_PLACES) if places else PAIRS)
        self._mark()

    def _mark(self, _: object = None) -> None:
        """Frame where one stands."""
        cursor, gallery = self.workspace.cursor, self._gallery
        at = -1
        if cursor is not None and gallery is not None:
            same = gallery.items == cursor.item if cursor.item >= 0 else (gallery.codes == cursor.z).all(axis=1)
            at = int(np.argmax(same)) if same.any() else -1
        self.grid.mark(at)

    def _place(self, index: int) -> Place | None:
        """Where a cell of the gallery lies, if it lies anywhere."""
        space, gallery = self.workspace.space, self._gallery
        if space is None or gallery is None or not 0 <= index < len(gallery.items):
            return None
        item = int(gallery.items[index])
        if item < 0:
            return Place(gallery.codes[index])
        return self.workspace.place_of(item) if space.has_code(item) else None

    def _preview(self, index: int) -> None:
        """What is under the pointer is previewed everywhere; it leaves no trace."""
        self.workspace.set_pointer(self._place(index), self)

    def _stand(self, index: int) -> None:
        """Go to what was clicked."""
        place = self._place(index)
        if place is not None and place.item >= 0:
            self.workspace.stand(place, [place.item])
        elif place is not None:
            self.workspace.set_cursor(place)

    def _select_uncovered(self) -> None:
        gap = None if self._judged is None else self._judged.appraisal.gap
        if gap is not None:
            self.workspace.select(gap.items)
            self.workspace.told.emit(f"Selected {items(len(gap.items))} that the prior hardly draws")

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The figures as JSON; the gallery as a sheet, single pictures, a table, arrays."""
        there, judged, gallery = self._at_hand, self._judged, self._gallery
        if there is None or judged is None:
            return []
        report = judged.appraisal.report

        def figures() -> None:
            ask_and_save(self, "Save: figures", "evaluation", ("JSON document (*.json)",), lambda: report, save_report)

        found = [(f"{self.title}: figures…", figures)]
        if gallery is not None and len(gallery.items):
            preparation = there[0].preparation
            arrays = {"item": gallery.items, "z": gallery.codes, "cost": gallery.cost}
            found += item_exports(self, preparation, partial(sheet_of, gallery, preparation), arrays)
        return found


def _short(cost: float) -> str:
    """A cost in few letters."""
    return counted(round(cost)) if abs(cost) >= 100 else f"{cost:.1f}"


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("evaluation")
