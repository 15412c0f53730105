"""Codes in three dimensions: how they lie, how they are turned, and where each is then seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress
from vae_desktop.latent.projections import Linear, pca

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

AWAY = 4.0  # radii between the eye and the middle: near enough to tell front from back
NEAREST = AWAY - 0.5  # what lies outside the ball, behind the eye, is seen as if it were right before it
SPAN = AWAY / np.sqrt(AWAY**2 - 1)  # how large a ball of radius 1 looks from there
FILL = 0.98  # part of the picture's shorter side that the ball takes
STEEPEST = np.pi / 2  # one looks from straight above at the most: beyond, left and right would change places


def lay_out(mu: np.ndarray, axes: Sequence[int] | None = None) -> Generator[Progress, None, Linear]:
    """Lay codes out along three axes.

    Parameters
    ----------
    mu
        Codes (N, d). A code that is not finite has no finite place.
    axes
        Up to three different latent dimensions, from 0; None: the first three principal components.

    Returns
    -------
    Linear
        A projection with places (N, 3) float32; where there are fewer than three dimensions, the last axes are idle.
    """
    d = mu.shape[1]
    if axes is not None:
        yield Progress(0, 1, "Projecting")
        matrix = np.zeros((3, d))
        matrix[np.arange(len(axes)), axes] = 1
        labels = [f"z{axis + 1}" for axis in axes] + [""] * (3 - len(axes))
        return Linear("axes", mu, tuple(labels), matrix, np.zeros(d))
    good = np.isfinite(mu).all(axis=1)
    if good.all():
        return (yield from pca.components(mu, 3))
    fitted = yield from pca.components(mu[good], 3)
    return (yield from fitted.extended(mu))


def rotation(azimuth: float, elevation: float) -> np.ndarray:
    """Matrix (3, 3) of a turntable: by `azimuth` about the upright axis, then tipped by `elevation`; both in radians.

    It takes places to where the eye sees them: to the right, upwards, towards the eye. At 0, 0 they are as they are.
    """
    sin_a, cos_a, sin_e, cos_e = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    about = np.array([[cos_a, 0, sin_a], [0, 1, 0], [-sin_a, 0, cos_a]])
    tipped = np.array([[1, 0, 0], [0, cos_e, -sin_e], [0, sin_e, cos_e]])
    matrix: np.ndarray = tipped @ about
    return matrix


@dataclass(frozen=True)
class Ball:
    """The smallest ball around the middle of the places that holds them all; in the axes' units."""

    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    radius: float = 1.0

    @classmethod
    def around(cls, places: np.ndarray) -> Ball:
        """Of the finite ones among `places` (N, 3); of radius 1 where they do not spread."""
        places = places[np.isfinite(places).all(axis=1)]
        if not len(places):
            return cls()
        middle = (places.min(axis=0).astype(float) + places.max(axis=0)) / 2
        radius = float(np.sqrt(((places - middle) ** 2).sum(axis=1).max()))
        x, y, z = middle.tolist()
        return cls((x, y, z), radius if radius > 0 else 1.0)


@dataclass(frozen=True)
class Camera:
    """From where one looks: the turntable's angles in radians, how close, and how far the picture is moved.

    `x` and `y` are in parts of the picture's shorter side, to the right and upwards.
    """

    azimuth: float = -0.6
    elevation: float = 0.35
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def turned(self, azimuth: float, elevation: float = 0.0) -> Camera:
        """Turned further; no further than straight from above or below."""
        tipped = min(max(self.elevation + elevation, -STEEPEST), STEEPEST)
        return replace(self, azimuth=(self.azimuth + azimuth) % (2 * np.pi), elevation=tipped)

    def moved(self, x: float, y: float) -> Camera:
        """Moved further."""
        return replace(self, x=self.x + x, y=self.y + y)

    def closer(self, factor: float, x: float = 0.0, y: float = 0.0) -> Camera:
        """Zoomed so that what lies at (`x`, `y`), counted as :attr:`x` and :attr:`y` are, stays there."""
        zoom = min(max(self.zoom * factor, 0.2), 200.0)
        grown = zoom / self.zoom
        return replace(self, zoom=zoom, x=x + (self.x - x) * grown, y=y + (self.y - y) * grown)


@dataclass(frozen=True)
class Sight:
    """What a camera sees of a ball in a picture of `width` × `height` pixels."""

    camera: Camera
    ball: Ball
    width: int
    height: int

    def columns(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where places are seen, in perspective.

        Parameters
        ----------
        x, y, z
            The places' coordinates, (M,) float32 each.

        Returns
        -------
        tuple of ndarray
            Across and downwards in pixels, and how near: 1 at the ball's front, −1 at its back; (M,) each.
        """
        turn = rotation(self.camera.azimuth, self.camera.elevation) / self.ball.radius
        across, up, near = ((turn[i].astype(np.float32), np.float32(-turn[i] @ self.ball.centre)) for i in range(3))
        side = min(self.width, self.height)
        scale = np.float32(self.camera.zoom * side / 2 * FILL / SPAN * AWAY)
        depth = np.minimum(_along(*near, x, y, z), np.float32(NEAREST))
        size = scale / (np.float32(AWAY) - depth)
        u = _along(*across, x, y, z)
        u *= size
        u += np.float32(self.width / 2 + self.camera.x * side)
        v = _along(*up, x, y, z)
        v *= -size
        v += np.float32(self.height / 2 - self.camera.y * side)
        return u, v, depth

    def of(self, places: np.ndarray) -> np.ndarray:
        """The same of places (M, 3), as (M, 3)."""
        return np.stack(self.columns(*np.asarray(places, np.float32).reshape(-1, 3).T), axis=1)


def _along(row: np.ndarray, move: np.float32, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``row · (x, y, z) + move`` without BLAS, which wakes threads for so little."""
    along: np.ndarray = row[0] * x
    along += row[1] * y
    along += row[2] * z
    along += move
    return along
