"""Priors p(z)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class StandardNormal(nn.Module):
    """N(0, I) over `latent` dimensions."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.latent = latent

    def sample(self, n: int, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
        """Draw (n, d); `temperature` scales the standard deviation."""
        return torch.randn(n, self.latent, generator=generator) * temperature

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density in nats, (…) for `z` (…, d)."""
        return -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL(N(μ, σ²) ‖ N(0, 1)) per dimension, (B, d): ½(μ² + σ² − log σ² − 1)."""
        return 0.5 * (mu**2 + logvar.exp() - logvar - 1)
