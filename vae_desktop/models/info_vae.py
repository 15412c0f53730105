"""InfoVAE, or MMD-VAE (Zhao 2017): all codes together are drawn to the prior, each item's less or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vae_desktop.core.values import Step
    from vae_desktop.models.vae import Codes


@dataclass(frozen=True)
class InfoConfig(VAEConfig):
    """A VAE's settings, and how the KL gives way to the MMD."""

    alpha: float = setting(
        0.5, "α", "How much of the pull on each item's code is let go: 0 keeps the whole KL, 1 leaves it to the MMD"
        " alone (MMD-VAE).", low=0, high=1,
    )  # fmt: skip
    lambda_mmd: float = setting(
        10.0, "λ", "How strongly all codes together are drawn to the prior: the MMD counts α + λ − 1. Large images bear"
        " more (1000 in the paper), small ones collapse under it.", low=1,
    )  # fmt: skip
    kernel: str = setting(
        "imq", "Kernel", "What counts as near when codes are compared with the prior's: inverse multiquadratic (imq),"
        " which also feels codes that are far out, or Gaussian (rbf).", choices=("imq", "rbf"), more=True,
    )  # fmt: skip


@models.add("info-vae")
class InfoVAE(VAE):
    """Objective: reconstruction + (1 − α)·KL + (α + λ − 1)·MMD(q(z), p(z))."""

    Config: ClassVar[type[VAEConfig]] = InfoConfig
    name: ClassVar[str] = "info-vae"
    title: ClassVar[str] = "InfoVAE (MMD)"
    summary: ClassVar[str] = "Codes that tell more of their item, and as a whole still fill the prior (Zhao 2017)."
    config: InfoConfig

    def terms(self, codes: Codes, step: Step, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """KL and MMD, by their weights."""
        config, warm = self.config, self.config.weight(step)
        drawn = self.prior.sample(len(codes.z), generator)
        return {
            "kl": warm * (1 - config.alpha) * self.free(codes.kl).sum(),
            "mmd": warm * (config.alpha + config.lambda_mmd - 1) * mmd(codes.z, drawn, config.kernel),
        }


def mmd(a: Tensor, b: Tensor, kernel: str = "imq") -> Tensor:
    """Squared maximum mean discrepancy of two samples (B, d) and (M, d) (Gretton 2012), a scalar.

    The biased estimate, which counts each code with itself: it is never negative, zero for equal samples, and
    defined for a single code. With C = 2d, the mean squared distance of two draws from N(0, I), the kernel is
    C / (C + |a − b|²) (``imq``, Tolstikhin 2018) or exp(−|a − b|² / C) (``rbf``).
    """
    both = torch.cat((a, b))
    lengths = (both**2).sum(1)
    squares = (lengths[:, None] + lengths - 2 * both @ both.T).clamp(min=0) / (2 * a.shape[1])
    near = torch.exp(-squares) if kernel == "rbf" else 1 / (1 + squares)
    n = len(a)
    return near[:n, :n].mean() + near[n:, n:].mean() - 2 * near[:n, n:].mean()
