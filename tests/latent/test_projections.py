"""What every registered projection promises, and what each one is."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import settings_of
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.projections import Projection, projections

ITEMS = 150
THERE = [name for name in projections if name != "umap" or find_spec("umap")]
EVERY = [(name, d) for name in THERE for d in (1, 2, 3, 8) if d >= projections[name].min_latent]


def codes(n: int, d: int) -> np.ndarray:
    rng = np.random.default_rng(d)
    return (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)).astype(np.float32)


@cache
def fitted(name: str, d: int) -> Projection:
    return finish(projections[name].fit(codes(ITEMS, d)))


@pytest.mark.parametrize(("name", "d"), EVERY)
class TestContract:
    def test_places_the_fitted_codes(self, name: str, d: int) -> None:
        mu, projection = codes(ITEMS, d), fitted(name, d)
        assert projection.name == name
        assert projection.xy.shape == (ITEMS, 2)
        assert projection.xy.dtype == np.float32
        np.testing.assert_allclose(projection.place(mu[:7]), projection.xy[:7], atol=1e-5)
        assert len(projection.labels) == 2

    def test_lifts_as_well_as_it_says(self, name: str, d: int) -> None:
        mu, projection = codes(ITEMS, d), fitted(name, d)
        error = projection.error(projection.xy)
        assert error.shape == (ITEMS,)
        assert (error >= 0).all()
        assert np.isfinite(error).all()
        for z, place in zip(mu, projection.xy, strict=True):
            lifted = projection.lift(place[None], like=z)
            assert lifted.shape == (1, d)
            assert lifted.dtype == np.float32
        if projections[name].most is None:
            assert not error.any()
            back = [projection.lift(place[None], like=z)[0] for z, place in zip(mu, projection.xy, strict=True)]
            np.testing.assert_allclose(back, mu, rtol=1e-5, atol=1e-5)
        else:
            off = np.linalg.norm(projection.lift(projection.xy) - mu, axis=1)
            assert np.sqrt((off**2).mean()) < 1.5 * np.sqrt((error**2).mean())  # it does not flatter itself

    def test_lifts_where_it_was_told(self, name: str, d: int) -> None:
        mu, projection = codes(ITEMS, d), fitted(name, d)
        wanted = projection.xy[:20]
        there = projection.place(projection.lift(wanted, like=mu[30]))
        extent = 1e-4 if projections[name].most is None else 0.25 * np.ptp(projection.xy, axis=0).max()
        np.testing.assert_allclose(there, wanted, rtol=1e-4, atol=extent)

    def test_spread_is_the_covariance_of_placed_draws(self, name: str, d: int) -> None:
        mu, projection = codes(ITEMS, d), fitted(name, d)
        sigma = np.linspace(0.1, 0.4, d)
        draws = (mu[0] + sigma * np.random.default_rng(0).normal(size=(40_000, d))).astype(np.float32)
        spread, wanted = projection.spread(mu[0], sigma), np.cov(projection.place(draws).T)
        assert spread.shape == (2, 2)
        if projections[name].most is None:
            np.testing.assert_allclose(spread, wanted, atol=0.02 * sigma.max() ** 2)
        else:  # from draws, around the dot
            assert np.trace(spread) > 0.5 * np.trace(wanted)

    def test_more_items_come_onto_the_same_map(self, name: str, d: int) -> None:
        mu, projection = codes(ITEMS + 30, d), fitted(name, d)
        more = finish(projection.extended(np.concatenate([codes(ITEMS, d), mu[:30] * np.nan, mu[:30]])))
        np.testing.assert_allclose(more.xy[:ITEMS], projection.xy, atol=1e-5)
        assert np.isnan(more.xy[ITEMS : ITEMS + 30]).all()
        assert np.isfinite(more.xy[ITEMS + 30 :]).all()
        assert np.isfinite(more.lift(more.xy[:5])).all()

    def test_can_be_cancelled_between_its_steps(self, name: str, d: int) -> None:
        fitting = projections[name].fit(codes(10, d))
        assert isinstance(next(fitting), Progress)
        fitting.close()

    def test_one_item_and_equal_items(self, name: str, d: int) -> None:
        for mu in (codes(1, d), np.ones((8, d), np.float32)):
            projection = finish(projections[name].fit(mu))
            assert np.isfinite(projection.xy).all()
            assert np.isfinite(projection.lift(np.array([[3.0, 4.0]]))).all()
            assert np.isfinite(projection.error(projection.xy)).all()

    def test_no_items(self, name: str, d: int) -> None:
        projection = finish(projections[name].fit(np.empty((0, d), np.float32)))
        assert projection.xy.shape == (0, 2)
        assert projection.place(np.ones((1, d), np.float32)).shape == (1, 2)
        assert projection.lift(np.ones((1, 2), np.float32), like=np.ones(d)).shape == (1, d)

    def test_explains_itself(self, name: str, d: int) -> None:
        kind = projections[name]
        assert kind.help
        assert all(one.help for one in settings_of(kind.Config).values())


def test_axes_show_the_chosen_dimensions() -> None:
    mu = codes(30, 5)
    projection = finish(projections["axes"].fit(mu, x=3, y=1))
    np.testing.assert_array_equal(projection.xy, mu[:, [3, 1]])
    assert projection.labels == ("z4", "z2")
    lifted = projection.lift(np.array([[7.0, -2.0]]), like=mu[0])
    np.testing.assert_array_equal(lifted[0], [mu[0, 0], -2, mu[0, 2], 7, mu[0, 4]])


def test_axes_refuse_one_dimension_twice() -> None:
    with pytest.raises(SettingError, match="two different"):
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
