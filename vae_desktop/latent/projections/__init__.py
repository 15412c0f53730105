"""Projections of codes onto the map, one file each, found by a package walk; numpy only, quick to import."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vae_desktop.core.errors import SettingError
from vae_desktop.core.registry import Registry
from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CHUNK = 65_536  # codes placed at once


class Projection(Protocol):
    """A fitted projection of codes z (N, d) onto the plane: a frozen value, safe in any thread.

    Where one turns it (:mod:`vae_desktop.latent.turn`) it has three axes, and 3 stands for each 2 below.
    """

    @property
    def name(self) -> str:
        """The registered name of its kind."""

    @property
    def xy(self) -> np.ndarray:
        """Where the fitted codes lie, (N, 2) float32."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What each map axis shows: ``z₁``, ``PC 1 (43 %)``."""

    def place(self, z: np.ndarray) -> np.ndarray:
        """Map codes (M, d) to the plane, (M, 2) float32."""

    def lift(self, xy: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
        """Map places (M, 2) to codes (M, d) float32; what the plane does not show is as in `like`, (d,) or (M, d)."""

    def error(self, xy: np.ndarray) -> np.ndarray:
        """How wrong :meth:`lift` is at places (M, 2): a distance between codes, (M,); 0 where it is exact."""

    def spread(self, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Covariance (2, 2) on the plane of N(`mu`, diag `sigma`²), both (d,); to first order where it is curved."""

    def extended(self, mu: np.ndarray) -> Generator[Progress, None, Projection]:
        """The same projection with all of `mu` (N, d) on it: it was fitted to a part of them."""


Fitting = Generator[Progress | Projection, None, Projection]


@dataclass(frozen=True)
class NoSettings:
    """Of a projection that has nothing to set."""


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
        ``fit(mu, **settings)``: a generator that fits to finite posterior means (N, d), yields :class:`Progress`, and
        how the map looks meanwhile where it can tell, and returns the projection.
    help
        One line that explains it.
    Config
        Its settings, a frozen dataclass.
    most
        Items that it is fitted to at the most: it is slow, and nothing to compute at every epoch; None: all.
    """

    name: str
    title: str
    min_latent: int
    fit: Callable[..., Fitting]
    help: str = ""
    Config: type[DataclassInstance] = NoSettings
    most: int | None = None

    def check(self, latent: int) -> None:
        """Raise :class:`SettingError` when `latent` dimensions are too few."""
        if latent < self.min_latent:
            raise SettingError(f"{self.title} needs at least {self.min_latent} latent dimensions; this has {latent}")


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear :class:`Projection`: ``place(z) = matrix · (z − centre)``.

    The rows of `matrix` (2 or 3, d) are orthonormal (a row may be all 0: that map axis is idle), so that lifting moves
    a code within the shown plane only and is exact.
    """

    name: str
    mu: np.ndarray
    labels: tuple[str, ...]
    matrix: np.ndarray
    centre: np.ndarray

    @property
    def xy(self) -> np.ndarray:
        """Where the fitted codes `mu` (N, d) lie, (N, 2 or 3) float32; worked out each time: quick, and large."""
        return self.place(self.mu)

    def place(self, z: np.ndarray) -> np.ndarray:
        """Map codes (M, d), or one (d,), to the plane, (M, 2) or (2,) float32."""
        if not self.centre.any() and np.array_equal(self.matrix, np.eye(z.shape[-1])):
            return np.asarray(z, np.float32)  # it is the plane itself
        placed = np.empty((*z.shape[:-1], len(self.matrix)), np.float32)
        if z.ndim == 1:
            placed[:] = self.matrix @ (z - self.centre)
            return placed
        for start in range(0, len(z), CHUNK):
            part = slice(start, start + CHUNK)
            placed[part] = z[part] @ self.matrix.T - self.matrix @ self.centre
        return placed

    def lift(self, xy: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
        """Map places (M, 2) to codes (M, d) float32; what the plane does not show is as in `like`, (d,) or (M, d)."""
        like = np.asarray(self.centre if like is None else like, np.float64)
        move = np.asarray(xy, np.float64) - (like - self.centre) @ self.matrix.T
        codes: np.ndarray = (like + move @ self.matrix).astype(np.float32)
        return codes

    def error(self, xy: np.ndarray) -> np.ndarray:
        """Zeros (M,): it is exact."""
        return np.zeros(len(xy))

    def extended(self, mu: np.ndarray) -> Generator[Progress, None, Linear]:
        """The same projection with all of `mu` (N, d) on it."""
        yield Progress(0, 1, "Projecting")
        return replace(self, mu=mu)

    def spread(self, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Covariance (2, 2) on the plane of N(`mu`, diag `sigma`²); exact."""
        scaled = self.matrix * sigma
        covariance: np.ndarray = scaled @ scaled.T
        return covariance


projections: Registry[Projector] = Registry("vae_desktop.latent.projections", "projection")


def unsuited(latent: int) -> dict[str, str]:
    """Projections by name that codes of `latent` dimensions are too few for, and why; 0: there are no codes yet."""
    if not latent:
        return dict.fromkeys(projections, "There is no model yet whose items could be laid out")
    words = {2: "two", 3: "three"}
    return {
        name: f"Needs at least {words.get(one.min_latent, one.min_latent)} latent dimensions; this model has {latent}"
        for name, one in projections.items()
        if latent < one.min_latent
    }
