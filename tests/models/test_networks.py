from __future__ import annotations

import pytest
import torch
from torch import nn

from vae_desktop.models.config import VAEConfig
from vae_desktop.models.networks import NETWORKS, Residual


@pytest.mark.parametrize("network", list(NETWORKS))
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 3, 400), (1, 2, 2), (3, 31, 17), (1, 64, 64), (1, 1, 9)])
def test_any_size_comes_back_and_the_output_is_free(network: str, shape: tuple[int, ...]) -> None:
    config = VAEConfig(hidden=(16,))
    encoder = NETWORKS[network].encoder(shape, config, 6)
    decoder = NETWORKS[network].decoder(3, config, shape)
    assert encoder(torch.rand(5, *shape)).shape == (5, 6)
    assert decoder(torch.randn(4, 3)).shape == (4, *shape)
    last = [layer for layer in decoder if not isinstance(layer, nn.Unflatten)][-1]
    assert not isinstance(last, nn.ReLU)


def channels(config: VAEConfig, network: str = "conv", side: int = 64) -> list[int]:
    encoder = NETWORKS[network].encoder((1, side, side), config, 4)
    return [layer.out_channels for layer in encoder if isinstance(layer, nn.Conv2d)]


def test_width_and_depth() -> None:
    assert channels(VAEConfig()) == [32, 32, 64, 64]  # as Burgess (2018), and as models saved before had them
    assert channels(VAEConfig(width=8, depth=6), side=128) == [8, 8, 16, 16, 32, 32]
    assert channels(VAEConfig(depth=1)) == [32]
    assert channels(VAEConfig(depth=8), side=9) == [32, 32]  # it stops before a side falls below 2


def test_a_residual_block_adds_to_what_it_is_given() -> None:
    block = Residual(3)
    x = torch.randn(2, 3, 5, 7)
    torch.testing.assert_close(block(x), x + block.second(torch.relu(block.first(torch.relu(x)))))
    with torch.no_grad():
        block.second.weight.zero_()
        block.second.bias.zero_()
    assert torch.equal(block(x), x)


def test_an_items_code_is_its_own_whatever_else_is_in_the_batch() -> None:
    encoder = NETWORKS["residual"].encoder((1, 16, 16), VAEConfig(hidden=(8,)), 4)
    x = torch.rand(5, 1, 16, 16)
    torch.testing.assert_close(encoder(x)[:1], encoder(x[:1]))
