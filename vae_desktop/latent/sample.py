"""Draw codes from the prior."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from vae_desktop.core.errors import SettingError

if TYPE_CHECKING:
    import numpy as np

    from vae_desktop.models.vae import VAE


def sample_codes(model: VAE, n: int, seed: int = 0, temperature: float = 1.0) -> np.ndarray:
    """Draw `n` codes z ~ p(z), (n, d) float32; `temperature` scales their standard deviation.

    Raises
    ------
    SettingError
        When `n` or `temperature` is negative, or the seed is not of 63 bits.
    """
    if n < 0:
        raise SettingError(f"n={n}: must be at least 0")
    noise = seeded(seed)
    if not (math.isfinite(temperature) and temperature >= 0):
        raise SettingError(f"temperature={temperature:g}: must be at least 0")
    with torch.inference_mode():
        codes: np.ndarray = model.prior.sample(n, noise, temperature).numpy()
    return codes


def seeded(seed: int) -> torch.Generator:
    """Generator that begins at `seed`.

    Raises
    ------
    SettingError
        When the seed is negative or longer than 63 bits.
    """
    if not 0 <= seed < 2**63:
        raise SettingError(f"seed={seed}: must be at least 0 and below 2^63")
    return torch.Generator().manual_seed(seed)
