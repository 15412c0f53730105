"""Two latent dimensions as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import setting
from vae_desktop.core.work import Progress
from vae_desktop.latent.projections import Fitting, Linear, Projector, projections


@dataclass(frozen=True)
class Axes:
    """Which dimensions, counted from 0."""

    x: int = setting(0, "Across", "Latent dimension that runs across, from 0.", low=0)
    y: int = setting(1, "Upwards", "Latent dimension that runs upwards, from 0.", low=0)


def fit(mu: np.ndarray, x: int = 0, y: int = 1) -> Fitting:
    """Show dimension `x` across and `y` upwards; with one latent dimension every item lies at height 0."""
    d = mu.shape[1]
    for axis in (x, y) if d > 1 else (x,):
        if axis >= d:
            raise SettingError(f"there is no latent dimension {axis}: they are numbered from 0 to {d - 1}")
    matrix = np.zeros((2, d))
    matrix[0, x] = 1
    if d > 1:
        if x == y:
            raise SettingError(f"the map needs two different dimensions, not {x} twice")
        matrix[1, y] = 1
    yield Progress(0, 1, "Projecting")
    labels = (f"z{x + 1}", f"z{y + 1}" if d > 1 else "")
    return Linear("axes", mu, labels, matrix, np.zeros(d))


projections.add("axes")(
    Projector("axes", "Latent axes", 1, fit, "Two latent dimensions as they are, one across, one upwards", Axes)
)
