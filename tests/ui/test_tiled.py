"""The layer of tiles, with a maker whose pictures say what they are."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from vae_desktop.core.work import Progress
from vae_desktop.ui.widgets.map_view import View
from vae_desktop.ui.widgets.tiled import LIMIT, Tiled, making
from vae_desktop.ui.widgets.tiles import Tile, covering, level_for

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.jobs import Jobs

SOON = 20_000
WIDTH, HEIGHT = 400, 300
VIEW = View(0.0, 0.0, 60.0)


class Maker:
    """Fills tiles with one colour; counts what is asked of it."""

    lane = "live:test"
    least = 100.0
    at_once = 3

    def __init__(self, colour: str = "#ff0000") -> None:
        self.colour = colour
        self.made: list[Tile] = []
        self.painted: list[Tile] = []
        self.go = threading.Event()
        self.go.set()

    def prepare(self) -> Generator[Progress, None, None]:
        yield Progress(0, 0, "")

    def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        assert self.go.wait(20)
        self.made += tiles
        return [np.zeros(10) for _ in tiles]

    def image(self, tile: Tile, values: np.ndarray, size: float) -> QImage:
        self.painted.append(tile)
        image = QImage(int(size) + 2, int(size) + 2, QImage.Format.Format_RGB32)
        image.fill(QColor(self.colour))
        return image


@pytest.fixture
def tiled(jobs: Jobs) -> Iterator[Tiled]:
    tiled = Tiled(jobs)
    yield tiled
    jobs.shutdown()
    tiled.deleteLater()


def painted(tiled: Tiled, view: View = VIEW, ratio: float = 1.0) -> set[str]:
    """Colours that a painting of the view shows."""
    image = QImage(int(WIDTH * ratio), int(HEIGHT * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    tiled.paint(painter, view, WIDTH, HEIGHT, ratio)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32)
    return {f"#{value & 0xFFFFFF:06x}" for value in np.unique(pixels).tolist()}


def settle(tiled: Tiled, qtbot: QtBot, view: View = VIEW) -> None:
    with qtbot.waitSignal(tiled.settled, timeout=SOON):
        painted(tiled, view)
    painted(tiled, view)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_all_of_the_view_is_covered(tiled: Tiled, qtbot: QtBot, ratio: float) -> None:
    tiled.show_made_by(("a", 1), Maker)
    with qtbot.waitSignal(tiled.settled, timeout=SOON):
        assert painted(tiled, ratio=ratio) == {"#000000"}
    assert painted(tiled, ratio=ratio) == {"#ff0000"}
    assert painted(tiled, View(0.01, 0.02, 71.3), ratio) == {"#ff0000"}  # until it is painted for this scale


def test_coarse_ones_come_first_and_the_middle_before_the_rest() -> None:
    maker = Maker()
    level = level_for(VIEW.scale, maker.least)
    wanted = [(Tile(level + 1, 0, 0), None), *((tile, None) for tile in covering(VIEW, WIDTH, HEIGHT, level))]
    batches = [one for one in making(maker, wanted, 60.0) if isinstance(one, list)]
    assert [made.tile for batch in batches for made in batch] == [tile for tile, _ in wanted]
    assert max(map(len, batches)) == maker.at_once


def test_a_fresh_view_is_asked_for_coarsely_first(tiled: Tiled, qtbot: QtBot) -> None:
    maker = Maker()
    tiled.show_made_by(("a", 1), lambda: maker)
    settle(tiled, qtbot)
    level = level_for(VIEW.scale, maker.least)
    levels = [tile.level for tile in maker.made]
    assert levels == sorted(levels, reverse=True)
    assert set(levels) == {level + 1, level}
    assert set(maker.made) >= set(covering(VIEW, WIDTH, HEIGHT, level))


def test_nothing_is_made_twice(tiled: Tiled, qtbot: QtBot) -> None:
    maker = Maker()
    tiled.show_made_by(("a", 1), lambda: maker)
    settle(tiled, qtbot)
    moved = View(2.0, 0.5, 60.0)
    settle(tiled, qtbot, moved)
    count = len(maker.made)
    assert count == len(set(maker.made))
    for view in (VIEW, moved, VIEW):
        painted(tiled, view)
    assert tiled._job is None
    settle(tiled, qtbot, View(0.0, 0.0, 66.0))  # painted for another scale, not computed
    assert len(maker.made) == count
    assert len(maker.painted) > count


def test_zooming_shows_what_there_is_until_the_finer_ones_are_there(tiled: Tiled, qtbot: QtBot) -> None:
    maker = Maker()
    tiled.show_made_by(("a", 1), lambda: maker)
    settle(tiled, qtbot)
    maker.go.clear()
    assert painted(tiled, View(0.0, 0.0, 240.0)) == {"#ff0000"}  # a part of the coarser ones
    assert "#ff0000" in painted(tiled, View(0.0, 0.0, 30.0))  # the finer ones, smaller
    maker.go.set()


def test_the_last_makers_tiles_stay_until_there_are_others(tiled: Tiled, qtbot: QtBot) -> None:
    tiled.show_made_by(("a", 1), Maker)
    settle(tiled, qtbot)
    slow = Maker("#0000ff")
    slow.go.clear()
    tiled.show_made_by(("b", 1), lambda: slow)
    assert painted(tiled) == {"#ff0000"}
    with qtbot.waitSignal(tiled.settled, timeout=SOON):
        slow.go.set()
    assert painted(tiled) == {"#0000ff"}
    assert all(key[0] == tiled._number for key in tiled.stored._kept)  # what cannot be wanted again is forgotten


def test_answers_of_a_maker_that_went_are_dropped(tiled: Tiled, qtbot: QtBot) -> None:
    slow = Maker()
    slow.go.clear()
    tiled.show_made_by(("a", 1), lambda: slow)
    painted(tiled)
    tiled.show_made_by(("b", 1), lambda: Maker("#0000ff"))
    with qtbot.waitSignal(tiled.settled, timeout=SOON):
        painted(tiled)
        slow.go.set()
    assert painted(tiled) == {"#0000ff"}
    assert len({key[0] for key in tiled.stored._kept}) == 1


def test_going_back_to_a_relative_finds_its_tiles(tiled: Tiled, qtbot: QtBot) -> None:
    first = Maker()
    tiled.show_made_by(("a", 1), lambda: first)
    settle(tiled, qtbot)
    tiled.show_made_by(("a", 2), lambda: Maker("#0000ff"))
    settle(tiled, qtbot)
    tiled.show_made_by(("a", 1), lambda: Maker("#00ff00"))
    assert painted(tiled) == {"#ff0000"}
    assert tiled._job is None


def test_nothing_is_shown_when_nothing_is_wanted(tiled: Tiled, qtbot: QtBot) -> None:
    tiled.show_made_by(("a", 1), Maker)
    settle(tiled, qtbot)
    with qtbot.waitSignal(tiled.changed):
        tiled.show_nothing()
    assert painted(tiled) == {"#000000"}
    assert len(tiled.stored) == 0


def test_what_is_kept_is_bounded(tiled: Tiled, qtbot: QtBot) -> None:
    class Large(Maker):
        def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
            return [np.zeros(2**20, np.uint8) for _ in tiles]

    tiled.show_made_by(("a", 1), Large)
    for x in range(0, 60, 6):
        settle(tiled, qtbot, View(float(x), 0.0, 60.0))
    assert len(tiled.stored) > 30
    assert tiled.stored.used <= LIMIT


def test_a_maker_that_fails_is_told(tiled: Tiled, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Maker):
        def values(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
            raise RuntimeError("no such weights")

    tiled.show_made_by(("a", 1), Broken)
    with qtbot.waitSignal(tiled.failed, timeout=SOON) as told:
        painted(tiled)
    assert "no such weights" in str(told.args[0])
    painted(tiled)
    assert tiled._job is not None  # and is not asked the same again
