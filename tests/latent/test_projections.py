"""What every registered projection promises, and what each one is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.projections import projections

EVERY = [(name, d) for name in projections for d in (1, 2, 3, 8) if d >= projections[name].min_latent]


def codes(n: int, d: int) -> np.ndarray:
    rng = np.random.default_rng(d)
    return (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)).astype(np.float32)


@pytest.mark.parametrize(("name", "d"), EVERY)
class TestContract:
    def test_places_the_fitted_codes(self, name: str, d: int) -> None:
        mu = codes(200, d)
        projection = finish(projections[name].fit(mu))
        assert projection.name == name
        assert projection.xy.shape == (200, 2)
        assert projection.xy.dtype == np.float32
        np.testing.assert_allclose(projection.place(mu[:7]), projection.xy[:7], atol=1e-5)
        assert len(projection.labels) == 2

    def test_lifts_back_to_the_same_code(self, name: str, d: int) -> None:
        mu = codes(50, d)
        projection = finish(projections[name].fit(mu))
        for z in mu:
            lifted = projection.lift(projection.place(z[None]), like=z)
            assert lifted.shape == (1, d)
            assert lifted.dtype == np.float32
            np.testing.assert_allclose(lifted[0], z, rtol=1e-5, atol=1e-5)

    def test_lifts_where_it_was_told(self, name: str, d: int) -> None:
        mu = codes(50, d)
        projection = finish(projections[name].fit(mu))
        wanted = projection.xy[:20]
        np.testing.assert_allclose(projection.place(projection.lift(wanted, like=mu[30])), wanted, rtol=1e-4, atol=1e-4)

    def test_spread_is_the_covariance_of_placed_draws(self, name: str, d: int) -> None:
        mu = codes(50, d)
        projection = finish(projections[name].fit(mu))
        sigma = np.linspace(0.1, 0.4, d)
        draws = mu[0] + sigma * np.random.default_rng(0).normal(size=(40_000, d))
        np.testing.assert_allclose(
            projection.spread(mu[0], sigma), np.cov(projection.place(draws).T), atol=0.02 * sigma.max() ** 2
        )

    def test_can_be_cancelled_between_its_steps(self, name: str, d: int) -> None:
        fitting = projections[name].fit(codes(10, d))
        assert isinstance(next(fitting), Progress)
        fitting.close()

    def test_one_item_and_equal_items(self, name: str, d: int) -> None:
        for mu in (codes(1, d), np.ones((5, d), np.float32)):
            assert np.isfinite(finish(projections[name].fit(mu)).xy).all()

    def test_no_items(self, name: str, d: int) -> None:
        projection = finish(projections[name].fit(np.empty((0, d), np.float32)))
        assert projection.xy.shape == (0, 2)
        assert projection.place(np.ones((1, d), np.float32)).shape == (1, 2)


def test_axes_show_the_chosen_dimensions() -> None:
    mu = codes(30, 5)
    projection = finish(projections["axes"].fit(mu, x=3, y=1))
    np.testing.assert_array_equal(projection.xy, mu[:, [3, 1]])
    assert projection.labels == ("z4", "z2")
    lifted = projection.lift(np.array([[7.0, -2.0]]), like=mu[0])
    np.testing.assert_array_equal(lifted[0], [mu[0, 0], -2, mu[0, 2], 7, mu[0, 4]])


def test_axes_refuse_one_dimension_twice() -> None:
    with pytest.raises(ValueError, match="two different"):
        finish(projections["axes"].fit(codes(5, 3), x=1, y=1))


def test_one_latent_dimension_lies_on_a_line() -> None:
    mu = codes(30, 1)
    projection = finish(projections["axes"].fit(mu))
    np.testing.assert_array_equal(projection.xy, np.hstack([mu, np.zeros_like(mu)]))
    np.testing.assert_array_equal(projection.lift(np.array([[2.5, 9.0]]), like=mu[0]), [[2.5]])


def test_pca_is_scikit_learns() -> None:
    mu = codes(500, 6)
    projection = finish(projections["pca"].fit(mu))
    peer = PCA(2).fit(mu)
    theirs = peer.transform(mu)
    signs = np.sign((theirs * projection.xy).sum(axis=0))
    np.testing.assert_allclose(projection.xy, theirs * signs, rtol=1e-3, atol=1e-3)
    assert projection.labels[0] == f"PC 1 ({peer.explained_variance_ratio_[0]:.0%})"


def test_pca_in_chunks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    mu = codes(500, 6)
    whole = finish(projections["pca"].fit(mu))
    monkeypatch.setattr("vae_desktop.latent.projections.pca.CHUNK", 64)
    steps: list[Progress] = []
    np.testing.assert_allclose(finish(projections["pca"].fit(mu), steps.append).xy, whole.xy, atol=1e-5)
    assert len(steps) == 8
