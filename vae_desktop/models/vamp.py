"""VAE with a VampPrior (Tomczak & Welling 2018): where codes should lie is learned with all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE


@dataclass(frozen=True)
class VampConfig(VAEConfig):
    """A VAE's settings, with the prior that this model is about."""

    prior: str = setting(
        "vamp", "Prior", "Where codes are expected to lie (p(z)): here always a mixture of the posteriors of learned"
        " pseudo-inputs.", choices=("vamp",), more=True,
    )  # fmt: skip
    components: int = setting(
        500, "Pseudo-inputs", "Learned items whose posteriors make up the prior (K). Each step encodes all of them;"
        " fewer are quicker.", low=1, high=100_000,
    )  # fmt: skip


@models.add("vamp")
class VampVAE(VAE):
    """Objective: reconstruction + KL(q(z|x) ‖ (1/K) Σ_k q(z|u_k)), the prior of :mod:`vae_desktop.models.priors`."""

    Config: ClassVar[type[VAEConfig]] = VampConfig
    name: ClassVar[str] = "vamp"
    title: ClassVar[str] = "VampPrior VAE"
    summary: ClassVar[str] = "Learns where codes should lie, so that drawn items are better (Tomczak & Welling 2018)."
    priors: ClassVar[tuple[str, ...]] = ("vamp",)
    config: VampConfig
