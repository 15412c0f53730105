"""What the colours of the map say: a class, a column, a place, an error; worked out once for all maps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from vae_desktop.core.errors import UserError
from vae_desktop.latent.features import features, measuring
from vae_desktop.ui.theme import class_colour
from vae_desktop.ui.widgets.projection_tools import axis_title
from vae_desktop.ui.words import number

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from vae_desktop.core.values import Dataset
    from vae_desktop.core.work import Progress
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.workspace import Workspace

    Asked = tuple[tuple[object, ...], object, object]  # what, the items' data, the labels or codes it is told from

SHADES = 60  # colours of a ramp
KINDS = 12  # different numbers up to which each has a colour of its own
SLOW = ("error", "density")
MOST = 126  # the last group; what is beyond shares it
OUTER = 0.01  # share of the items at each end that have the ramp's end colour
# A ramp's shades have numbers drawn by lot: where dots meet the larger number is on top, and no end may win.
LOT = np.random.default_rng(0).permutation(SHADES).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour group for each item.

    Parameters
    ----------
    key, title
        What is shown.
    groups
        (N,) uint8.
    names
        Names of the groups 0, 1, … where they are kinds; empty where a ramp runs from `low` to `high`.
    values
        (N,) the numbers that a ramp tells.
    """

    key: str
    title: str
    groups: np.ndarray
    names: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    values: np.ndarray | None = None

    @property
    def ramp(self) -> bool:
        """Whether it is a scale and not kinds."""
        return self.low < self.high

    def told(self, item: int) -> str:
        """What the colour of one item says, in words; "" when nothing is known of it."""
        group = int(self.groups[item])
        if self.values is not None and group < SHADES:
            return f"{self.title}: {number(float(self.values[item]))}"
        return f"{self.title}: {self.names[group]}" if group < len(self.names) else ""

    def colours(self, theme: Theme) -> list[str]:
        """Colour of each group; the last is of items of which nothing is known."""
        if self.ramp:
            shades = ramp(theme, SHADES)
            shuffled = [""] * SHADES
            for shade, number in zip(shades, LOT, strict=True):
                shuffled[number] = shade
            return [*shuffled, theme.quiet]
        kinds = [class_colour(theme, index) for index in range(len(self.names))]
        return [*(kinds or [theme.accent_text]), theme.quiet]


def ramp(theme: Theme, n: int) -> list[str]:
    """`n` colours from low to high, told apart by colour-blind people, too: lightness rises or falls throughout."""
    stops = [QColor(name) for name in theme.ramp]
    rgb = np.array([(stop.red(), stop.green(), stop.blue()) for stop in stops])
    at = np.linspace(0, len(stops) - 1, n)
    mixed = np.stack([np.interp(at, np.arange(len(stops)), channel) for channel in rgb.T], axis=1)
    return [QColor(*(round(value) for value in colour)).name() for colour in mixed.tolist()]


def by_class(labels: np.ndarray | None, names: Sequence[object], n: int) -> Colouring:
    """Each item in the colour of its class."""
    if labels is None or not names:
        return Colouring("class", "", np.zeros(n, np.uint8))
    groups = np.where(labels < 0, len(names), labels).clip(0, MOST).astype(np.uint8)
    return Colouring("class", "Class", groups, tuple(map(str, names)))


NONE = by_class(None, (), 0)


def shown_items(
    colouring: Colouring, labels: np.ndarray | None, classes: int, hidden: frozenset[int], kinds: frozenset[int]
) -> np.ndarray | None:
    """Which items are shown, (N,) bool, with these classes and these kinds of a colouring hidden; None: all."""
    n = len(colouring.groups)
    groups = colouring.groups if colouring.key == "class" else by_class(labels, range(classes), n).groups
    shown = None
    for of, which in ((groups, hidden), (colouring.groups, kinds if colouring.key != "class" else frozenset())):
        if which:
            table = np.ones(256, bool)
            table[[min(index, MOST) for index in which]] = False
            shown = table[of] if shown is None else shown & table[of]
    return shown


def by_values(key: str, title: str, values: np.ndarray) -> Colouring:
    """Items in colours that tell `values` (N,): numbers on a ramp, few different ones or texts as kinds."""
    numbers = values.dtype.kind in "fiub"
    if not numbers:
        values = values.astype(str)
    known = np.isfinite(values) if numbers else values != ""
    some = values[known][:: max(1, len(values) // 100_000)]
    # A part of many numbers tells at once that they are no kinds; whether they are, only all of them tell.
    if not numbers or (len(np.unique(some)) <= KINDS and len(np.unique(values[known])) <= KINDS):
        kinds = np.unique(values[known])
        names = [f"{kind:g}" for kind in kinds.tolist()] if numbers else kinds.tolist()
        if len(names) > MOST:
            names[MOST - 1 :] = [f"{len(names) - MOST + 1} others"]
        groups = np.full(len(values), len(names), np.uint8)
        groups[known] = np.minimum(np.searchsorted(kinds, values[known]), len(names) - 1)
        return Colouring(key, title, groups, tuple(names))
    low, high = (float(end) for end in np.quantile(some, [OUTER, 1 - OUTER]))
    if low == high:
        low, high = float(some.min()), float(some.max())
    shade = np.clip((values[known] - low) / (high - low) * SHADES, 0, SHADES - 1).astype(np.uint8)
    groups = np.full(len(values), SHADES, np.uint8)
    groups[known] = LOT[shade]
    return Colouring(
        key,
        title,
        groups,
        (),
        low,
        high,
        values if values.dtype.kind in "iu" else values.astype(np.float32, copy=False),
    )


def colouring(key: str, title: str, space: Space, dataset: Dataset | None) -> Generator[Progress, None, Colouring]:
    """Work out a colouring."""
    values = yield from measuring(key, space, dataset)
    return by_values(key, title, values)


class Colours(QObject):
    """Keeps the colouring that the look asks for, of the space that is shown."""

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._job: Job | None = None
        self._asked: Asked = (), None, None
        self._made: Asked = (), None, None  # what `current` is of
        self.current = NONE
        self._own: tuple[str, ...] = ()  # what the data calls its kinds
        workspace.names_changed.connect(self._rename)
        self._opened = workspace.opened
        for signal in (workspace.space_changed, workspace.dataset_changed, workspace.look_changed):
            signal.connect(self._follow)

    @property
    def choices(self) -> dict[str, str]:
        """What one can colour by now: key → title."""
        space = self._workspace.space
        known = {} if space is None else features(space, self._workspace.dataset)
        known = {key: axis_title(title) if key.startswith("z:") else title for key, title in known.items()}
        return {"class": "Class" if self._workspace.classes else "One colour"} | known

    @property
    def hidden_kinds(self) -> frozenset[int]:
        """Kinds of the current colouring that are not shown; what is hidden of another one says nothing of these."""
        look = self._workspace.look
        return look.hidden_kinds if look.colour == self.current.key else frozenset()

    def _follow(self, *_: object) -> None:
        workspace = self._workspace
        space, key = workspace.space, workspace.look.colour
        if workspace.opened != self._opened:  # as many items of other data are not of these colours
            self._drop()
            self._opened, self._made, self.current = workspace.opened, ((), None, None), NONE
        if space is None:
            self._drop()
            return
        choices, n = self.choices, len(space.posterior)
        if key == "class" or key not in choices:
            key = "class"
            asked: Asked = (key, n, workspace.classes), None, workspace.labels
        else:
            asked = (key, n), workspace.dataset, space.posterior
        if self._is_same(asked, self._asked):
            return
        self._drop()
        if self._is_same(asked, self._made):  # it is shown already
            self._asked = asked
            return
        self._asked = asked
        if key == "class":
            job = workspace.jobs.run("live:colour", by_class, workspace.labels, workspace.classes, n)
        else:
            lane = "colour" if key in SLOW else "live:colour"
            job = workspace.jobs.run(lane, colouring, key, choices[key], space, workspace.dataset)
        self._job = job
        job.done.connect(self._take)  # methods of this object: Qt forgets them when it is deleted
        job.failed.connect(workspace.failed)
        job.failed.connect(self._give_up)
        job.cancelled.connect(self._give_up)

    def _is_same(self, asked: Asked, before: Asked) -> bool:
        """Whether this was asked for before; what is slow may be of an earlier epoch until the training has ended."""
        (old, old_data, old_of), (new, data, of) = before, asked
        if old != new or old_data is not data:
            return False
        return old_of is of or (new[0] in SLOW and any(job.lane == "train" for job in self._workspace.jobs.running))

    def _drop(self) -> None:
        """What is being worked out is no longer wanted."""
        job, self._job, self._asked = self._job, None, ((), None, None)
        if job is not None:
            job.cancel()

    def _take(self, made: Colouring) -> None:
        if self.sender() is self._job:
            self._job, self._made, self._own, self.current = None, self._asked, made.names, made
            self._call_kinds()

    def _rename(self, *_: object) -> None:
        """Other names were given."""
        if self.current.key == "class":
            self._follow()  # its names are the workspace's
        else:
            self._call_kinds()

    def _call_kinds(self) -> None:
        """Call kinds as the person does."""
        if self.current.key != "class":
            names = self._workspace.names.of_kinds(self.current.key, self._own)
            self.current = replace(self.current, names=names)
        self.changed.emit()

    def rename(self, index: int, name: str) -> None:
        """Call a kind otherwise, as a step of undo."""
        workspace, key = self._workspace, self.current.key
        try:
            names = workspace.names.with_kind(key, index, name, self._own)
        except UserError as error:
            workspace.failed.emit(error)
            return
        workspace.set_names(names, f"Rename {self._own[index]}")

    def _give_up(self, *_: object) -> None:
        """A hand cancelled it, or it failed: the colours stay what they were, and the look says so."""
        workspace = self._workspace
        if self.sender() is self._job and not workspace.jobs.ended:
            self._job, self._asked = None, ((), None, None)
            if not workspace.take_back("colour", workspace.look.colour):
                look = replace(workspace.look, colour=self.current.key, hidden_kinds=frozenset())
                workspace.assign("look", look, None)
