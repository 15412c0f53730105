from __future__ import annotations

import pytest
import torch
from torch import nn

from vae_desktop.models.config import VAEConfig
from vae_desktop.models.networks import NETWORKS


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
