"""What lies beneath the dots of a map: the decoded plane, where the items are, or how far places can be trusted."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from vae_desktop.core.work import Progress
from vae_desktop.latent.contours import contouring
from vae_desktop.latent.trust import Density, field
from vae_desktop.ui.widgets import tile_paint
from vae_desktop.ui.widgets.tiled import Tiled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from PySide6.QtGui import QImage

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.fill import Fill
    from vae_desktop.latent.projections import Projection
    from vae_desktop.latent.space import Space
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.jobs import Jobs
    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.widgets.tiles import Tile

SMALLEST, LARGEST, ROW = 36, 96, 60  # logical pixels from one picture of the atlas to the next, at least
LARGE = 64  # logical pixels of a picture from which tiles hold fewer: less is decoded that is not in view
CELLS = 8  # cells of the trust field along a tile
VALUES = 2**19  # values decoded at once, about
_numbers = itertools.count()
LIGHT = 1024  # values of an item up to which the field is fine from the start
TRAINING_SHARE = 0.05  # part of a training's time that following it may cost


@dataclass(frozen=True, eq=False)
class Scene:
    """What a backdrop is of.

    Parameters
    ----------
    kind
        ``none``, ``atlas``, ``density`` or ``trust``.
    space, fill
        What the map shows, and which code each of its places stands for.
    theme, colours
        The window's colours, and one for each group of items; only ``density`` needs the latter.
    groups, grouped_by
        Function that gives each item's group, (N,) whole numbers; and what that hangs on, to tell whether it changed.
    hidden
        Groups that are not shown.
    """

    kind: str
    space: Space
    fill: Fill
    theme: Theme
    colours: tuple[str, ...]
    groups: Callable[[], np.ndarray]
    grouped_by: object
    hidden: frozenset[int]


@dataclass(frozen=True, eq=False)
class AtlasMaker:
    """Decodes the plane itself."""

    model: VAE
    fill: Fill
    theme: Theme
    lane = "live:atlas"

    @property
    def pitch(self) -> int:
        """Logical pixels from one picture to the next, at least: none smaller than can be read."""
        preparation = self.model.preparation
        return min(max(*preparation.shape[1:], SMALLEST), LARGEST) if preparation.kind == "image" else ROW

    @property
    def side(self) -> int:
        """Pictures along a tile."""
        return 4 if self.pitch < LARGE else 2

    @property
    def least(self) -> float:
        """Room for its pictures."""
        return float(self.side * self.pitch)

    @property
    def at_once(self) -> int:
        """Many small ones, few large ones: what is between a network's layers stays in the processor's cache."""
        return int(np.clip(VALUES // (self.side**2 * self.model.preparation.dim), 1, 16))

    def prepare(self) -> Generator[Progress, None, None]:
        """Look at some items."""
        yield Progress(0, 0, "Atlas")
        _ = self._ink

    @cached_property
    def _ink(self) -> bool:
        from vae_desktop.latent.atlas import is_ink  # torch

        return is_ink(self.model, self.fill.mu)

    def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        """Pictures (side², H, W, C) or rows (side², D) of each tile."""
        from vae_desktop.latent.atlas import centres, pictures  # torch

        side = self.side
        xy = [centres(tile.left, tile.top, tile.span / side, side) for tile in tiles]
        return np.split(pictures(self.model, self.fill, np.concatenate(xy)), len(tiles))

    def image(self, tile: Tile, values: np.ndarray, size: float) -> QImage:
        """Quiet pictures."""
        return tile_paint.atlas_image(values, size, self.theme, self.model.preparation, self._ink, self.side)


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Where the items of a posterior are, learned when it is first asked for."""

    posterior: Posterior

    @cached_property
    def density(self) -> Density | None:
        """How densely a place is populated."""
        return Density.fit(self.posterior.mu)


@dataclass(frozen=True, eq=False)
class TrustMaker:
    """Asks at the corners of a lattice how far a place can be trusted."""

    model: VAE
    fill: Fill
    near: Neighbourhood
    theme: Theme
    lane = "live:trust-field"

    @property
    def least(self) -> float:
        """Finer where it costs little."""
        return 128.0 if self.model.preparation.dim <= LIGHT else 256.0

    @property
    def at_once(self) -> int:
        """As many as are computed in some hundredths of a second."""
        return int(np.clip(VALUES // ((CELLS + 1) ** 2 * self.model.preparation.dim), 1, 8))

    def prepare(self) -> Generator[Progress, None, None]:
        """Learn where the items are."""
        yield Progress(0, 0, "Trust")
        _ = self.near.density

    def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        """(9, 9, 2) of each tile: see :func:`vae_desktop.latent.trust.field`."""
        from vae_desktop.latent.atlas import corners  # torch

        xy = [corners(tile.left, tile.top, tile.span / CELLS, CELLS) for tile in tiles]
        there = field(self.model, self.near.density, self.fill.lift(np.concatenate(xy)))
        return [part.reshape(CELLS + 1, CELLS + 1, 2) for part in np.split(there, len(tiles))]

    def image(self, tile: Tile, values: np.ndarray, size: float) -> QImage:
        """Smooth colours."""
        return tile_paint.trust_image(values, size, self.theme)


class Outlines:
    """The contours of a map, computed when they are first asked for."""

    def __init__(
        self, projection: Projection, groups: Callable[[], np.ndarray], grouped_by: object, count: int
    ) -> None:
        self.projection, self.grouped_by, self.count = projection, grouped_by, count
        self.number = next(_numbers)  # tells it from all others, also from those that are gone
        self._groups = groups
        self.regions: tuple[tile_paint.Region, ...] | None = None

    def prepare(self) -> Generator[Progress, None, None]:
        """Compute them, once."""
        if self.regions is None:
            found = yield from contouring(self.projection.xy, self._groups(), self.count)
            self.regions = tuple(tile_paint.region(contour) for contour in found)


@dataclass(frozen=True, eq=False)
class DensityMaker:
    """Paints contours."""

    outlines: Outlines
    colours: tuple[str, ...]
    hidden: frozenset[int]
    theme: Theme
    lane = "live:contours"
    least = 256.0
    at_once = 4

    def prepare(self) -> Generator[Progress, None, None]:
        """Have the contours."""
        yield from self.outlines.prepare()

    def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        """Nothing: the contours are all that is needed."""
        return [np.empty(0)] * len(tiles)

    def image(self, tile: Tile, values: np.ndarray, size: float) -> QImage:
        """Faint regions with their rims."""
        regions = [one for one in self.outlines.regions or () if one.group not in self.hidden]
        return tile_paint.density_image(regions, self.colours, tile, size, self.theme)


class Backdrop(Tiled):
    """The layer beneath a map's dots; takes scenes."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, parent)
        self._near: Neighbourhood | None = None
        self._outlines: Outlines | None = None
        self._scene: Scene | None = None
        self._model: VAE | None = None
        self._due = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(lambda: self.show_scene(self._scene))
        self.settled.connect(self._rest)

    def show_scene(self, scene: Scene | None) -> None:
        """Show this beneath the dots, as soon as it is computed; None: nothing."""
        self._scene = scene
        self._later.stop()
        if scene is None or scene.kind == "none" or (scene.space.model is None and scene.kind != "density"):
            self._near = self._outlines = None
            self.show_nothing()
            return
        wait = self._due - time.monotonic()
        if wait > 0 and scene.space.model is not self._model and self._trains():
            self._later.start(int(wait * 1000) + 1)  # the last weights will do until then
            return
        self._model = scene.space.model
        space, fill, theme = scene.space, scene.fill, scene.theme
        model, known = space.model, (space.model, fill.projection)
        if scene.kind == "density":
            colours, hidden, outlines = scene.colours, scene.hidden, self._outlines_of(scene)
            self.show_made_by(
                (known, (scene.kind, theme.name, colours, hidden, outlines.number)),
                lambda: DensityMaker(outlines, colours, hidden, theme),
            )
            return
        assert model is not None
        key = known, (scene.kind, theme.name, fill.others == "local", fill.plane)
        if scene.kind == "atlas":
            self.show_made_by(key, lambda: AtlasMaker(model, fill, theme))
        else:
            self.show_made_by(key, lambda: TrustMaker(model, fill, self._near_of(space.posterior), theme))

    def _trains(self) -> bool:
        return any(job.lane == "train" for job in self._jobs.running)

    def _rest(self, ms: float) -> None:
        self._due = time.monotonic() + ms / 1e3 / TRAINING_SHARE

    def _near_of(self, posterior: Posterior) -> Neighbourhood:
        if self._near is None or self._near.posterior is not posterior:
            self._near = Neighbourhood(posterior)
        return self._near

    def _outlines_of(self, scene: Scene) -> Outlines:
        projection, count = scene.fill.projection, len(scene.colours)
        known = self._outlines
        if known is None or not (
            known.projection is projection and known.grouped_by == scene.grouped_by and known.count == count
        ):
            self._outlines = known = Outlines(projection, scene.groups, scene.grouped_by, count)
        return known
