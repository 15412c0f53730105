"""Principal components of the posterior means: the plane in which the codes spread most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress
from vae_desktop.latent.projections import Fitting, Linear, Projector, projections

if TYPE_CHECKING:
    from collections.abc import Generator

CHUNK = 65_536


def fit(mu: np.ndarray) -> Fitting:
    """Project onto the two leading principal components of `mu` (N, d)."""
    return (yield from components(mu, 2))


def components(mu: np.ndarray, axes: int) -> Generator[Progress, None, Linear]:
    """Project onto the `axes` leading eigenvectors of the covariance of finite `mu` (N, d); beyond d axes are idle."""
    n, d = mu.shape
    centre = mu.mean(axis=0, dtype=np.float64) if n else np.zeros(d)
    covariance = np.zeros((d, d))
    for start in range(0, n, CHUNK):
        yield Progress(start, n, "Projecting")
        part = mu[start : start + CHUNK] - centre
        covariance += part.T @ part / n
    values, vectors = np.linalg.eigh(covariance)  # ascending
    count = min(axes, d)
    matrix = np.zeros((axes, d))
    matrix[:count] = vectors[:, ::-1][:, :count].T
    # An eigenvector's sign is arbitrary: the largest entry is made positive, so that maps do not flip.
    largest = np.abs(matrix).argmax(axis=1)
    matrix *= np.where(matrix[np.arange(axes), largest] < 0, -1, 1)[:, None]
    total = values.sum()
    shares = values[::-1][:count] / total if total > 0 else np.zeros(count)
    labels = [f"PC {i + 1} ({share:.0%})" for i, share in enumerate(shares)] + [""] * (axes - count)
    return Linear("pca", mu, tuple(labels), matrix, centre)


projections.add("pca")(
    Projector("pca", "PCA", 2, fit, "The plane in which the codes spread most (principal component analysis)")
)
