"""What is open: how much of what, some of it to look at, its classes, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import name_of
from vae_desktop.export.datasets import with_classes
from vae_desktop.export.tables import save_codes
from vae_desktop.latent.select import class_counts
from vae_desktop.ui.filling import filling_export
from vae_desktop.ui.panels import Area, Panel, panels
from vae_desktop.ui.saving import TABLES, ask_and_save, dataset_export
from vae_desktop.ui.theme import SPACE, class_colour
from vae_desktop.ui.widgets.card import Card, labelled
from vae_desktop.ui.widgets.class_legend import ClassLegend
from vae_desktop.ui.widgets.link_line import LinkLine
from vae_desktop.ui.widgets.skipped_list import show_skipped
from vae_desktop.ui.widgets.thumbnails import SHOWN, Thumbnails
from vae_desktop.ui.words import counted, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

NOTHING = "Nothing is open yet. Drop a folder of images, a table or a model onto the window, or press Ctrl+O."
ALONE = "A model without its data. Open data of its kind to see it on the map."
LARGEST = 128  # pixels of a thumbnail's side that are worth keeping
LONG = 14  # letters of a name
AT_ONCE = 100_000  # items whose classes are counted in well under 5 ms
NOTES = 4  # notes shown; more stand in the tool tip


@dataclass(frozen=True, eq=False)
class Glance:
    """What a look at the data gives: some items, their names, and whether values are missing."""

    items: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    gaps: bool = False


def glance(dataset: Dataset, preparation: Preparation) -> Glance:
    """Some items, evenly chosen, as a person looks at them."""
    chosen = np.unique(np.linspace(0, len(dataset) - 1, min(SHOWN, len(dataset))).round().astype(int))
    items = []
    for index in chosen:
        item = dataset.x[index : index + 1]
        if dataset.kind == "image":
            step = max(1, max(item.shape[1:3]) // LARGEST)
            item = item[:, ::step, ::step]
        items.append(preparation.show(item)[0])
    names = tuple(dataset.item_name(int(index)) for index in chosen)
    return Glance(tuple(items), names, dataset.has_gaps())


def in_short(name: str, n: int, shape: Sequence[int]) -> str:
    """``mnist · 60 000 × 28×28``: name, number of items, what one is; `shape` is (H, W, C) or (D,)."""
    one = (
        f"{counted(shape[0])} columns"
        if len(shape) == 1
        else f"{shape[1]}×{shape[0]}" + (" colour" if shape[2] == 3 else "")
    )
    if len(name) > LONG:
        name = f"{name[: LONG // 2]}…{name[-LONG // 2 + 1 :]}"
    return f"{name} · {counted(n)} × {one}"


@panels.add("data")
class DataPanel(Panel):
    """The data card."""

    name: ClassVar[str] = "data"
    title: ClassVar[str] = "Data"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 0
    help: ClassVar[str] = "What is open: how many items of what kind, their classes, and what could not be read"

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._glances = 0
        self._gaps = False
        self._names: list[str] = []
        self._counting: Job | None = None  # a count of the classes that is under way
        self.card = Card("Data")
        self.card.heading.setToolTip(self.help)
        self.card.remark.setObjectName("dataRemark")
        self.thumbnails = Thumbnails()
        self.legend = ClassLegend()
        self.legend.hidden_changed.connect(self._hide_classes)
        self.legend.renamed.connect(self._rename_class)
        self.legend.selected.connect(self._select_class)
        self._hint = labelled(NOTHING, "quiet", wrap=True)
        self._hint.setObjectName("dataHint")
        self._notes = labelled("", "quiet", wrap=True)
        self._notes.setObjectName("dataNotes")
        self.skipped = LinkLine("Press to see the items that could not be read, and why")
        self.skipped.setObjectName("skipped")
        self.skipped.setAccessibleName("Skipped items")
        self.skipped.clicked.connect(self.show_skipped)
        self.sheet = QPushButton("Data sheet…")
        self.sheet.setObjectName("dataSheetLink")
        self.sheet.setAccessibleName("Data sheet")
        self.sheet.setProperty("role", "link")
        self.sheet.setToolTip("What was understood of the data, and what was guessed: each guess can be changed")
        self.sheet.clicked.connect(self.workspace.reading.sheet_asked)
        for widget in (self.skipped, self._hint, self.thumbnails, self.legend, self._notes, self.sheet):
            self.card.body.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        outer.addWidget(self.card)
        outer.addStretch(1)
        workspace.dataset_changed.connect(self._refresh)
        workspace.run_changed.connect(self._run_changed)
        workspace.space_changed.connect(self._describe)
        workspace.look_changed.connect(self._look_changed)
        workspace.names_changed.connect(self._classes)
        themes.changed.connect(self._recolour)
        self._refresh()

    # What it shows

    def _refresh(self, _: object = None) -> None:
        dataset = self.workspace.dataset
        self._describe()
        self._classes()
        self.thumbnails.set_items(())
        self.sheet.setVisible(dataset is not None)
        notes = () if dataset is None else dataset.notes
        more = [f"… and {len(notes) - NOTES} more"] if len(notes) > NOTES else []
        self._notes.setText("\n".join([*notes[:NOTES], *more]))
        self._notes.setToolTip("\n".join(notes) if more else "")
        self._notes.setVisible(bool(notes))
        self.skipped.set_whole("" if dataset is None else skipped(dataset.skipped))
        self.skipped.setVisible(bool(self.skipped.whole))
        self._glances += 1
        self._gaps = False
        if dataset is not None and self.workspace.preparation is not None:
            asked = self._glances
            job = self.jobs.run("live:thumbnails", glance, dataset, self.workspace.preparation)
            job.done.connect(lambda seen: self._seen(seen) if asked == self._glances else None)
            job.failed.connect(self.workspace.failed)

    def _seen(self, seen: Glance) -> None:
        self._gaps = seen.gaps
        self.thumbnails.set_items(seen.items, seen.names, self.workspace.preparation)

    def _describe(self, _: object = None) -> None:
        workspace = self.workspace
        dataset, run, space = workspace.dataset, workspace.run, workspace.space
        text = source = ""
        if dataset is not None:
            source = dataset.source
            text = in_short(dataset.name, len(dataset), dataset.x.shape[1:])
        elif run is not None:  # its map is shown before its items are read
            data = run.record["data"]
            source = run.source
            text = in_short(name_of(source), data["items"], data["shape"])
        self.card.set_remark(text, source)
        self._hint.setText(NOTHING if space is None else ALONE)
        self._hint.setVisible(not text)
        self.thumbnails.setVisible(bool(text))

    def _run_changed(self, _: object) -> None:
        self._describe()
        self._classes()

    def _classes(self, _: object = None) -> None:
        labels, names = self.workspace.labels, self.workspace.classes
        self._counting = None
        if not names or labels is None or len(labels) <= AT_ONCE:
            self._show_classes(names, class_counts(labels, len(names)) if names and labels is not None else [])
            return
        self._show_classes(names, [])
        job = self._counting = self.jobs.run("live:legend", class_counts, labels, len(names))
        job.done.connect(lambda counts: self._show_classes(names, counts) if job is self._counting else None)
        job.failed.connect(self.workspace.failed)

    def _show_classes(self, names: Sequence[str], counts: list[int]) -> None:
        # Unknown ones (−1) come last, as the map has them.
        self._names = [*names, "unknown"] if counts and counts[-1] else list(names)
        self._recolour()
        self.legend.set_counts(counts)
        self._look_changed(None)
        self.legend.setVisible(bool(names))

    def _recolour(self) -> None:
        theme, known = self.themes.current, len(self.workspace.classes)
        colours = [class_colour(theme, index if index < known else -1) for index in range(len(self._names))]
        self.thumbnails.set_theme(theme)
        self.legend.set_classes(self._names, theme, colours, known)

    # What a hand does

    def _hide_classes(self, hidden: frozenset[int]) -> None:
        self.workspace.set_look(by=self, hidden=hidden)

    def _rename_class(self, index: int, name: str) -> None:
        workspace = self.workspace
        if name.strip() == workspace.classes[index]:
            return
        try:
            names = workspace.names.with_class(index, name, workspace.own_classes)
        except UserError as error:
            workspace.told.emit(str(error))
            return
        workspace.set_names(names, f"Rename class {workspace.classes[index]}")

    def _select_class(self, index: int) -> None:
        labels, known = self.workspace.labels, len(self.workspace.classes)
        if labels is not None:
            self.workspace.select(labels == index if index < known else labels < 0)

    def _look_changed(self, by: object) -> None:
        look = self.workspace.look
        if by is not self:
            self.legend.set_hidden(look.hidden)

    def show_skipped(self) -> None:
        """List the items that could not be read, with the reasons, to read and to copy."""
        dataset = self.workspace.dataset
        if dataset is None:
            return
        show_skipped(self, dataset.skipped)

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The data itself, as it is and with what is missing filled in, and the codes."""
        workspace = self.workspace
        space, dataset = workspace.space, workspace.dataset
        offers = []
        if dataset is not None:
            whole = partial(with_classes, dataset, workspace.labels, workspace.classes)
            offers.append(dataset_export(self, "All items: as a dataset…", dataset.kind, whole, name=dataset.name))
        offers += filling_export(self) if self._gaps else []
        if space is not None and len(space.posterior):
            offers.append(("Codes of all items…", self.save_codes))
        return offers

    def save_codes(self) -> None:
        """Ask where, and write where each item lies."""
        workspace = self.workspace
        space, dataset = workspace.space, workspace.dataset
        if space is None:
            return
        name = "codes" if dataset is None else f"{dataset.name}-codes"
        rest = (workspace.labels, workspace.classes, () if dataset is None else dataset.items)
        posterior = space.posterior

        def save(path: Path, _: object) -> None:
            save_codes(path, posterior, *rest)

        ask_and_save(self, "Save the codes", name, TABLES, lambda: None, save)
