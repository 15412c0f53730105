"""Evaluation against hand-made sums, and against probabilistic PCA, whose likelihood is known exactly."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_desktop.core.errors import MismatchError, SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Column, Dataset
from vae_desktop.core.work import Progress
from vae_desktop.latent.evaluate import evaluate, evaluating
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

KEYS = {"elbo", "reconstruction", "kl", "nll", "kl_per_dimension", "active_units", "bits_per_dim"}


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
