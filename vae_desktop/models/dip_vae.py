"""DIP-VAE (Kumar 2018): the covariance of all codes together is drawn to that of the prior, the identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import Tensor

    from vae_desktop.core.values import Step
    from vae_desktop.models.vae import Codes


@dataclass(frozen=True)
class DIPConfig(VAEConfig):
    """A VAE's settings, and how the covariance is drawn to the identity."""

    variant: str = setting(
        "II", "Variant", "Whose covariance is drawn to the identity: that of the posteriors' means (I), or of samples,"
        " which counts their variances too (II).", choices=("I", "II"),
    )  # fmt: skip
    lambda_od: float = setting(
        10.0, "λ off the diagonal", "How strongly correlations between dimensions are pulled to 0.", low=0,
    )  # fmt: skip
    lambda_d: float = setting(
        0.0, "λ on the diagonal", "How strongly each dimension's variance is pulled to 1; 0 takes the paper's choice:"
        " ten times the one off the diagonal for variant I, the same for II.", low=0, more=True,
    )  # fmt: skip

    @property
    def on_diagonal(self) -> float:
        """Weight λ_d that counts."""
        return self.lambda_d or self.lambda_od * (10 if self.variant == "I" else 1)


@models.add("dip-vae")
class DIPVAE(VAE):
    """Objective: reconstruction + KL + λ_od·Σ_{i≠j} C_ij² + λ_d·Σ_i (C_ii − 1)².

    C is Cov[μ] (variant I), or Cov[μ] + E[Σ] (II), over the batch.
    """

    Config: ClassVar[type[VAEConfig]] = DIPConfig
    name: ClassVar[str] = "dip-vae"
    title: ClassVar[str] = "DIP-VAE"
    summary: ClassVar[str] = "Dimensions that are not correlated and use the prior's whole width (Kumar 2018)."
    priors: ClassVar[tuple[str, ...]] = ("normal",)
    config: DIPConfig

    def terms(self, codes: Codes, step: Step, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """KL and the covariance's distance from the identity."""
        config, warm = self.config, self.config.weight(step)
        covariance = covariance_of(codes.mu)
        if config.variant == "II":
            covariance = covariance + codes.logvar.exp().mean(0).diag()
        diagonal = covariance.diagonal()
        off = (covariance**2).sum() - (diagonal**2).sum()
        return {
            **super().terms(codes, step, generator),
            "covariance": warm * config.lambda_od * off,
            "variance": warm * config.on_diagonal * ((diagonal - 1) ** 2).sum(),
        }


def covariance_of(x: Tensor) -> Tensor:
    """Covariance (d, d) of the rows of `x` (B, d), divided by B: that of one row is zero."""
    centred = x - x.mean(0)
    return centred.T @ centred / len(x)
