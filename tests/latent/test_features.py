from __future__ import annotations

import math

import numpy as np
import pytest

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset, Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.features import features, measuring
from vae_desktop.latent.space import Space
from vae_desktop.models.likelihoods import Gaussian
from vae_desktop.models.vae import VAE, VAEConfig


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    return Dataset(
        "table", rng.normal(size=(40, 2)).astype(np.float32), (np.arange(40) % 3 - 1).astype(np.int32), ("cat", "dog"),
        (Column("height"), Column("width")), {"age": np.arange(40) * 2, "owner": np.array(["a", ""] * 20)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def space(dataset: Dataset) -> Space:
    import torch

    torch.manual_seed(0)
    model = VAE(VAEConfig(latent=3, hidden=(8,)), Preparation.fit(dataset)).eval()
    rng = np.random.default_rng(1)
    mu, logvar = (rng.normal(size=(40, 3)).astype(np.float32) for _ in range(2))
    return Space(model, Posterior(mu, logvar), dataset)


def told(key: str, space: Space, dataset: Dataset | None) -> np.ndarray:
    return finish(measuring(key, space, dataset))


def test_all_that_is_offered_can_be_told(space: Space, dataset: Dataset) -> None:
    offered = features(space, dataset)
    assert list(offered) == [
        "class", "factor:age", "factor:owner", "column:height", "column:width", "error", "z:0", "z:1", "z:2", "kl",
        "density", "order",
    ]  # fmt: skip
    for key in offered:
        assert len(told(key, space, dataset)) == 40


def test_what_needs_the_items_is_not_offered_without_them(space: Space, dataset: Dataset) -> None:
    few = Space(space.model, Posterior(space.posterior.mu[:5], space.posterior.logvar[:5]))
    for data in (None, dataset):  # a data set of other items is none
        assert list(features(few, data)) == ["z:0", "z:1", "z:2", "kl", "density", "order"]
    with pytest.raises(ValueError, match="needs the items"):
        told("error", few, None)


def test_each_value_is_its_items(space: Space, dataset: Dataset) -> None:
    mu = space.posterior.mu
    assert dataset.labels is not None
    assert np.array_equal(told("z:1", space, None), mu[:, 1])
    assert np.array_equal(told("column:width", space, dataset), dataset.x[:, 1])
    assert np.array_equal(told("factor:age", space, dataset), np.arange(40) * 2)
    assert np.array_equal(told("order", space, None), np.arange(40))
    assert told("class", space, dataset).tolist() == [("cat", "dog", "")[label] for label in dataset.labels]


def test_kl_is_the_closed_form_and_adds_up_to_that_of_the_dimensions(space: Space) -> None:
    mu, sigma = (part.astype(float) for part in (space.posterior.mu, space.posterior.sigma))
    kl = told("kl", space, None)
    want = (0.5 * (mu**2 + sigma**2 - 1) - np.log(sigma)).sum(axis=1)
    assert kl == pytest.approx(want, rel=1e-4)
    assert kl.mean() == pytest.approx(space.posterior.kl_per_dimension.sum(), rel=1e-4)


def test_the_error_is_minus_the_log_density_of_each_item(space: Space, dataset: Dataset) -> None:
    import torch

    model = space.model
    assert model is not None
    likelihood = model.likelihood
    assert isinstance(likelihood, Gaussian)
    with torch.inference_mode():
        made = model.decode(torch.from_numpy(space.posterior.mu)).numpy()
        log_sigma = float(likelihood.log_sigma)
    away = (model.preparation.apply(dataset.x) - made) / math.exp(log_sigma)
    want = (0.5 * away**2 + log_sigma + 0.5 * math.log(2 * math.pi)).sum(axis=1)
    assert told("error", space, dataset) == pytest.approx(want, rel=1e-4)


def test_what_is_crowded_is_dense_and_a_code_that_is_not_finite_has_none() -> None:
    rng = np.random.default_rng(0)
    mu = np.concatenate([rng.normal(0, 0.1, (200, 2)), rng.normal(0, 10, (50, 2)), [[np.nan, 0]]]).astype(np.float32)
    density = told("density", Space(None, Posterior(mu, np.zeros_like(mu))), None)
    assert density[:200].min() > np.median(density[200:250])
    assert np.isnan(density[250])
    assert np.isfinite(density[:250]).all()


@pytest.mark.parametrize("n", [0, 1, 5])
def test_few_items_have_no_density(n: int) -> None:
    mu = np.zeros((n, 2), np.float32)
    assert np.isnan(told("density", Space(None, Posterior(mu, mu)), None)).all()
