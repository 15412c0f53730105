from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.ui.widgets.map_view import View
from vae_desktop.ui.widgets.tiles import Store, Tile, centre_first, covering, level_for


@pytest.mark.parametrize("scale", [1e-6, 0.37, 1.0, 60.0, 144.0, 1e9])
def test_a_tile_takes_from_the_least_to_twice_as_many_pixels(scale: float) -> None:
    assert 144 * (1 - 1e-6) <= 2.0 ** level_for(scale, 144) * scale < 288 * (1 + 1e-6)


def test_the_lattice_stays_put_while_one_pans() -> None:
    level = level_for(60, 144)
    before = covering(View(0.3, -1, 60), 1200, 850, level)
    after = covering(View(0.3 + 100 / 60, -1, 60), 1200, 850, level)
    both = set(before) & set(after)
    assert len(both) >= 0.8 * len(before)
    assert all(tile.left + tile.span > 0.3 + 100 / 60 - 10 for tile in both)
    assert covering(View(0.3, -1, 60), 1200, 850, level) == before


def test_the_view_is_covered_and_no_tile_is_out_of_it() -> None:
    view, span = View(-7.3, 4.1, 33), 2.0 ** level_for(33, 100)
    tiles = covering(view, 700, 500, level_for(33, 100))
    for x, y in np.random.default_rng(0).uniform((-7.3 - 350 / 33, 4.1 - 250 / 33), (-7.3 + 350 / 33, 4.1 + 250 / 33),
                                                 (300, 2)):  # fmt: skip
        holding = [tile for tile in tiles if tile.left <= x < tile.left + span and tile.top - span <= y < tile.top]
        assert len(holding) == 1
    assert len(tiles) == len({tile.column for tile in tiles}) * len({tile.row for tile in tiles})
    assert (tiles[0].row, tiles[0].column) == (max(t.row for t in tiles), min(t.column for t in tiles))


@pytest.mark.parametrize("tile", [Tile(0, 3, 5), Tile(-2, -1, -4), Tile(3, 0, -1)])
def test_a_parent_holds_its_four_children(tile: Tile) -> None:
    assert {child.parent for child in tile.children} == {tile}
    assert sum(child.span**2 for child in tile.children) == tile.span**2
    assert min(child.left for child in tile.children) == tile.left
    assert max(child.top for child in tile.children) == tile.top
    assert tile in tile.parent.children


def test_the_middle_comes_first() -> None:
    view = View(0.1, 0.1, 60)
    tiles = centre_first(covering(view, 1200, 850, 1), view)
    assert tiles[0] == Tile(1, 0, 0)
    assert tiles[-1].column != 0


def test_the_store_is_bounded_and_forgets_what_was_not_asked_for_longest() -> None:
    store: Store[str] = Store(100)
    for name in "abcd":
        store.put(name, name.upper(), 30)
        assert store.get("a") == "A"
    assert (store.used, len(store)) == (90, 3)
    assert store.get("b") is None
    store.put("a", "again", 10)
    assert (store.used, store.get("a")) == (70, "again")
    store.put("large", "kept all the same", 1000)
    assert (store.used, len(store)) == (1000, 1)
    store.drop(lambda key: key == "large")
    assert (store.used, len(store)) == (0, 0)
