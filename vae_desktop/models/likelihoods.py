"""Likelihoods p(x|z): log densities in nats, summed over an item's values."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Kind
    from vae_desktop.models.config import VAEConfig


class Likelihood(nn.Module, ABC):
    """What the decoder's output means.

    Attributes
    ----------
    kinds
        The data it is for.
    unit
        Whether values must lie in [0, 1].
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("image", "table")
    unit: ClassVar[bool] = False

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__()
        self.dim = preparation.dim
        # One 8-bit level is 1/255 of an image's range; a table's columns are continuous.
        self.levels = 255.0 if preparation.kind == "image" else None

    @abstractmethod
    def log_prob(self, x: Tensor, out: Tensor) -> Tensor:
        """Log p(x|z) in nats, (B,), of `x` (B, …) under the decoder's output `out` (B, …)."""

    @abstractmethod
    def mean(self, out: Tensor) -> Tensor:
        """E[x|z], of the shape of `out`."""

    @abstractmethod
    def bits_per_dim(self, nll: float, x_is_binary: bool) -> float | None:
        """Bits per dimension of `nll` nats per item, or None where the model does not define it."""


class Bernoulli(Likelihood):
    """Independent Bernoulli values; the decoder gives logits; x in [0, 1] (grey values as probabilities)."""

    unit: ClassVar[bool] = True

    def log_prob(self, x: Tensor, out: Tensor) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        return -F.binary_cross_entropy_with_logits(out, x, reduction="none").flatten(1).sum(1)

    def mean(self, out: Tensor) -> Tensor:
        """Probability of 1."""
        return torch.sigmoid(out)

    def bits_per_dim(self, nll: float, x_is_binary: bool) -> float | None:
        """Defined for binary data only: on grey values this is not a density of x."""
        return nll / self.dim / math.log(2) if x_is_binary else None


class Gaussian(Likelihood):
    """Independent Gaussian values around the decoder's output with one shared, optimal scale σ (Rybkin 2021).

    In training σ² is the batch's mean squared error (log σ soft-clipped at −6), which maximises the batch's
    likelihood; a running mean of it is stored with the model and used for everything else.
    """

    mse: Tensor
    MOMENTUM = 0.99

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        self.register_buffer("mse", torch.ones(()))
        self.register_buffer("seen", torch.zeros(()))
        self.seen: Tensor

    @property
    def log_sigma(self) -> Tensor:
        """The stored log σ."""
        return soft_clip(0.5 * torch.log(self.mse + 1e-12))

    def log_prob(self, x: Tensor, out: Tensor) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        error = F.mse_loss(out, x, reduction="none").flatten(1).sum(1)  # (B,)
        log_sigma = self.log_sigma
        if self.training:
            mse = error.mean() / self.dim
            log_sigma = soft_clip(0.5 * torch.log(mse + 1e-12))
            with torch.no_grad():
                # Early batches count fully, later ones as a running mean.
                self.seen += 1
                self.mse += (mse - self.mse) * torch.clamp(1 / self.seen, min=1 - self.MOMENTUM)
        return -0.5 * error * torch.exp(-2 * log_sigma) - self.dim * (log_sigma + 0.5 * math.log(2 * math.pi))

    def mean(self, out: Tensor) -> Tensor:
        """The decoder's output itself."""
        return out

    def bits_per_dim(self, nll: float, x_is_binary: bool) -> float | None:
        """The density is taken as constant over one 8-bit level; None for tables."""
        return None if self.levels is None else (nll / self.dim + math.log(self.levels)) / math.log(2)


def soft_clip(x: Tensor, low: float = -6.0) -> Tensor:
    """Keep `x` above `low` smoothly: low + softplus(x − low)."""
    return low + F.softplus(x - low)


LIKELIHOODS: Mapping[str, type[Likelihood]] = MappingProxyType({"bernoulli": Bernoulli, "gaussian": Gaussian})
