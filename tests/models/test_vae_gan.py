"""VAE-GAN: its three losses, and whom each of them teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make
from vae_desktop.core.values import Batch, Column, Dataset, Step
from vae_desktop.core.work import finish
from vae_desktop.latent.decode import decode
from vae_desktop.latent.encode import encode
from vae_desktop.latent.sharpness import sharpness
from vae_desktop.models.discriminator import LEAST, Discriminator
from vae_desktop.models.networks import initialise
from vae_desktop.models.vae_gan import VAEGAN, GANConfig
from vae_desktop.readers import read
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

STEP = Step(5, 10, 16)


def build(preparation: Preparation, **config: object) -> VAEGAN:
    values = {"latent": 3, "hidden": "12", "warmup": 0, **config}
    model = VAEGAN(make(GANConfig, values), preparation)
    initialise(model, torch.Generator().manual_seed(0))
    return model


def items(model: VAEGAN, data: Dataset) -> Batch:
    return Batch(torch.from_numpy(model.preparation.apply(data.x)))


@torch.no_grad()
def test_the_losses_are_larsens(pictures: Dataset, preparation: Preparation) -> None:
    model = build(preparation, adversarial=0.3, pixels=0.2).eval()
    model.discriminator.spread.fill_(0.25)
    batch = items(model, pictures)
    loss = model.loss(batch, STEP, torch.Generator().manual_seed(3))
    noise = torch.Generator().manual_seed(3)
    mu, logvar = model.encoder(batch.x).chunk(2, 1)
    z = mu + torch.exp(logvar / 2) * torch.empty_like(mu).normal_(generator=noise)
    drawn = torch.randn(16, 3, generator=noise)
    judge = model.discriminator
    again, made = torch.sigmoid(model.decoder(z)), torch.sigmoid(model.decoder(drawn))
    away = 0.5 * ((judge.features(batch.x) - judge.features(again)) ** 2).sum() / 16 / (0.25 + LEAST)
    real, false, dreamt = (torch.sigmoid(judge(x)[1]) for x in (batch.x, again, made))
    kl = 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum() / 16
    reconstruction = F.binary_cross_entropy(again, batch.x, reduction="sum") / 16
    torch.testing.assert_close(loss.total, away + 0.2 * reconstruction + kl)
    torch.testing.assert_close(loss.reconstruction, reconstruction)
    deceive = -(false.log().mean() + dreamt.log().mean())
    torch.testing.assert_close(loss.groups["decoder"], 0.7 * (away + 0.2 * reconstruction) + 0.3 * deceive)
    expected = -(real.log().mean() + (1 - false).log().mean() + (1 - dreamt).log().mean())
    torch.testing.assert_close(loss.groups["discriminator"], expected)


def test_each_network_learns_by_its_own_loss(pictures: Dataset, preparation: Preparation) -> None:
    model = build(preparation).eval()
    batch = items(model, pictures)
    loss = model.loss(batch, STEP, torch.Generator().manual_seed(3))
    expected: dict[torch.nn.Parameter, torch.Tensor] = {}
    parts = ((model.encoder, loss.total), (model.decoder, loss.groups["decoder"]))
    for network, own in (*parts, (model.discriminator, loss.groups["discriminator"])):
        parameters = tuple(network.parameters())
        expected.update(zip(parameters, torch.autograd.grad(own, parameters, retain_graph=True), strict=True))
    model.backward(loss)
    for parameter in model.parameters():
        torch.testing.assert_close(parameter.grad, expected[parameter])


@pytest.mark.parametrize(("shape", "convolutions"), [((1, 8, 8), 2), ((3, 13, 9), 2), ((1, 7, 28), 0), ((5,), 0)])
def test_the_discriminator_takes_images_and_tables(shape: tuple[int, ...], convolutions: int) -> None:
    judge = Discriminator(shape)
    features, odds = judge(torch.zeros(4, *shape))
    assert features.shape == (4, 256)
    assert odds.shape == (4,)
    assert sum(isinstance(part, torch.nn.Conv2d) for part in judge.modules()) == convolutions


@torch.no_grad()
def test_features_count_in_units_of_their_spread() -> None:
    judge = Discriminator((4,))
    features = 3 * torch.randn(2000, 256, generator=torch.Generator().manual_seed(0))
    assert float(judge.variance(features, learn=True)) == pytest.approx(9, rel=0.02)
    assert float(judge.variance(0 * features, learn=False)) == pytest.approx(9, rel=0.02)
    for _ in range(100):
        judge.variance(2 * features, learn=True)
    assert float(judge.variance(features, learn=False)) == pytest.approx(36, rel=0.02)
    alone = Discriminator((4,))
    assert float(alone.variance(features[:1], learn=True)) == pytest.approx(LEAST)


def test_a_table_and_a_single_item_are_learned_from(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    table = Dataset("table", x, columns=(Column("a"), Column("b")))
    settings = TrainSettings(epochs=3, batch=4, threads=1, device="cpu")  # the last batch is of one item
    run = finish(training(table, "vae-gan", {"hidden": "8"}, settings, tmp_path / "run"))
    assert all(np.isfinite(list(line["terms"].values())).all() for line in run.metrics)


def test_it_is_sharper_than_a_vae_of_the_same_budget(tmp_path: Path) -> None:
    digits = read("digits")
    settings = TrainSettings(epochs=15, batch=64, threads=1, device="cpu")
    found = {}
    for name in ("vae", "vae-gan"):
        run = finish(training(digits, name, {"latent": 8, "hidden": "128"}, settings, tmp_path / name))
        model = run.model()
        found[name] = sharpness(decode(model, encode(model, digits).mu))
    original = sharpness(Preparation.fit(digits).show(digits.x))
    assert abs(original - found["vae-gan"]) < 0.5 * (original - found["vae"])
