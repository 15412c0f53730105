"""What the Selection panel has computed on threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.select import Known, class_counts, growing, histogram
from vae_desktop.ui.widgets.item_wall import small

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.core.work import Progress
    from vae_desktop.latent.select import Values
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.showing import Shown
    from vae_desktop.ui.widgets.item_view import Drawing

LARGEST = 128  # pixels of an item's side that are worth reading


def count_classes(known: Known) -> list[int]:
    """Items of each class, and last of none."""
    return [] if known.labels is None else class_counts(known.labels, len(known.classes))


def growing_selection(mu: np.ndarray, selection: np.ndarray, shown: Shown) -> Generator[Progress, None, np.ndarray]:
    """The selection's items and of each the nearest that is shown, as a mask (N,)."""
    mask, there = np.zeros(len(mu), bool), shown(len(mu))
    mask[selection] = True
    if there is None:
        return (yield from growing(mu, mask))
    within = np.flatnonzero(there | mask)
    mask[within] = yield from growing(mu[within], mask[within])
    return mask


def histograms(columns: Mapping[str, Values], titles: Sequence[str]) -> dict[str, tuple[np.ndarray, float, float]]:
    """Histograms of some columns by their titles."""
    return {title: histogram(columns[title]()) for title in titles}


def read_small(dataset: Dataset, preparation: Preparation, items: np.ndarray, side: int) -> list[Drawing]:
    """Pictures of some items as they were read."""
    step = max(1, max(dataset.x.shape[1:3]) // LARGEST) if dataset.kind == "image" else 1
    # Numbers first: thinning a memory-mapped whole would read all of it.
    some = dataset.x[items]
    if step > 1:
        some = some[:, ::step, ::step]
    return [small(item, preparation, side) for item in preparation.show(some)]


def decode_small(model: VAE, mu: np.ndarray, items: np.ndarray, side: int) -> list[Drawing]:
    """Pictures of what the model makes of some items' codes."""
    from vae_desktop.latent.decode import decode  # torch

    return [small(item, model.preparation, side) for item in decode(model, mu[items])]
