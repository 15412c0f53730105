"""The only mutable state: what is open, and where one stands in it. One setter and one signal for each part."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.resources import resource
from vae_desktop.latent.select import How, frozen
from vae_desktop.latent.space import Space
from vae_desktop.ui import keeping, opening
from vae_desktop.ui.change import Change
from vae_desktop.ui.colouring import Colours
from vae_desktop.ui.conditions import conditioned
from vae_desktop.ui.following import Following
from vae_desktop.ui.look import Look, fitting_look, quick_look
from vae_desktop.ui.names import Names
from vae_desktop.ui.reading import Reading
from vae_desktop.ui.selecting import Selecting
from vae_desktop.ui.showing import showing
from vae_desktop.ui.state import Place as Place
from vae_desktop.ui.state import Plan as Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.projections import Projection
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.run_folder import Run
    from vae_desktop.ui.jobs import Job, Jobs

MERGE_WITHIN = 1.0  # seconds: view changes closer than this are one step
NO_ITEMS = frozen(np.empty(0))


class Workspace(QObject):
    """State of the window. Signals carry `by`, whoever made the change, so that one skips one's own echo."""

    dataset_changed = Signal(object)
    space_changed = Signal(object)
    cursor_changed = Signal(object)
    pointer_changed = Signal(object)
    selection_changed = Signal(object)
    anchors_changed = Signal(object)
    path_changed = Signal(object)
    look_changed = Signal(object)
    names_changed = Signal(object)
    plan_changed = Signal(object)
    run_changed = Signal(object)
    run_offered = Signal(object)  # a Run that was interrupted and could go on
    failed = Signal(object)  # a UserError or another exception
    told = Signal(str)  # one line for the status bar
    timed = Signal(str, float)  # ``decode`` or ``map``, ms

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.undo = QUndoStack(self)
        self.dataset: Dataset | None = None
        self.preparation: Preparation | None = None
        self.space: Space | None = None
        self.run: Run | None = None
        self.cursor: Place | None = None
        self.pointer: Place | None = None
        self.selection = NO_ITEMS  # sorted, unique, read-only int32
        self.anchors: dict[str, Place] = {}
        self.path: np.ndarray | None = None  # codes (M, d) of the way between the anchors
        self.look = Look()
        self.names = Names()
        self.fingerprint = ""  # of the run's data
        self.opened = 0  # how often other data was opened: numbers of items are of those opened last
        self.plan = Plan()
        self._labels: np.ndarray | None = None
        self._classes: tuple[str, ...] = ()
        self._following = Following(self)
        self.reading = Reading(self)
        self.colours = Colours(self)
        self._selecting = Selecting(self)
        self._projecting: Job | None = None
        self._laid_out: tuple[Projection | None, Look] | None = None  # how the codes lie, when nothing is under way
        self._merge_view = 0
        self._looked_at = 0.0

    # What is open

    def open(self, sources: Sequence[str]) -> Job:
        """Read data, a model file or a run folder; when it fails, nothing changes."""
        job = self.jobs.run("work", opening.opening, tuple(sources), self.dataset)
        job.progress.connect(self._take_early)
        job.done.connect(self.set_opened)
        job.failed.connect(self.failed)
        return job

    def _take_early(self, value: object) -> None:
        if isinstance(value, opening.Opened):
            self.set_opened(value)

    def open_sample(self) -> Job:
        """Open the bundled model and its data."""
        return self.open([str(resource("sample"))])

    def set_opened(self, opened: opening.Opened, by: object = None) -> None:
        """Take what was opened."""
        # The same run once more, now with its model and items: one stands where one stood.
        keep = opened.run is not None and self.run is not None and opened.run.path == self.run.path
        self._clear(keep)
        self.run = opened.run
        self._labels, self._classes = opened.labels, opened.classes
        same_data = opened.dataset is not None and opened.dataset is self.dataset and not opened.names
        if not same_data and not (keep and opened.fingerprint == self.fingerprint):
            self.take_names(opened.names, by)
        self.fingerprint = opened.fingerprint
        if not keep and (opened.run is None or self.own_run is not None):  # of the bundled run nobody chose anything
            self.set_plan(self.plan.like(opened), by)
        self.run_changed.emit(by)
        if opened.dataset is not None or not keep:
            self._set_dataset(opened.dataset, opened.preparation, by)
        self.set_space(opened.space, by)
        for note in opened.notes:
            self.told.emit(note)

    def set_dataset(self, dataset: Dataset, by: object = None) -> None:
        """Show another dataset; what was learned on the last one is closed."""
        self.set_opened(opening.Opened(dataset, preparation=Preparation.fit(dataset)), by)

    def _clear(self, keep: bool) -> None:
        self._following.stop()
        if self._projecting is not None:
            self._projecting.cancel()
            self._projecting = None
        if keep:
            return
        self.opened += 1
        self.undo.clear()
        self._selecting.stop()
        self.assign("selection", NO_ITEMS, None)
        self.assign("anchors", {}, None)
        self.assign("cursor", None, None)
        self.assign("look", Look(), None)
        self.set_pointer(None)

    def _set_dataset(self, dataset: Dataset | None, preparation: Preparation | None, by: object) -> None:
        self.dataset, self.preparation = dataset, preparation
        self.dataset_changed.emit(by)

    def set_space(self, space: Space | None, by: object, made: Look | None = None) -> None:
        """Show a space that was laid out as the look `made` says, as usual by default."""
        if self.space is not None and space is not None and self.space.latent != space.latent:
            self.undo.clear()  # steps of another space lead nowhere
        self.space = None if space is None else conditioned(space, self.look.condition)
        if len(self.selection) and self.selection[-1] >= self.count:
            self.assign("selection", self.selection, None)  # the data has fewer items now
        if space is not None:
            self._follow()
            look = fitting_look(self.look, space.latent)
            if look != self.look:
                self.look = look  # the space comes projected so
                self.look_changed.emit(by)
            made = made or fitting_look(Look(), space.latent)
            self._laid_out = space.projection, made
        self.space_changed.emit(by)
        if made is not None and (made.projection, made.settings) != (self.look.projection, self.look.settings):
            self._project()  # another was chosen meanwhile

    def _follow(self) -> None:
        """Cursor and anchors go where the space went."""
        if self._moved(self.cursor) is not self.cursor:
            self.assign("cursor", self.cursor, None)
        if any(self._moved(place) is not place for place in self.anchors.values()):
            self.assign("anchors", self.anchors, None)

    def _moved(self, place: Place | None) -> Place | None:
        """A place that came from an item is where the item is now; a place of another dimension is gone."""
        if place is None or self.space is None or len(place.z) != self.space.latent:
            return None
        mu = self.space.posterior.mu
        if not 0 <= place.item < len(mu) or np.array_equal(place.z, mu[place.item]):
            return place
        return replace(place, z=mu[place.item])

    # A training that is followed

    def begin_run(self, run: Run | None) -> None:
        """A training began: its map takes the place of the old one when its first epoch ends."""
        self.run, self.fingerprint = run, "" if run is None else run.fingerprint
        self.run_changed.emit(None)
        keeping.find(self)

    def set_model(self, model: VAE, last: bool = False) -> None:
        """Follow a training: decode with these weights at once, and refresh the map as often as it may cost."""
        self._following.take(model, last)

    def show_quickly(self) -> None:
        """Look at the map in a way that can be made anew with every epoch."""
        if quick_look(self.look) != self.look:
            self.look = quick_look(self.look)  # no step of undo: nobody chose it
            self.look_changed.emit(None)
            self.told.emit("While it trains the map is shown as PCA")

    # Where one stands

    def set_cursor(self, place: Place | None, by: object = None, merge: object = None) -> None:
        """Put the cursor somewhere; changes with the same `merge` token are one step of undo."""
        self._push("cursor", place, "Move cursor", by, merge)

    def select(
        self, items: np.ndarray | Sequence[int], how: How = "replace", by: object = None, shown: bool = False
    ) -> None:
        """Join `items`, their numbers or a mask (count,), with the selection: replace, add, take, within or flip.

        With `shown`, only those that are neither of a hidden class nor of a hidden kind.
        """
        self._selecting.select(np.asarray(items), how, by, showing(self) if shown else None)

    def push_selection(self, items: np.ndarray, text: str, by: object = None) -> None:
        """Select `items` (sorted, unique, read-only int32), as one step of undo called `text`."""
        self._push("selection", items, text, by)

    def stand(self, place: Place | None, items: Sequence[int] = (), text: str = "Move cursor") -> None:
        """Put the cursor somewhere and select items, in one step."""
        self.undo.beginMacro(text)
        self.set_cursor(place)
        self.select(items)
        self.undo.endMacro()

    def set_anchor(self, name: str, place: Place | None, by: object = None) -> None:
        """Set or remove anchor ``A`` or ``B``."""
        anchors = {other: there for other, there in self.anchors.items() if other != name}
        if place is not None:
            anchors[name] = place
        self._push("anchors", dict(sorted(anchors.items())), f"Set {name}", by)

    def set_look(self, by: object = None, **changes: Any) -> None:
        """Change how the map is looked at (fields of :class:`Look`)."""
        look = replace(self.look, **changes)
        if look == self.look:
            return
        merge = None
        if set(changes) == {"view"}:
            now = time.monotonic()
            self._merge_view += now - self._looked_at > MERGE_WITHIN
            self._looked_at, merge = now, ("view", self._merge_view)
        text = "Change view" if merge else "Change map"
        old = self.look
        self._push("look", look, text, by, merge)
        if (look.projection, look.settings) != (old.projection, old.settings):
            self.assign("look", replace(self.look, view=None), by)

    def set_names(self, names: Names, text: str, by: object = None) -> None:
        """Call classes or selections otherwise, as one step of undo called `text`."""
        self._push("names", names, text, by)

    def take_names(self, names: Names, by: object = None) -> None:
        """Show names as they were kept."""
        self.names = names
        self.names_changed.emit(by)

    def take_back(self, field: str, value: object) -> bool:
        """Undo the last step, if it gave this field of the look this value: a hand cancelled what that takes."""
        index = self.undo.index()
        last = self.undo.command(index - 1) if index else None
        if not isinstance(last, Change) or not last.chose(field, value):
            return False
        self.undo.undo()
        return True

    def set_pointer(self, place: Place | None, by: object = None) -> None:
        """Preview a place; leaves no trace."""
        self.pointer = place
        self.pointer_changed.emit(by)

    def set_path(self, codes: np.ndarray | None, by: object = None) -> None:
        """Show a way, codes (M, d) of its frames; it follows from the anchors, so that there is nothing to undo."""
        self.path = codes
        self.path_changed.emit(by)

    def set_plan(self, plan: Plan, by: object = None) -> None:
        """Change what the next training will be."""
        if plan != self.plan:
            self.plan = plan
            self.plan_changed.emit(by)

    def _push(self, part: str, new: object, text: str, by: object, merge: object = None) -> None:
        self.undo.push(Change(self, part, new, text, by, merge))

    def assign(self, part: str, value: Any, by: object) -> None:
        """Change one part and tell of it, with no step of undo."""
        old = getattr(self, part)
        if part == "cursor":
            value = self._moved(value)
        elif part == "anchors":
            value = {name: there for name, place in value.items() if (there := self._moved(place)) is not None}
        elif part == "selection" and len(value) and value[-1] >= self.count:
            value = value[: np.searchsorted(value, self.count)]
        setattr(self, part, value)
        getattr(self, f"{part}_changed").emit(by)
        if part == "names":
            keeping.keep(self)
        if part == "look" and old.condition != value.condition and self.space is not None:
            self.space = conditioned(self.space, value.condition)
            self.space_changed.emit(by)
        if part == "look" and (old.projection, old.settings) != (value.projection, value.settings):
            self._project()

    def _project(self) -> None:
        """Lay the space out as it is looked at now; until that is done the map stays as it was."""
        space, look = self.space, self.look
        if self._projecting is not None:
            self._projecting.cancel()
        if space is None:
            return
        lane = f"project {look.projection}"
        job = self._projecting = self.jobs.run(lane, opening.projecting, space, look, self.own_run)

        before = self._laid_out

        def show(projected: object) -> None:
            now = self.space
            if not isinstance(projected, Space) or job is not self._projecting or now is None:
                return
            if now.posterior is projected.posterior:
                self.space = replace(now, projection=projected.projection)
                self.space_changed.emit(None)

        def done(projected: Space) -> None:
            show(projected)
            if self.space is not None and self.space.projection is projected.projection:
                self._laid_out = projected.projection, look

        def ended(*_: object) -> None:
            """Nobody chose another: the map says and shows what it did before."""
            now = self.space
            if job is self._projecting and now is not None and now.posterior is space.posterior and before is not None:
                self._projecting = None
                projection, look = before
                self.look = replace(self.look, projection=look.projection, settings=look.settings, view=None)
                self.look_changed.emit(None)
                self.space = replace(now, projection=projection)
                self.space_changed.emit(None)

        job.progress.connect(show)
        job.done.connect(done)
        job.failed.connect(self.failed)
        for signal in (job.failed, job.cancelled):
            signal.connect(ended)

    # What panels ask for

    @property
    def count(self) -> int:
        """Number of items on the map, else in the data."""
        if self.space is not None and len(self.space.posterior):
            return len(self.space.posterior)
        return 0 if self.dataset is None else len(self.dataset)

    @property
    def labels(self) -> np.ndarray | None:
        """Class of each item of the map, (N,), −1 unknown; None without classes."""
        return self._labels if self.dataset is None else self.dataset.labels

    @property
    def classes(self) -> tuple[str, ...]:
        """What the classes are called."""
        return self.names.of(self.own_classes)

    @property
    def own_classes(self) -> tuple[str, ...]:
        """What the data itself calls its classes."""
        return self._classes if self.dataset is None else self.dataset.classes

    @property
    def own_run(self) -> Path | None:
        """Folder of the run that is open; None for the bundled one, which nothing is written to."""
        return None if self.run is None or self.run.path == resource("sample") else self.run.path

    def default_place(self) -> Place | None:
        """The cursor, else the middle of the data, else the prior's mean."""
        if self.cursor is not None:
            return self.cursor
        return None if self.space is None else Place(self.space.posterior.middle)

    def place_of(self, item: int) -> Place:
        """Where an item lies."""
        assert self.space is not None
        return Place(self.space.posterior.mu[item], item)

    def called(self, item: int) -> str:
        """What an item is called, and its class."""
        name = f"#{item}" if self.dataset is None else self.dataset.item_name(item)
        labels = self.labels
        return name if labels is None or labels[item] < 0 else f"{name} · class {self.classes[labels[item]]}"
