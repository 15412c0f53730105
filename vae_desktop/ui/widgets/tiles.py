"""Squares of the plane that stay put while one pans, as in web maps, and a bounded store for what stands on them."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from vae_desktop.ui.widgets.map_view import View

V = TypeVar("V")


@dataclass(frozen=True)
class Tile:
    """One square: 2^`level` units wide; columns count to the right from x = 0, rows upwards from y = 0."""

    level: int
    column: int
    row: int

    @property
    def span(self) -> float:
        """Its width in the plane's units."""
        return 2.0**self.level

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.column * self.span

    @property
    def top(self) -> float:
        """Its upper edge."""
        return (self.row + 1) * self.span

    @property
    def parent(self) -> Tile:
        """The twice as large tile that it is a quarter of."""
        return Tile(self.level + 1, self.column >> 1, self.row >> 1)

    @property
    def children(self) -> tuple[Tile, ...]:
        """Its quarters."""
        return tuple(Tile(self.level - 1, 2 * self.column + i, 2 * self.row + j) for j in (1, 0) for i in (0, 1))


def level_for(scale: float, least: float) -> int:
    """Level whose tiles take from `least` to twice as many pixels, where a unit takes `scale` of them."""
    return math.ceil(math.log2(least / scale) - 1e-9)


def covering(view: View, width: float, height: float, level: int) -> list[Tile]:
    """Tiles of a level that a view of so many pixels shows, from the upper left to the lower right."""
    span = 2.0**level
    across, up = width / 2 / view.scale, height / 2 / view.scale
    columns = range(math.floor((view.x - across) / span), math.ceil((view.x + across) / span))
    rows = range(math.floor((view.y - up) / span), math.ceil((view.y + up) / span))
    return [Tile(level, column, row) for row in reversed(rows) for column in columns]


def centre_first(tiles: list[Tile], view: View) -> list[Tile]:
    """The same tiles, those nearest to the middle of the view first."""
    return sorted(
        tiles,
        key=lambda tile: math.hypot(tile.left + tile.span / 2 - view.x, tile.top - tile.span / 2 - view.y),
    )


class Store(Generic[V]):
    """Keeps values up to a number of bytes; those not asked for longest go first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> V | None:
        """The value, which was wanted just now; None: not there."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Keep a value of `size` bytes."""
        old = self._kept.pop(key, None)
        self.used += size - (0 if old is None else old[1])
        self._kept[key] = value, size
        while self.used > self.limit and len(self._kept) > 1:
            self.used -= self._kept.popitem(last=False)[1][1]

    def drop(self, unwanted: Callable[[Hashable], bool]) -> None:
        """Forget all whose key is unwanted."""
        for key in [key for key in self._kept if unwanted(key)]:
            self.used -= self._kept.pop(key)[1]
