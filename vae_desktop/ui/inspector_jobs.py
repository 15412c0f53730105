"""What the Inspector asks for, worked out away from the window's thread."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.neighbours import nearest
from vae_desktop.latent.traverse import by_kl

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.space import Space
    from vae_desktop.latent.trust import Density, Verdict
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.state import Place

    Trust = tuple[tuple[Posterior, Density | None], Verdict | None, float, float]

SHOWN = 6  # nearest items, and samples
REACH = 3.0  # a slider goes at least so far, in standard deviations of the prior


def trust(space: Space, place: Place, known: tuple[Posterior, Density | None] | None) -> Trust:
    """Judge a place; `known` saves looking at all items again."""
    from vae_desktop.latent.trust import Density, round_trip, settled  # torch

    assert space.model is not None
    if known is None:
        known = space.posterior, Density.fit(space.posterior.mu)
    z, projection = place.z[None], space.projection
    if not np.isfinite(z).all():
        return known, None, float("nan"), 0.0
    verdict = None if known[1] is None else known[1].verdict(settled(space.model, z))[0]
    error = 0.0
    if place.lifted and projection is not None:
        error = float(projection.error(projection.place(z))[0])
    return known, verdict, float(round_trip(space.model, z)[0]), error


@dataclass(frozen=True, eq=False)
class Here:
    """What a place decodes to.

    `item`, and the time it took in ms; the `codes` (slots,) that a discrete model takes it for; of tables what the
    network expects, `means` (D,), and a real row, `beside` (raw columns,), with its number.
    """

    item: np.ndarray
    ms: float
    codes: np.ndarray | None = None
    means: np.ndarray | None = None
    beside: np.ndarray | None = None
    number: int = -1


def decode_one(space: Space, place: Place) -> Here:
    """Decode a place; of tables the real row beside it is the place's item, or else the nearest."""
    import torch

    from vae_desktop.latent.decode import expected

    model, z = space.model, place.z
    assert model is not None
    start = time.perf_counter()
    means = expected(model, z[None])
    item = model.preparation.restore(means)[0]
    ms = (time.perf_counter() - start) * 1e3
    codes = None
    if model.discrete:
        with torch.inference_mode():
            codes = model.codes(torch.from_numpy(np.asarray(z[None], np.float32)))[0].numpy()
    if item.ndim > 1 or space.dataset is None or not len(space.posterior):
        return Here(item, ms, codes)
    number = place.item
    if not 0 <= number < len(space.dataset):
        number = int(nearest(space.posterior.mu, z, 1)[0][0])
    return Here(item, ms, codes, means[0], np.asarray(space.dataset.x[number]), number)


def nearest_items(space: Space, preparation: Preparation, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices, distances and pictures of the nearest items."""
    assert space.dataset is not None
    found, distances = nearest(space.posterior.mu, z, SHOWN)
    return found, distances, preparation.show(np.asarray(space.dataset.x[found]))


def samples(model: VAE, mu: np.ndarray, logvar: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes and items of draws from N(`mu`, exp `logvar`); an item always gets the same."""
    from vae_desktop.latent.decode import decode  # torch

    noise = np.random.default_rng(seed).standard_normal((SHOWN, len(mu)))
    codes = (mu + np.exp(0.5 * logvar) * noise).astype(np.float32)
    return codes, decode(model, codes)


def dimensions(posterior: Posterior) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Dimensions by KL, how far each slider goes, and each one's KL in nats (none without items)."""
    order = by_kl(posterior)
    if not len(posterior):
        return order, np.full(len(order), REACH), []
    reach = np.maximum(REACH, np.abs(posterior.mu).max(axis=0))
    return order, np.ceil(2 * reach) / 2, posterior.kl_per_dimension.tolist()


def book_size(model: VAE) -> int:
    """How many codes the book of a discrete model holds."""
    return int(getattr(model.config, "codes", 0))
