"""How well each item comes back: the worst, the best, and some at random, beside what the model makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.decode import decode
from vae_desktop.models.batches import batch_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE

Which = Literal["worst", "best", "random"]

ITEMS = 256  # at once


def costing(model: VAE, dataset: Dataset, mu: np.ndarray) -> Generator[Progress, None, np.ndarray]:
    """Cost of each item as a generator of :class:`Progress`; see :func:`costs`."""
    n = len(dataset)
    labels = model.labels(dataset)
    cost = np.empty(n, np.float32)
    for start in range(0, n, ITEMS):
        part = slice(start, start + ITEMS)
        with torch.inference_mode():
            batch = batch_of(model.preparation, dataset.x[part], None if labels is None else labels[part])
            out = model.decode(torch.from_numpy(np.ascontiguousarray(mu[part])), batch.y)
            cost[part] = -model.likelihood.log_prob(batch.x, out, batch.mask).numpy()
        yield Progress(min(start + ITEMS, n), n, "Comparing items with their reconstructions")
    return cost


def costs(model: VAE, dataset: Dataset, mu: np.ndarray) -> np.ndarray:
    """Nats (N,) float32 that each item costs given its mean code, −log p(x|z = μ), for `mu` (N, d).

    This is what the reconstruction that is shown leaves to be told of the item.
    """
    return finish(costing(model, dataset, mu))


def pick(cost: np.ndarray, which: Which, n: int, seed: int = 0) -> np.ndarray:
    """Up to `n` items by their cost (N,): the worst and the best in order; those without a finite cost never."""
    there = np.flatnonzero(np.isfinite(cost))
    if which == "random":
        return np.random.default_rng(seed).permutation(there)[:n]
    order = np.argsort(cost[there], kind="stable")
    ranked: np.ndarray = there[order if which == "best" else order[::-1]][:n]
    return ranked


def reconstruct(model: VAE, dataset: Dataset, mu: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some items (K,) as they are, and decoded from their mean codes `mu` (N, d): images (K, H, W, C) or rows (K, D).

    A conditional model is told each item's own class.
    """
    labels = model.labels(dataset)
    made = decode(model, mu[items], None if labels is None else labels[items])
    return model.preparation.show(dataset.x[items]), made
