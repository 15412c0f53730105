"""The variational autoencoder (Kingma & Welling 2014), the whole idea on one screen.

An encoder gives q(z|x) = N(μ(x), σ²(x)); a decoder gives p(x|z); both are trained to maximise
ELBO = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)). Variants override the one method that differs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import setting
from vae_desktop.core.values import Batch, Loss, Step
from vae_desktop.models import models
from vae_desktop.models.likelihoods import LIKELIHOODS
from vae_desktop.models.networks import NETWORKS
from vae_desktop.models.priors import StandardNormal

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation

CONV_FROM = 1024  # values an item from which a convolutional network pays


@dataclass(frozen=True)
class VAEConfig:
    """What a VAE is made of."""

    latent: int = setting(
        2, "Latent dimensions", "How many numbers describe one item (the size of z). Two can be seen whole on the map.",
        low=1, high=4096,
    )  # fmt: skip
    warmup: float = setting(
        0.1, "KL warm-up", "Part of the training over which the pull towards the prior (KL) grows from 0 to full;"
        " keeps dimensions from dying early.", low=0, high=1,
    )  # fmt: skip
    likelihood: str = setting(
        "auto", "Likelihood", "How a decoded item is compared with the real one (log p(x|z)): Bernoulli for grey"
        " images, Gaussian with learned scale σ for colour and tables.", choices=("auto", *LIKELIHOODS),
    )  # fmt: skip
    network: str = setting(
        "auto", "Network", "Fully connected layers (mlp) or convolutions (conv); auto takes conv for images of"
        f" {CONV_FROM} values or more.", choices=("auto", *NETWORKS), more=True,
    )  # fmt: skip
    hidden: tuple[int, ...] = setting(
        (512, 256), "Hidden layers", "Widths of the fully connected layers, from the data inwards; the decoder"
        " mirrors them.", low=1, high=65536, more=True,
    )  # fmt: skip
    free_bits: float = setting(
        0.0, "Free bits", "Information each dimension may carry at no cost (λ in Σ max(λ, KL)); 0.1 to 0.5 revives"
        " dead dimensions (Kingma 2016).", low=0, unit="nats", more=True,
    )  # fmt: skip


@models.add("vae")
class VAE(nn.Module):
    """Gaussian posterior, standard normal prior; objective: reconstruction + KL.

    Parameters
    ----------
    config
        Its settings; ``auto`` is resolved against the data and the choice kept in :attr:`config`.
    preparation
        How raw items become network input; stored with the model.
    """

    Config: ClassVar[type[VAEConfig]] = VAEConfig
    name: ClassVar[str] = "vae"
    title: ClassVar[str] = "VAE"
    summary: ClassVar[str] = "The plain variational autoencoder (Kingma & Welling 2014)."

    def __init__(self, config: VAEConfig, preparation: Preparation) -> None:
        super().__init__()
        config = self.config = resolve(config, preparation)
        self.preparation = preparation
        make_encoder, make_decoder = NETWORKS[config.network]
        self.encoder = make_encoder(preparation.shape, config.hidden, 2 * config.latent)
        self.decoder = make_decoder(config.latent, config.hidden, preparation.shape)
        self.likelihood = LIKELIHOODS[config.likelihood](preparation)
        self.prior = StandardNormal(config.latent)

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return `mu` and `logvar` of q(z|x), each (B, d)."""
        mu, logvar = self.encoder(batch.x).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Parameters of p(x|z), (B, *shape), for `z` (B, d); ``likelihood.mean`` makes an item of them."""
        out: Tensor = self.decoder(z)
        return out

    def loss(self, batch: Batch, step: Step, generator: torch.Generator | None = None) -> Loss:
        """One-sample estimate of the objective, averaged over the batch."""
        mu, logvar = self.encode(batch)
        z = reparametrise(mu, logvar, generator)
        reconstruction = -self.likelihood.log_prob(batch.x, self.decode(z, batch.y)).mean()
        kl = self.prior.kl(mu, logvar).mean(dim=0)  # (d,)
        total = reconstruction + self.regulariser(kl, step)
        return Loss(total, reconstruction, kl.sum(), kl)

    def regulariser(self, kl: Tensor, step: Step) -> Tensor:
        """What is added to the reconstruction, from the batch-mean KL per dimension (d,)."""
        if self.config.free_bits:
            kl = kl.clamp(min=self.config.free_bits)
        return kl.sum() * self.weight(step)

    def weight(self, step: Step) -> float:
        """Weight of the KL at this step: grows from 0 to 1 over the warm-up."""
        warmup = self.config.warmup * step.total
        return min(1.0, step.step / warmup) if warmup else 1.0


def resolve(config: VAEConfig, preparation: Preparation) -> VAEConfig:
    """Put in the place of ``auto`` what fits the data.

    Raises
    ------
    SettingError
        When what was chosen cannot be used on it.
    """
    image = preparation.kind == "image"
    network, likelihood = config.network, config.likelihood
    if network == "auto":
        network = "conv" if image and preparation.dim >= CONV_FROM else "mlp"
    if likelihood == "auto":
        likelihood = "bernoulli" if image and preparation.shape[0] == 1 else "gaussian"
    if network == "conv" and not image:
        raise SettingError("network=conv: convolutions are for images; choose mlp for a table")
    return replace(config, network=network, likelihood=likelihood)


def reparametrise(mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Sample z = μ + σ·ε, ε ~ N(0, I), so that gradients reach μ and σ."""
    noise = torch.empty_like(mu).normal_(generator=generator)
    return torch.addcmul(mu, noise, torch.exp(0.5 * logvar))
