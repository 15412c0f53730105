"""Decode places of the latent space into items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE

BATCH = 256


def decode(model: VAE, z: np.ndarray) -> np.ndarray:
    """Expected items E[x|z] of codes `z` (N, d), ready to look at.

    Returns
    -------
    ndarray
        Images (N, H, W, C) uint8, or table rows (N, D) float32 in original units.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(z), BATCH):
            part = torch.from_numpy(np.ascontiguousarray(z[start : start + BATCH], np.float32))
            parts.append(model.preparation.restore(model.likelihood.mean(model.decode(part)).numpy()))
    if not parts:
        return model.preparation.restore(np.empty((0, *model.preparation.shape), np.float32))
    return np.concatenate(parts)
