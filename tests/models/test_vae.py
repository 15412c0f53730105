"""The mathematics against closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_desktop.core.errors import SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Dataset, Step
from vae_desktop.models.beta_vae import BetaConfig, BetaVAE
from vae_desktop.models.config import VAEConfig, resolve
from vae_desktop.models.vae import VAE, reparametrise

if TYPE_CHECKING:
    import numpy as np

    from vae_desktop.models.priors import Prior

RANDOM = torch.Generator().manual_seed(0)


def standard_normal(latent: int) -> Prior:
    preparation = Preparation("image", (1, 2, 2), (0.0,), (255.0,))
    return VAE(VAEConfig(latent=latent), preparation).prior


def test_kl_and_its_gradient_are_those_of_torch() -> None:
    mu, logvar = torch.randn(2, 6, 3, generator=RANDOM, dtype=torch.float64).requires_grad_().unbind()
    ours = standard_normal(3).kl(mu, logvar, mu)
    theirs = kl_divergence(Normal(mu, torch.exp(logvar / 2)), Normal(0.0, 1.0))
    torch.testing.assert_close(ours, theirs)
    for mine, their in zip(
        torch.autograd.grad(ours.sum(), (mu, logvar)), torch.autograd.grad(theirs.sum(), (mu, logvar)), strict=True
    ):
        torch.testing.assert_close(mine, their)


def test_the_prior_is_a_standard_normal() -> None:
    prior = standard_normal(4)
    z = prior.sample(20_000, RANDOM)
    torch.testing.assert_close(z.mean(0), torch.zeros(4), atol=0.03, rtol=0)
    torch.testing.assert_close(z.std(0), torch.ones(4), atol=0.03, rtol=0)
    torch.testing.assert_close(prior.log_prob(z), Normal(0.0, 1.0).log_prob(z).sum(1))
    assert prior.sample(5, RANDOM, temperature=0).abs().max() == 0


def test_samples_have_the_posteriors_mean_and_scale_and_pass_gradients() -> None:
    mu = torch.full((50_000, 1), 2.0, requires_grad=True)
    logvar = torch.full((50_000, 1), -1.0, requires_grad=True)
    z = reparametrise(mu, logvar, RANDOM)
    assert float(z.detach().mean()) == pytest.approx(2, abs=0.02)
    assert float(z.detach().var()) == pytest.approx(float(torch.tensor(-1.0).exp()), rel=0.03)
    gradient = torch.autograd.grad(z.sum(), (mu, logvar))
    torch.testing.assert_close(gradient[0], torch.ones_like(mu))
    torch.testing.assert_close(gradient[1], (z - mu).detach() / 2)


@torch.no_grad()
def loss_at(model: VAE, x: np.ndarray, step: int) -> tuple[float, float, float]:
    items = Batch(torch.from_numpy(model.preparation.apply(x)))
    loss = model.eval().loss(items, Step(step, 100, 16), torch.Generator().manual_seed(1))
    return float(loss.total), float(loss.reconstruction), float(loss.kl)


def test_the_loss_is_the_negative_elbo_after_the_warm_up(pictures: Dataset, preparation: Preparation) -> None:
    torch.manual_seed(0)
    model = VAE(VAEConfig(warmup=0.2, hidden=(8,)), preparation)
    for step, weight in ((0, 0.0), (5, 0.25), (20, 1.0), (99, 1.0)):
        total, reconstruction, kl = loss_at(model, pictures.x, step)
        assert total == pytest.approx(reconstruction + weight * kl, rel=1e-6)
        assert model.config.weight(Step(step, 100, 16)) == weight
    assert VAEConfig(warmup=0).weight(Step(0, 100, 16)) == 1


def test_beta_weighs_the_kl_alone(pictures: Dataset, preparation: Preparation) -> None:
    torch.manual_seed(0)
    model = BetaVAE(BetaConfig(warmup=0.2, beta=6, hidden=(8,)), preparation)
    for step, weight in ((0, 0.0), (10, 3.0), (50, 6.0)):
        total, reconstruction, kl = loss_at(model, pictures.x, step)
        assert total == pytest.approx(reconstruction + weight * kl, rel=1e-6)


def test_free_bits_cost_nothing_below_their_level_and_the_plain_elbo_is_still_told(
    pictures: Dataset, preparation: Preparation
) -> None:
    torch.manual_seed(0)
    model = VAE(VAEConfig(warmup=0, free_bits=0.5, hidden=(8,), latent=3), preparation)
    kl = torch.tensor([0.1, 0.5, 2.0], requires_grad=True)
    cost = model.free(kl).sum()
    assert float(cost.detach()) == pytest.approx(0.5 + 0.5 + 2)
    cost.backward()
    assert kl.grad is not None
    assert kl.grad[0] == 0
    assert kl.grad[2] == 1
    total, reconstruction, plain = loss_at(model, pictures.x, 5)
    assert plain < 1.5
    assert total == pytest.approx(reconstruction + 1.5, rel=1e-6)


def test_auto_takes_what_fits_the_data() -> None:
    def chosen(*shape: int) -> tuple[str, str]:
        config = resolve(VAE, VAEConfig(), Preparation("image", shape, (0.0,), (1.0,)))
        return config.network, config.likelihood

    assert chosen(1, 28, 28) == ("mlp", "bernoulli")
    assert chosen(1, 32, 32) == ("conv", "bernoulli")
    assert chosen(3, 64, 64) == ("conv", "gaussian")
    table = Preparation("table", (2000,), (0.0,) * 2000, (1.0,) * 2000)
    assert resolve(VAE, VAEConfig(), table).network == "mlp"
    assert resolve(VAE, VAEConfig(), table).likelihood == "gaussian"
    with pytest.raises(SettingError, match="network=conv: not for vae on a table; choose one of auto, mlp"):
        resolve(VAE, VAEConfig(network="conv"), table)
