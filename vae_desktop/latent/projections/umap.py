"""UMAP (McInnes, Healy & Melville 2018) over umap-learn, which is an extra: it brings a compiler of 200 MB."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from vae_desktop.core.errors import UserError
from vae_desktop.core.settings import setting
from vae_desktop.core.work import Progress
from vae_desktop.latent.local import Local
from vae_desktop.latent.projections import Fitting, Projector, projections

LABELS = ("UMAP 1", "UMAP 2")


@dataclass(frozen=True)
class UMAP:
    """How the map is made."""

    neighbours: int = setting(
        15, "Neighbours", "How many neighbours each item is kept close to: few show fine groups, many the whole.",
        low=2, high=500,
    )  # fmt: skip
    min_dist: float = setting(
        0.1, "Least distance", "How close items may lie on the map: small packs groups tightly.", low=0, high=1
    )
    seed: int = setting(0, "Seed", "Where the randomness starts; the same seed gives the same map.", low=0)


def fit(mu: np.ndarray, neighbours: int = 15, min_dist: float = 0.1, seed: int = 0) -> Fitting:
    """Fit to codes (N, d); `neighbours` is below the number of items.

    Raises
    ------
    UserError
        When umap-learn is not installed.
    """
    yield Progress(0, 0, "UMAP: starting (the first one in a session takes half a minute longer)")
    n = len(mu)
    if (flat := Local.flat("umap", LABELS, mu)) is not None:
        return flat
    if find_spec("umap") is None:
        where = "this app was built without it" if getattr(sys, "frozen", False) else 'pip install "vae-desktop[umap]"'
        raise UserError(f"UMAP needs a library that is not installed: {where}; t-SNE shows much the same")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it found no Tensorflow
        from umap import UMAP as Fitter  # its name is ours, too

    fitter = Fitter(
        n_neighbors=min(neighbours, n - 1), min_dist=min_dist, random_state=seed, n_jobs=1, init="pca", verbose=False
    )
    xy = fitter.fit_transform(np.ascontiguousarray(mu, np.float32))
    yield Progress(1, 1, "UMAP")  # it was not to be stopped meanwhile, but perhaps nobody wants it any more
    return Local("umap", LABELS, np.asarray(xy, np.float32), mu).indexed()


projections.add("umap")(
    Projector(
        "umap", "UMAP", 3, fit, "Neighbours stay neighbours, groups keep some of their order (UMAP)", UMAP, 20_000
    )
)
