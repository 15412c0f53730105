"""Interpolation, traversal, ellipses and neighbours against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.core.errors import SettingError
from vae_desktop.core.values import Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.ellipse import sigma_ellipse
from vae_desktop.latent.interpolate import METHODS, interpolate
from vae_desktop.latent.neighbours import nearest
from vae_desktop.latent.projections import projections
from vae_desktop.latent.traverse import by_kl, traverse

A, B = np.array([3.0, 0, 0]), np.array([0.0, 0, 3])


@pytest.mark.parametrize("method", METHODS)
def test_a_way_begins_and_ends_where_it_should(method: str) -> None:
    rng = np.random.default_rng(0)
    for d in (1, 2, 16):
        a, b = rng.normal(size=(2, d))
        way = interpolate(a, b, 5, method)
        assert way.shape == (5, d)
        assert way.dtype == np.float32
        np.testing.assert_allclose(way[[0, -1]], [a, b], rtol=1e-6)


def test_lerp_is_straight_and_even() -> None:
    np.testing.assert_allclose(interpolate(A, B, 3)[1], [1.5, 0, 1.5])
    np.testing.assert_allclose(np.diff(interpolate(A, B, 7), n=2, axis=0), 0, atol=1e-6)


def test_slerp_keeps_the_norm_and_turns_evenly() -> None:
    way = interpolate(A, B, 7, "slerp")
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 3, rtol=1e-6)
    angles = np.arctan2(way[:, 2], way[:, 0])
    np.testing.assert_allclose(angles, np.linspace(0, np.pi / 2, 7), atol=1e-6)


@pytest.mark.parametrize("b", [2 * A, -A, 0 * A, np.array([3, 1e-9, 0])])
def test_slerp_is_lerp_where_there_is_no_arc(b: np.ndarray) -> None:
    np.testing.assert_array_equal(interpolate(A, b, 5, "slerp"), interpolate(A, b, 5, "lerp"))


def test_wrong_ways_are_refused() -> None:
    with pytest.raises(SettingError, match="lerp, slerp"):
        interpolate(A, B, 5, "bezier")
    with pytest.raises(SettingError, match="at least 2"):
        interpolate(A, B, 1)


def test_traverse_moves_one_dimension_a_row() -> None:
    z = np.array([5.0, 6, 7])
    grid = traverse(z, [2, 0], steps=5, range_=2)
    assert grid.shape == (2, 5, 3)
    np.testing.assert_array_equal(grid[0], [[5, 6, v] for v in (-2, -1, 0, 1, 2)])
    np.testing.assert_array_equal(grid[1], [[v, 6, 7] for v in (-2, -1, 0, 1, 2)])
    assert traverse(z).shape == (3, 9, 3)


@pytest.mark.parametrize(("steps", "range_"), [(0, 3.0), (5, np.nan), (5, np.inf)])
def test_traverse_refuses(steps: int, range_: float) -> None:
    with pytest.raises(SettingError):
        traverse(np.zeros(2), steps=steps, range_=range_)


def test_dimensions_by_kl() -> None:
    mu = np.array([[0, 3, 1], [0, -3, -1]], np.float32)
    assert by_kl(Posterior(mu, np.zeros_like(mu))).tolist() == [1, 2, 0]
    empty = np.empty((0, 3), np.float32)
    assert by_kl(Posterior(empty, empty)).tolist() == [0, 1, 2]


def test_the_ellipse_of_two_axes_is_sigma_along_each() -> None:
    mu, sigma = np.array([1.0, 2, 3], np.float32), np.array([0.5, 0.1, 0.25], np.float32)
    outline = sigma_ellipse(finish(projections["axes"].fit(mu[None], x=0, y=2)), mu, sigma, scale=2)
    assert outline.shape == (64, 2)
    np.testing.assert_allclose((((outline - [1, 3]) / [1.0, 0.5]) ** 2).sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.ptp(outline, axis=0), [2, 1], rtol=1e-2)


def test_the_ellipse_of_a_rotated_plane_has_the_placed_covariance() -> None:
    rng = np.random.default_rng(0)
    projection = finish(projections["pca"].fit(rng.normal(size=(100, 4)).astype(np.float32) * [1, 2, 3, 4]))
    sigma = np.array([0.1, 0.2, 0.3, 0.4])
    outline = sigma_ellipse(projection, np.ones(4), sigma) - projection.place(np.ones((1, 4)))
    # Points of {x : xᵀ C⁻¹ x = 1}, spread evenly in angle, have the second moment C / 2.
    np.testing.assert_allclose(outline.T @ outline / 64, projection.spread(np.ones(4), sigma) / 2, rtol=1e-4, atol=1e-7)


def test_the_ellipse_of_one_dimension_is_a_segment() -> None:
    mu = np.ones((1, 1), np.float32)
    outline = sigma_ellipse(finish(projections["axes"].fit(mu)), mu[0], np.array([0.5]))
    np.testing.assert_allclose(np.ptp(outline, axis=0), [1, 0], rtol=1e-2)


@pytest.mark.parametrize(("n", "d", "k"), [(5, 2, 8), (200, 2, 5), (20_000, 2, 8), (20_000, 12, 8), (3000, 1, 200)])
def test_nearest_is_the_sorted_truth(n: int, d: int, k: int) -> None:
    rng = np.random.default_rng(n)
    codes, z = rng.normal(size=(n, d)).astype(np.float32), rng.normal(size=d).astype(np.float32)
    truth = np.linalg.norm(codes - z, axis=1)
    found, distances = nearest(codes, z, k)
    np.testing.assert_array_equal(found, np.argsort(truth)[:k])
    np.testing.assert_allclose(distances, np.sort(truth)[:k], rtol=1e-5)


def test_nearest_among_equal_codes_and_none() -> None:
    found, distances = nearest(np.ones((1000, 2), np.float32), np.ones(2), 3)
    assert found.tolist() == [0, 1, 2]
    assert not distances.any()
    assert len(nearest(np.empty((0, 2), np.float32), np.ones(2))[0]) == 0
