"""VAE-GAN (Larsen 2016): items are compared by what a discriminator sees in them, which gives sharp ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch.nn.functional import softplus

from vae_desktop.core.settings import setting
from vae_desktop.core.values import Loss
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.discriminator import Discriminator
from vae_desktop.models.vae import VAE, Codes, Group

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Batch, Step

JUDGES_AT = 1e-4  # learning rate of the discriminator: a tenth of the usual, or it wins before the others can learn
BETAS = (0.5, 0.9)  # little momentum: each side chases a moving target (Radford 2016)


@dataclass(frozen=True)
class GANConfig(VAEConfig):
    """A VAE's settings and the adversary's."""

    adversarial: float = setting(
        0.5, "Adversarial weight λ", "How much the decoder cares to deceive the discriminator, against coming close to"
        " the item (λ). More is sharper and less faithful.", low=0, high=1,
    )  # fmt: skip
    pixels: float = setting(
        1.0, "Weight of the values", "How much of −log p(x|z) is added to the comparison of features: it leads out of"
        " pixels that are all black or white, where features give no direction. 0 is Larsen's own.", low=0, more=True,
    )  # fmt: skip


@models.add("vae-gan")
class VAEGAN(VAE):
    """Three losses: the encoder's, the decoder's, and that of a discriminator D.

    With R = ½‖f(x) − f(x̃)‖² − w·log p(x|z), f the features of D's last hidden layer, x̃ the reconstruction and x_p
    decoded from the prior, they are KL + R; (1 − λ)·R − λ·(log D(x̃) + log D(x_p)); and
    −log D(x) − log(1 − D(x̃)) − log(1 − D(x_p)). Larsen's R has no second part (w = 0): without it small networks are
    lost in saturated pixels. Features are taken in units of their own spread over the data, so that D cannot make the
    comparison weigh more or less against the KL. The reconstruction told is −log p(x|z), so that the ELBO stands
    beside the objective.
    """

    Config: ClassVar[type[VAEConfig]] = GANConfig
    name: ClassVar[str] = "vae-gan"
    title: ClassVar[str] = "VAE-GAN"
    summary: ClassVar[str] = "Sharper items: a second network judges whether they look real (Larsen 2016)."
    config: GANConfig

    def __init__(self, config: VAEConfig, preparation: Preparation) -> None:
        super().__init__(config, preparation)
        self.discriminator = Discriminator(preparation.shape)

    def groups(self) -> tuple[Group, ...]:
        """Decoder and discriminator; the encoder learns by the total."""
        return (
            Group("decoder", tuple(self.decoder.parameters()), betas=BETAS),
            Group("discriminator", tuple(self.discriminator.parameters()), JUDGES_AT, BETAS),
        )

    def loss(self, batch: Batch, step: Step, generator: torch.Generator | None = None) -> Loss:
        """One-sample estimate of the three losses, averaged over the batch."""
        mu, logvar = self.encode(batch)
        z = self.sample(mu, logvar, generator)
        codes = Codes(mu, logvar, z, self.kl(mu, logvar, z).mean(dim=0))
        out = self.decode(z)
        reconstruction = -self.likelihood.log_prob(batch.x, out, batch.mask).mean()
        noise = torch.Generator(z.device) if generator is None else generator  # the prior draws on its device
        drawn = self.prior.sample(len(z), noise).detach()
        fake = torch.cat((self.likelihood.mean(out), self.likelihood.mean(self.decode(drawn))))
        if batch.mask is not None:  # gaps would give real items away
            fake = torch.where(batch.mask.repeat(2, 1), fake, 0.0)
        features, of_data = self.discriminator(batch.x)
        fake_features, of_decoded = self.discriminator(fake)
        features = features.detach()
        variance = self.discriminator.variance(features, self.training)
        away = 0.5 * (features - fake_features[: len(z)]).square().sum(1).mean() / variance
        deceive = softplus(-of_decoded).mean() * 2
        judge = softplus(-of_data).mean() + softplus(of_decoded).mean() * 2
        pixels, weight = self.config.pixels, self.config.adversarial
        close = away + pixels * reconstruction
        # Terms are what comes to the reconstruction, of which a part w counts.
        terms = {"features": away, "pixels": (pixels - 1) * reconstruction, **self.terms(codes, step, generator)}
        groups = {"decoder": (1 - weight) * close + weight * deceive, "discriminator": judge}
        return Loss(reconstruction + sum(terms.values()), reconstruction, codes.kl.sum(), codes.kl, terms, groups)
