from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import SettingError, UserError
from vae_desktop.latent import projections as package
from vae_desktop.latent.project import part, project

if TYPE_CHECKING:
    from vae_desktop.latent.projections import Projector


def blobs(n: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Three groups far from one another in 4 dimensions, and which each item is of."""
    labels = np.repeat(np.arange(3), n // 3).astype(np.int32)
    centres = 20 * np.eye(3, 4)
    codes = centres[labels] + np.random.default_rng(0).normal(size=(n, 4))
    return codes.astype(np.float32), labels


def test_tsne_keeps_groups_together() -> None:
    mu, labels = blobs()
    xy = project("tsne", mu, perplexity=10).xy
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (labels[distance.argmin(axis=1)] == labels).all()


def test_tsne_is_the_same_for_the_same_seed() -> None:
    mu, _ = blobs()
    np.testing.assert_array_equal(project("tsne", mu, seed=3).xy, project("tsne", mu, seed=3).xy)
    assert not np.array_equal(project("tsne", mu, perplexity=5).xy, project("tsne", mu).xy)


def test_a_part_of_many_is_fitted_and_the_rest_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    mu, labels = blobs(300)
    fitted: list[int] = []
    kind = package.projections["tsne"]
    fit = kind.fit

    def counted(mu: np.ndarray, **settings: object) -> package.Fitting:
        fitted.append(len(mu))
        return fit(mu, **settings)

    smaller: Projector = package.Projector(kind.name, kind.title, 3, counted, kind.help, kind.Config, most=60)
    monkeypatch.setitem(package.projections._entries, "tsne", smaller)
    projection = project("tsne", mu, labels)
    assert fitted == [60]
    assert projection.xy.shape == (300, 2)
    middles = np.array([projection.xy[labels == k].mean(axis=0) for k in range(3)])
    nearest = np.linalg.norm(projection.xy[:, None] - middles, axis=2).argmin(axis=1)
    assert (nearest == labels).all()


@pytest.mark.parametrize("name", ["axes", "pca", "tsne"])
def test_codes_that_are_not_numbers_have_no_place(name: str) -> None:
    mu, _ = blobs()
    mu[5] = np.nan
    projection = project(name, mu)
    assert np.isnan(projection.xy[5]).any()
    assert np.isfinite(np.delete(projection.xy, 5, axis=0)).all()


def test_every_class_keeps_its_share_and_at_least_one() -> None:
    labels = np.repeat([0, 1, 2, -1], [9000, 900, 3, 97])
    chosen = part(np.ones(10_000, bool), labels, 1000)
    assert (np.diff(chosen) > 0).all()
    assert np.bincount(labels[chosen] + 1).tolist() == [9, 900, 90, 1]
    np.testing.assert_array_equal(chosen, part(np.ones(10_000, bool), labels, 1000))
    assert len(part(np.arange(100) % 2 == 0, None, None)) == 50


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("nope", {}, "unknown projection 'nope'; known are: axes, pca, tsne, umap"),
        ("pca", {"seed": 1}, "unknown setting 'seed'"),
        ("tsne", {"perplexity": 0}, "perplexity=0: must be at least 2"),
        ("axes", {"x": 9}, "no latent dimension 9"),
    ],
)
def test_wrong_wishes(name: str, settings: dict[str, float], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        project(name, blobs()[0], **settings)


def test_two_dimensions_need_no_tsne() -> None:
    with pytest.raises(SettingError, match="at least 3 latent dimensions; this has 2"):
        project("tsne", blobs()[0][:, :2])


def test_umap_that_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.latent.projections.umap.find_spec", lambda _: None)
    with pytest.raises(UserError, match=r'pip install "vae-desktop\[umap\]"'):
        project("umap", blobs()[0])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(UserError, match="built without it"):
        project("umap", blobs()[0])
