"""How sure the encoder is of an item, drawn on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vae_desktop.latent.projections import Projection


def sigma_ellipse(
    projection: Projection, mu: np.ndarray, sigma: np.ndarray, scale: float = 1.0, points: int = 64
) -> np.ndarray:
    """Outline (points, 2) float32 of `scale` standard deviations of q(z|x) = N(`mu`, diag `sigma`²), not closed."""
    values, vectors = np.linalg.eigh(projection.spread(mu, sigma))
    root = vectors * np.sqrt(np.maximum(values, 0))  # root · rootᵀ is the covariance
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    outline: np.ndarray = (projection.place(mu[None]) + scale * (root @ circle).T).astype(np.float32)
    return outline


def placed_draws(projection: Projection, mu: np.ndarray, sigma: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """Places (n, 2) float32 of `n` draws from q(z|x) = N(`mu`, diag `sigma`²), both (d,); the same seed, the same."""
    noise = np.random.default_rng(seed).standard_normal((n, len(mu)))
    return projection.place((mu + sigma * noise).astype(np.float32))
