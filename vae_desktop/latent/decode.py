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


def decoding(model: VAE, z: np.ndarray) -> Generator[Progress, None, np.ndarray]:
    """Decode as a generator of :class:`Progress`, one a batch; see :func:`decode`."""
    n = len(z)
    parts = []
    for start in range(0, n, BATCH):
        parts.append(_decode(model, z[start : start + BATCH]))
        yield Progress(min(start + BATCH, n), n, "Decoding")
    return np.concatenate(parts) if parts else _decode(model, z)


def decode(model: VAE, z: np.ndarray) -> np.ndarray:
    """Expected items E[x|z] of codes `z` (N, d), ready to look at.

    Returns
    -------
    ndarray
        Images (N, H, W, C) uint8, or table rows (N, D) float32 in original units.
    """
    return _decode(model, z) if len(z) <= BATCH else finish(decoding(model, z))


def _decode(model: VAE, z: np.ndarray) -> np.ndarray:
    """Decode one batch."""
    with torch.inference_mode():
        codes = torch.from_numpy(np.ascontiguousarray(z, np.float32))
        return model.preparation.restore(model.likelihood.mean(model.decode(codes)).numpy())
