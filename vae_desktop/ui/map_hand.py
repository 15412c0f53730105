"""What the hand does on one map, and what is marked there: cursor, anchors, path, who is looked at elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QMenu

from vae_desktop.latent.ellipse import placed_draws, sigma_ellipse
from vae_desktop.latent.fill import Fill
from vae_desktop.ui.dots import item_tip
from vae_desktop.ui.map_points import drawings
from vae_desktop.ui.state import Place
from vae_desktop.ui.widgets.item_view import drawing

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.projections import Projection
    from vae_desktop.latent.select import How
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.map_points import MapPoints
    from vae_desktop.ui.widgets.item_view import Drawing
    from vae_desktop.ui.widgets.map_view import MapView
    from vae_desktop.ui.widgets.points import Points
    from vae_desktop.ui.workspace import Workspace

    Named = list[tuple[str, Drawing]]

DRAWS = 48  # of a posterior, shown as faint dots


class MapHand(QObject):
    """Turns what the hand does on `view`, which shows `points`, into places of the latent space."""

    def __init__(self, view: MapView, points: MapPoints, workspace: Workspace, name: str = "") -> None:
        super().__init__(view)
        self._view, self._points, self._workspace, self._name = view, points, workspace, name
        self._space: Space | None = None
        self._drag = 0
        self._spread: object = None
        self._fill: Fill | None = None
        self._filled: tuple[object, ...] = ()  # what that is of
        self._looked_at: object = None
        workspace.cursor_changed.connect(self._take_cursor)
        workspace.selection_changed.connect(self._take_cursor)
        workspace.anchors_changed.connect(self._take_anchors)
        workspace.path_changed.connect(self._take_path)
        workspace.pointer_changed.connect(self._take_pointer)
        view.hovered.connect(self._hover)
        view.left.connect(self._leave)
        view.clicked.connect(self._click)
        view.picked.connect(self._pick)
        view.outlined.connect(self._outlined)
        view.cursor_dragged.connect(self._drag_cursor)
        view.anchor_asked.connect(self._set_anchor)
        view.menu_asked.connect(self._menu)
        view.cleared.connect(self._clear)

    def show(self, space: Space | None) -> None:
        """Mark what stands in `space`."""
        if self._space is None or space is None or space.posterior is not self._space.posterior:
            self._looked_at = None
            self._view.set_tip(())  # of an item of other data, perhaps
        self._space = space
        for take in (self._take_cursor, self._take_anchors, self._take_path):
            take(None)

    @property
    def _own(self) -> bool:
        """Whether codes of the workspace are codes of this map: it may show another model."""
        space, other = self._space, self._workspace.space
        return space is not None and other is not None and space.posterior is other.posterior

    def place(self, codes: np.ndarray) -> np.ndarray | None:
        """Where codes (M, d) of the workspace lie on this map, (M, 2); None: they are of another model."""
        space = self._space
        if space is None or space.projection is None or not self._own or codes.shape[-1] != space.latent:
            return None
        return space.projection.place(codes)

    def _point(self, place: Place | None) -> tuple[float, float] | None:
        """Where a place of the workspace lies on this map; of another model's, where its item does."""
        space = self._space
        if place is None or space is None or space.projection is None:
            return None
        at = self.place(place.z[None])
        if at is None and 0 <= place.item < len(space.posterior):
            at = space.projection.place(space.posterior.mu[place.item][None])
        return None if at is None else (float(at[0, 0]), float(at[0, 1]))

    # From the workspace

    def _take_cursor(self, by: object) -> None:
        space, chosen = self._space, self._workspace.selection
        self._view.set_cursor(self._point(self._workspace.cursor))
        item = int(chosen[0]) if len(chosen) == 1 else -1
        certain = space is not None and space.posterior.codes is not None  # a code of a book has no σ
        if space is None or space.projection is None or not space.has_code(item) or certain:
            self._spread = None
            self._show_spread(None, (None, None))
            return
        known = space.projection, item
        if known != self._spread:
            self._spread = known
            posterior = space.posterior
            sigma = np.exp(0.5 * posterior.logvar[item])
            job = self._workspace.jobs.run(
                f"live:spread{self._name}", spread, space.projection, posterior.mu[item], sigma
            )
            job.done.connect(partial(self._show_spread, known))
            job.failed.connect(self._workspace.failed)

    def _show_spread(self, of: object, outline: tuple[np.ndarray | None, np.ndarray | None]) -> None:
        """Show an item's ellipse and draws, unless another has been chosen meanwhile."""
        if of == self._spread:
            self._view.set_ellipse(*outline)

    def _take_anchors(self, by: object) -> None:
        places = {name: self._point(anchor) for name, anchor in self._workspace.anchors.items()}
        self._view.set_anchors({name: at for name, at in places.items() if at is not None})

    def _take_path(self, by: object) -> None:
        path = self._workspace.path
        self._view.set_path(None if path is None else self.place(path))

    def _take_pointer(self, by: object) -> None:
        """Show what is looked at elsewhere: an item, or where a film stands."""
        pointer = None if by is self else self._workspace.pointer
        at = self._point(pointer)
        item = pointer is not None and pointer.item >= 0
        self._view.set_ring(at if item else None)
        self._view.set_player(None if item else at)

    # From the hand

    def lift(self, x: float, y: float) -> np.ndarray | None:
        """Code (d,) of a place of this map; until the items' index is there, the mean stands in for that nearby."""
        space, workspace = self._space, self._workspace
        if space is None or space.projection is None:
            return None
        others = workspace.look.others
        cursor = workspace.cursor.z if others == "cursor" and workspace.cursor is not None and self._own else None
        of = (space.projection, others, cursor)
        if self._fill is None or any(a is not b for a, b in zip(of, self._filled, strict=True)):
            self._filled, self._fill = of, Fill.of(space.projection, space.posterior, others, cursor)
            if not self._fill.fixed:
                job = workspace.jobs.run(f"live:fill{self._name}", self._fill.prepared)
                job.done.connect(partial(self._take_fill, of))
                job.failed.connect(workspace.failed)
                self._fill = replace(self._fill, others="mean")
        code: np.ndarray = self._fill.lift(np.array([[x, y]], np.float32))[0]
        return code

    def _take_fill(self, of: tuple[object, ...], fill: Fill) -> None:
        if of is self._filled:
            self._fill = fill

    def _at(self, x: float, y: float, item: int) -> Place | None:
        """What the workspace calls a place of this map."""
        item, space = self._known(item), self._workspace.space
        if item >= 0 and space is not None:  # on another model's map an item may lie that has no code in this one
            return self._workspace.place_of(item) if space.has_code(item) else None
        z = self.lift(x, y) if self._own else None
        return None if z is None else Place(z, lifted=True)

    def _known(self, item: int) -> int:
        """The item, or −1 if the dots are still those of other data."""
        return item if self._points.current and item < self._workspace.count else -1

    def _hover(self, x: float, y: float, item: int) -> None:
        item = self._known(item)
        place = self._at(x, y, item)
        if place is not None:
            self._workspace.set_pointer(place, self)
        elif self._space is not None:  # another model's place: only this map can show it
            self._workspace.set_pointer(None, self)
        self._look_at(x, y, item)

    def _look_at(self, x: float, y: float, item: int) -> None:
        """Show a card: an item, as it is and as the model makes it; of another model's place, what it decodes to."""
        space, dataset = self._space, self._workspace.dataset
        lines = item_tip(self._workspace, space, item) if item >= 0 and space is not None else ()
        if space is None or space.model is None or (item < 0 and self._own):
            self._looked_at = None
            self._view.set_tip(lines)
            return
        if item >= 0 and dataset is None:
            self._view.set_tip(lines)
            return
        known = (space.model, item)
        if item >= 0 and isinstance(self._looked_at, tuple) and self._looked_at[0] == known:
            self._view.set_tip(lines, self._looked_at[1])
            return
        self._view.set_tip(lines)
        z = None if item >= 0 else self.lift(x, y)
        if item < 0 and z is None:
            return
        job = self._workspace.jobs.run(f"live:look{self._name}", look, space, dataset, item, z)
        self._looked_at = job
        job.done.connect(lambda named: self._show_look(job, known, lines, named))
        job.failed.connect(self._workspace.failed)

    def _show_look(self, job: object, known: object, lines: tuple[str, ...], named: Named) -> None:
        if self._looked_at is job:
            self._looked_at = (known, named)
            self._view.set_tip(lines or (self._space.model.title if self._space and self._space.model else "",), named)

    def _leave(self) -> None:
        self._looked_at = None
        self._workspace.set_pointer(None, self)

    def _click(self, x: float, y: float, item: int) -> None:
        place, item = self._at(x, y, item), self._known(item)
        if place is not None:
            self._workspace.stand(place, (item,) if item >= 0 else ())

    def _pick(self, item: int, how: How) -> None:
        if self._known(item) >= 0:
            self._workspace.select([item], how, self)

    def _outlined(self, outline: np.ndarray, how: How) -> None:
        if not self._points.current:
            return
        workspace = self._workspace
        opened = workspace.opened
        job = workspace.jobs.run("live:lasso", self._view.points.inside, outline)

        def take(items: np.ndarray) -> None:
            if workspace.opened == opened:  # else they are numbers of other items
                workspace.select(items, how, self)

        job.done.connect(take)
        job.failed.connect(workspace.failed)

    def _drag_cursor(self, x: float, y: float, final: bool) -> None:
        z = self.lift(x, y) if self._own else None
        if z is not None:
            self._workspace.set_cursor(Place(z, lifted=True), None, ("drag", self._drag))
            self._workspace.set_pointer(None)
        self._drag += final

    def _set_anchor(self, letter: str, x: float, y: float, item: int) -> None:
        place = self._at(x, y, item)
        if place is not None:
            self._workspace.set_anchor(letter, place)

    def _menu(self, at: QPointF, x: float, y: float, item: int) -> None:
        menu = QMenu(self._view)
        for letter in ("A", "B"):
            menu.addAction(f"Interpolate: set {letter} here").triggered.connect(
                lambda _=False, letter=letter: self._set_anchor(letter, x, y, item)
            )
        menu.addAction("Put the cursor here").triggered.connect(lambda: self._click(x, y, item))
        menu.addSeparator()
        menu.addAction("Show everything").triggered.connect(lambda: self._view.fit())
        menu.popup(at.toPoint())
        menu.aboutToHide.connect(menu.deleteLater)

    def _clear(self) -> None:
        if self._workspace.cursor is not None or len(self._workspace.selection):
            self._workspace.stand(None, text="Clear")

    def fit_selection(self) -> None:
        """Show what is selected, or everything."""
        chosen = self._workspace.selection
        if not len(chosen) or not self._points.current:
            self._view.fit()
            return
        job = self._workspace.jobs.run(f"live:fit{self._name}", span, self._view.points, chosen)
        job.done.connect(self._view.fit)
        job.failed.connect(self._workspace.failed)


def span(points: Points, chosen: np.ndarray) -> np.ndarray | None:
    """Corners (2, 2) of the points of the `chosen` items; None: none of them is shown."""
    there = np.isin(points.items, chosen)
    if not there.any():
        return None
    xy = np.stack([points.x[there], points.y[there]], axis=1)
    return np.stack([xy.min(axis=0), xy.max(axis=0)])


def spread(projection: Projection, mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outline of one σ of a posterior, and draws from it; where the map is curved, of many placed codes."""
    return sigma_ellipse(projection, mu, sigma), placed_draws(projection, mu, sigma, DRAWS)


def look(space: Space, dataset: Dataset | None, item: int, z: np.ndarray | None) -> Named:
    """An item as it is and as the model makes it again; or what the code `z` (d,) decodes to."""
    assert space.model is not None
    if z is not None:
        return [("decoded", drawing(space.decode(z), space.model.preparation))]
    assert dataset is not None
    return [(kind, drawings(space, dataset, np.array([item]), kind)[0]) for kind in ("original", "reconstruction")]
