"""What the 3-D panel has computed on threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress
from vae_desktop.export.films import save_film
from vae_desktop.latent.traverse import by_kl
from vae_desktop.latent.turn import lay_out
from vae_desktop.ui.widgets.turn_paint import still
from vae_desktop.ui.widgets.turn_raster import TurnRaster

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from PySide6.QtGui import QFont

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.projections import Linear
    from vae_desktop.latent.turn import Camera
    from vae_desktop.ui.colouring import Colouring
    from vae_desktop.ui.widgets.turn_paint import Paints, Standing

HIDDEN = np.uint8(255)  # a group that is not drawn
SHOWN = np.arange(256) != HIDDEN
FRAMES = 72  # of a film of one full turn
FILM_SIZE = (600, 480)
FPS = 12.5  # a GIF keeps time in hundredths of a second


@dataclass(frozen=True, eq=False)
class Laid:
    """A space that is laid out along three axes.

    Parameters
    ----------
    posterior, way, axes
        What of: ``pca``, or ``axes`` with the latent dimensions chosen.
    order
        All latent dimensions, those that tell most first.
    groups, raster, colouring
        Colour group of each item, (N,) uint8; the dots, and what their colours say.
    """

    posterior: Posterior
    way: str
    axes: tuple[int, ...]
    order: tuple[int, ...]
    projection: Linear
    groups: np.ndarray
    raster: TurnRaster
    colouring: Colouring


def laying(
    posterior: Posterior,
    way: str,
    axes: tuple[int, ...],
    colouring: Colouring,
    shown: Callable[[], np.ndarray | None],
    selection: np.ndarray,
    last: Laid | None,
) -> Generator[Progress, None, Laid]:
    """Lay codes out along three axes.

    Parameters
    ----------
    way, axes
        What was chosen; what does not suit the space, or was not chosen, is what suits it.
    colouring
        Of the items.
    shown
        Tells which items are drawn, (N,) bool; None: all.
    selection
        Numbers of the items that are selected.
    last
        What was made before: where only colours or the selection changed its places are still right.
    """
    yield Progress(0, 1, "Projecting")
    latent = posterior.mu.shape[1]
    if latent < 3 or not way:
        way = "axes" if latent <= 3 else "pca"
    same = last is not None and last.posterior is posterior
    order = last.order if same and last is not None else tuple(by_kl(posterior).tolist())
    if len(axes) != min(3, latent) or max(axes) >= latent:
        axes = order[:3] if latent > 3 else tuple(range(latent))
    if same and last is not None and last.way == way and (way == "pca" or last.axes == axes):
        projection = last.projection
    else:
        projection = yield from lay_out(posterior.mu, axes if way == "axes" else None)
    groups, there = colouring.groups, shown()
    groups = groups if there is None else np.where(there, groups, HIDDEN)
    if last is not None and last.projection is projection and np.array_equal(last.groups, groups):
        raster = last.raster
    else:
        raster = TurnRaster(projection.xy, groups, SHOWN)
    raster = raster.selecting(selection[selection < len(posterior)])
    return Laid(posterior, way, axes, order, projection, groups, raster, colouring)


def turning(
    raster: TurnRaster, camera: Camera, paints: Paints, labels: list[str], standing: Standing, font: QFont
) -> Generator[Progress, None, np.ndarray]:
    """Pictures (F, H, W, 3) uint8 of a full turn."""
    frames = np.empty((FRAMES, FILM_SIZE[1], FILM_SIZE[0], 3), np.uint8)
    for number in range(FRAMES):
        yield Progress(number, FRAMES, "Drawing the turn")
        turned = camera.turned(2 * np.pi * number / FRAMES)
        frames[number] = still(raster, turned, FILM_SIZE, paints, labels, standing, font)
    return frames


def saving(path: Path, frames: Generator[Progress, None, np.ndarray]) -> Generator[Progress, None, None]:
    """Write them as a film."""
    drawn = yield from frames
    yield Progress(0, 0, "Writing the film")
    save_film(path, drawn, FPS)
