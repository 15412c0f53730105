from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import Normal

from vae_desktop.core.preparation import Preparation
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.likelihoods import Bernoulli, Gaussian, soft_clip

RANDOM = torch.Generator().manual_seed(0)
IMAGE = Preparation("image", (1, 1, 3), (0.0,), (255.0,))
CONFIG = VAEConfig()


def test_bernoulli_sums_to_one() -> None:
    likelihood = Bernoulli(IMAGE, CONFIG)
    every = torch.tensor(list(itertools.product((0.0, 1.0), repeat=3))).view(8, 1, 1, 3)
    logits = torch.randn(1, 1, 1, 3, generator=RANDOM).expand(8, 1, 1, 3) * 3
    log_p = likelihood.log_prob(every, logits)
    assert float(log_p.exp().sum()) == pytest.approx(1, rel=1e-5)
    torch.testing.assert_close(log_p, TorchBernoulli(logits=logits).log_prob(every).flatten(1).sum(1))
    torch.testing.assert_close(likelihood.mean(logits), TorchBernoulli(logits=logits).mean)


def test_bernoulli_gradients_are_right_and_extremes_finite() -> None:
    likelihood = Bernoulli(IMAGE, CONFIG)
    x = torch.rand(4, 1, 1, 3, generator=RANDOM, dtype=torch.float64)
    logits = torch.randn(4, 1, 1, 3, generator=RANDOM, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda out: likelihood.log_prob(x, out), (logits,))
    far = torch.full((1, 1, 1, 3), 500.0)
    assert float(likelihood.log_prob(torch.ones_like(far), far)) == 0
    assert float(likelihood.log_prob(torch.zeros_like(far), far)) == -1500


def test_gaussian_integrates_to_one() -> None:
    likelihood = Gaussian(Preparation("table", (1,), (0.0,), (1.0,)), CONFIG).eval()
    likelihood.mse.fill_(0.04)
    x = torch.linspace(-4, 4, 80_001)[:, None]
    density = likelihood.log_prob(x, torch.full_like(x, 0.3)).exp()
    assert float(torch.trapezoid(density, x[:, 0])) == pytest.approx(1, rel=1e-4)
    sigma = float(likelihood.log_sigma.exp())
    assert sigma == pytest.approx(0.2, rel=0.02)
    torch.testing.assert_close(density, Normal(0.3, sigma).log_prob(x[:, 0]).exp(), atol=1e-4, rtol=1e-4)


def test_gaussian_in_training_takes_the_scale_that_explains_the_batch_best() -> None:
    likelihood = Gaussian(IMAGE, CONFIG).train()
    x, out = torch.rand(2, 64, 1, 1, 3, generator=RANDOM)
    best = float(likelihood.log_prob(x, out).mean())
    scales = torch.linspace(0.05, 1.5, 300)
    others = torch.stack([Normal(out, s).log_prob(x).flatten(1).sum(1).mean() for s in scales])
    assert best == pytest.approx(float(others.max()), abs=0.02)


def test_gaussian_stores_its_scale_and_does_not_fit_it_to_what_it_scores() -> None:
    likelihood = Gaussian(IMAGE, CONFIG).train()
    out = torch.zeros(500, 1, 1, 3)
    for _ in range(300):
        likelihood.log_prob(0.1 * torch.randn(out.shape, generator=RANDOM), out)
    stored = float(likelihood.eval().mse)
    assert stored == pytest.approx(0.01, rel=0.05)
    likelihood.log_prob(torch.ones_like(out), out)
    assert float(likelihood.mse) == stored
    near = likelihood.log_prob(out, out)[0]
    assert float(near) == pytest.approx(-3 * (math.log(0.1) + 0.5 * math.log(2 * math.pi)), abs=0.3)


def test_gaussian_of_a_perfect_fit_is_finite() -> None:
    likelihood = Gaussian(IMAGE, CONFIG).train()
    x = torch.rand(8, 1, 1, 3, generator=RANDOM)
    out = x.clone().requires_grad_()
    log_p = likelihood.log_prob(x, out).mean()
    log_p.backward()
    assert log_p.isfinite()
    assert out.grad is not None
    assert out.grad.isfinite().all()
    assert float(soft_clip(torch.tensor(-40.0))) == pytest.approx(-6)
    assert float(soft_clip(torch.tensor(3.0))) == pytest.approx(3, abs=1e-3)


def test_bits_per_dimension() -> None:
    bernoulli, gaussian = Bernoulli(IMAGE, CONFIG), Gaussian(IMAGE, CONFIG)
    assert bernoulli.bits_per_dim(3 * math.log(2), x_is_binary=True) == pytest.approx(1)
    assert bernoulli.bits_per_dim(1.0, x_is_binary=False) is None
    # A uniform density on [0, 1] spends 8 bits (log2 255) on each 8-bit value.
    assert gaussian.bits_per_dim(0.0, x_is_binary=False) == pytest.approx(np.log2(255))
    assert (
        Gaussian(Preparation("table", (2,), (0.0, 0.0), (1.0, 1.0)), CONFIG).bits_per_dim(1.0, x_is_binary=False)
        is None
    )
