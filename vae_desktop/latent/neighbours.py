"""The items nearest to a place of the latent space."""

from __future__ import annotations

import numpy as np

SPARSE = 64  # one distance in so many is looked at to bound the k-th smallest
FEW = 8  # dimensions up to which going column by column is quicker


def nearest(codes: np.ndarray, z: np.ndarray, k: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Nearest of `codes` (N, d) to `z` (d,) by Euclidean distance, the closest first.

    Returns
    -------
    tuple of ndarray
        Indices (k,) and distances (k,) float32; fewer when there are fewer codes.
    """
    squared = _squared(codes, np.asarray(z, codes.dtype))
    some = squared[::SPARSE]
    # The k-th smallest of some is no smaller than the k-th smallest of all: nothing beyond it can be wanted.
    bound = np.fmin(np.partition(some, k - 1)[k - 1], np.inf) if len(some) > k else np.inf  # NaN: no bound
    found = np.flatnonzero(squared <= bound)
    found = found[np.argsort(squared[found], kind="stable")[:k]]
    return found, np.sqrt(squared[found])


def _squared(codes: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Squared distances (N,)."""
    total: np.ndarray
    if len(z) > FEW:
        difference = codes - z
        total = np.einsum("nd,nd->n", difference, difference)
        return total
    total = np.square(codes[:, 0] - z[0])
    for j in range(1, len(z)):
        total += np.square(codes[:, j] - z[j])
    return total
