"""Projections of codes onto the map, one file each, found by a package walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from vae_desktop.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy as np

    from vae_desktop.core.work import Progress


class Projection(Protocol):
    """A fitted projection of codes z (N, d) onto the plane: a frozen value, pure numpy, safe in any thread."""

    name: str
    xy: np.ndarray  # (N, 2) float32: where the fitted codes lie

    def place(self, z: np.ndarray) -> np.ndarray:
        """Map codes (M, d) to the plane, (M, 2) float32."""

    def lift(self, xy: np.ndarray, like: np.ndarray) -> np.ndarray:
        """Map places (M, 2) to codes (M, d) float32; what the plane does not show is taken from `like` (d,)."""


class Fit(Protocol):
    """How a projection is made; what a projection's file registers."""

    title: str
    min_latent: int  # latent dimensions it needs to make sense

    def __call__(self, mu: np.ndarray, **settings: Any) -> Generator[Progress, None, Projection]:
        """Fit to posterior means (N, d)."""


projections: Registry[type[Fit]] = Registry("vae_desktop.latent.projections", "projection")
