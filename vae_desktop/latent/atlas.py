"""The decoded picture of the map's plane itself: what stands on a square of it, and what kind of picture that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.decode import decode

if TYPE_CHECKING:
    from vae_desktop.latent.fill import Fill
    from vae_desktop.models.vae import VAE

LOOKED_AT = 64  # items whose pictures tell what kind they are
DARK = 0.35  # of full brightness: pictures darker on average are ink on black


def centres(left: float, top: float, pitch: float, side: int) -> np.ndarray:
    """Middles (side², 2) of the cells of a square whose upper left corner is (`left`, `top`), row by row downwards."""
    steps = (np.arange(side) + 0.5) * pitch
    return np.stack([np.tile(left + steps, side), np.repeat(top - steps, side)], axis=1)


def corners(left: float, top: float, pitch: float, side: int) -> np.ndarray:
    """Corners ((side + 1)², 2) of the same cells, row by row downwards."""
    steps = np.arange(side + 1) * pitch
    return np.stack([np.tile(left + steps, side + 1), np.repeat(top - steps, side + 1)], axis=1)


def pictures(model: VAE, fill: Fill, xy: np.ndarray) -> np.ndarray:
    """What places (M, 2) decode to: images (M, H, W, C) uint8, or rows (M, D) float32 in their own units."""
    return decode(model, fill.lift(xy))


def is_ink(model: VAE, mu: np.ndarray) -> bool:
    """Whether the model's pictures are mostly dark: strokes on black, of which only the strokes count."""
    if model.preparation.kind != "image":
        return False
    some = mu[:: -(-len(mu) // LOOKED_AT)] if len(mu) else np.zeros((1, model.config.latent), np.float32)
    some = some[np.isfinite(some).all(axis=1)]
    return bool(len(some)) and float(decode(model, some).mean()) < DARK * 255
