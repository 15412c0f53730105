"""The prior gap: where the prior draws but no data lies, and where data lies but the prior hardly draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.sample import sample_codes, seeded
from vae_desktop.latent.trust import reach

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Posterior
    from vae_desktop.models.vae import VAE

POINTS = 2000  # codes that stand for a distribution, and as many that are judged
LEAST = 40  # items with finite codes below which nothing can be told
NEIGHBOURS = 5
USUAL = 0.95  # so many of a distribution's own held-out codes count as covered by it
JUDGED = 20_000  # items judged, at most
PORTION = 1000  # codes judged at once: it can be cancelled between


@dataclass(frozen=True, eq=False)
class PriorGap:
    """How the prior p(z) and the codes of the data, the aggregate posterior q(z) = (1/N) Σ_n q(z|x_n), differ.

    A code is *beyond* a distribution when its fifth nearest of 2 000 draws of it is farther than for 95 % of further
    draws of the same. So 5 % of each are expected when p and q are equal (the precision and recall of Kynkäänniemi
    2019, with one radius that is calibrated on held-out draws).

    Parameters
    ----------
    prior_without_data
        Part of the prior's draws that are beyond the data: what is generated there, no data taught.
    data_without_prior
        Part of the data's codes, z ~ q(z|x), that are beyond the prior: such items are hardly ever generated.
    items
        The items (K,) of the latter, the farthest first; of many items a fair part was judged.
    empty
        The prior's draws (M, d) of the former, the farthest first.
    """

    prior_without_data: float
    data_without_prior: float
    items: np.ndarray
    empty: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """The two figures."""
        return {"prior_without_data": self.prior_without_data, "data_without_prior": self.data_without_prior}


def measuring_gap(model: VAE, posterior: Posterior, seed: int = 0) -> Generator[Progress, None, PriorGap | None]:
    """Measure as a generator of :class:`Progress`; see :func:`prior_gap`."""
    chance = np.random.default_rng(seed)
    there = np.flatnonzero(np.isfinite(posterior.mu).all(axis=1) & np.isfinite(posterior.logvar).all(axis=1))
    if len(there) < LEAST:
        return None
    order = chance.permutation(there)[:JUDGED]
    noise = seeded(seed)
    with torch.inference_mode():
        mu, logvar = (torch.from_numpy(part[order]) for part in (posterior.mu, posterior.logvar))
        data = model.sample(mu, logvar, noise).numpy()
    half = min(len(order) // 2, POINTS)
    drawn = sample_codes(model, 3 * POINTS, seed)
    good = np.isfinite(data).all(axis=1)
    if not good.all() or not np.isfinite(drawn).all():
        return None
    usual = yield from _usual(data[:half], data[half : 2 * half])
    far = yield from _away(data[:half], drawn[:POINTS])
    beyond = np.flatnonzero(far > usual)
    empty = drawn[:POINTS][beyond[np.argsort(-far[beyond], kind="stable")]]
    usual = yield from _usual(drawn[POINTS : 2 * POINTS], drawn[2 * POINTS :])
    away = yield from _away(drawn[POINTS : 2 * POINTS], data)
    outside = np.flatnonzero(away > usual)
    items = order[outside[np.argsort(-away[outside], kind="stable")]]
    return PriorGap(len(beyond) / POINTS, len(outside) / len(order), items, empty)


def prior_gap(model: VAE, posterior: Posterior, seed: int = 0) -> PriorGap | None:
    """Compare the model's prior with where its data lies; None with fewer than 40 items that have finite codes.

    Discrete models are compared by the codes that their own prior over the codebook draws.
    """
    return finish(measuring_gap(model, posterior, seed))


def _usual(reference: np.ndarray, others: np.ndarray) -> Generator[Progress, None, float]:
    """Distance from `reference` that 95 % of `others` of the same distribution keep within; rounding is forgiven."""
    away = yield from _away(reference, others)
    return float(np.quantile(away, USUAL)) * (1 + 1e-6) + 1e-9


def _away(reference: np.ndarray, codes: np.ndarray) -> Generator[Progress, None, np.ndarray]:
    """Distance (M,) of `codes` (M, d) to their fifth nearest in `reference` (R, d)."""
    from scipy.spatial import cKDTree  # a third of a second

    tree, parts = cKDTree(reference), []
    for start in range(0, len(codes), PORTION):
        parts.append(reach(tree, codes[start : start + PORTION], NEIGHBOURS))
        yield Progress(min(start + PORTION, len(codes)), len(codes), "Comparing prior and data")
    return np.concatenate(parts)
