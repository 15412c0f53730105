"""Layers that networks are made of."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

ONEDNN = hasattr(torch.ops.mkldnn, "_linear_pointwise")  # not every build of torch brings it
PAYS_FROM = 2**20  # multiply-adds from which oneDNN's own overhead is won back


class Linear(nn.Linear):
    """``y = x Wᵀ + b`` over oneDNN on the processor; elsewhere, and where little is to be done, as torch does it.

    Torch multiplies float32 matrices with MKL, which takes no AVX-512 on processors that are not Intel's: there
    oneDNN, which torch brings too, is twice as fast. Same parameters, same mathematics.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, in) to (B, out)."""
        wanted = x.ndim == 2 and x.device.type == "cpu" and x.dtype == self.weight.dtype == torch.float32
        if wanted and x.numel() * self.out_features >= PAYS_FROM and ONEDNN:
            y: Tensor = _Product.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call]
            return y
        return super().forward(x)


def _product(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """``a bᵀ + bias``."""
    y: Tensor = torch.ops.mkldnn._linear_pointwise.default(a, b, bias, "none", [], "")
    return y


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _product(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        return (
            _product(grad, weight.t()) if of_x else None,
            _product(grad.t(), x.t()) if of_weight else None,
            grad.sum(0) if of_bias else None,
        )
