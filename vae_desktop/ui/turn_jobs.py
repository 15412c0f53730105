"""How a space is laid out along three axes: what the 3-D panel has computed on a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress
from vae_desktop.latent.traverse import by_kl
from vae_desktop.latent.turn import lay_out
from vae_desktop.ui.dots import HIDDEN
from vae_desktop.ui.widgets.turn_raster import TurnRaster

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.projections import Linear


@dataclass(frozen=True, eq=False)
class Laid:
    """A space that is laid out along three axes.

    Parameters
    ----------
    posterior, way, axes
        What of: ``pca``, or ``axes`` with the latent dimensions chosen.
    order
        All latent dimensions, those that tell most first.
    groups
        Colour group of each item, (N,) uint8.
    """

    posterior: Posterior
    way: str
    axes: tuple[int, ...]
    order: tuple[int, ...]
    projection: Linear
    groups: np.ndarray
    raster: TurnRaster


def laying(
    posterior: Posterior,
    way: str,
    axes: tuple[int, ...],
    groups: Callable[[int], np.ndarray],
    selection: np.ndarray,
    last: Laid | None,
) -> Generator[Progress, None, Laid]:
    """Lay codes out along three axes.

    Parameters
    ----------
    way, axes
        What was chosen; what does not suit the space, or was not chosen, is what suits it.
    groups
        From the number of items to the colour group of each.
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
    grouped = groups(len(posterior))
    if last is not None and last.projection is projection and np.array_equal(last.groups, grouped):
        raster = last.raster
    else:
        shown = np.ones(256, bool)
        shown[HIDDEN] = False
        raster = TurnRaster(projection.xy, grouped, shown)
    raster = raster.selecting(selection[selection < len(posterior)])
    return Laid(posterior, way, axes, order, projection, grouped, raster)
