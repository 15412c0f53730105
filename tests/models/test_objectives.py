"""On fixed weights and noise each objective is its paper's formula, written here once more in plain numpy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from vae_desktop.core.settings import make
from vae_desktop.core.values import Batch, Loss, Step
from vae_desktop.models import models
from vae_desktop.models.networks import initialise

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE

D, N = 3, 40  # latent dimensions, items of which the batch is drawn
STEP = Step(30, 100, N)
WARM = 0.75  # of a warm-up of 40 % at step 30 of 100


def build(name: str, preparation: Preparation, **config: object) -> VAE:
    """A model in which codes differ: its encoder's last layer speaks louder."""
    cls = models[name]
    model = cls(make(cls.Config, {"hidden": (12,), "latent": D, "warmup": 0.4, **config}), preparation).eval()
    initialise(model, torch.Generator().manual_seed(3))
    with torch.no_grad():
        model.encoder[-1].weight *= 8
    return model


def items(model: VAE, data: Dataset) -> Batch:
    return Batch(torch.from_numpy(model.preparation.apply(data.x)))


@torch.no_grad()
def told(model: VAE, data: Dataset) -> Loss:
    """What the model says of its loss."""
    loss = model.loss(items(model, data), STEP, torch.Generator().manual_seed(1))
    plain = build("vae", model.preparation)
    plain.load_state_dict(model.state_dict(), strict=False)
    assert abs(float(plain.loss(items(model, data), STEP, torch.Generator().manual_seed(1)).total - loss.total)) > 0.01
    return loss


class Parts:
    """What every formula is made of, in float64: means, variances, the sample, cost and KL of each item."""

    def __init__(self, model: VAE, data: Dataset, k: int = 1) -> None:
        x = items(model, data).x
        self.noise = torch.Generator().manual_seed(1)
        with torch.no_grad():
            out = model.encoder(x)
            mu, logvar = (part.repeat(k, 1) for part in (out[:, :D], out[:, D:]))
            epsilon = torch.empty(len(mu), D).normal_(generator=self.noise)
            z = mu + torch.exp(logvar / 2) * epsilon
            p = torch.sigmoid(model.decoder(z)).double().numpy()
        grey = np.tile(x.double().numpy(), (k, 1, 1, 1))
        self.mu, self.var, self.z = mu.double().numpy(), logvar.double().exp().numpy(), z.double().numpy()
        self.cost = -(grey * np.log(p) + (1 - grey) * np.log(1 - p)).sum((1, 2, 3))
        self.kl = 0.5 * (self.mu**2 + self.var - np.log(self.var) - 1)

    @property
    def elbo(self) -> tuple[float, float]:
        return self.cost.mean(), self.kl.sum(1).mean()


def check(loss: Loss, total: float, parts: Parts) -> None:
    """The objective, and the plain parts of the ELBO that every model tells."""
    assert float(loss.total) == pytest.approx(total, rel=1e-5)
    assert (float(loss.reconstruction), float(loss.kl)) == pytest.approx(parts.elbo, rel=1e-5)
    assert loss.kl_per_dimension.tolist() == pytest.approx(parts.kl.mean(0).tolist(), rel=1e-4)


def density(z: np.ndarray, mu: np.ndarray, var: np.ndarray) -> np.ndarray:
    density: np.ndarray = np.exp(-((z - mu) ** 2) / (2 * var)) / np.sqrt(2 * math.pi * var)
    return density


def test_vae_and_beta_vae(pictures: Dataset, preparation: Preparation) -> None:
    for name, beta in (("vae", 1), ("beta-vae", 3)):
        model = build(name, preparation, **({"beta": 3} if beta > 1 else {}))
        parts = Parts(model, pictures)
        with torch.no_grad():
            loss = model.loss(items(model, pictures), STEP, torch.Generator().manual_seed(1))
        check(loss, parts.cost.mean() + WARM * beta * parts.kl.sum(1).mean(), parts)


@pytest.mark.parametrize("capacity", [1.0, 60.0])
def test_capacity_vae(capacity: float, pictures: Dataset, preparation: Preparation) -> None:
    model = build("capacity-vae", preparation, capacity=capacity, gamma=30, ramp=0.6)
    parts = Parts(model, pictures)
    reconstruction, kl = parts.elbo
    check(told(model, pictures), reconstruction + WARM * 30 * abs(kl - capacity * 30 / 60), parts)


def test_beta_tcvae(pictures: Dataset, preparation: Preparation) -> None:
    model = build("beta-tcvae", preparation, alpha=0.7, beta=5, gamma=1.3)
    parts, loss = Parts(model, pictures), told(model, pictures)
    b = len(parts.z)
    m = b - 1
    joint, marginals, prior = np.zeros(b), np.zeros(b), np.zeros(b)
    for i, z in enumerate(parts.z):
        weights = np.full(b, 1 / m)
        weights[i], weights[(i + 1) % b] = 1 / N, (N - m) / (N * m)
        each = density(z, parts.mu, parts.var)  # (B, d)
        joint[i] = np.log(weights @ each.prod(1))
        marginals[i] = np.log(weights @ each).sum()
        prior[i] = np.log(density(z, np.zeros(D), np.ones(D))).sum()
    correlation, of_dimensions = (joint - marginals).mean(), (marginals - prior).mean()
    information = parts.kl.sum(1).mean() - correlation - of_dimensions
    terms = 0.7 * information, 5 * correlation, 1.3 * of_dimensions
    check(loss, parts.cost.mean() + WARM * sum(terms), parts)
    assert [float(term) for term in loss.extra.values()] == pytest.approx([WARM * term for term in terms], rel=1e-3)


def test_factor_vae(pictures: Dataset, preparation: Preparation) -> None:
    model = build("factor-vae", preparation, gamma=20, discriminator="7,5")
    parts, loss = Parts(model, pictures), told(model, pictures)
    linear = [layer for layer in model.discriminator if isinstance(layer, torch.nn.Linear)]

    def logits(z: np.ndarray) -> np.ndarray:
        for layer in linear:
            z = z @ layer.weight.detach().double().numpy().T + layer.bias.detach().double().numpy()
            z = z if layer is linear[-1] else np.where(z > 0, z, 0.2 * z)
        return z

    d = logits(parts.z)
    check(loss, parts.cost.mean() + WARM * (parts.kl.sum(1).mean() + 20 * (d[:, 0] - d[:, 1]).mean()), parts)
    order = torch.empty(len(d), D).uniform_(generator=parts.noise).argsort(0).numpy()
    other = logits(np.take_along_axis(parts.z, order, 0))
    entropy = -0.5 * np.mean(d[:, 0] - np.log(np.exp(d).sum(1)))
    entropy -= 0.5 * np.mean(other[:, 1] - np.log(np.exp(other).sum(1)))
    assert float(loss.groups["discriminator"]) == pytest.approx(entropy, rel=1e-5)


@pytest.mark.parametrize(("variant", "given", "on_diagonal"), [("I", 0, 20), ("II", 0, 2), ("I", 5, 5), ("II", 5, 5)])
def test_dip_vae(variant: str, given: float, on_diagonal: float, pictures: Dataset, preparation: Preparation) -> None:
    model = build("dip-vae", preparation, variant=variant, lambda_od=2, lambda_d=given)
    parts = Parts(model, pictures)
    c = np.cov(parts.mu.T, bias=True) + (np.diag(parts.var.mean(0)) if variant == "II" else 0)
    off = sum(c[i, j] ** 2 for i in range(D) for j in range(D) if i != j)
    on = sum((c[i, i] - 1) ** 2 for i in range(D))
    kl = parts.kl.sum(1).mean()
    check(told(model, pictures), parts.cost.mean() + WARM * (kl + 2 * off + on_diagonal * on), parts)


@pytest.mark.parametrize("kernel", ["imq", "rbf"])
def test_info_vae(kernel: str, pictures: Dataset, preparation: Preparation) -> None:
    model = build("info-vae", preparation, alpha=0.3, lambda_mmd=50, kernel=kernel)
    parts = Parts(model, pictures)
    drawn = torch.randn(len(parts.z), D, generator=parts.noise).double().numpy()

    def near(a: np.ndarray, b: np.ndarray) -> float:
        squares = ((a[:, None] - b[None]) ** 2).sum(-1)
        return float((2 * D / (2 * D + squares) if kernel == "imq" else np.exp(-squares / (2 * D))).mean())

    mmd = near(parts.z, parts.z) + near(drawn, drawn) - 2 * near(parts.z, drawn)
    kl = parts.kl.sum(1).mean()
    check(told(model, pictures), parts.cost.mean() + WARM * ((1 - 0.3) * kl + (0.3 + 50 - 1) * mmd), parts)


def test_iwae(pictures: Dataset, preparation: Preparation) -> None:
    k = 4
    model = build("iwae", preparation, samples=k)
    parts = Parts(model, pictures, k)
    prior = np.log(density(parts.z, np.zeros(D), np.ones(D))).sum(1)
    posterior = np.log(density(parts.z, parts.mu, parts.var)).sum(1)
    weights = np.exp(-parts.cost + WARM * (prior - posterior)).reshape(k, -1)
    check(told(model, pictures), -np.log(weights.mean(0)).mean(), parts)


def test_vamp(pictures: Dataset, preparation: Preparation) -> None:
    model = build("vamp", preparation, components=6)
    parts, loss = Parts(model, pictures), told(model, pictures)
    with torch.no_grad():
        mu, logvar = model.encoder(model.prior.inputs.view(6, 1, 8, 8)).double().chunk(2, 1)
    mixture = MixtureSameFamily(Categorical(torch.ones(6)), Independent(Normal(mu, torch.exp(logvar / 2)), 1))
    posterior = np.log(density(parts.z, parts.mu, parts.var)).sum(1)
    kl = (posterior - mixture.log_prob(torch.from_numpy(parts.z)).numpy()).mean()
    assert float(loss.total) == pytest.approx(parts.cost.mean() + WARM * kl, rel=1e-5)
    assert float(loss.kl) == pytest.approx(kl, rel=1e-5)


def test_the_neutral_settings_are_the_plain_vae(pictures: Dataset, preparation: Preparation) -> None:
    neutral: dict[str, dict[str, Any]] = {
        "beta-vae": {"beta": 1}, "beta-tcvae": {"beta": 1}, "factor-vae": {"gamma": 0}, "dip-vae": {"lambda_od": 0},
        "info-vae": {"alpha": 0, "lambda_mmd": 1},
    }  # fmt: skip
    plain = build("vae", preparation)
    want = plain.loss(items(plain, pictures), STEP, torch.Generator().manual_seed(1)).total.detach()
    for name, config in neutral.items():
        model = build(name, preparation, **config)
        loss = model.loss(items(model, pictures), STEP, torch.Generator().manual_seed(1))
        torch.testing.assert_close(loss.total.detach(), want)


def test_schedules_are_drawn_as_they_count() -> None:
    config = make(models["capacity-vae"].Config, {"capacity": 8, "ramp": 0.5})
    curve = config.schedules()["Capacity (nats)"]
    assert [curve(Step(step, 100, N)) for step in (0, 25, 50, 99)] == [0, 4, 8, 8]
    assert make(models["capacity-vae"].Config, {"ramp": 0}).schedules()["Capacity (nats)"](Step(0, 9, N)) > 0
