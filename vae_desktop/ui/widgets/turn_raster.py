"""Points in three dimensions painted into one picture: pure numpy, no Qt.

While it is painted each pixel is two bytes: how near its dot is, and below that the dot's group, so that the larger
number is what lies in front.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.project import part
from vae_desktop.latent.turn import Ball
from vae_desktop.ui.widgets.point_raster import BLOCK, RIM_WIDTH, dilate, radius_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.latent.turn import Sight

SOFT_UP_TO = 200_000  # points up to which dots have a soft rim
AT_ONCE = 150_000  # points that are drawn while they turn
STEPS = 256  # of depth
DEEP = 1.4  # few dots lie at the ball's very front or back: these have the colours of the ends already
BULK = (1, 99)  # percent
SIZES = (0.75, 1.0, 1.3)  # how large dots are, from the back to the front
LARGE = 4.0  # pixels: a dot whose shape hardly depends on how its rim is made
FAINTEST = 0.3  # how much of its colour a dot keeps at the very back
RIM_ALPHA = 0.45
FULL = np.uint16((STEPS - 1) << 8)  # of a value: as near as can be, so that its colour is not faded
BEFORE = 4.0  # how much nearer than all others selected dots are to the pointer


@dataclass(frozen=True, eq=False)
class Drawn:
    """A painted picture, and where on it each dot is.

    Parameters
    ----------
    pixels
        (height, width) uint32 as ``0xAARRGGBB``, the colours times their alpha.
    x, y, near
        Of each drawn dot, in pixels and as :meth:`vae_desktop.latent.turn.Sight.columns` tells it, (M,) each; selected
        dots are nearer by :data:`BEFORE`.
    items
        Which item each is, (M,).
    over
        As `pixels`, the selected dots alone, which lie before all others; None where nothing is selected.
    """

    pixels: np.ndarray
    x: np.ndarray
    y: np.ndarray
    near: np.ndarray
    items: np.ndarray
    over: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.items)

    def item_at(self, x: float, y: float, reach: float, cover: float) -> int:
        """Item under a pixel: the foremost dot that covers it, else the nearest within `reach`, else −1.

        A dot covers what is no further from it than `cover` pixels.
        """
        near = (self.x > x - reach) & (self.x < x + reach) & (self.y > y - reach) & (self.y < y + reach)
        close = np.flatnonzero(near)
        if not len(close):
            return -1
        distance = np.hypot(self.x[close] - x, self.y[close] - y)
        over = distance <= cover
        best = np.where(over, self.near[close], -np.inf).argmax() if over.any() else distance.argmin()
        return int(self.items[close[best]])


class TurnRaster:
    """Paints N points of up to 255 groups as they are seen from somewhere. Never changed once made: safe in any thread.

    Parameters
    ----------
    places
        (N, 3) float32; what is not finite is not drawn.
    groups
        (N,) uint8 below 255: which colour each has.
    shown
        (256,) bool: the groups that are drawn.

    Attributes
    ----------
    ball
        Around all places, hidden ones too.
    box
        Lower and upper corner, (2, 3), of what holds nearly all of them along each axis.
    few, total
        How many points are drawn while they turn, each group with its share; and how many there are in all.
    """

    def __init__(self, places: np.ndarray, groups: np.ndarray, shown: np.ndarray) -> None:
        there = shown[groups] & np.isfinite(places).all(axis=1)
        first = part(there, groups, AT_ONCE)
        self.total = len(places)
        self.few = len(first)
        there[first] = False
        self._items = np.concatenate([first, np.flatnonzero(there)]).astype(np.int32)  # a fair part first
        self._x, self._y, self._z = (np.ascontiguousarray(places[self._items, i], np.float32) for i in range(3))
        self._values = groups[self._items].astype(np.uint16) + 1
        self.ball = Ball.around(places)
        finite = places[np.isfinite(places).all(axis=1)]
        self.box = np.percentile(finite, BULK, axis=0) if len(finite) else np.zeros((2, 3))
        self._front: np.ndarray | None = None  # of the points in their order, which are selected

    def selecting(self, items: np.ndarray) -> TurnRaster:
        """The same points, several of which are selected: these lie before all others; fewer than two say nothing.

        Parameters
        ----------
        items
            Numbers of the selected, (M,).
        """
        made = copy.copy(self)
        made._front = None
        if len(items) < 2:
            return made
        mask = np.zeros(self.total, bool)
        mask[items] = True
        front = mask[self._items]
        chosen, others = np.flatnonzero(front), np.flatnonzero(~front)
        # A few of many are all drawn while they turn; of many the others keep half of the room.
        most = max(self.few // 2, self.few - len(others))
        first, second = chosen[:most], others[: self.few - len(chosen[:most])]
        order = np.concatenate([first, second, chosen[most:], others[len(second) :]])
        made._items, made._values, made._front = self._items[order], self._values[order], front[order]
        made._x, made._y, made._z = self._x[order], self._y[order], self._z[order]
        return made

    def __len__(self) -> int:
        return len(self._items)

    @property
    def radius(self) -> float:
        """Of a dot half way to the back, in logical pixels."""
        return radius_for(len(self))

    def paint(self, sight: Sight, radius: float, shades: np.ndarray, count: int | None = None) -> Drawn:
        """Paint all points, or the first `count`.

        Parameters
        ----------
        radius
            Of a dot half way to the back, in pixels.
        shades
            See :func:`shades_of`.
        """
        count = len(self) if count is None else count
        radii = [radius * size for size in SIZES]
        margin = int(max(radii)) + 3
        stride, rows = sight.width + 2 * margin, sight.height + 2 * margin
        layers = np.zeros((1 if self._front is None else 2, len(SIZES), rows * stride), np.uint16)
        u, v, near = (np.empty(count, np.float32) for _ in range(3))
        for start in range(0, count, BLOCK):
            here = slice(start, min(start + BLOCK, count))
            u[here], v[here], near[here] = sight.columns(self._x[here], self._y[here], self._z[here])
            column = np.clip(u[here] + margin, 0, stride - 1).astype(np.intp)
            row = np.clip(v[here] + margin, 0, rows - 1).astype(np.intp)
            level = np.clip((near[here] * DEEP + 1) * (STEPS / 2), 0, STEPS - 1).astype(np.uint16)
            layer = (level * np.uint16(len(SIZES))) // STEPS
            at = (layer.astype(np.intp) * rows + row) * stride + column
            if self._front is not None:
                at += self._front[here] * np.intp(layers[0].size)
            np.maximum.at(layers.reshape(-1), at, (level << 8) | self._values[here])
        # Points outside were clipped onto the border: they are not there.
        bordered = layers.reshape(-1, rows, stride)
        bordered[:, [0, -1]], bordered[:, :, [0, -1]] = 0, 0
        pixels, *over = (
            _picture(one, stride, radii, shades, FULL if selected else np.uint16(0), soft=count <= SOFT_UP_TO)
            .reshape(rows, stride)[margin : margin + sight.height, margin : margin + sight.width]
            .copy()
            for selected, one in enumerate(layers)
        )
        if self._front is not None:
            near += BEFORE * self._front[:count]
        return Drawn(pixels, u, v, near, self._items[:count], *over)


def _picture(
    layers: np.ndarray, stride: int, radii: Sequence[float], shades: np.ndarray, full: np.uint16, *, soft: bool
) -> np.ndarray:
    """Points of all layers as dots, with a `soft` rim or without; the bits `full` are set in all values."""
    dots = _grown(layers, stride, radii)
    pixels: np.ndarray = shades[0].take(dots | full)
    if soft:
        if radii[1] < LARGE:
            rim = _grown(layers, stride, [one + RIM_WIDTH for one in radii])
        else:  # all round it is one pixel, at a third of the cost
            rim = np.empty_like(dots)
            dilate(dots, stride, 1, rim, np.empty_like(dots))
        np.copyto(pixels, shades[1].take(rim | full), where=dots == 0)
    return pixels


def _grown(layers: np.ndarray, stride: int, radii: Sequence[float]) -> np.ndarray:
    """Points grown to discs, each layer's of its own radius; where they meet the nearest is on top."""
    whole: np.ndarray = np.zeros_like(layers[0])
    out, wide = np.empty_like(whole), np.empty_like(whole)
    for layer, radius in zip(layers, radii, strict=True):
        dilate(layer, stride, radius, out, wide)
        np.maximum(whole, out, out=whole)
    return whole


def shades_of(colours: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Colour of each value a pixel can have, (2, 65 536) uint32 ``0xAARRGGBB``: of dots, and of their soft rims.

    The farther back, the more a dot's colour fades into the background.

    Parameters
    ----------
    colours
        (G, 3) of each group, 0 to 255.
    background
        (3,).
    """
    keeps = np.linspace(FAINTEST, 1, STEPS)[:, None, None]
    mixed = np.zeros((STEPS, 256, 3))
    count = min(len(colours), 255)
    mixed[:, 1 : count + 1] = background + (colours[:count] - background) * keeps
    alpha = np.zeros((STEPS, 256, 1))
    alpha[:, 1 : count + 1] = 1
    shades = []
    for opacity in (1.0, RIM_ALPHA):
        parts = np.concatenate([255 * alpha, mixed], axis=2) * opacity
        alpha_, red, green, blue = np.moveaxis(parts.round().astype(np.uint32), 2, 0)
        shades.append((alpha_ << 24 | red << 16 | green << 8 | blue).reshape(-1))
    return np.stack(shades)
