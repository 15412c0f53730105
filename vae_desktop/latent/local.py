"""Maps that no formula describes (t-SNE, UMAP): places and codes of the items tell how to go from one to the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator

FITTED = 24  # items a lift is fitted to
AROUND = 8  # items a code is placed among
RIDGE = 1e-3  # part of the places' spread: keeps the slope of neighbours that lie in a row
CHUNK = 4096
FEW = 5  # items below which there are no neighbourhoods
DRAWS = 64  # that tell how an item spreads


@dataclass(frozen=True, eq=False)
class Local:
    """A curved projection, known where its items are.

    Lifting fits a plane to the codes of the nearest items on the map, weighted by their closeness (Cleveland 1979);
    placing takes the mean of the nearest codes' places, weighted by their inverse squared distance (Shepard 1968), so
    that an item's own code comes to lie on its dot.

    Parameters
    ----------
    name, labels
        As in :class:`~vae_desktop.latent.projections.Projection`.
    xy, mu
        Places (N, 2) and codes (N, d) of the items; what is not finite is left out.
    """

    name: str
    labels: tuple[str, str]
    xy: np.ndarray
    mu: np.ndarray

    @classmethod
    def flat(cls, name: str, labels: tuple[str, str], mu: np.ndarray) -> Local | None:
        """The map of codes (N, d) that have no neighbourhoods to keep, too few or all alike; None: they have some."""
        if len(mu) >= FEW and (mu != mu[0]).any():
            return None
        return cls(name, labels, np.ascontiguousarray((mu - mu[:1])[:, :2], np.float32), mu).indexed()

    @cached_property
    def _known(self) -> np.ndarray:
        """Items that have both a code and a place."""
        return np.flatnonzero(np.isfinite(self.mu).all(axis=1) & np.isfinite(self.xy).all(axis=1))

    @cached_property
    def _places(self) -> Any:
        from scipy.spatial import cKDTree  # a third of a second

        return cKDTree(self.xy[self._known])

    @cached_property
    def _codes(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.mu[self._known])

    def indexed(self) -> Local:
        """Make the indices now, on this thread, rather than at the first question."""
        _ = self._places, self._codes
        return self

    def place(self, z: np.ndarray) -> np.ndarray:
        """Map codes (M, d) to the plane, (M, 2) float32; NaN for a code that is not finite."""
        placed = np.full((len(z), 2), np.nan, np.float32)
        good = np.isfinite(z).all(axis=1)
        if not good.any():
            return placed
        if not len(self._known):
            placed[good] = 0
            return placed
        distance, found = self._codes.query(z[good], k=range(1, min(AROUND, len(self._known)) + 1))
        there = self.xy[self._known][found]  # (M, k, 2)
        nearest = distance[:, :1]
        # At an item's code only the items that have this very code count.
        weight = np.where(nearest > 0, (nearest / np.maximum(distance, 1e-30)) ** 2, distance == 0)
        placed[good] = np.einsum("mk,mkc->mc", weight, there) / weight.sum(axis=1, keepdims=True)
        return placed

    def lift(self, xy: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
        """Map places (M, 2) to codes (M, d) float32; `like` is not needed: nearby items tell all dimensions.

        Beyond the nearest items nothing is known of how codes go on: the plane is followed as far as they reach.
        """
        if not len(self._known):
            shape = (len(xy), self.mu.shape[1])
            return np.zeros(shape, np.float32) if like is None else np.broadcast_to(like, shape).astype(np.float32)
        codes, _, _ = self._fit(np.asarray(xy, np.float64))
        return codes.astype(np.float32)

    def error(self, xy: np.ndarray) -> np.ndarray:
        """How far the codes of nearby items lie from what :meth:`lift` gives there, (M,): root mean square distance."""
        if not len(self._known):
            return np.zeros(len(xy))
        _, residual, weight = self._fit(np.asarray(xy, np.float64))
        squared = np.einsum("mk,mkd,mkd->m", weight, residual, residual)
        error: np.ndarray = np.sqrt(squared)
        return error

    def _fit(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Codes (M, d) at places (M, 2), residuals (M, k, d) of the items fitted to, their weights (M, k)."""
        k = min(FITTED, len(self._known))
        distance, found = self._places.query(xy, k=range(1, k + 1))
        items = self._known[found]
        places, codes = self.xy[items].astype(np.float64), self.mu[items].astype(np.float64)
        reach = np.maximum(distance[:, -1:] * 1.001, 1e-30)
        weight = (1 - (distance / reach) ** 3) ** 3 + 1e-9  # all equally far: all count
        weight /= weight.sum(axis=1, keepdims=True)
        middle = np.einsum("mk,mkc->mc", weight, places)
        mean = np.einsum("mk,mkd->md", weight, codes)
        across, away = places - middle[:, None], codes - mean[:, None]
        scatter = np.einsum("mk,mka,mkb->mab", weight, across, across)
        scatter += (RIDGE * np.trace(scatter, axis1=1, axis2=2)[:, None, None] + 1e-30) * np.eye(2)
        slope = np.linalg.solve(scatter, np.einsum("mk,mka,mkd->mad", weight, across, away))  # (M, 2, d)
        step = xy - middle
        furthest = np.sqrt(np.einsum("mka,mka->mk", across, across).max(axis=1))
        step *= np.minimum(1, furthest / np.maximum(np.hypot(*step.T), 1e-30))[:, None]
        return (
            mean + np.einsum("ma,mad->md", step, slope),
            away - np.einsum("mka,mad->mkd", across, slope),
            weight,
        )

    def spread(self, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Covariance (2, 2) on the plane of N(`mu`, diag `sigma`²), both (d,), from draws: placing has no gradient."""
        draws = np.random.default_rng(0).standard_normal((DRAWS, len(mu)))
        placed = self.place((mu + sigma * draws).astype(np.float32)).astype(np.float64)
        away = placed - self.place(np.asarray(mu, np.float32)[None])
        covariance: np.ndarray = away.T @ away / len(away)
        return covariance

    def extended(self, mu: np.ndarray) -> Generator[Progress, None, Local]:
        """The same map with all of `mu` (N, d) on it, as a generator of :class:`Progress`."""
        parts = []
        for start in range(0, len(mu), CHUNK):
            yield Progress(start, len(mu), "Placing the other items")
            parts.append(self.place(mu[start : start + CHUNK]))
        xy = np.concatenate(parts) if parts else np.empty((0, 2), np.float32)
        return Local(self.name, self.labels, xy, mu).indexed()
