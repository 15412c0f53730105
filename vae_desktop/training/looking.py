"""A quick look at how well a model gives some items back: what the figures of a loss do not tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_desktop.latent.codebook_use import codebook_use
from vae_desktop.latent.sharpness import sharpness

if TYPE_CHECKING:
    from vae_desktop.core.values import Batch
    from vae_desktop.models.vae import VAE

LOOKED = 64  # items looked at, at most
APART = 75  # items trained for each one looked at: about 1 % of the time (MLP and convolutional, 8×8 to 64×64)


def due(epoch: int, epochs: int, items: int) -> bool:
    """Whether to look after the epoch numbered `epoch` of `epochs`, each of so many items; always after the last."""
    every = -(-APART * min(LOOKED, items) // items)
    return epoch == epochs or epoch % every == 0


def look(model: VAE, batch: Batch, active: int) -> dict[str, float | None]:
    """Compare items with what the model makes of them; its mode is left as it was.

    Parameters
    ----------
    batch
        Items (B, …).
    active
        Active units of the model.

    Returns
    -------
    dict
        ``explained``: part of the items' variance that reconstructions hold, 1 − Σ|x − x̂|² / Σ|x − x̄|²; 0 is no better
        than the mean item. ``linear``: what one principal component more than there are active units would hold.
        ``needed``: number of latent dimensions that a linear VAE with this noise would use (Lucas 2019:
        those whose variance is above the noise; here above what noise alone shows in so few items, Marchenko &
        Pastur 1967). ``sharpness`` of the reconstructions as part of the items'. ``perplexity`` of the codebook.
        None where a figure is not defined.
    """
    mode = model.training
    model.eval()
    with torch.inference_mode():
        mu, _ = model.encode(batch)
        made = model.likelihood.mean(model.decode(mu, batch.y))
        if batch.mask is not None:  # of what is missing nothing can be told
            made = torch.where(batch.mask, made, batch.x)
        numbers = model.codes(mu).cpu().numpy() if model.discrete else None
    model.train(mode)
    x, y = (part.cpu().numpy().astype(np.float32) for part in (batch.x, made))
    found: dict[str, float | None] = {"explained": None, "linear": None, "needed": None, "sharpness": None}
    found |= _variance(x.reshape(len(x), -1), y.reshape(len(y), -1), model, active)
    ratio = (
        sharpness(y.transpose(0, 2, 3, 1)) / (sharpness(x.transpose(0, 2, 3, 1)) or math.nan) if x.ndim == 4 else None
    )
    found["sharpness"] = _known(ratio)
    found["perplexity"] = None if numbers is None else codebook_use(numbers)[1]
    return found


def _variance(x: np.ndarray, y: np.ndarray, model: VAE, active: int) -> dict[str, float | None]:
    """What `x` (B, D) and `y` (B, D) tell about variances."""
    centred = x - x.mean(axis=0)
    total = float((centred**2).sum())
    if len(x) < 2 or total <= 1e-9 * float((x**2).sum()):
        return {}  # the same item over and over
    n, width = x.shape
    along = np.linalg.eigvalsh(centred @ centred.T)[::-1].clip(0)[: model.config.latent]  # (d,) sums of squares
    error = float(((x - y) ** 2).mean())
    noise = float((y * (1 - y)).mean()) if model.config.likelihood == "bernoulli" else error
    edge = noise * (1 + math.sqrt(width / n)) ** 2
    return {
        "explained": _known(1 - error * n * width / total),
        "linear": float(along[: active + 1].sum()) / total,
        "needed": float((along / n > edge).sum()),
    }


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
