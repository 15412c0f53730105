"""Adam (Kingma & Ba 2015) over torch's fused kernel.

``torch.optim.Adam`` imports torch's compiler when it is made: as long again as importing torch, and 75 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable


class Adam:
    """Takes steps on `parameters`, by their gradients, of size `lr`."""

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], lr: float, betas: tuple[float, float] = (0.9, 0.999)
    ) -> None:
        self.parameters: list[torch.Tensor] = list(parameters)
        self.lr = lr
        self.betas = betas
        self.means = [torch.zeros_like(p) for p in self.parameters]
        self.squares = [torch.zeros_like(p) for p in self.parameters]
        self.steps = [torch.zeros((), dtype=torch.float32, device=p.device) for p in self.parameters]

    @torch.no_grad()
    def step(self, factor: float = 1.0) -> None:
        """Move the parameters that have a gradient by steps of `factor` times the usual; clear the gradients."""
        learning = [i for i, p in enumerate(self.parameters) if p.grad is not None]
        parameters = [self.parameters[i] for i in learning]
        steps = [self.steps[i] for i in learning]
        for step in steps:
            step += 1
        torch._fused_adam_(  # what torch.optim.Adam(fused=True) ends in
            parameters, [p.grad for p in parameters if p.grad is not None],
            [self.means[i] for i in learning], [self.squares[i] for i in learning], [], steps,
            amsgrad=False, beta1=self.betas[0], beta2=self.betas[1], lr=self.lr * factor,
            weight_decay=0.0, eps=1e-8, maximize=False,
        )  # fmt: skip
        for parameter in parameters:
            parameter.grad = None

    def clip(self, longest: float) -> None:
        """Shorten the gradient to the norm `longest`, over all parameters, where it is longer."""
        torch.nn.utils.clip_grad_norm_(self.parameters, longest)

    def state(self) -> dict[str, Any]:
        """What goes on from here."""
        return {"means": self.means, "squares": self.squares, "steps": self.steps}

    def restore(self, state: dict[str, Any]) -> None:
        """Inverse of :meth:`state`; keeps each tensor's device and memory layout."""
        for name, own in self.state().items():
            for tensor, saved in zip(own, state[name], strict=True):
                tensor.copy_(saved)
