from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.ui.widgets.point_raster import RIM, PointRaster, dilate, radius_for


def paint(raster: PointRaster, radius: float = 0.6, scale: float = 1.0) -> np.ndarray:
    """A 40×30 view whose lower left corner is the origin."""
    return raster.paint(40, 30, scale, 0.0, 30 / scale, radius)


def test_points_are_painted_where_they_are() -> None:
    raster = PointRaster(np.array([[3.5, 4.5], [20.5, 29.5]], np.float32), np.array([0, 4], np.uint8))
    image = paint(raster)
    core = np.argwhere((image > 0) & (image < RIM))
    assert core.tolist() == [[0, 20], [25, 3]]
    assert image[25, 3] == 1
    assert image[0, 20] == 5


def test_a_dot_is_a_disc_with_a_soft_rim() -> None:
    raster = PointRaster(np.array([[20.5, 15.5]], np.float32), np.zeros(1, np.uint8))
    image = paint(raster, radius=4.0)
    y, x = np.indices(image.shape)
    distance = np.hypot(x - 20, y - 14)
    assert ((image == 1) == (distance <= 4)).all()
    rim = image == RIM + 1
    assert rim.any()
    assert (distance[rim] > 4).all()
    assert (distance[rim] < 5.2).all()


@pytest.mark.parametrize("scale", [0.01, 1, 37.5, 1e5])
def test_points_outside_are_not_painted(scale: float) -> None:
    far = np.array([[-5, 5], [45, 5], [5, -5], [5, 35], [1e6, 1e6], [np.inf, 0], [np.nan, 5]], np.float32) / np.float32(
        scale
    )
    image = paint(PointRaster(far, np.zeros(7, np.uint8)), scale=scale)
    assert not (image & ~np.uint8(RIM)).any()


def test_every_pixel_is_what_a_plain_loop_paints() -> None:
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 40, (500, 2)).astype(np.float32)
    groups = rng.integers(0, 3, 500).astype(np.uint8)
    image = paint(PointRaster(xy, groups))
    want: dict[tuple[int, int], set[int]] = {}
    for (x, y), group in zip(xy, groups, strict=True):
        row, column = int(np.floor(30 - y)), int(np.floor(x))
        if 0 <= row < 30 and 0 <= column < 40:
            want.setdefault((row, column), set()).add(int(group) + 1)
    painted = {tuple(at) for at in np.argwhere((image > 0) & (image < RIM)).tolist()}
    assert painted == set(want)
    assert all(image[at] in groups_there for at, groups_there in want.items())


def test_no_group_hides_another_by_its_place_in_the_file() -> None:
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 30, (60_000, 2)).astype(np.float32)
    groups = np.repeat([0, 1], 30_000).astype(np.uint8)
    image = paint(PointRaster(xy, groups), radius=1.5)
    shares = [(image == group).mean() for group in (1, 2)]
    assert shares == pytest.approx([0.37, 0.37], abs=0.06)


def test_hidden_groups_are_not_painted_and_not_picked() -> None:
    raster = PointRaster(np.array([[5.5, 5.5], [9.5, 5.5]], np.float32), np.array([0, 1], np.uint8))
    shown = np.ones(256, bool)
    shown[0] = False
    raster.show(shown)
    assert len(raster) == 1
    assert raster.total == 2
    assert set(np.unique(paint(raster)).tolist()) <= {0, 2, RIM, RIM + 2}
    assert raster.nearest(5.5, 5.5, 1) == -1
    raster.show(np.ones(256, bool))
    assert raster.nearest(5.5, 5.5, 1) == 0


def test_the_nearest_item_is_found_as_by_a_plain_search() -> None:
    rng = np.random.default_rng(1)
    xy = rng.normal(size=(3000, 2)).astype(np.float32)
    raster = PointRaster(xy, np.zeros(3000, np.uint8))
    for x, y in rng.normal(size=(50, 2)):
        distance = np.hypot(*(xy - np.float32([x, y])).T)
        found = raster.nearest(x, y, 0.2)
        square = (np.abs(xy - np.float32([x, y])) < 0.2).all(axis=1)
        assert (found == -1) == (not square.any())
        if found >= 0:
            assert distance[found] == distance[square].min()


def test_dilation_is_a_maximum_over_a_disc() -> None:
    image = np.zeros((21, 21), np.uint8)
    image[10, 10], image[10, 12] = 3, 7
    out = np.empty_like(image)
    dilate(image.reshape(-1), 21, 3.0, out.reshape(-1), np.empty(441, np.uint8))
    y, x = np.indices(out.shape)
    want = np.maximum(3 * (np.hypot(x - 10, y - 10) <= 3), 7 * (np.hypot(x - 12, y - 10) <= 3))
    assert (out == want).all()


def test_dots_shrink_as_they_grow_many() -> None:
    sizes = [radius_for(n) for n in (1, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] <= 4.5
    assert sizes[-1] >= 0.6
