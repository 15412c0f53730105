"""The conditional VAE: its formula, and what it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vae_desktop.core.errors import MismatchError, SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Dataset, Step
from vae_desktop.core.work import finish
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.cvae import CVAE
from vae_desktop.models.networks import initialise
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.models.vae import VAE

Y = torch.tensor([0, 1, 2, -1] * 4)


@pytest.fixture
def labelled(pictures: Dataset) -> Dataset:
    return replace(pictures, labels=Y.numpy().astype(np.int32), classes=("a", "b", "c"))


def build(data: Dataset, **config: object) -> CVAE:
    values: dict[str, object] = {"latent": 3, "hidden": (12,), "warmup": 0, **config}
    model = CVAE(VAEConfig(**values), Preparation.fit(data))  # type: ignore[arg-type]
    initialise(model, torch.Generator().manual_seed(0))
    return model.eval()


def items(model: VAE, data: Dataset) -> torch.Tensor:
    return torch.from_numpy(model.preparation.apply(data.x))


@torch.no_grad()
def test_the_loss_is_sohns_with_the_class_beside_item_and_code(labelled: Dataset) -> None:
    model = build(labelled)
    x, told = items(model, labelled), torch.eye(4)[Y][:, :3]  # −1: the last row, all 0
    loss = model.loss(Batch(x, Y), Step(0, 10, 16), torch.Generator().manual_seed(3))
    mu, logvar = model.encoder(torch.cat([x.flatten(1), told], 1)).chunk(2, 1)
    z = mu + torch.exp(logvar / 2) * torch.empty_like(mu).normal_(generator=torch.Generator().manual_seed(3))
    out = model.decoder(torch.cat([z, told], 1))
    reconstruction = F.binary_cross_entropy_with_logits(out, x, reduction="sum") / 16
    kl = 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum() / 16
    torch.testing.assert_close(loss.total, reconstruction + kl)
    torch.testing.assert_close(loss.reconstruction, reconstruction)
    torch.testing.assert_close(loss.kl, kl)
    other = model.loss(Batch(x, Y.roll(1)), Step(0, 10, 16), torch.Generator().manual_seed(3))
    assert float(other.total) != float(loss.total)


@torch.no_grad()
def test_convolutions_see_the_class_as_a_channel(labelled: Dataset) -> None:
    model = build(labelled, network="conv")
    x = items(model, labelled)
    channel = model.channel
    assert channel is not None
    assert channel(torch.eye(3)).shape == (3, 1, 8, 8)
    seen = torch.cat([x, channel(torch.eye(4)[Y][:, :3])], 1)
    torch.testing.assert_close(model.encode(Batch(x, Y))[0], model.encoder(seen)[:, :3])
    assert (seen[3, 1] == 0).all()  # an unknown class


@torch.no_grad()
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_what_is_not_told_is_given_or_unknown(labelled: Dataset, network: str) -> None:
    model = build(labelled, network=network)
    x, z = items(model, labelled), torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    unknown, second = torch.full((16,), -1), torch.full((16,), 1)
    torch.testing.assert_close(model.decode(z), model.decode(z, unknown))
    torch.testing.assert_close(model.encode(Batch(x))[0], model.encode(Batch(x, unknown))[0])
    given = model.given(1)
    torch.testing.assert_close(given.decode(z), model.decode(z, second))
    torch.testing.assert_close(given.encode(Batch(x))[0], model.encode(Batch(x, second))[0])
    torch.testing.assert_close(given.decode(z, Y), model.decode(z, Y))  # what is told counts more
    torch.testing.assert_close(model.given(lambda _: Y).decode(z), model.decode(z, Y))
    assert given.decoder is model.decoder
    assert model.condition is None


def test_data_without_classes_is_refused_before_a_training(
    pictures: Dataset, labelled: Dataset, tmp_path: Path
) -> None:
    bare = replace(pictures, labels=None, classes=())
    for data, error in ((bare, SettingError), (replace(labelled, labels=None), MismatchError)):
        with pytest.raises(error, match="has no classes"):
            finish(training(data, "cvae", {}, TrainSettings(epochs=1, device="cpu"), tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    with pytest.raises(
        SettingError, match="prior=vamp: the objective of cvae is defined for another prior; choose one of normal"
    ):
        build(labelled, prior="vamp")
