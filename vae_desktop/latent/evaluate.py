"""How well a model explains data: the ELBO and its parts, and the importance-weighted likelihood."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from vae_desktop.core.errors import SettingError
from vae_desktop.core.values import Batch, Posterior
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.sample import seeded

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE

ROWS = 1024  # codes decoded at once, at most
VALUES = 2**21  # values they may decode to: with a convolution's inner layers some 100 MB
ITEMS = 256


def evaluating(
    model: VAE, dataset: Dataset, samples: int = 0, seed: int = 0
) -> Generator[Progress, None, dict[str, Any]]:
    """Score every item as a generator of :class:`Progress`; see :func:`evaluate`."""
    if samples < 0:
        raise SettingError(f"samples={samples}: must be at least 0")
    model.preparation.check(dataset)
    labels = model.labels(dataset)
    model.eval()
    if model.discrete:
        samples = 0  # its posterior is one place: more draws tell nothing new
    generator = seeded(seed)
    n, draws = len(dataset), max(samples, 1)
    rows = max(min(VALUES // model.preparation.dim, ROWS), 1)
    items = min(ITEMS, rows)
    mu = np.empty((n, model.config.latent), np.float32)
    logvar = np.empty_like(mu)
    reconstruction = log_likelihood = 0.0
    kl_per_dimension = torch.zeros(model.config.latent, dtype=torch.float64)
    binary = True
    for start in range(0, n, items):
        raw = model.preparation.apply(dataset.x[start : start + items])
        binary = binary and bool(np.isin(raw, (0, 1)).all())
        with torch.inference_mode():
            x = torch.from_numpy(raw)
            y = None if labels is None else torch.from_numpy(labels[start : start + items])
            m, v = model.encode(Batch(x, y))
        mu[start : start + items], logvar[start : start + items] = m.numpy(), v.numpy()
        log_weights = torch.full((len(x),), -math.inf, dtype=torch.float64)  # running logsumexp over the draws
        done = 0
        while done < draws:
            k = min(max(rows // len(x), 1), draws - done)
            log_x, log_ratio, kl_of_draws = _draw(model, Batch(x, y), m, v, k, generator)  # (k, B) each, (d,)
            reconstruction -= float(log_x.sum()) / draws
            kl_per_dimension += kl_of_draws / draws
            log_weights = torch.logaddexp(log_weights, torch.logsumexp(log_x + log_ratio, 0))
            done += k
            yield Progress(start * draws + done * len(x), n * draws, "Evaluating")
        log_likelihood += float(log_weights.sum()) - len(x) * math.log(draws)
    reconstruction, kl_mean = reconstruction / n, (kl_per_dimension / n).tolist()
    kl = sum(kl_mean)
    nll = -log_likelihood / n if samples else None
    return {
        "elbo": -(reconstruction + kl),
        "reconstruction": reconstruction,
        "kl": kl,
        "nll": nll,
        "kl_per_dimension": kl_mean,
        "active_units": Posterior(mu, logvar).active_units,
        "bits_per_dim": model.likelihood.bits_per_dim(reconstruction + kl if nll is None else nll, binary),
    }


def _draw(
    model: VAE, batch: Batch, mu: Tensor, logvar: Tensor, k: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Log p(x|z) and log p(z) − log q(z|x) in nats for `k` draws of z per item, each (k, B) float64.

    And the KL per dimension, (d,) float64, summed over draws and items.
    """
    with torch.inference_mode():
        m, v, x = (part.expand(k, *part.shape).flatten(0, 1) for part in (mu, logvar, batch.x))  # (k · B, …)
        y = None if batch.y is None else batch.y.repeat(k)
        z = model.sample(m, v, generator)
        log_x = model.likelihood.log_prob(x, model.decode(z, y)).double()
        log_ratio = model.log_ratio(m, v, z).double()
        return log_x.view(k, -1), log_ratio.view(k, -1), model.kl(m, v, z).double().sum(0)


def evaluate(model: VAE, dataset: Dataset, samples: int = 0, seed: int = 0) -> dict[str, Any]:
    """Score every item; means in nats per item.

    Parameters
    ----------
    samples
        Draws K of the importance-weighted bound on log p(x) (Burda 2016): log (1/K) Σ_k p(x, z_k) / q(z_k|x). It
        rises with K towards log p(x). The reconstruction is averaged over the same draws.
    seed
        Seed of the draws.

    Returns
    -------
    dict
        ``elbo``, ``reconstruction``, ``kl``, ``nll`` (None without samples), ``kl_per_dimension`` (list),
        ``active_units`` and ``bits_per_dim`` (of the ``nll``, without it of the −ELBO; None where the model does
        not define it).

    Raises
    ------
    MismatchError
        When the dataset is not of the kind the model was trained on.
    SettingError
        When `samples` is negative.
    """
    return finish(evaluating(model, dataset, samples, seed))
