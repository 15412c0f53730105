from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.values import Posterior
from vae_desktop.latent.fill import NEARBY, OTHERS, Fill, closeness
from vae_desktop.latent.local import Local
from vae_desktop.latent.project import project

if TYPE_CHECKING:
    from vae_desktop.latent.projections import Projection

XY = np.array([[0.3, -0.2], [2.0, 1.0], [-1.5, 0.7], [9.0, 9.0], [0.0, 0.0], [-0.4, -1.1]], np.float32)


def codes(n: int = 300, d: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(n, d)) * np.linspace(2, 0.3, d) + rng.normal(size=d)).astype(np.float32)


def brute(projection: Projection, mu: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The weighted mean of the nearest items' codes, moved within the shown plane onto the place."""
    distance = np.linalg.norm(projection.xy - place, axis=1)
    found = np.argsort(distance, kind="stable")[:NEARBY]
    weight = (1 - (distance[found] / (distance[found][-1] * 1.001)) ** 3) ** 3 + 1e-9
    mean = weight @ mu[found] / weight.sum()
    return mean + (place - projection.place(mean[None])[0]) @ projection.matrix  # type: ignore[attr-defined]


@pytest.mark.parametrize("others", OTHERS)
@pytest.mark.parametrize("name", ["axes", "pca"])
def test_what_is_lifted_is_placed_where_it_came_from(name: str, others: str) -> None:
    mu = codes()
    fill = Fill.of(project(name, mu), Posterior(mu, mu), others, np.full(6, 3.0))
    for places in (XY, XY[:1]):
        np.testing.assert_allclose(fill.projection.place(fill.lift(places)), places, atol=1e-5)


@pytest.mark.parametrize("name", ["axes", "pca"])
def test_the_mean_nearby_is_that_of_the_nearest_items_on_the_map(name: str) -> None:
    mu = codes()
    fill = Fill.of(project(name, mu), Posterior(mu, mu), "local", None)
    expected = np.stack([brute(fill.projection, mu, place) for place in XY])
    assert fill.prepared() is fill
    np.testing.assert_allclose(fill.lift(XY), expected, atol=1e-4)
    for place, code in zip(XY, expected, strict=True):
        np.testing.assert_allclose(fill.lift(place[None])[0], code, atol=1e-4)


def test_the_others_are_those_of_the_cursor_or_their_mean() -> None:
    mu, cursor = codes(), np.arange(6, dtype=np.float32)
    projection = project("axes", mu)
    at_cursor = Fill.of(projection, Posterior(mu, mu), "cursor", cursor).lift(XY)
    np.testing.assert_array_equal(at_cursor[:, 2:], np.tile(cursor[2:], (len(XY), 1)))
    for others, given in (("mean", cursor), ("cursor", None), ("cursor", cursor[:3])):
        mean = Fill.of(projection, Posterior(mu, mu), others, given).lift(XY)
        np.testing.assert_allclose(mean[:, 2:], np.tile(mu.mean(axis=0)[2:], (len(XY), 1)), atol=1e-5)


def test_moving_within_the_plane_shows_the_same_plane() -> None:
    mu = codes()
    projection = project("pca", mu)
    fill = Fill.of(projection, Posterior(mu, mu), "cursor", mu[3])
    within = Fill.of(projection, Posterior(mu, mu), "cursor", fill.lift(XY)[2])
    out_of_it = Fill.of(projection, Posterior(mu, mu), "cursor", mu[4])
    assert fill.plane == within.plane
    assert fill.plane != out_of_it.plane


def test_a_curved_map_needs_no_filling_in() -> None:
    mu = codes()
    projection = Local("tsne", ("", ""), mu[:, :2].copy(), mu).indexed()
    lifted = [Fill.of(projection, Posterior(mu, mu), others, mu[0]).lift(XY) for others in OTHERS]
    np.testing.assert_array_equal(lifted[0], lifted[1])
    np.testing.assert_array_equal(lifted[0], lifted[2])


@pytest.mark.parametrize("others", OTHERS)
@pytest.mark.parametrize("d", [1, 2, 64])
@pytest.mark.parametrize("n", [0, 1, 200])
def test_few_items_and_any_dimension(n: int, d: int, others: str) -> None:
    mu = np.ones((n, d), np.float32)
    fill = Fill.of(project("axes", mu), Posterior(mu, mu), others, None)
    for places in (XY, XY[:1]):
        lifted = fill.lift(places)
        assert lifted.shape == (len(places), d)
        assert np.isfinite(lifted).all()


@pytest.mark.parametrize("n", [40, 3000])
def test_items_without_a_place_do_not_count(n: int) -> None:
    mu = codes(n)
    good = Fill.of(project("axes", mu[n // 2 :]), Posterior(mu[n // 2 :], mu[n // 2 :]), "local", None)
    spoilt = mu.copy()
    spoilt[: n // 2] = np.nan
    fill = Fill.of(project("axes", spoilt), Posterior(spoilt, spoilt), "local", None)
    for places in (XY, XY[:1]):
        np.testing.assert_allclose(fill.lift(places), good.lift(places), atol=1e-4)


def test_closeness_sums_to_one_also_of_equals() -> None:
    weight = closeness(np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [5.0, 5.0, 5.0]]))
    np.testing.assert_allclose(weight.sum(axis=1), 1)
    assert (np.diff(weight[0]) < 0).all()
    np.testing.assert_allclose(weight[1:], 1 / 3)
