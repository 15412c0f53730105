"""Data made for measuring: right in size and kind, pictures of something, no download."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.datasets import load_digits

from vae_desktop.readers import read

if TYPE_CHECKING:
    from pathlib import Path


def digits(n: int) -> np.ndarray:
    """`n` grey images (n, 28, 28, 1) uint8: real digits, enlarged, each shifted and darkened a little differently."""
    rng = np.random.default_rng(0)
    small = load_digits().images[rng.integers(0, 1797, n)].astype(np.uint8)  # (n, 8, 8), up to 16
    large = (small * 15).repeat(3, axis=1).repeat(3, axis=2)
    x = np.zeros((n, 28, 28, 1), np.uint8)
    shift = rng.integers(0, 5, (n, 2))
    for dy, dx in np.ndindex(5, 5):
        chosen = (shift == (dy, dx)).all(axis=1)
        x[chosen, dy : dy + 24, dx : dx + 24, 0] = large[chosen]
    return x - x // rng.integers(2, 20, (n, 1, 1, 1)).astype(np.uint8)


def idx_file(path: Path, n: int) -> Path:
    """Write :func:`digits` as an IDX file."""
    path.write_bytes(np.array([0x803, n, 28, 28], ">u4").tobytes() + digits(n).tobytes())
    return path


def shapes_file(path: Path, n: int) -> Path:
    """Write `n` coloured shapes of 64×64×3 as an ``.npz``."""
    white = read("shapes").x[:: max(1, 20_000 // n)][:n]  # (n, 64, 64, 1)
    colour = np.random.default_rng(0).integers(60, 256, (len(white), 1, 1, 3))
    np.savez(path, x=(white * (colour / 255)).astype(np.uint8))
    return path
