"""Encode a dataset into its posterior q(z|x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_desktop.core.values import Batch, Posterior
from vae_desktop.core.work import Progress, finish

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE

BATCH = 512


def encoding(model: VAE, x: np.ndarray) -> Generator[Progress, None, Posterior]:
    """Encode raw items `x` as a generator of :class:`Progress`; see :func:`encode`."""
    n = len(x)
    mu = np.empty((n, model.config.latent), np.float32)
    logvar = np.empty_like(mu)
    for start in range(0, n, BATCH):
        with torch.inference_mode():
            part = torch.from_numpy(model.preparation.apply(x[start : start + BATCH]))
            m, v = model.encode(Batch(part))
        mu[start : start + BATCH], logvar[start : start + BATCH] = m.numpy(), v.numpy()
        yield Progress(min(start + BATCH, n), n, "Encoding")
    return Posterior(mu, logvar)


def encode(model: VAE, dataset: Dataset) -> Posterior:
    """Posterior of every item.

    Raises
    ------
    MismatchError
        When the dataset is not of the kind the model was trained on.
    """
    model.preparation.check(dataset)
    return finish(encoding(model, dataset.x))
