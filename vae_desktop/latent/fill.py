"""How z is filled in where a map shows two directions of it only: as at the cursor, the mean, or the mean nearby."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.latent.projections import Linear

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.projections import Projection

NEARBY = 24  # items on the map that tell the mean nearby
OTHERS: Mapping[str, str] = MappingProxyType(
    {"cursor": "as at the cursor", "mean": "mean of all", "local": "mean nearby"}
)


@dataclass(frozen=True, eq=False)
class Fill:
    """Lifts places of a map to codes, with what the map does not show filled in.

    Parameters
    ----------
    projection
        The map; a curved one needs no filling in: its items tell all dimensions.
    mu
        Codes (N, d) of its items.
    like
        Code (d,) that the other dimensions are taken from, unless they are the mean nearby.
    others
        One of :data:`OTHERS`.
    """

    projection: Projection
    mu: np.ndarray
    like: np.ndarray
    others: str = "cursor"

    @classmethod
    def of(cls, projection: Projection, posterior: Posterior, others: str, cursor: np.ndarray | None) -> Fill:
        """Fill in as `others` says; without a cursor (d,) of this space its mean stands in."""
        mean = others != "cursor" or cursor is None or len(cursor) != posterior.mu.shape[1]
        like = posterior.middle if mean or cursor is None else cursor
        return cls(projection, posterior.mu, np.asarray(like, np.float32), others)

    @property
    def fixed(self) -> bool:
        """Whether every place takes the other dimensions from the same code."""
        return self.others != "local" or not isinstance(self.projection, Linear)

    @property
    def plane(self) -> bytes:
        """What tells two planes of codes apart: no move within the plane changes it."""
        if not self.fixed:
            return b"local"
        if not isinstance(self.projection, Linear):
            return b""
        origin = self.projection.lift(np.zeros((1, 2), np.float32), self.like)
        return (np.round(origin, 4) + np.float32(0)).tobytes()  # −0 and 0 are the same place

    def lift(self, xy: np.ndarray) -> np.ndarray:
        """Codes (M, d) float32 of places (M, 2), which they are placed at again."""
        if self.fixed:
            return self.projection.lift(xy, self.like)
        return self.projection.lift(xy, self._nearby(np.asarray(xy, np.float64)))

    def prepared(self) -> Fill:
        """The same, which from now on lifts quickly: an index of many items takes a while."""
        if not self.fixed:
            _ = self._places
        return self

    @cached_property
    def _places(self) -> tuple[np.ndarray, Any]:
        """Items that have a place, (K,), and an index of these."""
        from scipy.spatial import cKDTree  # a third of a second

        xy = self.projection.xy
        known = np.flatnonzero(np.isfinite(xy).all(axis=1))
        return known, cKDTree(xy[known])

    def _nearby(self, xy: np.ndarray) -> np.ndarray:
        """Mean code (M, d) of the items nearest to places (M, 2), weighted by their closeness (Cleveland 1979)."""
        known, tree = self._places
        if not len(known):
            return np.broadcast_to(self.like, (len(xy), len(self.like)))
        distance, found = tree.query(xy, k=range(1, min(NEARBY, len(known)) + 1))
        weight = closeness(distance)
        codes = self.mu[known[found]]  # (M, k, d)
        mean: np.ndarray = (weight[:, None] @ codes)[:, 0]
        return mean


def closeness(distance: np.ndarray) -> np.ndarray:
    """Weights (M, k), summing to 1, of neighbours at distances (M, k), the last one the furthest: tricube."""
    reach = np.maximum(distance[:, -1:] * 1.001, 1e-30)
    weight = (1 - (distance / reach) ** 3) ** 3 + 1e-9  # all equally far: all count
    normed: np.ndarray = weight / weight.sum(axis=1, keepdims=True)
    return normed
