"""Capacity-annealed β-VAE (Burgess 2018): codes may hold more and more, so that factors come one after another."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from torch import Tensor

    from vae_desktop.core.values import Step
    from vae_desktop.models.vae import Codes


@dataclass(frozen=True)
class CapacityConfig(VAEConfig):
    """A VAE's settings, and how much its codes may hold."""

    without: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"free_bits": "not for capacity-vae: the capacity says what information is free; set it instead"}
    )

    capacity: float = setting(
        5.0, "Capacity", "Information the codes hold in the end (C): the KL is held at this value. 2 to 3 a dimension"
        " are plenty; more than the items call for is spent on nothing. The paper takes 25 for ten dimensions.",
        low=0, unit="nats",
    )  # fmt: skip
    gamma: float = setting(
        10.0, "γ", "How firmly the KL is held at the capacity of the moment. The paper takes 100 to 1000 on images of"
        " 64×64; on small ones that drowns the reconstruction.", low=0,
    )  # fmt: skip
    ramp: float = setting(
        0.5, "Capacity ramp", "Part of the training over which the capacity grows from 0 to its end.", low=0, high=1,
    )  # fmt: skip

    def weight(self, step: Step) -> float:
        """Weight of the KL's distance from the capacity: grows to γ over the warm-up."""
        return self.gamma * super().weight(step)

    def held(self, step: Step) -> float:
        """Capacity C(t) at this step, in nats."""
        ramp = self.ramp * step.total
        return self.capacity * min(1.0, step.step / ramp) if ramp else self.capacity

    def schedules(self) -> dict[str, Callable[[Step], float]]:
        """The capacity, beside what other schedules there are."""
        return {**super().schedules(), "Capacity (nats)": self.held}


@models.add("capacity-vae")
class CapacityVAE(VAE):
    """Objective: reconstruction + γ·|KL − C(t)|, the KL averaged over the batch.

    γ grows over the warm-up: held at a capacity of 0 from the first step on, small networks never learn to use z.
    """

    Config: ClassVar[type[VAEConfig]] = CapacityConfig
    name: ClassVar[str] = "capacity-vae"
    title: ClassVar[str] = "Capacity VAE"
    summary: ClassVar[str] = "Lets codes hold more and more, so that factors come one after another (Burgess 2018)."
    config: CapacityConfig

    def terms(self, codes: Codes, step: Step, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """γ·|KL − C(t)|."""
        return {"capacity": self.config.weight(step) * (codes.kl.sum() - self.config.held(step)).abs()}
