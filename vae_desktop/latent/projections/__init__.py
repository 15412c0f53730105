"""Projections of codes onto the map, one file each, found by a package walk; numpy only, quick to import."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vae_desktop.core.registry import Registry
from vae_desktop.core.work import Progress


class Projection(Protocol):
    """A fitted projection of codes z (N, d) onto the plane: a frozen value, safe in any thread."""

    @property
    def name(self) -> str:
        """The registered name of its kind."""

    @property
    def xy(self) -> np.ndarray:
        """Where the fitted codes lie, (N, 2) float32."""

    @property
    def labels(self) -> tuple[str, str]:
        """What the two map axes show: ``z₁``, ``PC 1 (43 %)``."""

    def place(self, z: np.ndarray) -> np.ndarray:
        """Map codes (M, d) to the plane, (M, 2) float32."""

    def lift(self, xy: np.ndarray, like: np.ndarray) -> np.ndarray:
        """Map places (M, 2) to codes (M, d) float32; what the plane does not show is taken from `like` (d,)."""

    def spread(self, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Covariance (2, 2) on the plane of N(`mu`, diag `sigma`²), both (d,); to first order where it is curved."""


Fitting = Generator[Progress, None, Projection]


@dataclass(frozen=True)
class Projector:
    """One kind of projection.

    Parameters
    ----------
    name, title
        What it is called in files, and by people.
    min_latent
        Latent dimensions from which it makes sense.
    fit
        ``fit(mu, **settings)``: a generator that fits to posterior means (N, d), yields :class:`Progress` and
        returns the projection.
    """

    name: str
    title: str
    min_latent: int
    fit: Callable[..., Fitting]


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear :class:`Projection`: ``place(z) = matrix · (z − centre)``.

    The rows of `matrix` (2, d) are orthonormal (a row may be all 0: that map axis is idle), so that lifting moves a
    code within the shown plane only and is exact.
    """

    name: str
    xy: np.ndarray
    labels: tuple[str, str]
    matrix: np.ndarray
    centre: np.ndarray

    @classmethod
    def fitted(
        cls, name: str, mu: np.ndarray, labels: tuple[str, str], matrix: np.ndarray, centre: np.ndarray
    ) -> Linear:
        """Build with the places of `mu` (N, d)."""
        return cls(name, _place(mu, matrix, centre), labels, matrix, centre)

    def place(self, z: np.ndarray) -> np.ndarray:
        """Map codes (M, d) to the plane, (M, 2) float32."""
        return _place(z, self.matrix, self.centre)

    def lift(self, xy: np.ndarray, like: np.ndarray) -> np.ndarray:
        """Map places (M, 2) to codes (M, d) float32; what the plane does not show is taken from `like` (d,)."""
        like = np.asarray(like, np.float64)
        move = np.asarray(xy, np.float64) - self.matrix @ (like - self.centre)
        codes: np.ndarray = (like + move @ self.matrix).astype(np.float32)
        return codes

    def spread(self, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Covariance (2, 2) on the plane of N(`mu`, diag `sigma`²); exact."""
        scaled = self.matrix * sigma
        covariance: np.ndarray = scaled @ scaled.T
        return covariance


def _place(z: np.ndarray, matrix: np.ndarray, centre: np.ndarray) -> np.ndarray:
    placed: np.ndarray = (z @ matrix.T - matrix @ centre).astype(np.float32)
    return placed


projections: Registry[Projector] = Registry("vae_desktop.latent.projections", "projection")
