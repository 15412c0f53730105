"""FactorVAE (Kim & Mnih 2018): a discriminator tells how far dimensions hang together, and they learn not to."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.layers import Linear
from vae_desktop.models.vae import VAE, Group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Step
    from vae_desktop.models.vae import Codes

NAME = "discriminator"


@dataclass(frozen=True)
class FactorConfig(VAEConfig):
    """A VAE's settings and those of the discriminator."""

    gamma: float = setting(
        10.0, "γ", "Weight of the total correlation: how strongly dimensions are kept from telling the same; 10 to 40"
        " in the paper, 0 is the plain VAE.", low=0,
    )  # fmt: skip
    discriminator: tuple[int, ...] = setting(
        (256, 256, 256), "Discriminator", "Widths of the layers of the network that tells codes from codes whose"
        " dimensions were shuffled. The paper takes six of 1000, which is slow without a graphics card.",
        low=1, high=65536, more=True,
    )  # fmt: skip
    discriminator_lr: float = setting(
        1e-4, "Discriminator's learning rate", "Size of each of its steps (Adam).", low=0, above=True, more=True,
    )  # fmt: skip


@models.add("factor-vae")
class FactorVAE(VAE):
    """Objective: reconstruction + KL + γ·E[D₀(z) − D₁(z)], which estimates the total correlation of q(z).

    D tells codes (class 0) from codes each of whose dimensions was shuffled over the batch (class 1); it learns by
    its own loss. Both see the same batch, where the paper takes a second one for the shuffled codes.
    """

    Config: ClassVar[type[VAEConfig]] = FactorConfig
    name: ClassVar[str] = "factor-vae"
    title: ClassVar[str] = "FactorVAE"
    summary: ClassVar[str] = "Separate dimensions, taught by a discriminator (Kim & Mnih 2018)."
    priors: ClassVar[tuple[str, ...]] = ("normal",)
    config: FactorConfig

    def __init__(self, config: FactorConfig, preparation: Preparation) -> None:
        super().__init__(config, preparation)
        widths = [self.config.latent, *self.config.discriminator]
        hidden: list[nn.Module] = []
        for a, b in itertools.pairwise(widths):
            hidden += [Linear(a, b), nn.LeakyReLU(0.2, inplace=True)]
        self.discriminator = nn.Sequential(*hidden, Linear(widths[-1], 2))

    def groups(self) -> tuple[Group, ...]:
        """The discriminator."""
        return (Group(NAME, tuple(self.discriminator.parameters()), self.config.discriminator_lr, (0.5, 0.9)),)

    def terms(self, codes: Codes, step: Step, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """KL and γ·TC."""
        logits = self.discriminator(codes.z)
        correlation = (logits[:, 0] - logits[:, 1]).mean()
        warm = self.config.weight(step)
        return {**super().terms(codes, step, generator), "total_correlation": warm * self.config.gamma * correlation}

    def group_losses(self, codes: Codes, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """Mean cross-entropy of telling codes from shuffled ones; ln 2 when it cannot."""
        z = codes.z.detach()
        logits = self.discriminator(torch.cat((z, shuffled(z, generator))))
        truth = torch.arange(2, device=z.device).repeat_interleave(len(z))
        return {NAME: F.cross_entropy(logits, truth)}


def shuffled(z: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Each dimension of `z` (B, d) permuted over the batch by itself: a sample of Π_j q(z_j)."""
    order = torch.empty_like(z).uniform_(generator=generator).argsort(dim=0)
    return z.gather(0, order)
