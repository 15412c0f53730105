"""Points painted into one small array: pure numpy, no Qt, at a cost that hardly depends on the size of the dots.

Each pixel is one byte: the group's number in the low bits, a random rank above it, so that where dots meet the
larger byte is on top and no group hides another by its place in the file.
"""

from __future__ import annotations

from functools import cache

import numpy as np

BLOCK = 1 << 16  # points worked on at once: their temporaries stay in the processor's cache
SOFT_UP_TO = 200_000  # points up to which dots have a soft rim
RIM_WIDTH = 0.75
RIM = 128  # added to a group's number in the rim
MAX_GROUPS = 127


def radius_for(n: int) -> float:
    """Radius of a dot in logical pixels for `n` points: readable when few, fine when many."""
    return float(np.clip(12.5 * max(n, 1) ** -0.18, 0.6, 4.5))


@cache
def _half_widths(radius: float) -> tuple[int, ...]:
    """Half-width of a disc's pixel row at heights 0…r."""
    return tuple(int(np.sqrt(radius * radius - y * y)) for y in range(int(radius) + 1))


def _spread(image: np.ndarray, shift: int, out: np.ndarray) -> None:
    """Maximum of `out` and flat `image` moved by ±`shift` pixels; what wraps round falls into the margins."""
    np.maximum(out[shift:], image[:-shift], out=out[shift:])
    np.maximum(out[:-shift], image[shift:], out=out[:-shift])


def dilate(image: np.ndarray, stride: int, radius: float, out: np.ndarray, wide: np.ndarray) -> None:
    """Spread every value of a flat image over a disc, the larger value on top, into `out`; `wide` is scratch."""
    rows = _half_widths(radius)
    out.fill(0)
    wide[:] = image
    for half in range(rows[0] + 1):
        if half:
            _spread(image, half, wide)
        for dy, reach in enumerate(rows):
            if reach == half and dy:
                _spread(wide, dy * stride, out)
    np.maximum(out, wide, out=out)  # the middle row is the widest


class PointRaster:
    """Paints N points of up to 127 groups.

    Parameters
    ----------
    xy
        (N, 2) float32 places.
    groups
        (N,) uint8 below 127: which colour each has.
    """

    def __init__(self, xy: np.ndarray, groups: np.ndarray) -> None:
        order = np.random.default_rng(0).permutation(len(xy))
        placed = np.where(np.isfinite(xy), xy, np.float32(np.inf))  # what has no place is never in view
        self._all = (
            np.ascontiguousarray(placed[order, 0], np.float32),
            np.ascontiguousarray(placed[order, 1], np.float32),
            groups[order],
            order.astype(np.int32),
        )
        finite = xy[np.isfinite(xy).all(axis=1)]
        self._bounds = (finite.min(axis=0), finite.max(axis=0)) if len(finite) else (np.full(2, -3.0), np.full(2, 3.0))
        self._mask = np.uint8((1 << (int(groups.max(initial=0)) + 1).bit_length()) - 1)
        self._shown = np.ones(256, bool)
        self._take(None)
        self._kept: tuple[np.ndarray, ...] = (np.empty(0, np.uint8),)
        self._buffers = (np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.intp))

    def _take(self, keep: np.ndarray | None) -> None:
        self.x, self.y, groups, self._items = (part if keep is None else part[keep] for part in self._all)
        rank = np.random.default_rng(1).integers(0, 256, len(groups), np.uint8)
        self._values: np.ndarray = (rank & ~self._mask) | (groups + np.uint8(1)).astype(np.uint8)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def total(self) -> int:
        """Points in all, hidden ones too."""
        return len(self._all[0])

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower left and upper right corner of all points, (2,) each; ±3 when there are none."""
        return self._bounds

    def show(self, shown: np.ndarray) -> None:
        """Show only the groups where `shown`, (256,) bool, is true."""
        if not np.array_equal(shown, self._shown):
            self._shown = shown.copy()
            self._take(shown[self._all[2]])

    def paint(self, width: int, height: int, scale: float, left: float, top: float, radius: float) -> np.ndarray:
        """Paint the view whose pixel (i, j) begins at ``(left + i/scale, top − j/scale)``; `radius` in pixels.

        Returns
        -------
        ndarray
            (height, width) uint8, C-contiguous: 0 or `RIM` nothing, 1 + group a dot, `RIM` + 1 + group its soft rim.
        """
        soft = len(self.x) <= SOFT_UP_TO
        margin = int(radius) + 3
        stride, rows = width + 2 * margin, height + 2 * margin
        pixels, wide, out, rim = self._pictures(rows * stride)
        pixels.fill(0)
        gain_x, move_x = np.float32(scale), np.float32(margin - left * scale)
        gain_y, move_y = np.float32(-scale), np.float32(margin + top * scale)
        for start in range(0, len(self.x), BLOCK):
            x, y = self.x[start : start + BLOCK], self.y[start : start + BLOCK]
            fx, fy, at = (buffer[: len(x)] for buffer in self._buffers)
            np.multiply(x, gain_x, out=fx)
            fx += move_x
            np.clip(fx, 0, stride - 1, out=fx)
            np.floor(fx, out=fx)
            np.multiply(y, gain_y, out=fy)
            fy += move_y
            np.clip(fy, 0, rows - 1, out=fy)
            np.floor(fy, out=fy)
            fy *= stride
            fy += fx  # whole numbers below 2²⁴: exact in float32
            np.copyto(at, fy, casting="unsafe")
            pixels[at] = self._values[start : start + BLOCK]
        # Points outside were clipped onto the border: they are not there.
        image = pixels.reshape(rows, stride)
        image[0], image[-1], image[:, 0], image[:, -1] = 0, 0, 0, 0
        dilate(pixels, stride, radius, out, wide)
        out &= self._mask
        if soft:
            dilate(pixels, stride, radius + RIM_WIDTH, rim, wide)
            rim &= self._mask
            rim |= np.uint8(RIM)
            np.equal(out, 0, out=wide.view(bool))
            rim *= wide
            out |= rim
        return np.ascontiguousarray(out.reshape(rows, stride)[margin : margin + height, margin : margin + width])

    def _pictures(self, size: int) -> tuple[np.ndarray, ...]:
        """Four flat pictures to work in, kept from frame to frame: new memory costs more than painting."""
        if len(self._kept[0]) != size:
            self._kept = tuple(np.empty(size, np.uint8) for _ in range(4))
        return self._kept

    def nearest(self, x: float, y: float, reach: float) -> int:
        """Item nearest to a place among the shown ones no further than `reach` in x and y, or −1."""
        near = np.flatnonzero((self.x > x - reach) & (self.x < x + reach) & (self.y > y - reach) & (self.y < y + reach))
        if not len(near):
            return -1
        distance = (self.x[near] - x) ** 2 + (self.y[near] - y) ** 2
        return int(self._items[near[np.argmin(distance)]])
