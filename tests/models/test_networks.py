from __future__ import annotations

import pytest
import torch

from vae_desktop.models.networks import NETWORKS


@pytest.mark.parametrize("network", list(NETWORKS))
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 3, 400), (1, 2, 2), (3, 31, 17), (1, 64, 64), (1, 1, 9)])
def test_any_size_comes_back_and_the_output_can_take_either_sign(network: str, shape: tuple[int, ...]) -> None:
    encoder, decoder = (make(*arguments) for make, arguments in zip(
        NETWORKS[network], ((shape, (16,), 6), (3, (16,), shape)), strict=True
    ))  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    assert encoder(torch.rand(5, *shape, generator=generator)).shape == (5, 6)
    out = decoder(torch.randn(200, 3, generator=generator))
    assert out.shape == (200, *shape)
    assert out.min() < 0 < out.max()
