"""The VampPrior against torch's mixtures, and how it lives with its model."""

from __future__ import annotations

import copy
import gc
import math
import weakref
from typing import TYPE_CHECKING

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from vae_desktop.core.values import Batch
from vae_desktop.models import priors
from vae_desktop.models.networks import initialise
from vae_desktop.models.priors import StandardNormal, VampPrior, log_sum_exp
from vae_desktop.models.vamp import VampConfig, VampVAE

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation

D, K = 3, 7


@pytest.fixture
def model(preparation: Preparation) -> VampVAE:
    model = VampVAE(VampConfig(latent=D, hidden=(12,), components=K), preparation)
    initialise(model, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.encoder[-1].weight *= 10
    return model


def prior_of(model: VampVAE) -> VampPrior:
    assert isinstance(model.prior, VampPrior)
    return model.prior


def mixture(model: VampVAE) -> MixtureSameFamily:
    mu, logvar = prior_of(model).components()
    return MixtureSameFamily(Categorical(torch.ones(K)), Independent(Normal(mu, torch.exp(logvar / 2)), 1))


def posterior(n: int = 9) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(2)
    mu, logvar, noise = (torch.randn(n, D, generator=random) for _ in range(3))
    return mu, logvar - 1, mu + torch.exp((logvar - 1) / 2) * noise


def test_the_closed_kl_of_the_normal_prior_is_the_mean_of_log_ratios(model: VampVAE) -> None:
    mu, logvar, _ = posterior(2)
    noise = torch.randn(200_000, 1, 2, D, generator=torch.Generator().manual_seed(0))[:, 0]
    z = mu + torch.exp(logvar / 2) * noise
    normal = StandardNormal(model)
    ratio = Normal(mu, torch.exp(logvar / 2)).log_prob(z).sum(-1) - normal.log_prob(z)
    torch.testing.assert_close(ratio.mean(0), normal.kl(mu, logvar, mu).sum(1), rtol=0.01, atol=0.01)


def test_its_density_is_that_of_the_mixture_and_so_are_the_gradients(model: VampVAE) -> None:
    z = posterior()[2].requires_grad_()
    ours, theirs = prior_of(model).log_prob(z), mixture(model).log_prob(z)
    torch.testing.assert_close(ours, theirs)
    wanted = (z, prior_of(model).inputs, model.encoder[1].weight)
    mine, their = (torch.autograd.grad(value.sum(), wanted) for value in (ours, theirs))
    for a, b in zip(mine, their, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
        assert a.abs().max() > 0
    shaped = prior_of(model).log_prob(z.view(3, 3, D))
    torch.testing.assert_close(shaped, ours.view(3, 3))


def test_its_kl_follows_the_chain_rule(model: VampVAE) -> None:
    mu, logvar, z = posterior()
    kl = prior_of(model).kl(mu, logvar, z)
    assert kl.shape == (9, D)
    q = Normal(mu, torch.exp(logvar / 2)).log_prob(z)
    torch.testing.assert_close(kl.sum(1), q.sum(1) - mixture(model).log_prob(z))
    centres, logvars = prior_of(model).components()
    first = MixtureSameFamily(Categorical(torch.ones(K)), Normal(centres[:, 0], torch.exp(logvars[:, 0] / 2)))
    torch.testing.assert_close(kl[:, 0], q[:, 0] - first.log_prob(z[:, 0]))


def test_of_one_component_it_estimates_the_closed_kl(model: VampVAE) -> None:
    with torch.no_grad():
        prior_of(model).inputs[1:] = prior_of(model).inputs[:1]
        mu, logvar, _ = posterior(1)
        centre, spread = (part[:1] for part in prior_of(model).components())
        many = mu.expand(100_000, -1), logvar.expand(100_000, -1)
        z = model.sample(*many, torch.Generator().manual_seed(0))
        estimate = prior_of(model).kl(*many, z).mean(0)
    closed = kl_divergence(Normal(mu, torch.exp(logvar / 2)), Normal(centre, torch.exp(spread / 2)))[0]
    torch.testing.assert_close(estimate, closed, rtol=0.03, atol=0.03)


def test_many_codes_are_compared_some_at_a_time(model: VampVAE, monkeypatch: pytest.MonkeyPatch) -> None:
    mu, logvar, z = posterior(50)
    prior = prior_of(model)
    whole = prior.kl(mu, logvar, z), prior.log_prob(z)
    sizes: list[int] = []
    plain = priors.each_log_normal

    def seen(part: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        sizes.append(part.numel() * K)
        return plain(part, *others)

    monkeypatch.setattr(priors, "each_log_normal", seen)
    monkeypatch.setattr(priors, "AT_ONCE", 200)
    for a, b in zip(whole, (prior.kl(mu, logvar, z), prior.log_prob(z)), strict=True):
        torch.testing.assert_close(a, b)
    assert len(sizes) > 4
    assert max(sizes) <= 200


def test_draws_are_the_mixtures(model: VampVAE) -> None:
    with torch.no_grad():
        z = prior_of(model).sample(40_000, torch.Generator().manual_seed(0))
        want = mixture(model)
        torch.testing.assert_close(z.mean(0), want.mean, atol=0.05, rtol=0)
        torch.testing.assert_close(z.var(0), want.variance, rtol=0.05, atol=0)
        centres = prior_of(model).components()[0]
        at_rest = prior_of(model).sample(20, torch.Generator().manual_seed(0), temperature=0)
    assert torch.cdist(at_rest, centres).amin(1).max() < 1e-4


def test_it_begins_among_the_items_none_twice_while_there_are_others(model: VampVAE) -> None:
    prior = prior_of(model)
    x = torch.rand(10, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    model.meet(Batch(x), torch.Generator().manual_seed(1))
    nearest = torch.cdist(prior.inputs.detach(), x.flatten(1))
    assert nearest.amin(1).max() < 0.2
    assert len(set(nearest.argmin(1).tolist())) == K
    assert prior.inputs.min() >= 0
    assert prior.inputs.max() <= 1
    model.meet(Batch(x[:2]), torch.Generator().manual_seed(1))
    assert len(prior.inputs.unique(dim=0)) == K


def test_a_copy_has_an_encoder_of_its_own(model: VampVAE) -> None:
    _, _, z = posterior()
    twin = copy.deepcopy(model)
    before = twin.prior.log_prob(z)
    with torch.no_grad():
        model.encoder[1].bias += 1
    assert torch.equal(twin.prior.log_prob(z), before)
    assert not torch.equal(model.prior.log_prob(z), before)
    names = [name for name in model.state_dict() if name.startswith("prior.")]
    assert names == ["prior.inputs"]
    assert sum(p is prior_of(model).inputs for p in model.parameters()) == 1


def test_model_and_prior_do_not_hold_each_other_in_memory(model: VampVAE) -> None:
    twin = copy.deepcopy(model)
    gone = weakref.ref(twin)
    gc.disable()
    try:
        del twin
        assert gone() is None
    finally:
        gc.enable()


def test_sums_of_exponentials_are_torchs() -> None:
    x = (torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0)) * 60 - 1e4).requires_grad_()
    ours, theirs = log_sum_exp(x), torch.logsumexp(x, -1)
    torch.testing.assert_close(ours, theirs)
    grad = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    (mine,) = torch.autograd.grad(ours, x, grad)
    torch.testing.assert_close(mine, grad[..., None] * torch.softmax(x.detach(), -1))
    assert float(log_sum_exp(torch.zeros(1, 8))) == pytest.approx(math.log(8))
