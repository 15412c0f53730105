from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from vae_desktop.models import layers
from vae_desktop.models.layers import Linear


@pytest.mark.parametrize(("rows", "wide", "out"), [(64, 784, 512), (3, 7, 5), (2048, 30, 33)])
@pytest.mark.parametrize("bias", [True, False])
def test_equals_torchs_own(rows: int, wide: int, out: int, bias: bool) -> None:
    draw = torch.Generator().manual_seed(0)
    layer = Linear(wide, out, bias=bias)
    x = torch.randn(rows, wide, generator=draw, requires_grad=True)
    ahead = torch.randn(rows, out, generator=draw)
    wanted = [x, *layer.parameters()]
    y, plain = layer(x), F.linear(x, layer.weight, layer.bias)
    torch.testing.assert_close(y, plain, rtol=1e-4, atol=1e-4)
    for mine, other in zip(
        torch.autograd.grad(y, wanted, ahead), torch.autograd.grad(plain, wanted, ahead), strict=True
    ):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=2e-4)
        assert mine.stride() == other.stride()  # an optimiser's kernel wants the parameter's own layout


def test_many_multiplications_go_the_quick_way() -> None:
    layer, few, many = Linear(784, 512), torch.rand(2, 784), torch.rand(64, 784)
    assert layer(many).grad_fn.name() == "_ProductBackward"
    assert layer(few).grad_fn.name() == "AddmmBackward0"


def test_other_numbers_and_shapes_take_torchs_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "PAYS_FROM", 0)
    x = torch.randn(2, 3, 6)
    assert Linear(6, 4)(x).shape == (2, 3, 4)
    assert Linear(6, 4).double()(x.double()).dtype == torch.float64


def test_again_gives_the_same_bits() -> None:
    layer, x = Linear(784, 512), torch.rand(64, 784)
    assert torch.equal(layer(x), layer(x))
