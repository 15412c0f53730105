"""Tables of numbers and categories, and values that are missing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import laplace, norm

from tests.models.conftest import make
from vae_desktop.core.errors import SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Column, Dataset, Step
from vae_desktop.latent.evaluate import evaluate
from vae_desktop.models.batches import batch_of
from vae_desktop.models.config import VAEConfig, allowed, resolve
from vae_desktop.models.likelihoods import LIKELIHOODS, Categorical, Gaussian
from vae_desktop.models.mixed import Mixed, likelihood_of
from vae_desktop.models.networks import initialise
from vae_desktop.models.vae import VAE

OF_NUMBERS = ("gaussian", "gaussian-fixed", "laplace")


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def by_hand(name: str, preparation: Preparation, raw: np.ndarray, out: np.ndarray, scale: float) -> np.ndarray:
    """Log p of the observed values of each row, in nats, one value after the other."""
    x, total = preparation.apply(raw), np.zeros(len(raw))
    for i, row in enumerate(raw):
        for j, place in enumerate(preparation.places):
            if np.isnan(row[j]):
                continue
            if preparation.categories[j]:
                total[i] += log_softmax(out[i, place])[int(row[j])]
            else:
                density = laplace if name == "laplace" else norm
                total[i] += density(out[i, place.start], scale).logpdf(x[i, place.start])
    return total


@pytest.mark.parametrize("kind", ["mixed", "gaps"])
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_it_is_the_density_of_what_was_observed(name: str, kind: str) -> None:
    data = make(kind)
    preparation = Preparation.fit(data)
    likelihood = likelihood_of(preparation, VAEConfig(likelihood=name, sigma=0.3)).eval()
    out = 3 * torch.randn(len(data), preparation.dim, generator=random())
    batch = batch_of(preparation, data.x)
    log_p = likelihood.log_prob(batch.x, out, batch.mask)
    numbers = likelihood.numbers
    scale = {
        "gaussian": lambda: float(numbers.log_sigma.exp()), "laplace": lambda: float(numbers.log_scale.exp()),
        "gaussian-fixed": lambda: 0.3,
    }[name]()  # fmt: skip
    np.testing.assert_allclose(log_p, by_hand(name, preparation, data.x, out.numpy(), scale), rtol=1e-5, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 99), st.sampled_from([1.0, 30.0, 1e4]))
def test_shares_of_each_category_sum_to_one(widths: list[int], seed: int, size: float) -> None:
    names = tuple(tuple(map(str, range(width))) for width in widths)
    ends = (0.0,) * len(widths), (1.0,) * len(widths)
    preparation = Preparation("table", (sum(widths),), *ends, tuple(map(str, widths)), (), names)
    likelihood = Categorical(preparation, VAEConfig())
    out = size * torch.randn(3, sum(widths), generator=random(seed))
    shares = likelihood.mean(out).numpy()
    for place in preparation.places:
        np.testing.assert_allclose(shares[:, place].sum(1), 1, rtol=1e-5)
        np.testing.assert_allclose(
            np.log(shares[:, place].clip(1e-30)), log_softmax(out.numpy()[:, place], 1).clip(np.log(1e-30)), atol=1e-3
        )


def test_gradients_are_right() -> None:
    data = make("gaps")
    preparation = Preparation.fit(data)
    batch = batch_of(preparation, data.x[:5])
    likelihood = likelihood_of(preparation, VAEConfig(likelihood="gaussian-fixed")).double()
    out = torch.randn(5, preparation.dim, generator=random(), dtype=torch.float64).requires_grad_()
    x = batch.x.double()
    assert torch.autograd.gradcheck(lambda out: likelihood.log_prob(x, out, batch.mask), (out,))
    assert torch.autograd.gradcheck(likelihood.mean, (out,))


@pytest.mark.parametrize("name", OF_NUMBERS)
@pytest.mark.parametrize("kind", ["table", "mixed"])
@pytest.mark.parametrize("training", [True, False])
def test_a_mask_that_hides_nothing_changes_nothing(name: str, kind: str, training: bool) -> None:
    data = make(kind)
    preparation = Preparation.fit(data)
    x = batch_of(preparation, data.x).x
    out = torch.randn(x.shape, generator=random())
    found = []
    for mask in (None, torch.ones_like(x, dtype=torch.bool)):
        likelihood = likelihood_of(preparation, VAEConfig(likelihood=name)).train(training)
        found.append((likelihood.log_prob(x, out, mask), *likelihood.buffers()))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=2e-7, atol=0)  # to the last bit or the one before


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_what_is_missing_has_no_influence(name: str) -> None:
    data = make("gaps")
    model = VAE(VAEConfig(likelihood=name, hidden=(8,)), Preparation.fit(data))
    initialise(model, random())
    batch = batch_of(model.preparation, data.x)
    assert batch.mask is not None
    assert (batch.x[~batch.mask] == 0).all()
    z, found = torch.randn(len(data), 2, generator=random()), []
    for noise in (0.0, 7.0):
        x = torch.where(batch.mask, batch.x, noise)
        model.zero_grad()
        log_p = model.likelihood.log_prob(x, model.decode(z), batch.mask)
        log_p.sum().backward()
        found.append((log_p.detach(), *(p.grad.clone() for p in model.decoder.parameters() if p.grad is not None)))
    for a, b in zip(*found, strict=True):
        assert torch.equal(a, b)
    assert float(found[0][0][1]) == 0  # the row without a value


def test_the_scale_is_learned_from_observed_numbers_alone() -> None:
    data = make("gaps", 4000)
    preparation = Preparation.fit(data)
    batch = batch_of(preparation, data.x)
    likelihood = likelihood_of(preparation, VAEConfig(likelihood="gaussian"))
    assert isinstance(likelihood, Mixed)
    numbers = likelihood.numbers
    assert isinstance(numbers, Gaussian)
    likelihood.train().log_prob(batch.x, torch.zeros_like(batch.x), batch.mask)
    assert float(numbers.mse) == pytest.approx(1, rel=1e-3)  # standardised, where it was observed
    likelihood.log_prob(batch.x[:1], batch.x[:1] + 5, torch.zeros_like(batch.x[:1], dtype=torch.bool))
    assert float(numbers.mse) == pytest.approx(1, rel=1e-3)  # nothing seen, nothing learned


def test_the_elbo_is_that_of_the_observed_values() -> None:
    data = make("gaps", 50)
    model = VAE(VAEConfig(likelihood="gaussian-fixed", sigma=0.7, hidden=(8,)), Preparation.fit(data))
    initialise(model, random())
    model.eval()
    batch = batch_of(model.preparation, data.x)
    with torch.inference_mode():
        loss = model.loss(batch, Step(10, 10, 50), random(3))
        mu, logvar = model.encode(batch)
        out = model.decode(mu + torch.randn(mu.shape, generator=random(3)) * torch.exp(0.5 * logvar)).numpy()
    mu, logvar = mu.double().numpy(), logvar.double().numpy()
    kl = 0.5 * (mu**2 + np.exp(logvar) - logvar - 1).sum(1)
    elbo = by_hand("gaussian-fixed", model.preparation, data.x, out, 0.7) - kl
    assert float(loss.total) == pytest.approx(-elbo.mean(), rel=1e-5)
    report = evaluate(model, data, samples=3000)
    assert report["elbo"] == pytest.approx(elbo.mean(), rel=0.05)
    assert -report["nll"] > report["elbo"]


def test_the_importance_weighted_bound_sees_observed_values_alone() -> None:
    """A decoder that ignores z: log p(x) is known, whatever the encoder says."""
    data = make("gaps", 30)
    model = VAE(VAEConfig(likelihood="laplace", hidden=(8,)), Preparation.fit(data))
    initialise(model, random())
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
    report = evaluate(model, data, samples=20_000)
    zeros = np.zeros((30, model.preparation.dim))
    numbers = model.eval().likelihood.numbers
    known = by_hand("laplace", model.preparation, data.x, zeros, float(numbers.log_scale.exp())).mean()
    assert -report["nll"] == pytest.approx(known, abs=0.02)


def test_what_can_be_chosen() -> None:
    of = {kind: Preparation.fit(make(kind)) for kind in ("table", "mixed", "categories", "8x8")}
    offered = {kind: allowed(VAE, preparation)["likelihood"] for kind, preparation in of.items()}
    assert offered["table"] == offered["mixed"] == ("auto", *OF_NUMBERS)
    assert offered["categories"] == ("auto", "categorical")
    assert "categorical" not in offered["8x8"]
    assert resolve(VAE, VAEConfig(), of["categories"]).likelihood == "categorical"
    assert resolve(VAE, VAEConfig(), of["mixed"]).likelihood == "gaussian"
    assert isinstance(likelihood_of(of["categories"], VAEConfig(likelihood="categorical")), Categorical)
    assert type(likelihood_of(of["table"], VAEConfig(likelihood="laplace"))) is LIKELIHOODS["laplace"]
    with pytest.raises(SettingError, match="likelihood=gaussian: wants numbers, and this table holds categories only"):
        resolve(VAE, VAEConfig(likelihood="gaussian"), of["categories"])
    with pytest.raises(SettingError, match="likelihood=categorical: wants a table of categories only"):
        resolve(VAE, VAEConfig(likelihood="categorical"), of["mixed"])


@pytest.mark.parametrize("training", [True, False])
def test_a_discriminator_sees_the_same_gaps_in_both(training: bool) -> None:
    from vae_desktop.models.vae_gan import VAEGAN

    seen = []

    class Watched(VAEGAN):
        pass

    data = make("gaps")
    model = Watched(Watched.Config(hidden=(8,)), Preparation.fit(data)).train(training)
    initialise(model, random())
    model.discriminator.register_forward_pre_hook(lambda module, given: seen.append(given[0].detach()))
    batch = batch_of(model.preparation, data.x)
    model.loss(batch, Step(1, 2, 16), random())
    assert batch.mask is not None
    real, fake = seen
    assert (real[~batch.mask] == 0).all()
    assert (fake[~batch.mask.repeat(2, 1)] == 0).all()


def test_a_batch_says_what_is_missing() -> None:
    columns = (Column("a"), Column("b", "category", ("x", "y")))
    rows = np.array([[1, 0], [np.nan, 1], [3, np.nan]], np.float32)
    preparation = Preparation.fit(Dataset("table", rows, columns=columns))
    batch = batch_of(preparation, rows)
    assert batch.mask is not None
    assert batch.mask.tolist() == [[True, True, True], [False, True, True], [True, False, False]]
    assert batch.x.tolist() == [[-1, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert batch_of(preparation, rows[:1]).mask is None
    assert isinstance(batch, Batch)
