"""Priors p(z)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

BEGIN = 0.01  # standard deviation of the noise on pseudo-inputs that begin at items, as in the paper's code
AT_ONCE = 2**22  # numbers compared with components at once: some 50 MB in all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_desktop.core.values import Batch
    from vae_desktop.models.vae import VAE


def log_normal(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Log N(z; μ, σ²) of each number in nats, of the shape that `z`, `mu` and `logvar` broadcast to."""
    return -0.5 * ((z - mu) ** 2 * torch.exp(-logvar) + logvar + math.log(2 * math.pi))


def each_log_normal(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Log N(z_ij; μ_kj, σ²_kj) in nats, (d, B, K), of each `z` (B, d) under each of `mu` and `logvar` (K, d).

    Dimensions come first: sums over B and K then run along memory.
    """
    scale = torch.exp(-0.5 * logvar).T[:, None]  # (d, 1, K)
    height = -0.5 * (logvar + math.log(2 * math.pi)).T[:, None]
    from_mean = (z.T[:, :, None] - mu.T[:, None]) * scale
    return torch.addcmul(height, from_mean, from_mean, value=-0.5)


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        top = x.amax(-1, keepdim=True)
        each = (x - top).clamp_(min=-60).exp_()  # below it is nothing in float32, but slow: denormal numbers
        total = each.sum(-1, keepdim=True)
        ctx.save_for_backward(each, total)
        return (top + total.log()).squeeze(-1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        each, total = ctx.saved_tensors
        spread: Tensor = each * (grad[..., None] / total)
        return spread


def log_sum_exp(x: Tensor) -> Tensor:
    """Log of the sum of exp(x) along the last dimension of finite `x`; torch's own takes three times as long."""
    summed: Tensor = _LogSumExp.apply(x)  # type: ignore[no-untyped-call]
    return summed


class Prior(nn.Module, ABC):
    """Where codes are expected to lie.

    Attributes
    ----------
    closed
        Whether :meth:`kl` is exact and needs no sample.
    """

    closed: ClassVar[bool] = False

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None, temperature: float = 1.0) -> Tensor:
        """Draw (n, d); `temperature` scales the standard deviation."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Log density in nats, (…) for `z` (…, d)."""

    @abstractmethod
    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """KL(N(μ, σ²) ‖ p) per dimension, (B, d), in nats: exact, or estimated at the sample `z` (B, d)."""

    def meet(self, batch: Batch, generator: torch.Generator) -> None:
        """Look at some training items before the first step."""


class StandardNormal(Prior):
    """N(0, I)."""

    closed: ClassVar[bool] = True

    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.latent = model.config.latent

    def sample(self, n: int, generator: torch.Generator | None, temperature: float = 1.0) -> Tensor:
        """Draw (n, d)."""
        device = None if generator is None else generator.device
        return torch.randn(n, self.latent, generator=generator, device=device) * temperature

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density in nats, (…)."""
        return -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)

    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """½(μ² + σ² − log σ² − 1), (B, d)."""
        return 0.5 * (mu**2 + logvar.exp() - logvar - 1)


class VampPrior(Prior):
    """Mixture of the posteriors of learned pseudo-inputs u_k, (1/K) Σ_k q(z|u_k) (Tomczak & Welling 2018).

    The encoder is the model's own: gradients reach it from here, too.
    """

    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.shape = model.preparation.shape
        self.unit = model.preparation.kind == "image"  # pixels lie in [0, 1]
        self.inputs = nn.Parameter(torch.empty(model.config.components, model.preparation.dim))
        # In a tuple, so that it is no part of the prior; not the model, or the two would hold each other in memory.
        self._encoder = (model.encoder,)

    def initialise(self, generator: torch.Generator) -> None:
        """Begin anywhere; :meth:`meet` puts the pseudo-inputs among the data."""
        nn.init.uniform_(self.inputs, generator=generator)

    @torch.no_grad()
    def meet(self, batch: Batch, generator: torch.Generator) -> None:
        """Begin at training items, none twice while there are others, with a little noise that parts equal ones."""
        items, k = batch.x.flatten(1), len(self.inputs)
        order = torch.randperm(len(items), generator=generator, device=generator.device).to(items.device)
        noise = torch.empty_like(self.inputs).normal_(generator=generator)
        begun = items[order.repeat(-(-k // len(order)))[:k]] + BEGIN * noise
        self.inputs.copy_(begun.clamp(0, 1) if self.unit else begun)

    def components(self) -> tuple[Tensor, Tensor]:
        """`mu` and `logvar` of q(z|u_k), each (K, d)."""
        inputs = self.inputs.clamp(0, 1) if self.unit else self.inputs
        mu, logvar = self._encoder[0](inputs.view(-1, *self.shape)).chunk(2, dim=1)
        return mu, logvar

    def sample(self, n: int, generator: torch.Generator | None, temperature: float = 1.0) -> Tensor:
        """Choose a pseudo-input for each draw, then draw (n, d) from its posterior."""
        mu, logvar = self.components()
        chosen = torch.randint(len(mu), (n,), generator=generator, device=mu.device)
        noise = torch.empty(n, mu.shape[1], device=mu.device).normal_(generator=generator)
        return mu[chosen] + noise * torch.exp(0.5 * logvar[chosen]) * temperature

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density in nats, (…)."""
        mu, logvar = self.components()
        parts = [log_sum_exp(each_log_normal(part, mu, logvar).sum(0)) for part in self._parts(z)]
        return torch.cat(parts).view(z.shape[:-1]) - math.log(len(mu))

    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """Log q(z_j|x) − log p(z_j|z_<j) at the sample, (B, d): their sum estimates the KL without bias."""
        centres, logvars = self.components()
        parts = [log_sum_exp(each_log_normal(part, centres, logvars).cumsum(0)) for part in self._parts(z)]
        log_prior = torch.cat(parts, dim=1).T - math.log(len(centres))  # (B, d): of z_1…z_j
        return log_normal(z, mu, logvar) - torch.diff(log_prior, prepend=torch.zeros_like(log_prior[:, :1]))

    def _parts(self, z: Tensor) -> tuple[Tensor, ...]:
        """Rows of `z` (…, d), some at a time: each is compared with all components."""
        return torch.split(z.flatten(0, -2), max(1, AT_ONCE // len(self.inputs) // z.shape[-1]))


PRIORS: Mapping[str, Callable[[VAE], Prior]] = MappingProxyType({"normal": StandardNormal, "vamp": VampPrior})
