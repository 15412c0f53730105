"""Principal components of the posterior means: the plane in which the codes spread most."""

from __future__ import annotations

import numpy as np

from vae_desktop.core.work import Progress
from vae_desktop.latent.projections import Fitting, Linear, Projector, projections

CHUNK = 65_536


def fit(mu: np.ndarray) -> Fitting:
    """Project onto the two leading eigenvectors of the covariance of `mu` (N, d)."""
    n, d = mu.shape
    centre = mu.mean(axis=0, dtype=np.float64) if n else np.zeros(d)
    covariance = np.zeros((d, d))
    for start in range(0, n, CHUNK):
        yield Progress(start, n, "Projecting")
        part = mu[start : start + CHUNK] - centre
        covariance += part.T @ part / n
    values, vectors = np.linalg.eigh(covariance)  # ascending
    matrix = vectors[:, :-3:-1].T  # (2, d)
    # An eigenvector's sign is arbitrary: the largest entry is made positive, so that maps do not flip.
    largest = np.abs(matrix).argmax(axis=1)
    matrix = matrix * np.where(matrix[[0, 1], largest] < 0, -1, 1)[:, None]
    total = values.sum()
    shares = values[:-3:-1] / total if total > 0 else np.zeros(2)
    first, second = (f"PC {i + 1} ({share:.0%})" for i, share in enumerate(shares))
    return Linear.fitted("pca", mu, (first, second), matrix, centre)


projections.add("pca")(
    Projector("pca", "PCA", 2, fit, "The plane in which the codes spread most (principal component analysis)")
)
