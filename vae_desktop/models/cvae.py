"""Conditional VAE (Sohn 2015): told each item's class, the latent space is left with what the class does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae_desktop.core.errors import SettingError
from vae_desktop.models import models
from vae_desktop.models.layers import Linear
from vae_desktop.models.networks import NETWORKS
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Batch
    from vae_desktop.models.config import VAEConfig


@models.add("cvae")
class CVAE(VAE):
    """Objective: −log p(x|z, y) + KL(q(z|x, y) ‖ p(z)).

    The class y is one number of K set to 1 beside z for the decoder; for the encoder it stands beside the item's
    values, and with convolutions it is one more channel, learned for each class. Where it is unknown all are 0.
    """

    name: ClassVar[str] = "cvae"
    title: ClassVar[str] = "Conditional VAE"
    summary: ClassVar[str] = "Is told each item's class: style and class come apart (Sohn 2015)."
    conditional: ClassVar[bool] = True
    priors: ClassVar[tuple[str, ...]] = ("normal",)

    def __init__(self, config: VAEConfig, preparation: Preparation) -> None:
        if not preparation.classes:
            raise SettingError("model=cvae: the data has no classes to tell it; choose another model")
        super().__init__(config, preparation)

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Encoder, (B, dim + K) or (B, C + 1, H, W) to (B, 2d), and decoder, (B, d + K) to (B, *shape)."""
        network, shape, d = NETWORKS[self.config.network], self.preparation.shape, self.config.latent
        classes = len(self.preparation.classes)
        self.channel: nn.Module | None = None
        if self.preparation.kind == "image" and self.config.network != "mlp":
            channels, height, width = shape
            self.channel = nn.Sequential(
                Linear(classes, height * width, bias=False), nn.Unflatten(1, (1, height, width))
            )
            told: tuple[int, ...] = (channels + 1, height, width)
        else:
            told = (self.preparation.dim + classes,)
        return network.encoder(told, self.config, 2 * d), network.decoder(d + classes, self.config, shape)

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return `mu` and `logvar` of q(z|x, y), each (B, d); an item of no class is taken to be of the given one."""
        y = self.one_hot(self._given(batch.x) if batch.y is None else batch.y, batch.x)
        beside, x = (y, batch.x.flatten(1)) if self.channel is None else (self.channel(y), batch.x)
        mu, logvar = self.encoder(torch.cat((x, beside), dim=1)).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Parameters of p(x|z, y), (B, *shape), for `z` (B, d) and `y` (B,) or the given class."""
        told = self.one_hot(self.classes_at(z) if y is None else y, z)
        return super().decode(torch.cat((z, told), dim=1))

    def one_hot(self, y: Tensor | None, like: Tensor) -> Tensor:
        """1 at the class `y` (B,) and 0 elsewhere, (B, K); all 0 where it is −1, or None for each of `like` (B, …)."""
        classes = len(self.preparation.classes)
        if y is None:
            return like.new_zeros(len(like), classes)
        return F.one_hot(y.clamp(min=0), classes).to(like.dtype) * (y >= 0)[:, None]

    def _given(self, x: Tensor) -> Tensor | None:
        """The given class of items `x` (B, …); a function of their codes cannot tell it before they have any."""
        return None if callable(self.condition) else self.classes_at(x)
