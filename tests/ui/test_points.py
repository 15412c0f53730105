from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.ui.widgets.points import Points


def cloud(n: int = 3000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)).astype(np.float32), rng.integers(0, 5, n).astype(np.uint8)


def every(points: Points, box: tuple[float, float, float, float]) -> set[int]:
    return {int(item) for level in points.within(*box) for one in level for item in points.items[one]}


def test_each_point_keeps_its_item_place_and_group() -> None:
    xy, groups = cloud()
    points = Points.of(xy, groups)
    assert sorted(points.items.tolist()) == list(range(3000))
    assert np.array_equal(np.stack([points.x, points.y], axis=1), xy[points.items])
    assert np.array_equal(points.groups_of(np.arange(3000)), groups[points.items])


@pytest.mark.parametrize("box", [(-9, -9, 9, 9), (-0.2, 0.1, 0.3, 0.4), (1.5, -5, 5, 5), (-50, -50, -40, -40)])
def test_what_is_in_a_box_is_within_its_slices(box: tuple[float, float, float, float]) -> None:
    xy, groups = cloud()
    xy[:3] = [[1e6, 1e6], [-1e6, 0], [0, 1e5]]  # far from all others
    points = Points.of(xy, groups)
    x0, y0, x1, y1 = box
    inside = set(np.flatnonzero((xy[:, 0] >= x0) & (xy[:, 0] <= x1) & (xy[:, 1] >= y0) & (xy[:, 1] <= y1)).tolist())
    assert inside <= every(points, box)
    assert points.near(*box) == len(inside)  # few are counted one by one


def test_the_nearest_item_is_found_as_by_a_plain_search() -> None:
    xy, groups = cloud()
    points = Points.of(xy, groups)
    for x, y in np.random.default_rng(2).normal(size=(50, 2)):
        distance = np.hypot(*(xy - np.float32([x, y])).T)
        found = points.nearest(x, y, 0.2)
        square = (np.abs(xy - np.float32([x, y])) < 0.2).all(axis=1)
        assert (found == -1) == (not square.any())
        if found >= 0:
            assert distance[found] == distance[square].min()


def test_a_lasso_takes_what_it_encloses() -> None:
    xy, groups = cloud(20_000)
    points = Points.of(xy, groups)
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = 1 + 0.4 * np.sin(7 * angle)
    outline = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    odd = np.zeros(len(xy), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        odd ^= ((y0 > xy[:, 1]) != (y1 > xy[:, 1])) & (xy[:, 0] < (x1 - x0) * (xy[:, 1] - y0) / (y1 - y0) + x0)
    assert np.array_equal(points.inside(outline), np.flatnonzero(odd))


def test_a_box_takes_what_it_encloses() -> None:
    xy, groups = cloud()
    found = Points.of(xy, groups).inside(np.array([[-1, -0.5], [0.25, -0.5], [0.25, 2], [-1, 2.0]]))
    want = (xy[:, 0] > -1) & (xy[:, 0] < 0.25) & (xy[:, 1] > -0.5) & (xy[:, 1] < 2)
    assert np.array_equal(found, np.flatnonzero(want))


@pytest.mark.parametrize("outline", [np.empty((0, 2)), np.zeros((4, 2)), np.array([[0, 0], [1, 1.0]])])
def test_a_lasso_without_an_inside_takes_nothing(outline: np.ndarray) -> None:
    xy, groups = cloud()
    assert Points.of(xy, groups).inside(outline.reshape(-1, 2) if len(outline) else np.zeros((3, 2))).size == 0


def test_each_level_has_its_share_of_every_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.ui.widgets.points.FIRST", 1000)
    groups = np.repeat([0, 1, 2], [8000, 1500, 500]).astype(np.uint8)
    xy = np.random.default_rng(0).normal(size=(10_000, 2)).astype(np.float32)
    points = Points.of(xy, groups)
    assert len(points.starts) > 2
    first = points.groups_of(np.arange(points.starts[0, -1]))
    assert np.bincount(first) == pytest.approx([800, 150, 50], abs=1)
    assert sorted(points.items.tolist()) == list(range(10_000))


def test_only_the_chosen_items_are_left_and_found() -> None:
    xy, groups = cloud()
    points = Points.of(xy, groups)
    chosen = groups == 2
    some = points.only(chosen)
    assert sorted(some.items.tolist()) == np.flatnonzero(chosen).tolist()
    assert np.array_equal(np.stack([some.x, some.y], axis=1), xy[some.items])
    assert every(some, (-9, -9, 9, 9)) == set(np.flatnonzero(chosen).tolist())
    assert some.total == 3000
    item = int(np.flatnonzero(~chosen)[0])
    assert some.nearest(*xy[item].tolist(), 1e-6) == -1
    assert points.nearest(*xy[item].tolist(), 1e-6) == item


def test_other_colours_move_nothing() -> None:
    xy, groups = cloud()
    points = Points.of(xy, groups)
    other = points.coloured((groups + 7).astype(np.uint8))
    assert np.array_equal(other.groups_of(np.arange(3000)), groups[points.items] + 7)
    assert other.x is points.x
    assert other.items is points.items


def test_pictures_have_room_and_do_not_hang_on_the_view() -> None:
    xy, groups = cloud()
    points = Points.of(xy, groups)
    apart = points.apart((-2, -2, 2, 2), 0.3)
    x, y = points.x[apart], points.y[apart]
    away = np.maximum(np.abs(x[:, None] - x), np.abs(y[:, None] - y))
    np.fill_diagonal(away, 1)
    assert away.min() >= 0.3
    assert 60 < len(apart) < 200


@pytest.mark.parametrize(
    "xy",
    [
        np.empty((0, 2)),
        np.zeros((1, 2)),
        np.zeros((500, 2)),
        np.full((5, 2), np.nan),
        np.array([[0, 0], [np.inf, 1], [2, np.nan], [1, 1]]),
    ],
)
def test_points_that_are_few_alike_or_nowhere(xy: np.ndarray) -> None:
    xy = xy.astype(np.float32)
    points = Points.of(xy, np.zeros(len(xy), np.uint8))
    good = np.flatnonzero(np.isfinite(xy).all(axis=1))
    assert sorted(points.items.tolist()) == good.tolist()
    assert points.total == len(xy)
    assert every(points, (-10, -10, 10, 10)) == set(good.tolist())
    assert points.nearest(0, 0, 0.5) == (-1 if not len(good) else points.nearest(0, 0, 0.1))
    assert np.isfinite(np.concatenate(points.corners)).all()


def test_a_point_takes_few_bytes() -> None:
    xy, groups = cloud(200_000)
    assert Points.of(xy, groups).nbytes / 200_000 <= 16
