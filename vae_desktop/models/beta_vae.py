"""β-VAE (Higgins 2017): a heavier pull towards the prior, for factors that come apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from vae_desktop.core.values import Step


@dataclass(frozen=True)
class BetaConfig(VAEConfig):
    """A VAE's settings and β."""

    beta: float = setting(
        2.0, "β", "Weight of the pull towards the prior (KL). 1 is the plain VAE; more gives simpler, more separate"
        " dimensions and blurrier items. The paper takes 4 and more on images of 64×64; small ones then tell nothing.",
        low=0,
    )  # fmt: skip

    def weight(self, step: Step) -> float:
        """β times the VAE's."""
        return self.beta * super().weight(step)


@models.add("beta-vae")
class BetaVAE(VAE):
    """Objective: reconstruction + β·KL."""

    Config: ClassVar[type[VAEConfig]] = BetaConfig
    name: ClassVar[str] = "beta-vae"
    title: ClassVar[str] = "β-VAE"
    summary: ClassVar[str] = "Trades sharpness for separate, readable dimensions (Higgins 2017)."
    config: BetaConfig
