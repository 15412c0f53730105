from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import ContinuousBernoulli as TorchContinuousBernoulli
from torch.distributions import Laplace as TorchLaplace
from torch.distributions import Normal

from vae_desktop.core.preparation import Preparation
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.likelihoods import LIKELIHOODS, Bernoulli, Gaussian, Likelihood, soft_clip

RANDOM = torch.Generator().manual_seed(0)
IMAGE = Preparation("image", (1, 1, 3), (0.0,), (255.0,))
PIXEL = Preparation("image", (1, 1, 1), (0.0,), (255.0,))
ROW = Preparation("table", (1,), (0.0,), (1.0,), ("a",))
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


def model_of(name: str, preparation: Preparation = PIXEL) -> Likelihood:
    return LIKELIHOODS[name](preparation, VAEConfig(sigma=0.3)).eval().requires_grad_(False)


@pytest.mark.parametrize("logit", [-500.0, -30.0, -2.0, -0.5, -0.4999, -1e-4, 0.0, 0.1, 0.4999, 0.5, 3.0, 500.0])
def test_the_continuous_bernoulli_integrates_to_one_around_its_mean(logit: float) -> None:
    likelihood = model_of("continuous-bernoulli")
    x = torch.linspace(0, 1, 400_001, dtype=torch.float64).view(-1, 1, 1, 1)
    out = torch.full_like(x, logit)
    density, grid = likelihood.log_prob(x, out).exp(), x.flatten()
    assert float(torch.trapezoid(density, grid)) == pytest.approx(1, rel=1e-6)
    mean = float(likelihood.mean(out[:1]))
    assert float(torch.trapezoid(density * grid, grid)) == pytest.approx(mean, abs=1e-6)
    single = likelihood.log_prob(x[::1000].float(), out[::1000].float())  # as it is trained
    torch.testing.assert_close(single.double(), likelihood.log_prob(x[::1000], out[::1000]), rtol=1e-5, atol=1e-5)


def test_the_continuous_bernoulli_is_that_of_torch() -> None:
    likelihood = model_of("continuous-bernoulli")
    x = torch.rand(200, 1, 1, 1, generator=RANDOM, dtype=torch.float64)
    out = 4 * torch.randn(200, 1, 1, 1, generator=RANDOM, dtype=torch.float64)
    known = TorchContinuousBernoulli(logits=out, validate_args=False)
    torch.testing.assert_close(likelihood.log_prob(x, out), known.log_prob(x).flatten(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(likelihood.mean(out), known.mean, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("mu", [-3.0, 0.0, 0.3, 0.5019, 1.0, 40.0])
@pytest.mark.parametrize("log_s", [-9.0, -4.0, -1.0, 3.0])
def test_the_logistic_sums_to_one_over_the_256_levels(mu: float, log_s: float) -> None:
    likelihood = model_of("logistic")
    likelihood.log_s.fill_(log_s)
    levels = (torch.arange(256.0) / 255).view(-1, 1, 1, 1)
    out = torch.full_like(levels, mu)
    log_p = likelihood.log_prob(levels, out).double()
    assert log_p.isfinite().all()
    assert float(log_p.exp().sum()) == pytest.approx(1, abs=1e-5)
    mean = float((log_p.exp() * levels.flatten()).sum())
    assert float(likelihood.mean(out[:1])) == pytest.approx(mean, abs=1e-3)  # a quarter of a level


def test_the_logistic_is_a_difference_of_sigmoids_with_open_ends() -> None:
    likelihood = model_of("logistic")
    scale = float(likelihood.log_scale.exp())
    levels = (torch.arange(256.0, dtype=torch.float64) / 255).view(-1, 1, 1, 1)
    upper = torch.sigmoid((levels + 0.5 / 255 - 0.4) / scale).flatten()
    lower = torch.sigmoid((levels - 0.5 / 255 - 0.4) / scale).flatten()
    upper[-1], lower[0] = 1, 0
    got = likelihood.log_prob(levels, torch.full_like(levels, 0.4)).exp()
    torch.testing.assert_close(got, upper - lower, rtol=1e-6, atol=0)


def test_the_logistic_learns_its_scale() -> None:
    likelihood = model_of("logistic").train().requires_grad_()
    x = (0.5 + 0.02 * torch.randn(2000, 1, 1, 1, generator=RANDOM)).mul(255).round() / 255
    optimiser = torch.optim.SGD(likelihood.parameters(), lr=0.2)
    for _ in range(200):
        optimiser.zero_grad()
        (-likelihood.log_prob(x, torch.full_like(x, 0.5)).mean()).backward()
        optimiser.step()
    learned = float(likelihood.log_scale.detach().exp())
    assert learned == pytest.approx(0.02 * math.sqrt(3) / math.pi, rel=0.1)  # σ = sπ/√3


@pytest.mark.parametrize("name", ["gaussian-fixed", "laplace"])
def test_densities_integrate_to_one_and_are_those_of_torch(name: str) -> None:
    likelihood = model_of(name, ROW)
    if name == "laplace":
        likelihood.mae.fill_(0.2)
    x = torch.linspace(-6, 6, 120_001, dtype=torch.float64)[:, None]
    out = torch.full_like(x, 0.3)
    log_p = likelihood.log_prob(x, out)
    assert float(torch.trapezoid(log_p.exp(), x[:, 0])) == pytest.approx(1, rel=1e-4)
    if name == "laplace":
        known = TorchLaplace(0.3, float(likelihood.log_scale.exp()))
        assert float(likelihood.log_scale.exp()) == pytest.approx(0.2, rel=0.02)
    else:
        known = Normal(0.3, 0.3)
    torch.testing.assert_close(log_p, known.log_prob(x[:, 0]), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(likelihood.mean(out), out)


def test_laplace_in_training_takes_the_scale_that_explains_the_batch_best_and_stores_it() -> None:
    likelihood = LIKELIHOODS["laplace"](IMAGE, CONFIG).train()
    x, out = torch.rand(2, 64, 1, 1, 3, generator=RANDOM)
    best = float(likelihood.log_prob(x, out).mean())
    scales = torch.linspace(0.05, 1.5, 300)
    others = torch.stack([TorchLaplace(out, s).log_prob(x).flatten(1).sum(1).mean() for s in scales])
    assert best == pytest.approx(float(others.max()), abs=0.02)
    assert float(likelihood.mae) == pytest.approx(float((x - out).abs().mean()))
    stored = float(likelihood.eval().mae)
    likelihood.log_prob(x + 5, out)
    assert float(likelihood.mae) == stored


@pytest.mark.parametrize("name", [name for name, found in LIKELIHOODS.items() if found.fits(IMAGE)])
def test_gradients_are_right_and_extremes_finite(name: str) -> None:
    likelihood = model_of(name, IMAGE).double()
    x = torch.tensor([0.0, 1.0, 1 / 255, 254 / 255, 0.2, 0.6], dtype=torch.float64).view(2, 1, 1, 3)
    out = torch.tensor([-3.0, 0.1, 0.45, 0.55, 1.2, -0.6], dtype=torch.float64).view(2, 1, 1, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda out: likelihood.log_prob(x, out), (out,), eps=1e-7, atol=1e-5)
    assert torch.autograd.gradcheck(likelihood.mean, (out,), eps=1e-7, atol=1e-5)
    likelihood.float().train()
    for far in (-1e4, -500.0, 0.0, 500.0, 1e4):
        extreme = torch.full((2, 1, 1, 3), far, requires_grad=True)
        log_p = likelihood.log_prob(x.float(), extreme)
        log_p.sum().backward()
        assert log_p.isfinite().all()
        assert extreme.grad is not None
        assert extreme.grad.isfinite().all()
        assert likelihood.mean(extreme).isfinite().all()


def test_bits_per_dimension_of_each() -> None:
    of_images = {name: found(IMAGE, CONFIG) for name, found in LIKELIHOODS.items() if found.fits(IMAGE)}
    uniform = {name: likelihood.bits_per_dim(0.0, False) for name, likelihood in of_images.items()}
    bits = float(np.log2(255))  # of a uniform density on [0, 1]
    assert uniform == {
        "bernoulli": None, "continuous-bernoulli": pytest.approx(bits), "gaussian": pytest.approx(bits),
        "gaussian-fixed": pytest.approx(bits), "laplace": pytest.approx(bits), "logistic": 0.0,
    }  # fmt: skip
    assert LIKELIHOODS["logistic"](IMAGE, CONFIG).bits_per_dim(24 * math.log(2), False) == pytest.approx(8)
    assert all(
        LIKELIHOODS[name](ROW, CONFIG).bits_per_dim(1.0, False) is None for name in ("gaussian-fixed", "laplace")
    )


def test_what_each_is_for() -> None:
    float_image = Preparation("image", (1, 1, 3), (0.0,), (1.0,))
    deep = Preparation("image", (1, 1, 3), (0.0,), (65535.0,))
    assert {name for name, found in LIKELIHOODS.items() if found.fits(ROW)} == {"gaussian", "gaussian-fixed", "laplace"}
    assert {name for name, found in LIKELIHOODS.items() if found.fits(IMAGE)} == set(LIKELIHOODS) - {"categorical"}
    assert not LIKELIHOODS["logistic"].fits(float_image)
    assert not LIKELIHOODS["logistic"].fits(deep)
