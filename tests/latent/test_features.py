from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset, Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.features import features, measuring
from vae_desktop.latent.space import Space
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE


def measured(key: str, space: Space, dataset: Dataset | None = None) -> np.ndarray:
    return finish(measuring(key, space, dataset))


def codes_only(mu: np.ndarray) -> Space:
    mu = mu.astype(np.float32)
    return Space(None, Posterior(mu, np.zeros_like(mu)))


def test_the_error_of_grey_pictures_is_their_cross_entropy(space: Space, dataset: Dataset) -> None:
    assert space.model is not None
    with torch.inference_mode():
        means = space.model.likelihood.mean(space.model.decode(torch.from_numpy(space.posterior.mu))).numpy()
    x, p = (part.reshape(len(dataset), -1).astype(np.float64) for part in (dataset.x, means))
    want = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=1)
    assert measured("error", space, dataset) == pytest.approx(want, rel=1e-4)


def test_the_error_of_a_table_is_that_of_a_normal_density() -> None:
    x = np.random.default_rng(0).normal(size=(700, 3)).astype(np.float32)  # more than one batch
    dataset = Dataset("table", x, columns=(Column("a"), Column("b"), Column("c")))
    identity = Preparation("table", (3,), (0.0,) * 3, (1.0,) * 3, ("a", "b", "c"))
    torch.manual_seed(0)
    model = VAE(VAEConfig(latent=2, hidden=(8,)), identity).eval()
    model.likelihood.mse.fill_(0.3)
    mu = np.random.default_rng(1).normal(size=(700, 2)).astype(np.float32)
    with torch.inference_mode():
        mean = model.likelihood.mean(model.decode(torch.from_numpy(mu))).numpy().astype(np.float64)
    log_sigma = -6 + np.logaddexp(0, 0.5 * np.log(0.3) + 6)  # the likelihood's soft clip
    want = (0.5 * ((x - mean) / np.exp(log_sigma)) ** 2 + log_sigma + 0.5 * np.log(2 * np.pi)).sum(axis=1)
    assert measured("error", Space(model, Posterior(mu, np.zeros_like(mu))), dataset) == pytest.approx(want, rel=1e-4)


def test_the_kl_is_torchs_own_and_sums_up_to_the_posteriors(space: Space) -> None:
    mu, sigma = (torch.from_numpy(part) for part in (space.posterior.mu, space.posterior.sigma))
    want = kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).sum(dim=1).numpy()
    found = measured("kl", space)
    assert found == pytest.approx(want, rel=1e-4, abs=1e-5)
    assert found.mean() == pytest.approx(space.posterior.kl_per_dimension.sum(), rel=1e-4)


def test_the_density_is_larger_where_more_items_are() -> None:
    rng = np.random.default_rng(0)
    tight, loose = rng.normal(size=(500, 2)) * 0.1, rng.normal(size=(500, 2)) + 50
    density = measured("density", codes_only(np.concatenate([tight, loose])))
    assert np.quantile(density[:500], 0.05) > np.quantile(density[500:], 0.95)
    # A hundred times as many in the same area: by its logarithm, in two dimensions twice that of the distance.
    assert np.median(density[:500]) - np.median(density[500:]) == pytest.approx(np.log(100), abs=0.5)


def test_the_density_of_codes_that_are_nowhere_is_unknown() -> None:
    mu = np.random.default_rng(0).normal(size=(100, 2))
    mu[[3, 50]] = np.nan
    assert np.flatnonzero(np.isnan(measured("density", codes_only(mu)))).tolist() == [3, 50]
    assert np.isnan(measured("density", codes_only(mu[:5]))).all()  # too few to tell
    assert np.isfinite(measured("density", codes_only(np.zeros((100, 2))))).all()


def test_classes_factors_and_columns_are_told_as_they_are() -> None:
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    x[2, 1] = np.nan
    kinds = np.array(["a", "b", "", "a", "b", "b"])
    dataset = Dataset(
        "table", x, np.array([0, 1, -1, 0, 1, 0], np.int32), ("yes", "no"), (Column("p"), Column("q")),
        {"kind": kinds},
    )  # fmt: skip
    space = codes_only(x)
    known = features(space, dataset)
    assert list(known) == ["class", "factor:kind", "column:p", "column:q", "z:0", "z:1", "kl", "density", "order"]
    assert measured("class", space, dataset).tolist() == ["yes", "no", "", "yes", "no", "yes"]
    assert measured("factor:kind", space, dataset).tolist() == kinds.tolist()
    assert np.array_equal(measured("column:q", space, dataset), x[:, 1], equal_nan=True)
    assert np.array_equal(measured("z:0", space), x[:, 0])


def test_only_what_there_is_is_offered() -> None:
    assert list(features(codes_only(np.zeros((3, 1))), None)) == ["z:0", "kl", "density", "order"]
    assert len(features(codes_only(np.zeros((2, 200))), None)) == 64 + 3
    with pytest.raises(ValueError, match="needs the items"):
        measured("error", codes_only(np.zeros((3, 2))))


def test_categories_are_told_by_name() -> None:
    x = np.array([[0, 1], [1, 2], [np.nan, np.nan]], np.float32)
    dataset = Dataset("table", x, columns=(Column("sex", "category", ("female", "male")), Column("age")))
    space = codes_only(np.zeros((3, 2)))
    assert measured("column:sex", space, dataset).tolist() == ["female", "male", ""]
    np.testing.assert_array_equal(measured("column:age", space, dataset), x[:, 1])


def test_of_very_many_columns_the_first_are_offered() -> None:
    columns = tuple(Column(f"c{i}") for i in range(3000))
    dataset = Dataset("table", np.zeros((4, 3000), np.float32), columns=columns)
    known = features(codes_only(np.zeros((4, 2))), dataset)
    assert len(known) < 600
    assert known["column:c0"] == "c0"
    assert known["order"]
