"""The importance-weighted bound on a linear model, whose likelihood is known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import MultivariateNormal

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Loss, Step
from vae_desktop.models.iwae import IWAE, IWAEConfig
from vae_desktop.models.vae import VAE

LAST = Step(9, 10, 100)
SIGMA = 0.6


def linear(samples: int) -> tuple[IWAE, Batch, float]:
    """X = w·z + noise under a posterior that is a little wrong, a batch of it, and its mean log p(x)."""
    identity = Preparation("table", (3,), (0.0,) * 3, (1.0,) * 3, ("a", "b", "c"))
    model = IWAE(IWAEConfig(latent=1, samples=samples), identity).eval()
    w = torch.tensor([[1.0], [-0.5], [0.8]])
    precision = 1 + float((w**2).sum()) / SIGMA**2
    model.encoder, model.decoder = nn.Linear(3, 2), nn.Linear(1, 3)
    with torch.no_grad():
        model.decoder.weight.copy_(w)
        model.decoder.bias.zero_()
        model.encoder.weight.copy_(torch.cat((w.T / SIGMA**2 / precision, torch.zeros(1, 3))))
        model.encoder.bias.copy_(torch.tensor([0.3, -math.log(precision) + 0.8]))
        log_sigma = -6 + math.log(math.expm1(math.log(SIGMA) + 6))  # inverse of the likelihood's soft clip
        model.likelihood.mse.fill_(math.exp(2 * log_sigma))
    exact = MultivariateNormal(torch.zeros(3), w @ w.T + SIGMA**2 * torch.eye(3))
    x = torch.randn(64, 3, generator=torch.Generator().manual_seed(0)) @ exact.scale_tril.T
    return model, Batch(x), float(exact.log_prob(x).mean())


def means(samples: int, seeds: int = 40) -> tuple[float, float, list[Loss]]:
    """Mean of the bound over noise, its standard error, and what was told each time."""
    model, batch, _ = linear(samples)
    with torch.no_grad():
        told = [model.loss(batch, LAST, torch.Generator().manual_seed(seed)) for seed in range(seeds)]
    bounds = [-float(loss.total) for loss in told]
    return float(np.mean(bounds)), float(np.std(bounds, ddof=1)) / math.sqrt(seeds), told


def test_elbo_below_the_bound_below_the_exact_likelihood_which_it_reaches() -> None:
    _, _, exact = linear(1)
    previous = -math.inf
    for samples in (1, 5, 50, 1000):
        mean, error, told = means(samples)
        assert previous < mean <= exact + 3 * error
        elbo = -np.mean([float(loss.reconstruction + loss.kl) for loss in told])
        if samples == 1:
            assert mean == pytest.approx(elbo, abs=4 * error)
        else:
            assert elbo < mean
        previous = mean
    assert previous == pytest.approx(exact, abs=3 * error + 1e-3)


def test_with_one_sample_its_gradient_is_that_of_the_elbo() -> None:
    model, batch, _ = linear(1)
    plain = VAE(model.config, model.preparation).eval()
    plain.encoder, plain.decoder = model.encoder, model.decoder
    plain.likelihood.load_state_dict(model.likelihood.state_dict())
    parameters = list(model.encoder.parameters())
    sums = []
    for one in (model, plain):
        gradients = [
            torch.cat([g.flatten() for g in torch.autograd.grad(
                one.loss(batch, LAST, torch.Generator().manual_seed(seed)).total, parameters
            )])
            for seed in range(400)
        ]  # fmt: skip
        sums.append((torch.stack(gradients).mean(0), torch.stack(gradients).std(0) / 20))
    assert ((sums[0][0] - sums[1][0]).abs() < 4 * (sums[0][1] + sums[1][1]) + 1e-4).all()
