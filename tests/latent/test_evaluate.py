"""Evaluation against hand-made sums, and against probabilistic PCA, whose likelihood is known exactly."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_desktop.core.errors import MismatchError, SettingError, UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Column, Dataset
from vae_desktop.core.work import Progress
from vae_desktop.latent.evaluate import evaluate, evaluating
from vae_desktop.latent.meanings import notes
from vae_desktop.models.beta_vae import BetaVAE
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from vae_desktop.latent.space import Space

KEYS = {
    "elbo", "reconstruction", "kl", "nll", "nll_se", "kl_per_dimension", "active_units", "bits_per_dim", "objective",
    "terms", "prior_gap", "notes",
}  # fmt: skip


def linear(stretch: float = 1.0, shift: float = 0.0) -> tuple[VAE, Dataset, float]:
    """A linear VAE at its optimum (Tipping & Bishop 1999), its data, and their exact mean log p(x).

    `stretch` widens the posterior's σ, `shift` moves its mean by so many σ: an inexact encoder.
    """
    d, n = 6, 300
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(n, 2)) @ rng.normal(size=(2, d)) + 0.5 * rng.normal(size=(n, d))).astype(np.float32)
    data = Dataset("table", x, columns=tuple(Column(str(j)) for j in range(d)))
    pca = PCA(2).fit(x.astype(np.float64))
    noise, values, axes = pca.noise_variance_, pca.explained_variance_, pca.components_
    weight = np.sqrt(values - noise)[:, None] * axes  # (2, d): x = z·weight + mean + noise
    identity = Preparation("table", (d,), (0.0,) * d, (1.0,) * d, tuple(map(str, range(d))))
    model = VAE(VAEConfig(latent=2), identity).eval()
    model.encoder, model.decoder = nn.Linear(d, 4), nn.Linear(2, d)
    to_mean = weight / values[:, None]  # (WᵀW + σ²)⁻¹Wᵀ; WᵀW + σ² is diag(values)
    sigma = np.sqrt(noise / values)
    with torch.no_grad():
        model.decoder.weight.copy_(torch.from_numpy(weight.T))
        model.decoder.bias.copy_(torch.from_numpy(pca.mean_))
        model.encoder.weight.zero_()
        model.encoder.weight[:2] = torch.from_numpy(to_mean)
        model.encoder.bias[:2] = torch.from_numpy(-to_mean @ pca.mean_ + shift * sigma)
        model.encoder.bias[2:] = torch.from_numpy(2 * np.log(sigma * stretch))
        # Inverse of the likelihood's soft clip: log σ = −6 + softplus(½ log mse + 6).
        log_sigma = -6 + math.log(math.expm1(0.5 * math.log(noise) + 6))
        model.likelihood.mse.fill_(math.exp(2 * log_sigma))
    return model, data, pca.score(x.astype(np.float64))


def test_the_exact_posterior_reaches_ppca_with_any_number_of_samples() -> None:
    model, data, exact = linear()
    for samples in (1, 7):
        assert evaluate(model, data, samples)["nll"] == pytest.approx(-exact, abs=2e-5)


def test_an_inexact_posterior_rises_to_ppca_and_never_passes_it() -> None:
    model, data, exact = linear(stretch=1.4, shift=0.5)
    previous = -np.inf
    for samples in (1, 10, 200):
        bounds = [-evaluate(model, data, samples, seed)["nll"] for seed in range(6)]
        mean, error = np.mean(bounds), np.std(bounds, ddof=1) / math.sqrt(len(bounds))
        assert mean <= exact + 3 * error
        assert mean > previous
        previous = mean
    assert previous == pytest.approx(exact, abs=0.01)


def test_the_bounds_stand_in_order_within_their_standard_error() -> None:
    model, data, exact = linear(stretch=1.4, shift=0.5)
    weighted = evaluate(model, data, samples=400)
    assert weighted["elbo"] < -weighted["nll"]
    # Both means are over the same items: what is left between them is the noise of the weights alone.
    assert abs(-weighted["nll"] - exact) < 3 * weighted["nll_se"]
    assert -weighted["nll"] <= exact + 0.02


def test_the_standard_error_is_that_of_a_mean_over_items() -> None:
    model, data, _ = linear()
    each = [-evaluate(model, replace(data, x=data.x[i : i + 1]), 3)["nll"] for i in range(60)]
    some = evaluate(model, replace(data, x=data.x[:60]), 3)
    assert some["nll_se"] == pytest.approx(np.std(each, ddof=1) / math.sqrt(60), rel=1e-3)  # exact: no noise of draws


def test_one_item_has_no_standard_error() -> None:
    model, data, _ = linear()
    alone = evaluate(model, replace(data, x=data.x[:1]), 3)
    assert alone["nll"] is not None
    assert alone["nll_se"] is None
    assert alone["prior_gap"] is None


def test_its_own_objective_stands_beside_the_elbo(dataset: Dataset) -> None:
    torch.manual_seed(0)
    config = BetaVAE.Config(latent=3, hidden=(16,), beta=4.0)
    model = BetaVAE(config, Preparation.fit(dataset)).eval()
    got = evaluate(model, dataset)
    assert got["terms"] == {"kl": pytest.approx(4 * got["kl"], rel=1e-4)}
    # Another draw of z than that of the ELBO: as near as one sample of each of 40 items is.
    assert got["objective"] == pytest.approx(got["reconstruction"] + 4 * got["kl"], rel=0.02)


@pytest.mark.parametrize("components", [3, 20_000])
def test_a_mixture_of_many_is_compared_with_few_codes_at_once(
    components: int, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    config = VAEConfig(latent=3, hidden=(16,), prior="vamp", components=components)
    model = VAE(config, Preparation.fit(dataset)).eval()
    model.prior.initialise(torch.Generator().manual_seed(0))
    most = []
    log_prob = model.prior.log_prob
    monkeypatch.setattr(model.prior, "log_prob", lambda z: most.append(len(z)) or log_prob(z))
    monkeypatch.setattr("vae_desktop.latent.evaluate.MIXED", 3 * 20_000 * 7)
    evaluate(model, replace(dataset, x=dataset.x[:10]), samples=3)
    assert max(most) == (30 if components == 3 else 7)


def test_batches_of_the_objective_are_even(model: VAE, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.latent.evaluate.BATCH", 39)
    sizes = []
    loss = model.loss
    monkeypatch.setattr(model, "loss", lambda batch, *rest: sizes.append(len(batch.x)) or loss(batch, *rest))
    evaluate(model, dataset)
    assert sizes == [20, 20]


def test_what_is_not_finite_is_null(model: VAE, dataset: Dataset) -> None:
    with torch.no_grad():
        next(model.decoder.parameters()).fill_(float("nan"))
    got = evaluate(model, dataset, samples=2)
    assert got["elbo"] is got["nll"] is got["objective"] is None
    json.dumps(got, allow_nan=False)


def test_codes_that_are_not_numbers(model: VAE, dataset: Dataset) -> None:
    with torch.no_grad():
        model.encoder[-1].bias.fill_(float("nan"))
    got = evaluate(model, dataset, samples=2, disentanglement=True)
    assert (got["kl"], got["active_units"], got["prior_gap"], got["mig"]) == (None, 0, None, None)
    json.dumps(got, allow_nan=False)


def test_a_learned_prior_says_that_its_kl_is_estimated(dataset: Dataset) -> None:
    torch.manual_seed(0)
    model = VAE(VAEConfig(latent=3, hidden=(16,), prior="vamp", components=5), Preparation.fit(dataset)).eval()
    model.prior.initialise(torch.Generator().manual_seed(0))
    got = evaluate(model, dataset, samples=3)
    assert "estimated" in got["notes"]["kl"]
    assert got["prior_gap"] is not None
    json.dumps(got, allow_nan=False)


def test_notes_say_what_is_unusual_only(model: VAE) -> None:
    usual = notes(model, 10, True)
    assert set(usual) == {"objective", "nll"}
    assert "10 weighted draws" in usual["nll"]
    assert "not asked for" in notes(model, 0, True)["nll"]
    assert "grey" in notes(model, 0, False)["bits_per_dim"]


def test_codes_of_a_codebook_cost_bits_and_have_no_nll(
    model: VAE, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VAE, "discrete", True)
    got = evaluate(model, dataset, samples=10)
    assert got["nll"] is got["nll_se"] is None
    assert "codebook" in got["notes"]["kl"]
    assert "not defined" in got["notes"]["nll"]


def test_a_space_evaluates_its_own_items(space: Space) -> None:
    assert space.evaluate(samples=2, seed=1) == evaluate(space.model, space.dataset, 2, 1)
    with pytest.raises(UserError, match="not at hand"):
        replace(space, dataset=None).evaluate()


def test_the_elbo_of_an_inexact_posterior_misses_ppca_by_its_kl() -> None:
    model, data, exact = linear(stretch=1.4, shift=0.5)
    gap = 2 * 0.5 * (1.4**2 + 0.5**2 - math.log(1.4**2) - 1)  # KL(q ‖ true posterior), two dimensions
    elbos = [evaluate(model, data, seed=seed)["elbo"] for seed in range(12)]
    error = np.std(elbos, ddof=1) / math.sqrt(len(elbos))
    assert abs(np.mean(elbos) - (exact - gap)) < 4 * error


def test_against_torch_distributions(model: VAE, dataset: Dataset) -> None:
    x = torch.from_numpy(dataset.x).permute(0, 3, 1, 2)
    with torch.inference_mode():
        mu, logvar = model.encode(Batch(x))
        q, prior = Normal(mu, torch.exp(0.5 * logvar)), Normal(torch.zeros(3), torch.ones(3))
        z = mu + q.scale * torch.empty(1, 40, 3).normal_(generator=torch.Generator().manual_seed(3))[0]
        p = Bernoulli(logits=model.decode(z), validate_args=False)
        log_x = p.log_prob(x).flatten(1).sum(1)
        kl = kl_divergence(q, prior).mean(0)
        weights = log_x + (prior.log_prob(z) - q.log_prob(z)).sum(1)
    got = evaluate(model, dataset, samples=1, seed=3)
    assert set(got) == KEYS
    assert got["reconstruction"] == pytest.approx(-log_x.mean().item(), rel=1e-5)
    assert got["kl_per_dimension"] == pytest.approx(kl.tolist(), rel=1e-4)
    assert got["kl"] == pytest.approx(kl.sum().item(), rel=1e-4)
    assert got["elbo"] == pytest.approx(-(got["reconstruction"] + got["kl"]))
    assert got["nll"] == pytest.approx(-weights.mean().item(), rel=1e-5)
    assert got["active_units"] == int((mu.numpy().var(axis=0) > 0.01).sum()) > 0
    assert got["bits_per_dim"] is None  # Bernoulli on grey values
    json.dumps(got)


def test_small_batches_score_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data, _ = linear(stretch=1.4, shift=0.5)
    whole = evaluate(model, data, samples=200)
    monkeypatch.setattr("vae_desktop.latent.evaluate.VALUES", 6 * 520)  # 256 items at once
    small = evaluate(model, data, samples=200)
    assert small["kl"] == pytest.approx(whole["kl"], rel=1e-6)
    assert small["nll"] == pytest.approx(whole["nll"], abs=0.01)
    assert small["reconstruction"] == pytest.approx(whole["reconstruction"], abs=0.02)


def test_without_samples_there_is_no_nll(model: VAE, dataset: Dataset) -> None:
    assert evaluate(model, dataset)["nll"] is None


def test_bits_of_binary_images() -> None:
    x = (np.random.default_rng(0).random((20, 8, 8, 1)) > 0.5).astype(np.uint8) * np.uint8(255)
    data = Dataset("image", x)
    model = VAE(VAEConfig(latent=2, hidden=(8,)), Preparation.fit(data)).eval()
    got = evaluate(model, data, samples=5)
    assert got["bits_per_dim"] == pytest.approx(got["nll"] / 64 / math.log(2))
    got = evaluate(model, data)
    assert got["bits_per_dim"] == pytest.approx(-got["elbo"] / 64 / math.log(2))


def test_progress_comes_between_batches_and_it_can_be_left(model: VAE, dataset: Dataset) -> None:
    work = evaluating(model, dataset, samples=10_000)
    assert isinstance(next(work), Progress)
    work.close()


def test_wrong_input_is_refused(model: VAE, dataset: Dataset) -> None:
    with pytest.raises(SettingError, match="samples=-1"):
        evaluate(model, dataset, samples=-1)
    with pytest.raises(MismatchError):
        evaluate(model, Dataset("image", np.zeros((2, 9, 8, 1), np.uint8)))
