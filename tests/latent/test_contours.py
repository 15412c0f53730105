from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.core.work import Progress
from vae_desktop.latent.contours import SHARES, Contour, contouring, contours


def holds(contour: Contour, xy: np.ndarray) -> np.ndarray:
    """Whether each place is within: crossings of a ray to the right, over all rings, are odd."""
    inside = np.zeros(len(xy), bool)
    for ring in contour.rings:
        a, b = ring, np.roll(ring, -1, axis=0)
        for (x0, y0), (x1, y1) in zip(a, b, strict=True):
            if y0 != y1:
                crosses = (xy[:, 1] > min(y0, y1)) & (xy[:, 1] <= max(y0, y1))
                inside ^= crosses & (xy[:, 0] < x0 + (xy[:, 1] - y0) / (y1 - y0) * (x1 - x0))
    return inside


def gaussian(n: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, 2)) * [2, 0.5] + [10, -3]).astype(np.float32)


def test_contours_of_a_gaussian_hold_their_share_of_its_items() -> None:
    found = contours(gaussian(40_000), np.zeros(40_000, np.uint8), 1)
    fresh = gaussian(8_000, 1)
    assert [contour.share for contour in found] == sorted(SHARES, reverse=True)
    for contour in found:
        assert holds(contour, fresh).mean() == pytest.approx(contour.share, abs=0.025)


def test_a_contour_of_a_gaussian_is_its_ellipse() -> None:
    half = next(one for one in contours(gaussian(40_000), np.zeros(40_000, int), 1) if one.share == 0.5)
    (ring,) = half.rings
    radius = np.hypot(*((ring - [10, -3]) / [2, 0.5]).T)
    np.testing.assert_allclose(radius, np.sqrt(2 * np.log(2)), rtol=0.12)  # holds half of a bell in two dimensions


def test_each_group_has_its_own() -> None:
    xy = np.concatenate([gaussian(500), gaussian(500) + 50])
    found = contours(xy, np.repeat([2, 0], 500), 3)
    assert {contour.group for contour in found} == {0, 2}
    for contour in found:
        own = xy[500:] if contour.group == 0 else xy[:500]
        middle = np.concatenate(contour.rings).mean(axis=0)
        np.testing.assert_allclose(middle, own.mean(axis=0), atol=1.5)


def test_two_islands_have_two_outlines_and_a_ring_has_a_hole() -> None:
    xy = np.concatenate([gaussian(800), gaussian(800) + np.array([0, 6])])
    outer = contours(xy, np.zeros(1600, int), 1)[0]
    assert len(outer.rings) == 2
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 20_000)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.random.default_rng(1).normal(5, 0.2, (20_000, 1))
    outer = contours(ring.astype(np.float32), np.zeros(20_000, int), 1)[0]
    assert not holds(outer, np.zeros((1, 2))).any()
    assert holds(outer, ring[:2000]).mean() == pytest.approx(0.95, abs=0.03)


def test_a_few_items_far_out_do_not_blur_the_others() -> None:
    xy = gaussian(20_000)
    xy[:5] = 1e6
    half = next(one for one in contours(xy, np.zeros(len(xy), int), 1) if one.share == 0.5)
    assert holds(half, gaussian(5000, 1)).mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "xy",
    [np.empty((0, 2)), np.zeros((1, 2)), np.ones((500, 2)), np.full((500, 2), np.nan)],
    ids=["none", "one", "alike", "nowhere"],
)
def test_what_has_no_region_has_no_contour(xy: np.ndarray) -> None:
    assert contours(xy.astype(np.float32), np.zeros(len(xy), int), 1) == ()


def test_items_in_a_row_and_items_without_a_place() -> None:
    xy = gaussian(500)
    xy[:, 1] = 0  # one latent dimension
    xy[::2] = np.nan
    found = contours(xy, np.zeros(500, int), 1)
    assert len(found) == len(SHARES)
    assert holds(found[0], xy[1::2]).mean() == pytest.approx(0.95, abs=0.05)


def test_it_can_be_stopped_between_groups() -> None:
    work = contouring(gaussian(90), np.repeat([0, 1, 2], 30), 3)
    assert [next(work) for _ in range(3)] == [Progress(i, 3, "Density") for i in range(3)]
