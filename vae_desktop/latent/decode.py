"""Decode places of the latent space into items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_desktop.core.work import Progress, finish

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.models.vae import VAE

BATCH = 256


def decoding(model: VAE, z: np.ndarray, y: np.ndarray | None = None) -> Generator[Progress, None, np.ndarray]:
    """Decode as a generator of :class:`Progress`, one a batch; see :func:`decode`."""
    n = len(z)
    parts = []
    for start in range(0, n, BATCH):
        part = slice(start, start + BATCH)
        parts.append(_decode(model, z[part], None if y is None else y[part]))
        yield Progress(min(start + BATCH, n), n, "Decoding")
    return np.concatenate(parts) if parts else _decode(model, z, y)


def decode(model: VAE, z: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """Expected items E[x|z] of codes `z` (N, d), ready to look at.

    A conditional model is told their classes `y`, int64 (N,), −1 unknown; without, it takes those it was given.

    Returns
    -------
    ndarray
        Images (N, H, W, C) uint8, or table rows (N, D) float32 in original units.
    """
    return _decode(model, z, y) if len(z) <= BATCH else finish(decoding(model, z, y))


def _decode(model: VAE, z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
    """Decode one batch."""
    return model.preparation.restore(expected(model, z, y))


def expected(model: VAE, z: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """E[x|z] of a few codes `z` (N, d) as the network has it, float32 (N, *shape): of a category all probabilities."""
    with torch.inference_mode():
        codes = torch.from_numpy(np.ascontiguousarray(z, np.float32))
        told = None if y is None else torch.from_numpy(np.ascontiguousarray(y, np.int64))
        mean: np.ndarray = model.likelihood.mean(model.decode(codes, told)).numpy()
        return mean
