"""The items of one map: where they are, in which colours, which are selected, as dots or as pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF

from vae_desktop.core.memory import give_back
from vae_desktop.ui.colouring import SHADES, by_class, ramp, shown_items
from vae_desktop.ui.widgets.item_view import drawing
from vae_desktop.ui.widgets.map_paint import THUMB, Picture
from vae_desktop.ui.widgets.points import Points
from vae_desktop.ui.widgets.trail import MOST, Trail
from vae_desktop.ui.words import counted, items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.projections import Projection
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.colouring import Colouring
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.item_view import Drawing
    from vae_desktop.ui.widgets.map_view import MapView
    from vae_desktop.ui.widgets.points_layer import Painted, Request
    from vae_desktop.ui.workspace import Workspace

    Known = tuple[Projection, Colouring, Points]  # points, what they are of, what colours they have

ROOM = 1.5  # times as many items in view as there is room for: then they are shown as pictures


class MapPoints(QObject):
    """Shows the items of a space on `view`; `name` tells its work from another map's."""

    def __init__(self, view: MapView, workspace: Workspace, themes: Themes, name: str = "") -> None:
        super().__init__(view)
        self._view, self._workspace, self._themes, self._name = view, workspace, themes, name
        self._space: Space | None = None
        self._dotted = 0, -1  # which data the dots are of: when it was opened, number of its items
        self._known: Known | None = None
        self._colouring: Colouring | None = None  # of the points that are shown
        self._pictured: object = None
        self._refining: Job | None = None
        workspace.colours.changed.connect(self._update)
        workspace.selection_changed.connect(self._update)
        workspace.look_changed.connect(self._update)
        workspace.dataset_changed.connect(self._show_pictures)
        themes.changed.connect(self._take_theme)
        view.rested.connect(self._refine)
        view.drawn.connect(self._catch_up)
        view.view_changed.connect(self._give_up)
        self._asked: tuple[object, ...] = ()
        self._resting = False
        self._waiting: Callable[[], None] | None = None  # what has come while the hand draws
        self._take_theme()

    def _take_theme(self) -> None:
        self._view.set_theme(self._themes.current)
        self._take_colours()

    def _take_colours(self) -> None:
        if self._colouring is not None:
            self._view.set_colours(self._colouring.colours(self._themes.current))

    @property
    def current(self) -> bool:
        """Whether the dots are of the items that are open: for a moment they may still be those of other data."""
        return self._space is not None and self._dotted == (self._workspace.opened, len(self._space.posterior))

    def show(self, space: Space | None) -> None:
        """Show the items of `space`, laid out by its projection."""
        self._space = space
        if space is None or space.projection is None:
            self._asked, self._known, self._dotted = (), None, (0, -1)
            self._view.set_points(Points.none())
            self._view.set_pictures(())
            self._count()
        self._update()

    def rest(self, resting: bool) -> None:
        """Do nothing while nobody sees the map; then catch up."""
        self._resting = resting
        self._update()

    def _update(self, *_: object) -> None:
        """Index, colour and choose the points anew, as far as something changed."""
        space, workspace = self._space, self._workspace
        colouring = workspace.colours.current
        if self._resting or space is None or space.projection is None:
            return
        if len(colouring.groups) != len(space.posterior):
            return  # they will follow
        look, before = workspace.look, self._asked
        theme, kinds = self._themes.current, workspace.colours.hidden_kinds
        asked = (space.projection, colouring, workspace.selection, look.hidden, kinds, look.trail, theme)
        if before and before[3:] == asked[3:] and all(a is b for a, b in zip(asked[:3], before, strict=False)):
            self._show_pictures()  # they may be wanted otherwise
            return
        self._asked = asked
        job = workspace.jobs.run(
            f"live:points{self._name}", prepare, self._known, space.projection, colouring, workspace.labels,
            len(workspace.own_classes), look.hidden, kinds, workspace.selection,
            ramp(theme, SHADES) if look.trail == "order" else None,
        )  # fmt: skip
        job.done.connect(partial(self._take, asked, (workspace.opened, len(space.posterior))))
        job.failed.connect(workspace.failed)

    def _take(
        self, asked: tuple[object, ...], of: tuple[int, int], made: tuple[Known, Points, Points | None, Trail | None]
    ) -> None:
        if self._space is None or asked is not self._asked:
            return
        if self._view.drawing:  # under the hand the dots stay where they are
            self._waiting = partial(self._take, asked, of, made)
            return
        self._dotted = of
        self._known, base, chosen, trail = made
        if self._colouring is not self._known[1]:
            self._colouring = self._known[1]
            self._take_colours()
        self._view.set_points(base, chosen)
        self._view.set_trail(trail)
        self._count()

    def _catch_up(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def _count(self) -> None:
        """Say how many items are drawn."""
        drawn, total = self._view.counts
        part = "" if drawn == total else f"{counted(drawn)} of "
        line = self._workspace.look.trail == "order" and drawn > MOST and len(self._workspace.selection) < 2
        more = f"; a line needs {counted(MOST)} or fewer, select them" if line else ""
        self._view.set_note(f"{part}{items(total)}{more}" if total else "")

    # What is painted when the view rests

    def _refine(self) -> None:
        self._count()
        request = self._view.request()
        if request is not None:
            job = self._refining = self._workspace.jobs.run(f"live:exact{self._name}", request.painting)
            job.done.connect(partial(self._take_exact, request))
            job.failed.connect(self._workspace.failed)
        self._show_pictures()

    def _give_up(self, *_: object) -> None:
        """The view moves on: what is exact of the last one would only keep the next one waiting."""
        if self._refining is not None:
            self._refining.cancel()
            self._refining = None
            self._view.rest_again()

    def _take_exact(self, request: Request, painted: Painted) -> None:
        self._view.take_exact(request, painted)
        self._count()

    def _show_pictures(self, *_: object) -> None:
        """Show items as pictures where few enough are in view."""
        space, dataset, view = self._space, self._workspace.dataset, self._view
        kind, points = self._workspace.look.pictures, view.points
        (x0, y0), (x1, y1) = view.to_place(QPointF(0, view.height())), view.to_place(QPointF(view.width(), 0))
        most = ROOM * view.width() * view.height() / THUMB**2
        whole = self.current and space is not None and dataset is not None and len(dataset) == len(space.posterior)
        if space is None or not whole or kind == "dot" or space.model is None or points.near(x0, y0, x1, y1) > most:
            self._pictured = None
            view.set_pictures(())
            return
        asked = (points, view.view, view.size(), kind, space.model, self._themes.current)
        if asked == self._pictured:
            return
        self._pictured = asked
        colours = [] if self._colouring is None else self._colouring.colours(self._themes.current)
        apart = (THUMB + 2) / view.view.scale
        job = self._workspace.jobs.run(
            f"live:pictures{self._name}", picture, points, (x0, y0, x1, y1), apart, space, dataset, kind, colours
        )
        job.done.connect(partial(self._take_pictures, asked))
        job.failed.connect(self._workspace.failed)

    def _take_pictures(self, asked: object, pictures: list[Picture]) -> None:
        if asked is self._pictured:
            self._view.set_pictures(pictures)


def prepare(
    known: Known | None,
    projection: Projection,
    colouring: Colouring,
    labels: np.ndarray | None,
    classes: int,
    hidden: frozenset[int],
    kinds: frozenset[int],
    selection: np.ndarray,
    shades: Sequence[str] | None,
) -> tuple[Known, Points, Points | None, Trail | None]:
    """Points of a map: all (with what they are of), those shown, and the selected ones of these where several are.

    Where `shades` are given, also the line through the shown, or selected, items in their order.
    """
    n = len(colouring.groups)
    if known is None or known[0] is not projection:
        points = Points.of(projection.xy, colouring.groups, by_class(labels, range(classes), n).groups)
        give_back()
    elif known[1] is colouring:
        points = known[2]
    else:
        points = known[2].coloured(colouring.groups)
    shown = shown_items(colouring, labels, classes, hidden, kinds)
    base = points if shown is None else points.only(shown)
    chosen = None
    if len(selection) > 1:
        mask = np.zeros(n, bool)
        mask[selection] = True
        chosen = base.only(mask)
    trail = None
    through = base if chosen is None else chosen
    if shades is not None and len(through) <= MOST:
        order = np.argsort(through.items)
        trail = Trail(np.stack([through.x, through.y], axis=1)[order], shades)
    return (projection, colouring, points), base, chosen, trail


def picture(
    points: Points,
    box: tuple[float, float, float, float],
    apart: float,
    space: Space,
    dataset: Dataset,
    kind: str,
    colours: list[str],
) -> list[Picture]:
    """Items in a box as pictures that do not overlap, originals or reconstructions."""
    there = points.apart(box, apart)
    groups = points.groups_of(there)
    return [
        Picture(float(points.x[i]), float(points.y[i]), drawn, colours[group] if group < len(colours) else "#808080")
        for i, drawn, group in zip(
            there, drawings(space, dataset, points.items[there], kind), groups.tolist(), strict=True
        )
    ]


def drawings(space: Space, dataset: Dataset, chosen: np.ndarray, kind: str) -> list[Drawing]:
    """Some items as they are, or as the model makes them again."""
    assert space.model is not None
    preparation = space.model.preparation
    if kind == "reconstruction":
        shown = space.decode(space.posterior.mu[chosen])
    else:
        shown = preparation.show(np.asarray(dataset.x[chosen]))
    return [drawing(one, preparation) for one in shown]
