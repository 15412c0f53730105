from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.core.work import finish
from vae_desktop.ui.widgets.point_raster import RIM, Frame, Raster, dilate, radius_for
from vae_desktop.ui.widgets.points import Points

VIEW = Frame(40, 30, 1.0, 0.0, 30.0)  # its lower left corner is the origin


def points_of(xy: object, groups: object = None) -> Points:
    places = np.array(xy, np.float32)
    return Points.of(places, np.zeros(len(places), np.uint8) if groups is None else np.array(groups, np.uint8))


def paint(points: Points, radius: float = 0.6, frame: Frame = VIEW) -> np.ndarray:
    return Raster().dots(points, frame, radius)


def plain_counts(xy: np.ndarray) -> np.ndarray:
    """Points in each pixel of the view, by a plain loop."""
    counts = np.zeros((30, 40), int)
    for x, y in xy:
        row, column = int(np.floor(30 - y)), int(np.floor(x))
        if 0 <= row < 30 and 0 <= column < 40:
            counts[row, column] += 1
    return counts


def test_points_are_painted_where_they_are() -> None:
    image = paint(points_of([[3.5, 4.5], [20.5, 29.5]], [0, 4]))
    core = np.argwhere((image > 0) & (image < RIM))
    assert core.tolist() == [[0, 20], [25, 3]]
    assert image[25, 3] == 1
    assert image[0, 20] == 5


def test_a_dot_is_a_disc_with_a_soft_rim() -> None:
    image = paint(points_of([[20.5, 15.5]]), radius=4.0)
    y, x = np.indices(image.shape)
    distance = np.hypot(x - 20, y - 14)
    assert ((image == 1) == (distance <= 4)).all()
    rim = image == RIM + 1
    assert rim.any()
    assert (distance[rim] > 4).all()
    assert (distance[rim] < 5.2).all()


@pytest.mark.parametrize("scale", [0.01, 1, 37.5, 1e5])
def test_points_outside_are_not_painted(scale: float) -> None:
    far = np.array([[-5, 5], [45, 5], [5, -5], [5, 35], [1e6, 1e6], [np.inf, 0], [np.nan, 5]]) / scale
    frame = Frame(40, 30, scale, 0.0, 30 / scale)
    assert not (paint(points_of(far), frame=frame) & ~np.uint8(RIM)).any()
    pixels, drawn = Raster().density(points_of(far), frame, 0.6, 10)
    assert not pixels.any()
    assert drawn == 0
    picture, drawn = finish(Raster().exact(points_of(far), frame, 0.6, np.array([[255, 0, 0]])))
    assert not picture.any()
    assert drawn == 0


def test_every_pixel_is_what_a_plain_loop_paints() -> None:
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 40, (500, 2)).astype(np.float32)
    groups = rng.integers(0, 3, 500).astype(np.uint8)
    image = paint(Points.of(xy, groups))
    want: dict[tuple[int, int], set[int]] = {}
    for (x, y), group in zip(xy, groups, strict=True):
        row, column = int(np.floor(30 - y)), int(np.floor(x))
        if 0 <= row < 30 and 0 <= column < 40:
            want.setdefault((row, column), set()).add(int(group) + 1)
    painted = {tuple(at) for at in np.argwhere((image > 0) & (image < RIM)).tolist()}
    assert painted == set(want)
    assert all(image[at] in groups_there for at, groups_there in want.items())


@pytest.mark.parametrize("frame", [VIEW, Frame(40, 30, 3.0, 5.0, 17.0)])
def test_part_of_a_view_is_cut_from_the_whole(frame: Frame) -> None:
    rng = np.random.default_rng(4)
    xy = rng.uniform(0, 40, (30_000, 2)).astype(np.float32)
    inside = (xy[:, 0] >= frame.left) & (xy[:, 0] < frame.left + frame.width / frame.scale)
    inside &= (xy[:, 1] <= frame.top) & (xy[:, 1] > frame.top - frame.height / frame.scale)
    _, drawn = Raster().density(Points.of(xy, np.zeros(30_000, np.uint8)), frame, 0.6, 100)
    assert drawn == pytest.approx(inside.sum(), abs=2 + len(xy) * 0.03)  # the margin is counted, too
    assert drawn >= inside.sum()


def test_more_points_in_a_pixel_are_more_opaque() -> None:
    rng = np.random.default_rng(5)
    xy = np.concatenate([np.full((n, 2), [5 + 4 * i + 0.5, 10.5]) for i, n in enumerate((1, 4, 16, 64))])
    pixels, drawn = Raster().density(points_of(rng.permutation(xy)), VIEW, 0.6, 100)
    assert drawn == 85
    steps = pixels[19, [5, 9, 13, 17]].astype(int)
    assert (np.diff(steps) > 0).all()
    assert np.diff(steps)[0] == pytest.approx(np.diff(steps)[1], abs=2)  # by as much for each four times as many
    assert np.count_nonzero(pixels) == 4


def test_the_exact_picture_counts_every_point_and_mixes_their_colours() -> None:
    rng = np.random.default_rng(6)
    xy = rng.uniform(0, 40, (5000, 2)).astype(np.float32)
    groups = (xy[:, 0] > 20).astype(np.uint8)
    picture, drawn = finish(Raster().exact(Points.of(xy, groups), VIEW, 0.6, np.array([[255, 0, 0], [0, 0, 255]])))
    counts = plain_counts(xy)
    assert ((picture[..., 3] > 0) == (counts > 0)).all()
    assert drawn >= counts.sum()
    left, right = picture[:, :18].reshape(-1, 4), picture[:, 23:].reshape(-1, 4)
    assert not left[:, 0].any()  # blue comes first
    assert not right[:, 2].any()
    assert (left[:, 2] >= left[:, 3] * 0.9).all()  # premultiplied


def test_mixed_groups_have_the_mean_of_their_colours() -> None:
    xy = np.full((400, 2), 10.5, np.float32)
    groups = np.repeat([0, 1], [300, 100]).astype(np.uint8)
    picture, _ = finish(Raster().exact(Points.of(xy, groups), VIEW, 0.6, np.array([[200, 0, 0], [0, 200, 0]])))
    blue, green, red, opacity = picture[19, 10].astype(float)
    assert (red / opacity * 255, green / opacity * 255, blue) == pytest.approx((150, 50, 0), abs=3)


def test_a_part_is_drawn_from_every_group_and_never_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.ui.widgets.points.FIRST", 2000)
    rng = np.random.default_rng(7)
    xy = rng.uniform(1, 29, (20_000, 2)).astype(np.float32)
    points = Points.of(xy, rng.integers(0, 4, 20_000).astype(np.uint8))
    _, drawn = Raster().density(points, VIEW, 0.6, 60, least=1900)
    assert 1900 <= drawn < 4000
    near = Frame(40, 30, 4.0, 10.0, 17.5)  # a tenth of them: all are drawn
    inside = (np.abs(xy - [15, 13.75]) < [5, 3.75]).all(axis=1).sum()
    _, drawn = Raster().density(points, near, 0.6, 60, least=5000)
    assert drawn >= inside


def test_no_group_hides_another_by_its_place_in_the_file() -> None:
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 30, (60_000, 2)).astype(np.float32)
    groups = np.repeat([0, 1], 30_000).astype(np.uint8)
    image = paint(Points.of(xy, groups), radius=1.5)
    shares = [(image == group).mean() for group in (1, 2)]
    assert shares == pytest.approx([0.37, 0.37], abs=0.06)


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
