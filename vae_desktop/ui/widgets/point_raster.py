"""Points painted into small arrays: pure numpy, no Qt. Few are round dots, many are the picture of their density.

The cost hardly depends on the size of the dots. Each pixel is one byte: the group's number in the low bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from vae_desktop.ui.widgets.points import Points

BLOCK = 1 << 16  # points worked on at once: their temporaries stay in the processor's cache
DOTS_UP_TO = 100_000  # points in view up to which each is a dot
RIM_WIDTH = 0.75
RIM = 128  # added to a group's number in the rim
FAINTEST = 0.35  # opacity where there is one point
FULL = 8.0  # times the usual number of points in a pixel: opaque
COUNTS = 4096


def radius_for(n: int) -> float:
    """Radius of a dot in logical pixels for `n` points: readable when few, fine when many."""
    return float(np.clip(12.5 * max(n, 1) ** -0.18, 0.6, 4.5))


@dataclass(frozen=True)
class Frame:
    """A view in pixels: pixel (i, j) begins at ``(left + i/scale, top − j/scale)``."""

    width: int
    height: int
    scale: float
    left: float
    top: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        return self.left, self.top - self.height / self.scale, self.left + self.width / self.scale, self.top


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


class Raster:
    """A picture's memory, kept from frame to frame: new memory costs more than painting. For one thread at a time."""

    def __init__(self) -> None:
        self._kept: tuple[np.ndarray, ...] = (np.empty(0, np.uint8),)
        self._counts = np.empty(0, np.intp)
        self._x, self._y = np.empty(2 * BLOCK, np.float32), np.empty(2 * BLOCK, np.float32)
        self._at = np.empty(2 * BLOCK, np.intp)

    def _begin(self, frame: Frame, radius: float) -> tuple[int, int, int]:
        """Margin, stride and rows of the picture with a margin for what reaches in from outside."""
        margin = int(radius) + 3
        stride, rows = frame.width + 2 * margin, frame.height + 2 * margin
        if len(self._kept[0]) != stride * rows:
            self._kept = tuple(np.empty(stride * rows, np.uint8) for _ in range(4))
            self._counts = np.empty(stride * rows, np.intp)
        return margin, stride, rows

    def _pixels(
        self, points: Points, slices: Sequence[slice], frame: Frame, size: tuple[int, int, int]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Blocks of values, and each one's pixel in the flat picture; those outside it come to lie on its border."""
        margin, stride, rows = size
        gain_x, move_x = np.float32(frame.scale), np.float32(margin - frame.left * frame.scale)
        gain_y, move_y = np.float32(-frame.scale), np.float32(margin + frame.top * frame.scale)
        for x, y, values in _blocks(points, slices):
            fx, fy, at = self._x[: len(x)], self._y[: len(x)], self._at[: len(x)]
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
            yield values, at

    def dots(self, points: Points, frame: Frame, radius: float) -> np.ndarray:
        """Paint every point in view as a dot of `radius` pixels.

        Returns
        -------
        ndarray
            (height, width) uint8, C-contiguous: 0 or `RIM` nothing, 1 + group a dot, `RIM` + 1 + group its soft rim.
        """
        margin, stride, rows = self._begin(frame, radius)
        pixels, wide, out, rim = self._kept
        pixels.fill(0)
        reach = margin / frame.scale
        left, bottom, right, top = frame.box
        for level in points.within(left - reach, bottom - reach, right + reach, top + reach):
            for values, at in self._pixels(points, level, frame, (margin, stride, rows)):
                pixels[at] = values
        _clear_border(pixels, stride, rows)
        dilate(pixels, stride, radius, out, wide)
        out &= np.uint8(points.bits)
        dilate(pixels, stride, radius + RIM_WIDTH, rim, wide)
        rim &= np.uint8(points.bits)
        rim |= np.uint8(RIM)
        np.equal(out, 0, out=wide.view(bool))
        rim *= wide
        out |= rim
        return _cut(out, stride, rows, margin)

    def density(
        self, points: Points, frame: Frame, radius: float, steps: int, least: int | None = None
    ) -> tuple[np.ndarray, int]:
        """Paint how many points lie in each pixel, as steps of opacity, in the colour of one of them drawn by lot.

        Parameters
        ----------
        steps
            Steps of opacity; (groups) × `steps` must be below 256.
        least
            Levels are painted until so many points are in view; None: all.

        Returns
        -------
        pixels
            (height, width) uint8, C-contiguous: 0 nothing, 1 + group · `steps` + step.
        drawn
            Points in view that were painted.
        """
        margin, stride, rows = self._begin(frame, radius)
        pixels, wide, out, level_of = self._kept
        pixels.fill(0)
        counts, drawn = self._counts, 0
        counts.fill(0)
        for level in points.within(*frame.box):
            for values, at in self._pixels(points, level, frame, (margin, stride, rows)):
                pixels[at] = values
                np.add.at(counts, at, 1)
            _clear_border(counts, stride, rows)
            drawn = int(counts.sum())
            if least is not None and drawn >= least:
                break
        _clear_border(pixels, stride, rows)
        pixels &= np.uint8(points.bits)
        np.take(_steps(int(np.count_nonzero(pixels)), drawn, steps), counts, mode="clip", out=wide)
        dilate(wide, stride, radius, level_of, out)
        dilate(pixels, stride, radius, out, wide)
        np.not_equal(out, 0, out=wide.view(bool))
        out -= wide
        out *= np.uint8(steps)
        out += level_of  # 1 … steps where there is something
        out *= wide
        return _cut(out, stride, rows, margin), drawn

    def exact(
        self, points: Points, frame: Frame, radius: float, colours: np.ndarray
    ) -> Generator[Progress, None, tuple[np.ndarray, int]]:
        """Paint the density of all points in view in the mean of their colours; slower than :meth:`density`.

        Parameters
        ----------
        colours
            (groups, 3) red, green, blue from 0 to 255.

        Returns
        -------
        pixels
            (height, width, 4) uint8 blue, green, red, opacity, premultiplied.
        drawn
            Points in view.
        """
        margin, stride, rows = self._begin(frame, radius)
        _, wide, level_of, scratch = self._kept
        sums = np.zeros((2, stride * rows), complex)  # two at once: number and red, green and blue
        table = np.zeros((2, 256), complex)
        red, green, blue = np.transpose(colours)
        table[:, 1 : len(colours) + 1] = 1 + 1j * red, green + 1j * blue  # values are 1 + group
        slices = [one for level in points.within(*frame.box) for one in level]
        for values, at in self._pixels(points, slices, frame, (margin, stride, rows)):
            yield Progress(0, 0, "Painting")
            groups = (values & np.uint8(points.bits)).astype(np.intp)
            for plane, weights in zip(sums, table, strict=True):
                np.add.at(plane, at, weights[groups])
        counts = sums[0].real.astype(np.intp)
        _clear_border(counts, stride, rows)
        drawn = int(counts.sum())
        np.take(_steps(int(np.count_nonzero(counts)), drawn, 255), counts, mode="clip", out=wide)
        dilate(wide, stride, radius, level_of, scratch)
        opacity = _cut(level_of, stride, rows, margin).astype(np.float32)
        number, red, green, blue = (
            _cut(_soft(part.astype(np.float32), stride), stride, rows, margin)
            for plane in sums for part in (plane.real, plane.imag)
        )  # fmt: skip
        picture = np.empty((frame.height, frame.width, 4), np.uint8)
        picture[..., 3] = opacity
        opacity /= 255 * np.maximum(number, 1)
        for channel, plane in enumerate((blue, green, red)):
            np.multiply(plane, opacity, out=picture[..., channel], casting="unsafe")
        return picture, drawn


def _blocks(points: Points, slices: Sequence[slice]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """x, y and values of the points in `slices`, at most two :data:`BLOCK` at once; short slices are joined."""
    waiting: list[slice] = []
    size = 0
    parts = [slice(at, min(at + BLOCK, one.stop)) for one in slices for at in range(one.start, one.stop, BLOCK)]
    for number, one in enumerate(parts, 1):
        waiting.append(one)
        size += one.stop - one.start
        if size >= BLOCK or number == len(parts):
            taken = (np.concatenate([part[one] for one in waiting]) if len(waiting) > 1 else part[waiting[0]]
                     for part in (points.x, points.y, points.values))  # fmt: skip
            x, y, values = taken
            yield x, y, values
            waiting, size = [], 0


def _steps(filled: int, drawn: int, steps: int) -> np.ndarray:
    """Step of opacity for 0, 1, 2, … points in a pixel, (COUNTS,) uint8: 0 for none, then 1 … `steps`, logarithmic.

    `drawn` points lie in `filled` pixels.
    """
    usual = drawn / max(1, filled)
    number = np.arange(COUNTS)
    opacity = FAINTEST + (1 - FAINTEST) * np.log(np.maximum(number, 1)) / np.log(FULL * max(usual, 1.0))
    table: np.ndarray = np.clip(np.ceil(opacity * steps), 1, steps).astype(np.uint8)
    table[0] = 0
    return table


def _soft(flat: np.ndarray, stride: int) -> np.ndarray:
    """A flat picture, each pixel with its neighbours: weights 1 2 1 across and down."""
    for shift in (1, stride):
        around = 2 * flat
        around[shift:] += flat[:-shift]
        around[:-shift] += flat[shift:]
        flat = around
    return flat


def _clear_border(flat: np.ndarray, stride: int, rows: int) -> None:
    """Forget what was clipped onto the border: it is not in view."""
    image = flat.reshape(rows, stride)
    image[0], image[-1], image[:, 0], image[:, -1] = 0, 0, 0, 0


def _cut(flat: np.ndarray, stride: int, rows: int, margin: int) -> np.ndarray:
    """The picture without its margin."""
    return np.ascontiguousarray(flat.reshape(rows, stride)[margin : rows - margin, margin : stride - margin])
