"""A look at some items: its figures against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Dataset
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE
from vae_desktop.training.looking import due, look


class Half(nn.Module):
    """Gives back what it is given, `part` of the way from the mean."""

    def __init__(self, part: float, mean: torch.Tensor) -> None:
        super().__init__()
        self.part, self.mean = part, mean

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.mean + self.part * (z.view(len(z), *self.mean.shape) - self.mean)


class Same(nn.Module):
    """Takes an item for its code; σ is 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((x.flatten(1), torch.zeros(len(x), x[0].numel())), 1)


def model(x: torch.Tensor, part: float) -> VAE:
    data = Dataset("image", (x.permute(0, 2, 3, 1).numpy() * 255).astype(np.uint8))
    made = VAE(VAEConfig(latent=25, hidden=(4,), likelihood="gaussian"), Preparation.fit(data))
    made.encoder, made.decoder = Same(), Half(part, x.mean(0))
    return made.train()


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_what_reconstructions_hold(part: float) -> None:
    x = torch.rand(40, 1, 5, 5, generator=torch.Generator().manual_seed(0))
    seen = look(net := model(x, part), Batch(x), 24)
    assert seen["explained"] == pytest.approx(1 - (1 - part) ** 2, abs=1e-5)
    assert seen["linear"] == pytest.approx(1, abs=1e-5)  # 25 components of 25 values
    assert seen["perplexity"] is None
    assert net.training
    centred = x.flatten(1).numpy() - x.flatten(1).numpy().mean(0)
    first = np.linalg.svd(centred, compute_uv=False) ** 2
    assert look(net, Batch(x), 1)["linear"] == pytest.approx(first[:2].sum() / first.sum(), abs=1e-5)
    if part == 1:
        assert seen["sharpness"] == pytest.approx(1, abs=1e-5)


def test_only_directions_above_the_noise_are_needed() -> None:
    generator = torch.Generator().manual_seed(0)
    x = 0.5 + 0.01 * torch.randn(60, 1, 5, 5, generator=generator)
    x[:, 0, 0, :3] += 0.2 * torch.randn(60, 3, generator=generator)
    exact = look(model(x, 0.9), Batch(x), 1)["needed"]
    net = model(x, 1.0)
    net.decoder = Noisy()
    assert look(net, Batch(x), 1)["needed"] == 3
    assert exact is not None
    assert exact >= 3


class Noisy(nn.Module):
    """Gives back an item with an error of 0.01."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(z.shape, generator=torch.Generator().manual_seed(1))
        return (z + 0.01 * noise).view(len(z), 1, 5, 5)


def test_nothing_is_told_of_items_that_are_all_the_same() -> None:
    x = torch.full((6, 1, 5, 5), 0.25)
    assert set(look(model(x, 0.5), Batch(x), 0).values()) == {None}
    assert look(model(torch.rand(2, 1, 5, 5), 0.5), Batch(torch.rand(1, 1, 5, 5)), 0)["explained"] is None


def test_looks_are_rare_enough() -> None:
    assert [epoch for epoch in range(1, 31) if due(epoch, 30, 300)] == [16, 30]
    assert all(due(epoch, 30, 60_000) for epoch in range(1, 31))
    assert due(7, 7, 2)
    assert not due(6, 7, 2)
