"""Importance-weighted autoencoder (Burda 2016): a tighter bound on log p(x), from several samples of each item."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch

from vae_desktop.core.settings import setting
from vae_desktop.core.values import Loss
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.values import Batch, Step


@dataclass(frozen=True)
class IWAEConfig(VAEConfig):
    """A VAE's settings and the number of samples."""

    without: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"free_bits": "not for iwae: its bound is no sum over dimensions, so none of them can go free of cost"}
    )

    samples: int = setting(
        5, "Samples per item", "Codes drawn of each item for one step (K). More give a tighter bound and take as many"
        " times longer to decode; 1 is the plain VAE.", low=1, high=1000,
    )  # fmt: skip


@models.add("iwae")
class IWAE(VAE):
    """Objective: −log (1/K) Σ_k p(x|z_k)·(p(z_k) / q(z_k|x))^w, where w grows to 1 over the warm-up.

    Reconstruction and KL are told as of the plain ELBO, the mean over the K samples.
    """

    Config: ClassVar[type[VAEConfig]] = IWAEConfig
    name: ClassVar[str] = "iwae"
    title: ClassVar[str] = "IWAE"
    summary: ClassVar[str] = "A tighter bound, from several samples of each item (Burda 2016)."
    config: IWAEConfig

    def loss(self, batch: Batch, step: Step, generator: torch.Generator | None = None) -> Loss:
        """The bound from K samples of each item, averaged over the batch."""
        k, warm = self.config.samples, self.config.weight(step)
        mu, logvar = self.encode(batch)
        mu, logvar = mu.repeat(k, 1), logvar.repeat(k, 1)  # (K · B, d)
        z = self.sample(mu, logvar, generator)
        y = None if batch.y is None else batch.y.repeat(k)
        x = batch.x.repeat(k, *[1] * (batch.x.ndim - 1))
        mask = None if batch.mask is None else batch.mask.repeat(k, 1)
        log_x = self.likelihood.log_prob(x, self.decode(z, y), mask)
        log_weights = (log_x + warm * self.log_ratio(mu, logvar, z)).view(k, -1)  # (K, B)
        total = math.log(k) - torch.logsumexp(log_weights, dim=0).mean()
        reconstruction, kl = -log_x.mean(), self.kl(mu, logvar, z).mean(0)
        terms = {"kl": warm * kl.sum(), "importance_weighting": total - reconstruction - warm * kl.sum()}
        return Loss(total, reconstruction, kl.sum(), kl, terms)
