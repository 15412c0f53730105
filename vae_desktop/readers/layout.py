"""How the numbers of an array lie as images: told by its shape and, where that leaves it open, by its values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SIDE = 8  # pixels: fewer a side make no picture
SAMPLE = 64  # rows that are looked at where values decide
SMOOTH = 0.7  # of the difference of any two values: neighbours in a picture differ less


def axes_of(shape: tuple[int, ...], items: int | None = None) -> tuple[int, ...] | None:
    """The axes of an array in the order items, height, width, channels; None when it has no such.

    Parameters
    ----------
    items
        How many items there are, where that is known of something else: it tells which axis counts them.
    """
    first = items is not None and shape[0] == items
    last = items is not None and shape[-1] == items and not first
    if len(shape) == 2:
        return (1, 0) if last else (0, 1)
    if len(shape) == 3:
        height, width, count = shape
        square = height == width != count > 4 and height >= SIDE
        return (2, 0, 1) if last or (square and not first) else (0, 1, 2)
    if len(shape) != 4:
        return None
    found = [(0, 1, 2, 3)] if 1 <= shape[3] <= 4 else []
    found += [(0, 2, 3, 1)] if 1 <= shape[1] <= 4 else []
    found += [(3, 0, 1, 2)] if shape[2] in (1, 3) else []
    if first or last:
        found = [axes for axes in found if axes[0] == (3 if last else 0)] or found
    # An image is larger than its channels are many: of several readings, the one of the largest images.
    return max(found, key=lambda axes: min(shape[axes[1]], shape[axes[2]]), default=None)


@dataclass(frozen=True)
class Pixels:
    """Rows of numbers as pixels: a picture's size, and whether the channels lie one after the other."""

    height: int
    width: int
    channels: int = 1
    planar: bool = False

    def images(self, x: np.ndarray) -> np.ndarray:
        """(N, D) as (N, H, W, C)."""
        if self.planar:
            return x.reshape(-1, self.channels, self.height, self.width).transpose(0, 2, 3, 1)
        return x.reshape(-1, self.height, self.width, self.channels)

    def __str__(self) -> str:
        order = f"×{self.channels}, channel after channel" if self.planar else f"×{self.channels}"
        return f"{self.width}×{self.height}{order if self.channels > 1 else ''}"


def rows_of(x: np.ndarray) -> np.ndarray:
    """A few rows from all over `x`, float32 (K, D)."""
    some = np.asarray(x[:: max(1, len(x) // SAMPLE)][:SAMPLE])
    with np.errstate(over="ignore", invalid="ignore"):
        return some.astype(np.float32)


def pixels_of(rows: np.ndarray, sure: bool) -> Pixels | None:
    """How rows (K, D) are pictures, row by row; None when nothing says that they are.

    Parameters
    ----------
    sure
        Whether the values are such as only pixels have: then a size that fits is enough, else neighbours must be
        alike. Sizes other than squares always need that.
    """
    count = rows.shape[1]
    side, third = math.isqrt(count), math.isqrt(count // 3)
    if side >= SIDE and side * side == count:
        square = Pixels(side, side)
        return square if sure or _roughness(rows, square) < SMOOTH else None
    if third >= SIDE and third * third * 3 == count:
        orders = [Pixels(third, third, 3, planar) for planar in (True, False)]
        rough, best = min(((_roughness(rows, order), order) for order in orders), key=lambda entry: entry[0])
        return best if sure or rough < SMOOTH else None
    if not sure or count > 1 << 20:
        return None
    sizes = [Pixels(count // w, w) for w in range(SIDE, count // SIDE + 1) if count % w == 0]
    near = [size for size in sizes if 0.5 <= size.height / size.width <= 2]
    rough, index = min(((_roughness(rows, size), i) for i, size in enumerate(near)), default=(1.0, 0))
    return near[index] if rough < SMOOTH else None


def _roughness(rows: np.ndarray, pixels: Pixels) -> float:
    """Mean difference of neighbouring pixels, across and down, in that of pixels that are none; 1 without any."""
    images = pixels.images(rows)
    apart = np.abs(rows - np.roll(rows, rows.shape[1] // 2 + pixels.width // 2, axis=1)).mean(dtype=np.float64)
    near = sum(np.abs(np.diff(images, axis=axis)).mean(dtype=np.float64) for axis in (1, 2))
    return float(near / 2 / apart) if np.isfinite(near) and 0 < apart < math.inf else 1.0
