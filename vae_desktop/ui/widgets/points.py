"""Points on a plane and an index of them, for millions: pure numpy, no Qt, frozen, safe in any thread.

The points lie in levels, each drawn evenly from every group and each sorted by the cells of a grid: the first levels
are an honest part of all, and what is near a place or within a view are a few slices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FIRST = 520_000  # points of the first level
GROWTH = 1.5  # all levels so far, from one to the next
GRID = 512  # cells on a side, at the most
PER_CELL = 8  # points in a cell, as far as the grid allows
EDGE = 0.001  # share of the points on each side that the grid need not tell apart
COUNTED = 4096  # points in the cells of a box up to which they are counted one by one: few cells hold few points
SLICED = 256  # rows of cells up to which each is a slice of its own
MAX_GROUPS = 127
LOT = 20_261  # seed: other than what data is usually made with
MASK_SIDE = 2048  # pixels of a lasso's picture
BLOCK = 1 << 16  # points looked at at once: their temporaries stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells over the plane; those at the rim reach to infinity."""

    low: tuple[float, float]
    per_cell: tuple[float, float]  # cells per unit
    side: int

    @classmethod
    def over(cls, x: np.ndarray, y: np.ndarray) -> Grid:
        """A grid over places (N,), whatever a few of them far away do."""
        side = int(np.clip(np.sqrt(len(x) / PER_CELL), 1, GRID))
        step = max(1, len(x) // 50_000)
        low, high = np.zeros(2), np.ones(2)
        if len(x):
            low, high = np.quantile(np.stack([x[::step], y[::step]]).astype(np.float64), [EDGE, 1 - EDGE], axis=1)
        span = np.where(high > low, high - low, 1.0)
        return cls((float(low[0]), float(low[1])), (float(side / span[0]), float(side / span[1])), side)

    def along(self, places: np.ndarray, axis: int) -> np.ndarray:
        """Column (axis 0) or row (axis 1) of cells in which places (N,) lie, int32."""
        at = (places - np.float32(self.low[axis])) * np.float32(self.per_cell[axis])
        return np.clip(at, 0, self.side - 1, out=at).astype(np.int32)

    def between(self, first: float, last: float, axis: int) -> tuple[int, int]:
        """First and last column or row of cells that can hold places from `first` to `last`."""
        ends = [(place - self.low[axis]) * self.per_cell[axis] for place in (first, last)]
        at = np.clip([ends[0] - 1, ends[1] + 1], 0, self.side - 1)  # one more: places were rounded to float32
        return int(at[0]), int(at[1])


@dataclass(frozen=True, eq=False)
class Points:
    """N points of up to 127 groups.

    Parameters
    ----------
    x, y
        (M,) float32, of the finite ones.
    items
        (M,) int32: which item each is.
    values
        (M,) uint8: 1 + its group in the low bits, a random rank above: where dots meet, the larger is on top, and no
        group hides another by its place in the file.
    starts
        (levels, side² + 1) int32: where in x each level's cells begin.
    bits
        The low bits that hold the group.
    """

    x: np.ndarray
    y: np.ndarray
    items: np.ndarray
    values: np.ndarray
    starts: np.ndarray
    grid: Grid
    bits: int
    corners: tuple[np.ndarray, np.ndarray]
    total: int

    @classmethod
    def of(cls, xy: np.ndarray, groups: np.ndarray, strata: np.ndarray | None = None) -> Points:
        """Index places (N, 2) float32 with their `groups` (N,) uint8; each of `strata` has its share in every level."""
        strata = groups if strata is None else strata
        good = np.isfinite(xy).all(axis=1)
        items = np.flatnonzero(good).astype(np.int32) if not good.all() else np.arange(len(xy), dtype=np.int32)
        np.random.default_rng(LOT).shuffle(items)
        x, y = xy[items, 0], xy[items, 1]
        grid = Grid.over(x, y)
        cells = grid.side**2
        levels, count = _levels(strata[items])
        key = grid.along(y, 1) * np.int32(grid.side) + grid.along(x, 0)
        key += levels * np.int32(cells)
        order = np.argsort(key)
        first = np.zeros(count * cells + 1, np.int32)
        np.cumsum(_counts(key, count * cells), out=first[1:])
        starts = np.stack([first[level * cells : (level + 1) * cells + 1] for level in range(count)])
        low = np.array([x.min(), y.min()]) if len(x) else np.full(2, -3.0)
        high = np.array([x.max(), y.max()]) if len(x) else np.full(2, 3.0)
        items = items[order]
        values, bits = _values(groups[items])
        return cls(x[order], y[order], items, values, starts, grid, bits, (low, high), len(xy))

    @classmethod
    def none(cls) -> Points:
        """No points."""
        return cls.of(np.empty((0, 2), np.float32), np.empty(0, np.uint8))

    def __len__(self) -> int:
        return len(self.x)

    @property
    def nbytes(self) -> int:
        """Bytes that all of it takes."""
        return sum(part.nbytes for part in (self.x, self.y, self.items, self.values, self.starts))

    def coloured(self, groups: np.ndarray) -> Points:
        """The same points in other `groups` (N,) uint8."""
        values, bits = _values(groups[self.items])
        return replace(self, values=values, bits=bits)

    def only(self, chosen: np.ndarray) -> Points:
        """The points of the items where `chosen` (N,) bool is true."""
        keep = chosen[self.items]
        kept = np.concatenate([[0], np.cumsum(keep, dtype=np.int32)]).astype(np.int32)
        parts = {name: getattr(self, name)[keep] for name in ("x", "y", "items", "values")}
        return replace(self, starts=kept[self.starts], **parts)

    def within(self, x0: float, y0: float, x1: float, y1: float) -> list[list[slice]]:
        """For each level the slices that hold all points of a box, and perhaps some beside it."""
        left, right = self.grid.between(x0, x1, 0)
        bottom, top = self.grid.between(y0, y1, 1)
        side = self.grid.side
        if top - bottom >= SLICED or right - left + 1 == side:
            rows = np.array([[bottom * side, (top + 1) * side]])
        else:
            row = np.arange(bottom, top + 1) * side
            rows = np.stack([row + left, row + right + 1], axis=1)
        return [[slice(a, b) for a, b in level[rows].tolist() if b > a] for level in self.starts]

    def near(self, x0: float, y0: float, x1: float, y1: float) -> int:
        """About how many points lie in a box; just how many where they are few."""
        left, right = self.grid.between(x0, x1, 0)
        bottom, top = self.grid.between(y0, y1, 1)
        row = np.arange(bottom, top + 1) * self.grid.side
        about = int((self.starts[:, row + right + 1] - self.starts[:, row + left]).sum())
        if not 0 < about <= COUNTED:
            return about
        slices = [one for level in self.within(x0, y0, x1, y1) for one in level]
        x, y = np.concatenate([self.x[one] for one in slices]), np.concatenate([self.y[one] for one in slices])
        return int(np.count_nonzero((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)))

    def nearest(self, x: float, y: float, reach: float) -> int:
        """Item nearest to a place, no further than `reach` in x and y, or −1."""
        slices = [one for level in self.within(x - reach, y - reach, x + reach, y + reach) for one in level]
        if not slices:
            return -1
        away_x = np.concatenate([self.x[one] for one in slices]) - np.float32(x)
        away_y = np.concatenate([self.y[one] for one in slices]) - np.float32(y)
        close = np.flatnonzero(np.maximum(np.abs(away_x), np.abs(away_y)) < reach)
        if not len(close):
            return -1
        best = int(close[np.argmin(away_x[close] ** 2 + away_y[close] ** 2)])
        for one in slices:
            if best < one.stop - one.start:
                return int(self.items[one.start + best])
            best -= one.stop - one.start
        raise AssertionError

    def inside(self, outline: np.ndarray) -> np.ndarray:
        """Items within a closed `outline` (M, 2), sorted int32; where it crosses itself, by the even-odd rule."""
        from PIL import Image, ImageDraw

        low, high = outline.min(axis=0), outline.max(axis=0)
        if len(outline) < 3 or not (high > low).all():
            return np.empty(0, np.int32)
        gain = (MASK_SIDE - 5) / (high - low)
        corners = [(float(x) + 2, float(y) + 2) for x, y in (outline - low) * gain]
        picture = Image.new("L", (MASK_SIDE, MASK_SIDE))
        draw = ImageDraw.Draw(picture)
        draw.polygon(corners, fill=1)
        draw.line([*corners, corners[0]], fill=2, width=3)  # along its rim each point is looked at by itself
        mask = np.asarray(picture).reshape(-1)
        within, rim = [], []
        move = 2.5 - low * gain
        bottom, top = self.grid.between(low[1], high[1], 1)
        spans = self.starts[:, [bottom * self.grid.side, (top + 1) * self.grid.side]].tolist()
        for start, stop in ((at, min(at + BLOCK, last)) for first, last in spans for at in range(first, last, BLOCK)):
            block = slice(start, stop)
            column = np.clip(self.x[block] * np.float32(gain[0]) + np.float32(move[0]), 0, MASK_SIDE - 1)
            row = np.clip(self.y[block] * np.float32(gain[1]) + np.float32(move[1]), 0, MASK_SIDE - 1)
            kind = mask[row.astype(np.int32) * MASK_SIDE + column.astype(np.int32)]
            within.append(self.items[block][kind == 1])
            rim.append(start + np.flatnonzero(kind == 2))
        if not rim:
            return np.empty(0, np.int32)
        near = np.concatenate(rim)
        within.append(self.items[near[_enclosed(self.x[near], self.y[near], outline)]])
        return np.sort(np.concatenate(within))

    def apart(self, box: tuple[float, float, float, float], distance: float) -> np.ndarray:
        """Indices of points in a box, each `distance` from the others in x or y: which ones hangs on no view."""
        x0, y0, x1, y1 = box
        slices = [one for level in self.within(*box) for one in level]
        near = np.concatenate([np.arange(one.start, one.stop) for one in slices]) if slices else np.empty(0, int)
        x, y = self.x[near], self.y[near]
        near = near[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)]
        near = near[np.argsort(self.items[near] * np.int64(2_654_435_761) % 2**32)]  # in an order as if by lot
        taken: dict[tuple[int, int], tuple[float, float]] = {}
        kept = []
        for index, px, py in zip(near.tolist(), self.x[near].tolist(), self.y[near].tolist(), strict=True):
            column, row = int(px // distance), int(py // distance)
            around = (taken.get((column + i, row + j)) for i in (-1, 0, 1) for j in (-1, 0, 1))
            if all(one is None or abs(one[0] - px) >= distance or abs(one[1] - py) >= distance for one in around):
                taken[column, row] = (px, py)
                kept.append(index)
        return np.array(kept, np.intp)

    def groups_of(self, which: np.ndarray) -> np.ndarray:
        """Groups (K,) uint8 of the points with these indices (K,)."""
        groups: np.ndarray = (self.values[which] & np.uint8(self.bits)) - np.uint8(1)
        return groups


def _levels(strata: np.ndarray) -> tuple[np.ndarray, int]:
    """Level of each point, (N,) int32, and how many there are: each stratum has its share in each."""
    n = len(strata)
    ends = []
    size = float(FIRST)
    while size < n:
        ends.append(size / n)
        size *= GROWTH
    if not ends:
        return np.zeros(n, np.int32), 1
    order = np.argsort(strata, kind="stable")  # within each stratum as shuffled
    count = _counts(strata, 256)
    within = np.arange(n, dtype=np.float32) - np.repeat(np.cumsum(count) - count, count).astype(np.float32)
    within += 0.5
    within /= np.repeat(count, count).astype(np.float32)
    levels = np.empty(n, np.int32)
    levels[order] = np.searchsorted(np.array(ends, np.float32), within)
    return levels, len(ends) + 1


def _counts(keys: np.ndarray, n: int) -> np.ndarray:
    """How often each of 0 … n − 1 is among `keys`, (n,); in blocks, as numpy keeps Python's lock while it counts."""
    counts = np.zeros(n, np.intp)
    for start in range(0, len(keys), BLOCK):
        np.add.at(counts, keys[start : start + BLOCK], 1)
    return counts


def _values(groups: np.ndarray) -> tuple[np.ndarray, int]:
    """Groups (N,) with a random rank above them, and the bits that hold the group."""
    bits = (1 << (int(groups.max(initial=0)) + 1).bit_length()) - 1
    rank = np.random.default_rng(LOT + 1).integers(0, 256, len(groups), np.uint8)
    return (rank & np.uint8(255 - bits)) | (groups + np.uint8(1)), bits


def _enclosed(x: np.ndarray, y: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Whether each place (N,) is within an `outline` (M, 2), bool: a ray from it crosses it an odd number of times."""
    odd = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd
