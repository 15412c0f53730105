"""The items nearest to a place of the latent space."""

from __future__ import annotations

import numpy as np


def nearest(codes: np.ndarray, z: np.ndarray, k: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Nearest of `codes` (N, d) to `z` (d,) by Euclidean distance, the closest first.

    Returns
    -------
    tuple of ndarray
        Indices (k,) and distances (k,) float32; fewer when there are fewer codes.
    """
    difference = codes - np.asarray(z, codes.dtype)
    squared = np.einsum("nd,nd->n", difference, difference)
    k = min(k, len(codes))
    found = np.argpartition(squared, k)[:k] if k < len(codes) else np.arange(k)
    found = found[np.lexsort((found, squared[found]))]
    return found, np.sqrt(squared[found])
