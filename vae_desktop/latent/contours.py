"""Where most of the items lie on the map: contours of a smoothed density, one set for each group."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.work import Progress, finish

if TYPE_CHECKING:
    from collections.abc import Generator

SHARES = (0.25, 0.5, 0.75, 0.95)  # of the items within each contour, the innermost first
FEWEST = 8  # items of a group that can be drawn
TAIL = 0.001  # part of the items beyond each side of the grid, at most
CELLS = 256  # along the longer side of a grid, at most
FINE = 5  # cells a bandwidth: a smoothed density is well drawn so
MARGIN = 4.0  # bandwidths around the items


@dataclass(frozen=True, eq=False)
class Contour:
    """The region of highest density of one group that holds a `share` of its items (Hyndman 1996).

    `rings` are closed outlines (M, 2) float32 in the plane's units; holes are among them: a place is within when an
    odd number of rings is around it.
    """

    group: int
    share: float
    rings: tuple[np.ndarray, ...]


def contouring(xy: np.ndarray, groups: np.ndarray, count: int) -> Generator[Progress, None, tuple[Contour, ...]]:
    """Contours as a generator of :class:`Progress`, one a group; see :func:`contours`."""
    order = np.argsort(groups, kind="stable")
    ends = np.searchsorted(groups[order], np.arange(count + 1))
    found: list[Contour] = []
    for group in range(count):
        yield Progress(group, count, "Density")
        found += _of_one(xy[order[ends[group] : ends[group + 1]]], group)
    return tuple(found)


def contours(xy: np.ndarray, groups: np.ndarray, count: int) -> tuple[Contour, ...]:
    """Contours of each of `count` groups, at :data:`SHARES` of its items, the outermost first.

    The density is a histogram smoothed by a Gaussian whose width follows the rule of Scott (1992): σ n^(−1/6).

    Parameters
    ----------
    xy
        Places (N, 2); those that are not finite do not count.
    groups
        Which group each item is of, (N,) whole numbers from 0.
    """
    return finish(contouring(xy, groups, count))


def _of_one(xy: np.ndarray, group: int) -> list[Contour]:
    from contourpy import FillType, contour_generator
    from scipy.ndimage import gaussian_filter

    xy = xy[np.isfinite(xy).all(axis=1)].astype(np.float64)
    n = len(xy)
    if n < FEWEST:
        return []
    below, quarter, three, above = np.quantile(xy, [TAIL, 0.25, 0.75, 1 - TAIL], axis=0)
    # A few items far out, or two islands, would widen the plain standard deviation without bound.
    spread = np.minimum(xy.std(axis=0), np.where(three > quarter, (three - quarter) / 1.349, np.inf))
    size = (above - below).max()
    if not size > 0:
        return []  # all in one place: there is no region to draw
    width = np.maximum(spread * n ** (-1 / 6), size / CELLS)
    low, high = below - MARGIN * width, above + MARGIN * width
    step = max(float((high - low).max()) / CELLS, float(width.min()) / FINE)
    shape = np.ceil((high - low) / step).astype(int) + 1  # columns, rows
    cell = np.round((xy - low) / step).astype(int)
    inside = ((cell >= 0) & (cell < shape)).all(axis=1)
    flat = cell[inside] @ np.array([1, shape[0]])
    counts = np.bincount(flat, minlength=shape[0] * shape[1])
    density = gaussian_filter(counts.reshape(shape[::-1]).astype(float), (width / step)[::-1], mode="constant")
    density[[0, -1]] = density[:, [0, -1]] = 0  # every outline is closed
    lines = contour_generator(
        low[0] + step * np.arange(shape[0]), low[1] + step * np.arange(shape[1]), density,
        fill_type=FillType.OuterOffset,
    )  # fmt: skip
    found = []
    for share, level in zip(SHARES[::-1], _levels(density.ravel(), counts, n)[::-1], strict=True):
        filled: Any = lines.filled(level, 2 * density.max())
        rings = [
            np.asarray(outline[start:end], np.float32)
            for outline, ends in zip(*filled, strict=True)
            for start, end in itertools.pairwise(ends)
        ]
        found.append(Contour(group, share, tuple(rings)))
    return found


def _levels(density: np.ndarray, counts: np.ndarray, n: int) -> list[float]:
    """Densities above which each of the shares of all `n` items lies, falling; both (cells,)."""
    order = np.argsort(-density)
    held = np.cumsum(counts[order])
    at = np.searchsorted(held, np.array(SHARES) * min(n, held[-1]))
    levels: list[float] = density[order[np.minimum(at, len(order) - 1)]].tolist()
    return [max(level, 1e-9) for level in levels]
