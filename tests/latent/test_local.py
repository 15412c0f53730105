"""A curved map, checked where it is known what it should say."""

from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.core.work import finish
from vae_desktop.latent.local import Local


@pytest.fixture
def flat() -> tuple[Local, np.ndarray]:
    """Codes in a tilted plane of 5 dimensions, laid out flat; and that plane, (2, 5)."""
    rng = np.random.default_rng(0)
    xy = rng.uniform(-1, 1, (500, 2)).astype(np.float32)
    plane = rng.normal(size=(2, 5))
    return Local("flat", ("a", "b"), xy, (xy @ plane).astype(np.float32)), plane


def test_lift_is_exact_where_codes_lie_in_a_plane(flat: tuple[Local, np.ndarray]) -> None:
    local, plane = flat
    inside = np.random.default_rng(1).uniform(-0.7, 0.7, (50, 2))
    np.testing.assert_allclose(local.lift(inside), inside @ plane, atol=2e-2)
    assert (local.error(inside) < 2e-2).all()


def test_lift_of_a_curved_sheet_says_how_wrong_it_is() -> None:
    rng = np.random.default_rng(0)
    xy = rng.uniform(-1, 1, (400, 2)).astype(np.float32)
    z = np.concatenate([xy, 3 * (xy**2).sum(axis=1, keepdims=True)], axis=1).astype(np.float32)
    noisy = Local("noisy", ("", ""), xy, z + rng.normal(0, 0.3, z.shape).astype(np.float32))
    smooth = Local("smooth", ("", ""), xy, z)
    centre = np.zeros((1, 2))
    assert abs(smooth.lift(centre)[0, 2]) < 0.15
    assert smooth.error(centre)[0] < 0.2
    assert noisy.error(centre)[0] == pytest.approx(0.3 * 3**0.5, rel=0.3)


def test_far_away_the_plane_is_followed_only_as_far_as_items_reach(flat: tuple[Local, np.ndarray]) -> None:
    local, _ = flat
    far = local.lift(np.array([[1000.0, 0.0], [1e9, 1e9]]))
    assert np.abs(far).max() < 3 * np.abs(local.mu).max()


def test_an_items_code_lies_on_its_dot_and_copies_share_the_middle() -> None:
    mu = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 5, 0]], np.float32)
    xy = np.array([[0, 0], [2, 0], [4, 0], [0, 9]], np.float32)
    local = Local("dots", ("", ""), xy, mu)
    np.testing.assert_array_equal(local.place(mu), [[0, 0], [3, 0], [3, 0], [0, 9]])


def test_what_is_not_finite_has_no_place_and_disturbs_nothing(flat: tuple[Local, np.ndarray]) -> None:
    local, _ = flat
    mu, xy = local.mu.copy(), local.xy.copy()
    mu[::7], xy[3] = np.nan, np.inf
    some = Local("some", ("", ""), xy, mu)
    assert np.isnan(some.place(mu[:1])).all()
    np.testing.assert_array_equal(some.place(mu[1:2]), xy[1:2])
    assert np.isfinite(some.lift(np.array([[0.0, 0.0]]))).all()


def test_others_are_placed_beside_their_like(flat: tuple[Local, np.ndarray]) -> None:
    local, plane = flat
    more = np.random.default_rng(2).uniform(-0.8, 0.8, (100, 2))
    codes = np.concatenate([local.mu, (more @ plane).astype(np.float32)])
    extended = finish(local.extended(codes))
    np.testing.assert_array_equal(extended.xy[:500], local.xy)
    np.testing.assert_allclose(extended.xy[500:], more, atol=0.1)
