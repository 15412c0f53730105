"""Priors p(z)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from vae_desktop.core.values import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_desktop.models.vae import VAE


def log_normal(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Log N(z; μ, σ²) of each number in nats, of the shape that `z`, `mu` and `logvar` broadcast to."""
    return -0.5 * ((z - mu) ** 2 * torch.exp(-logvar) + logvar + math.log(2 * math.pi))


class Prior(nn.Module, ABC):
    """Where codes are expected to lie.

    Attributes
    ----------
    closed
        Whether :meth:`kl` is exact and needs no sample.
    """

    closed: ClassVar[bool] = False

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
        """Draw (n, d) on the generator's device; `temperature` scales the standard deviation."""

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

    def sample(self, n: int, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
        """Draw (n, d)."""
        return torch.randn(n, self.latent, generator=generator, device=generator.device) * temperature

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density in nats, (…)."""
        return -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)

    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """½(μ² + σ² − log σ² − 1), (B, d)."""
        return 0.5 * (mu**2 + logvar.exp() - logvar - 1)


class VampPrior(Prior):
    """Mixture of the posteriors of learned pseudo-inputs u_k, (1/K) Σ_k q(z|u_k) (Tomczak & Welling 2018).

    The encoder is the model's own: its gradients reach it from here, too.
    """

    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.inputs = nn.Parameter(torch.empty(model.config.components, *model.preparation.shape))
        self.unit = model.preparation.kind == "image"  # pixels lie in [0, 1]
        self._model = (model,)  # in a tuple, so that the model is no part of its own prior

    def initialise(self, generator: torch.Generator) -> None:
        """Begin anywhere; :meth:`meet` puts the pseudo-inputs among the data."""
        nn.init.uniform_(self.inputs, generator=generator)

    @torch.no_grad()
    def meet(self, batch: Batch, generator: torch.Generator) -> None:
        """Begin at training items, chosen at random."""
        chosen = torch.randint(len(batch.x), (len(self.inputs),), generator=generator, device=generator.device)
        self.inputs.copy_(batch.x[chosen.to(batch.x.device)])

    def components(self) -> tuple[Tensor, Tensor]:
        """`mu` and `logvar` of q(z|u_k), each (K, d)."""
        inputs = self.inputs.clamp(0, 1) if self.unit else self.inputs
        return self._model[0].encode(Batch(inputs))

    def sample(self, n: int, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
        """Choose a pseudo-input for each draw, then draw (n, d) from its posterior."""
        mu, logvar = self.components()
        chosen = torch.randint(len(mu), (n,), generator=generator, device=generator.device)
        noise = torch.randn(n, mu.shape[1], generator=generator, device=generator.device)
        return mu[chosen] + noise * torch.exp(0.5 * logvar[chosen]) * temperature

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density in nats, (…)."""
        return self._cumulative(z)[..., -1]

    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """Log q(z_j|x) − log p(z_j|z_<j) at the sample, (B, d): their sum estimates the KL without bias."""
        log_prior = self._cumulative(z)
        return log_normal(z, mu, logvar) - torch.diff(log_prior, prepend=torch.zeros_like(log_prior[..., :1]))

    def _cumulative(self, z: Tensor) -> Tensor:
        """Log p(z_1…z_j) for each j, (…, d), of `z` (…, d)."""
        mu, logvar = self.components()
        each = log_normal(z[..., None, :], mu, logvar).cumsum(-1)  # (…, K, d)
        return torch.logsumexp(each, dim=-2) - math.log(len(mu))


PRIORS: Mapping[str, Callable[[VAE], Prior]] = MappingProxyType({"normal": StandardNormal, "vamp": VampPrior})
