"""Encode a dataset into its posterior q(z|x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_desktop.core.values import Posterior
from vae_desktop.core.work import Progress, finish
from vae_desktop.models.batches import batch_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE

BATCH = 512


def encoding(model: VAE, dataset: Dataset, items: np.ndarray | None = None) -> Generator[Progress, None, Posterior]:
    """Encode `items` (all when None) as a generator of :class:`Progress`; see :func:`encode`."""
    n = len(dataset) if items is None else len(items)
    labels = model.labels(dataset)
    mu = np.empty((n, model.config.latent), np.float32)
    logvar = np.empty_like(mu)
    rate = None if model.prior.closed else np.empty_like(mu)
    codes: list[np.ndarray] = []
    noise = torch.Generator().manual_seed(0)
    for start in range(0, n, BATCH):
        part = slice(start, start + BATCH)
        chosen = part if items is None else items[part]
        with torch.inference_mode():
            own = None if labels is None else labels[chosen]
            m, v = model.encode(batch_of(model.preparation, dataset.x[chosen], own))
            if rate is not None:
                rate[part] = model.kl(m, v, model.sample(m, v, noise)).numpy()
            if model.discrete:
                codes.append(model.codes(m).numpy())
        mu[part], logvar[part] = m.numpy(), v.numpy()
        yield Progress(min(start + BATCH, n), n, "Encoding")
    return Posterior(mu, logvar, np.concatenate(codes) if codes else None, rate)


def encode(model: VAE, dataset: Dataset) -> Posterior:
    """Posterior of every item.

    Raises
    ------
    MismatchError
        When the dataset is not of the kind the model was trained on.
    """
    model.preparation.check(dataset)
    return finish(encoding(model, dataset))
