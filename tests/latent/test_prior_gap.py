"""The prior gap on codes whose distribution is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.core.work import Progress
from vae_desktop.latent.prior_gap import PriorGap, measuring_gap, prior_gap
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

N = 6000


def model(latent: int) -> VAE:
    return VAE(
        VAEConfig(latent=latent, hidden=(8,)), Preparation.fit(Dataset("image", np.ones((2, 4, 4, 1), np.uint8)))
    )


def gap(mu: np.ndarray, sigma: float = 0.3) -> PriorGap | None:
    mu = mu.astype(np.float32)
    return prior_gap(model(mu.shape[1]), Posterior(mu, np.full_like(mu, 2 * np.log(sigma))), seed=1)


def normal(d: int, scale: float = 1.0, n: int = N) -> np.ndarray:
    return scale * np.random.default_rng(0).normal(size=(n, d))


@pytest.mark.parametrize("d", [1, 2, 8, 32])
def test_equal_distributions_leave_the_usual_five_percent(d: int) -> None:
    found = gap(normal(d, np.sqrt(1 - 0.3**2)))  # with σ of 0.3 the aggregate posterior is N(0, I)
    assert found is not None
    assert found.prior_without_data == pytest.approx(0.05, abs=0.02)
    assert found.data_without_prior == pytest.approx(0.05, abs=0.02)


def test_data_in_a_corner_leaves_most_of_the_prior_empty() -> None:
    found = gap(normal(2, 0.05) + 0.5, sigma=0.05)
    assert found is not None
    assert found.prior_without_data > 0.9
    assert found.data_without_prior < 0.05
    assert len(found.empty) == round(2000 * found.prior_without_data)


def test_data_far_out_is_not_covered() -> None:
    mu = normal(2, np.sqrt(1 - 0.3**2))
    mu[:600] += 8
    found = gap(mu)
    assert found is not None
    assert found.data_without_prior == pytest.approx(0.1 + 0.9 * 0.05, abs=0.02)
    assert set(found.items[:600].tolist()) == set(range(600))  # the farthest first
    assert found.prior_without_data < 0.07


def test_a_ring_has_an_empty_middle() -> None:
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, N)
    found = gap(1.5 * np.c_[np.cos(angle), np.sin(angle)], sigma=0.1)
    assert found is not None
    inside = 1 - np.exp(-(1.2**2) / 2)  # of N(0, I) in the plane
    assert found.prior_without_data > inside
    assert (np.linalg.norm(found.empty, axis=1) < 1).any()


def test_identical_codes() -> None:
    found = gap(np.zeros((N, 2)), sigma=1e-6)
    assert found is not None
    assert found.prior_without_data == 1
    assert found.data_without_prior == 0


def test_few_items_and_codes_that_are_not_numbers() -> None:
    assert gap(normal(2, n=39)) is None
    assert gap(normal(2, n=40)) is not None
    mu = normal(2)
    mu[::2] = np.nan
    found = gap(mu)
    assert found is not None
    assert not set(found.items.tolist()) & set(range(0, N, 2))
    assert gap(np.full((100, 2), np.nan)) is None


def test_a_learned_prior_is_compared_by_its_own_draws() -> None:
    data = Dataset("image", np.random.default_rng(0).integers(0, 255, (50, 4, 4, 1)).astype(np.uint8))
    torch.manual_seed(0)
    vamp = VAE(VAEConfig(latent=2, hidden=(8,), prior="vamp", components=3), Preparation.fit(data))
    with torch.no_grad():
        vamp.prior.inputs.copy_(torch.rand_like(vamp.prior.inputs))
    drawn = vamp.prior.sample(N, torch.Generator().manual_seed(5)).detach().numpy()
    found = prior_gap(vamp, Posterior(drawn, np.full_like(drawn, -20)))
    assert found is not None
    assert found.prior_without_data == pytest.approx(0.05, abs=0.02)


def test_the_same_seed_gives_the_same_and_it_can_be_left() -> None:
    mu = normal(2).astype(np.float32)
    posterior = Posterior(mu, np.zeros_like(mu))
    a, b = (prior_gap(model(2), posterior, seed=3) for _ in range(2))
    assert a is not None
    assert b is not None
    assert a.to_json() == b.to_json()
    work = measuring_gap(model(2), posterior)
    assert isinstance(next(work), Progress)
    work.close()
