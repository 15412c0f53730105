"""A layer beneath a map's points, made of tiles on threads: coarse ones first, none made twice, never blank between."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPoint, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter

from vae_desktop.core.work import Progress
from vae_desktop.ui.widgets.tiles import Store, Tile, centre_first, covering, level_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Sequence

    import numpy as np
    from PySide6.QtGui import QImage

    from vae_desktop.ui.jobs import Job, Jobs
    from vae_desktop.ui.widgets.map_view import View

LIMIT = 64 * 2**20  # bytes kept
SCREENS = 3  # of pixels that are kept in any case
ANCESTORS = 4  # levels up to which a coarser tile stands in
TOLD_EVERY = 40  # ms between two paintings while tiles come in


class Maker(Protocol):
    """Makes tiles; used by one thread at a time."""

    @property
    def lane(self) -> str:
        """Of the jobs."""

    @property
    def least(self) -> float:
        """Logical pixels that a tile takes at least; at most it takes twice as many."""

    @property
    def at_once(self) -> int:
        """Tiles whose values are computed together."""

    def prepare(self) -> Generator[Progress, None, None]:
        """What all tiles need, once."""

    def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        """What stands on each tile: slow, and the same at every zoom."""

    def image(self, tile: Tile, values: np.ndarray, size: float) -> QImage:
        """Paint a tile that takes `size` pixels of the screen: at least so many, or one less for rounding."""


@dataclass(frozen=True, eq=False)
class Made:
    """A tile: what stands on it, and how that looks at a `scale` of pixels a unit."""

    tile: Tile
    values: np.ndarray
    image: QImage
    scale: float


def making(
    maker: Maker, wanted: Sequence[tuple[Tile, np.ndarray | None]], scale: float
) -> Generator[Progress | list[Made], None, None]:
    """Make tiles in this order, those whose values are known without computing them anew."""
    yield from maker.prepare()
    for start in range(0, len(wanted), maker.at_once):
        part = wanted[start : start + maker.at_once]
        missing = [tile for tile, values in part if values is None]
        fresh = dict(zip(missing, maker.values(missing), strict=True)) if missing else {}
        made = []
        for tile, known in part:
            values = fresh[tile] if known is None else known
            made.append(Made(tile, values, maker.image(tile, values, tile.span * scale), scale))
        yield made


class Tiled(QObject):
    """Paints the tiles of one maker; those of the last one until there are others."""

    changed = Signal()  # another painting would look different
    failed = Signal(object)
    settled = Signal(float)  # all that was wanted is there; ms that it took

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._store: Store[Made] = Store(LIMIT)
        self._maker: Maker | None = None
        self._number = 0
        self._numbers: dict[Hashable, int] = {}
        self._count = itertools.count(1)
        self._shown: tuple[int, Maker] | None = None
        self._asked: tuple[object, ...] = ()
        self._job: Job | None = None
        self._began = 0.0
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(TOLD_EVERY)
        self._telling.timeout.connect(self.changed)

    @property
    def stored(self) -> Store[Made]:
        """The tiles that are kept."""
        return self._store

    def show_made_by(self, key: tuple[Hashable, Hashable], make: Callable[[], Maker]) -> None:
        """Show another maker's tiles; of the last ones with the same first part of the `key` its tiles are kept.

        The same key as now: nothing happens.
        """
        if self._numbers.get(key) == self._number and self._maker is not None:
            return
        if any(other[0] != key[0] for other in self._numbers):  # type: ignore[index]
            self._numbers.clear()
        self._number = self._numbers.setdefault(key, next(self._count))
        self._maker = make()
        self._asked = ()
        self.changed.emit()

    def show_nothing(self) -> None:
        """Show nothing more, and forget all."""
        if self._job is not None:
            self._job.cancel()
        showed = self._maker is not None
        self._maker = self._shown = None
        self._numbers.clear()
        self._number, self._asked = 0, ()
        self._store.drop(lambda _: True)
        if showed:
            self.changed.emit()

    # Painting

    def paint(self, painter: QPainter, view: View, width: float, height: float, ratio: float) -> None:
        """Paint what a view of so many logical pixels shows and ask for what is missing; some milliseconds at most."""
        if self._maker is None:
            return
        self._store.limit = max(LIMIT, int(SCREENS * 4 * width * height * ratio**2))
        tiles = covering(view, width, height, level_for(view.scale, self._maker.least))
        if self._shown is None or self._shown[0] != self._number:
            if all(self._stand_in(self._number, tile) for tile in tiles):
                self._shown = self._number, self._maker
                kept = {self._number, *self._numbers.values()}
                self._store.drop(lambda key: key[0] not in kept)  # type: ignore[index]
            elif self._shown is not None:
                tiles = covering(view, width, height, level_for(view.scale, self._shown[1].least))
        number = self._number if self._shown is None else self._shown[0]
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        scale = view.scale * ratio
        for tile in tiles:
            x = (tile.left - view.x) * scale + width * ratio / 2
            y = (view.y - tile.top) * scale + height * ratio / 2
            self._paint(painter, number, tile, x, y, scale)
        painter.restore()
        self._ask(view, width, height, ratio)

    def _paint(self, painter: QPainter, number: int, tile: Tile, x: float, y: float, scale: float) -> None:
        """Paint a tile whose upper left pixel is (x, y), else what there is of it, coarser or finer."""
        made = self._stand_in(number, tile)
        if made is None:
            for child in tile.children:
                finer = self._store.get((number, child))
                if finer is not None:
                    right, down = (child.left - tile.left) * scale, (tile.top - child.top) * scale
                    _draw(painter, finer, x + right, y + down, scale)
        elif made.tile == tile:
            _draw(painter, made, x, y, scale)
        else:
            part = QRectF(
                (tile.left - made.tile.left) * made.scale, (made.tile.top - tile.top) * made.scale,
                tile.span * made.scale, tile.span * made.scale,
            )  # fmt: skip
            painter.drawImage(QRectF(x, y, tile.span * scale, tile.span * scale), made.image, part)

    def _stand_in(self, number: int, tile: Tile) -> Made | None:
        """The tile, or the finest coarser one that holds it."""
        for _ in range(ANCESTORS + 1):
            made = self._store.get((number, tile))
            if made is not None:
                return made
            tile = tile.parent
        return None

    # Making

    def _ask(self, view: View, width: float, height: float, ratio: float) -> None:
        assert self._maker is not None
        scale = view.scale * ratio
        tiles = covering(view, width, height, level_for(view.scale, self._maker.least))
        asked = (self._number, scale, tiles[0], tiles[-1]) if tiles else ()
        if asked == self._asked:
            return
        self._asked = asked
        missing: list[tuple[Tile, np.ndarray | None]] = []
        rough: list[tuple[Tile, np.ndarray | None]] = []
        coarse: dict[Tile, None] = {}
        for tile in centre_first(tiles, view):
            made = self._store.get((self._number, tile))
            if made is None:
                missing.append((tile, None))
                if self._stand_in(self._number, tile) is None:
                    coarse[tile.parent] = None
            elif made.scale != scale:
                rough.append((tile, made.values))
        wanted = [*coarse.items(), *missing, *rough]
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if wanted:
            self._began = time.monotonic()
            job = self._job = self._jobs.run(self._maker.lane, making, self._maker, wanted, scale)
            job.progress.connect(partial(self._take, self._number))
            job.done.connect(partial(self._end, job))
            job.failed.connect(self.failed)

    def _take(self, number: int, made: object) -> None:
        """Keep new tiles, unless they are of what nobody looks at any more."""
        if isinstance(made, Progress) or number not in self._numbers.values():
            return
        assert isinstance(made, list)
        for one in made:
            self._store.put((number, one.tile), one, one.values.nbytes + one.image.sizeInBytes())
        if number == self._number and not self._telling.isActive():
            self._telling.start()

    def _end(self, job: Job, _: object) -> None:
        if job is self._job:
            self._job = None
            self._telling.stop()
            self.settled.emit((time.monotonic() - self._began) * 1e3)
            self.changed.emit()


def _draw(painter: QPainter, made: Made, x: float, y: float, scale: float) -> None:
    """Draw a tile's picture there; as it is when it was painted for this scale."""
    if made.scale == scale:
        painter.drawImage(QPoint(round(x), round(y)), made.image)
        return
    grown = scale / made.scale
    painter.drawImage(QRectF(x, y, made.image.width() * grown, made.image.height() * grown), made.image)
