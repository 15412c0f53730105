"""What is said of all codes together, on distributions whose figures are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vae_desktop.core.preparation import Preparation
from vae_desktop.models.beta_tcvae import log_aggregate, stratified
from vae_desktop.models.dip_vae import covariance_of
from vae_desktop.models.factor_vae import FactorConfig, FactorVAE, shuffled
from vae_desktop.models.info_vae import mmd
from vae_desktop.models.networks import initialise
from vae_desktop.training.adam import Adam


def gaussian(n: int, correlation: float, seed: int = 0, sigma: float = 0.5) -> tuple[torch.Tensor, ...]:
    """`mu`, `logvar`, `z` of n items whose z are N(0, C), C = 1 on the diagonal, `correlation` beside it; its TC."""
    covariance = torch.tensor([[1, correlation, 0], [correlation, 1, 0], [0, 0, 1]])
    root = torch.linalg.cholesky(covariance - sigma**2 * torch.eye(3))
    random = torch.Generator().manual_seed(seed)
    mu = torch.randn(n, 3, generator=random) @ root.T
    z = mu + sigma * torch.randn(n, 3, generator=random)
    return mu, torch.full((n, 3), 2 * math.log(sigma)), z, -0.5 * torch.logdet(covariance)


@pytest.mark.parametrize("correlation", [0.0, 0.4, 0.7])
def test_total_correlation_of_gaussians(correlation: float) -> None:
    mu, logvar, z, want = gaussian(2000, correlation)
    joint, marginals = log_aggregate(mu, logvar, z, len(z))
    assert float((joint - marginals).mean()) == pytest.approx(float(want), abs=0.05)
    covariance = torch.tensor([[1, correlation, 0], [correlation, 1, 0], [0, 0, 1]])
    entropy = 0.5 * torch.logdet(2 * math.pi * math.e * covariance)
    assert float(joint.mean()) == pytest.approx(-float(entropy), abs=0.08)
    assert float(marginals.mean()) == pytest.approx(-1.5 * math.log(2 * math.pi * math.e), abs=0.05)


def test_batches_of_many_items_estimate_the_density_without_bias() -> None:
    mu, logvar, z, _ = gaussian(400, 0.6)
    whole = torch.distributions.MultivariateNormal(
        torch.zeros(3), torch.tensor([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1.0]])
    )
    random = torch.Generator().manual_seed(3)
    densities = []
    for _ in range(600):
        others = torch.randperm(399, generator=random)[:15] + 1
        batch = torch.cat((torch.zeros(1, dtype=torch.long), others))
        densities.append(log_aggregate(mu[batch], logvar[batch], z[batch], 400)[0][0].exp())
    every = torch.distributions.Normal(mu, torch.exp(logvar / 2)).log_prob(z[0]).sum(1).exp().mean()
    mean, error = torch.stack(densities).mean(), torch.stack(densities).std() / math.sqrt(600)
    assert abs(float(mean - every)) < 4 * float(error)
    assert float(every) == pytest.approx(float(whole.log_prob(z[0]).exp()), rel=0.5)


@pytest.mark.parametrize(("batch", "n"), [(1, 1), (1, 50), (2, 2), (2, 9), (8, 8), (8, 1000), (8, 3)])
def test_weights_sum_to_one_and_the_own_item_counts_once_in_all(batch: int, n: int) -> None:
    weights = stratified(batch, n)
    torch.testing.assert_close(weights.sum(1), torch.ones(batch))
    assert (weights > 0).all()
    if batch > 2:
        torch.testing.assert_close(weights.diagonal(), torch.full((batch,), 1 / max(n, batch)))


def test_a_single_item_has_no_total_correlation() -> None:
    mu, logvar, z, _ = gaussian(1, 0.5)
    joint, marginals = log_aggregate(mu, logvar, z, 100)
    torch.testing.assert_close(joint, marginals)


def test_a_trained_discriminator_tells_the_total_correlation() -> None:
    identity = Preparation("table", (3,), (0.0,) * 3, (1.0,) * 3, ("a", "b", "c"))
    model = FactorVAE(FactorConfig(latent=3, hidden=(4,), discriminator=(64, 64)), identity)
    random = torch.Generator().manual_seed(0)
    initialise(model, random)
    optimiser = Adam(model.discriminator.parameters(), 3e-3, (0.5, 0.9))
    for step in range(400):
        z = gaussian(512, 0.7, seed=step)[2]
        truth = torch.arange(2).repeat_interleave(512)
        F.cross_entropy(model.discriminator(torch.cat((z, shuffled(z, random)))), truth).backward()
        optimiser.step(1 - step / 400)
    *_, z, want = gaussian(20_000, 0.7, seed=1000)
    with torch.no_grad():
        logits = model.discriminator(z)
    assert float((logits[:, 0] - logits[:, 1]).mean()) == pytest.approx(float(want), abs=0.08)


def test_shuffling_keeps_each_dimension_and_breaks_what_ties_them() -> None:
    z = gaussian(4000, 0.9, sigma=0.2)[2]
    mixed = shuffled(z, torch.Generator().manual_seed(5))
    assert torch.equal(mixed.sort(0).values, z.sort(0).values)
    assert abs(float(torch.corrcoef(mixed.T)[0, 1])) < 0.05
    assert torch.equal(mixed, shuffled(z, torch.Generator().manual_seed(5)))


@pytest.mark.parametrize("kernel", ["imq", "rbf"])
def test_mmd_is_zero_for_equal_samples_and_not_for_shifted_ones(kernel: str) -> None:
    random = torch.Generator().manual_seed(0)
    a = torch.randn(200, 4, generator=random) * 3
    assert float(mmd(a, a, kernel)) == pytest.approx(0, abs=1e-6)
    assert float(mmd(a, a.flip(0), kernel)) == pytest.approx(0, abs=1e-6)
    shifted = [float(mmd(a, a + shift, kernel)) for shift in (0.5, 1.0, 2.0, 1e4)]
    assert shifted == sorted(shifted)
    assert shifted[0] > 1e-3
    for n in (1, 5):
        assert float(mmd(a[:n], a[5 : 5 + n], kernel)) > 0


def test_mmd_of_gaussians_is_the_closed_form() -> None:
    d, shift = 3, 0.8
    random = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 1500, d, generator=random)
    c = 2 * d
    closed = 2 * (1 + 4 / c) ** (-d / 2) * (1 - math.exp(-d * shift**2 / (c + 4)))
    assert float(mmd(a + shift, b, "rbf")) == pytest.approx(closed, rel=0.08)


def test_covariance_is_numpys_and_zero_for_one_code() -> None:
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    np.testing.assert_allclose(covariance_of(x).numpy(), np.cov(x.numpy().T, bias=True))
    assert covariance_of(x[:1]).abs().max() == 0
