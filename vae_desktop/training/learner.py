"""The moving parts of a training: what a checkpoint holds."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import torch

from vae_desktop.core.errors import UserError
from vae_desktop.training.adam import Adam
from vae_desktop.training.data import random

if TYPE_CHECKING:
    from vae_desktop.core.values import Batch, Step
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.settings import TrainSettings


class TrainingDiverged(UserError):
    """The loss is no longer a finite number."""


class Learner:
    """A model, its optimiser, its noise, and how far they are.

    Attributes
    ----------
    epoch, position
        Epochs done, and items seen in the present one.
    sums
        Float64, summed over the items seen in this epoch: total, reconstruction, KL, then what `names` says, then KL
        per dimension.
    names
        Of the terms, of the groups' losses and of the further figures, as the epoch's first step named them.
    told
        Those of them that are figures only, no part of a loss.
    seconds
        Spent on this epoch so far, pauses left out.
    good
        The weights of the last finished epoch, known to be finite; of the start before that.
    """

    def __init__(self, net: VAE, settings: TrainSettings, device: torch.device) -> None:
        self.net = net.train().to(device)
        self.settings = settings
        self.device = device
        self.optimisers = [Adam(g.parameters, g.lr or settings.lr, g.betas) for g in net.parameter_groups()]
        self.names: list[str] = []
        self.told: list[str] = []
        self.begin(0)
        self.good = self.copy()

    def begin(self, epoch: int) -> None:
        """Stand before the first item of `epoch`."""
        self.epoch, self.position, self.seconds = epoch, 0, 0.0
        self.sums = torch.zeros(0, dtype=torch.float64)
        self.noise = random(self.settings.seed, "noise", epoch, self.device)

    def learn(self, batch: Batch, step: Step) -> None:
        """Take one optimiser step.

        Raises
        ------
        TrainingDiverged
            When the loss is not finite; the step is not taken.
        """
        loss = self.net.loss(batch, step, self.noise)
        named = {**loss.extra, **loss.groups, **loss.told}
        row = torch.cat(
            (torch.stack((loss.total, loss.reconstruction, loss.kl, *named.values())), loss.kl_per_dimension)
        )
        row = row.detach().cpu().double()
        if not math.isfinite(row[0]):
            raise self.diverged(step.step)
        self.net.backward(loss)
        for optimiser in self.optimisers:
            optimiser.step()
        if not self.position:
            self.sums, self.names, self.told = torch.zeros_like(row), list(named), list(loss.told)
        self.sums.add_(row, alpha=len(batch.x))
        self.position += len(batch.x)

    def diverged(self, step: int) -> TrainingDiverged:
        """What to say when numbers are no longer finite."""
        return TrainingDiverged(
            f"the loss is no longer a finite number at step {step} (epoch {self.epoch + 1}); the last good weights are"
            f" kept; try a learning rate below {self.settings.lr:g}"
        )

    def copy(self) -> VAE:
        """The weights as a model of its own, on the processor, in evaluation mode."""
        return copy.deepcopy(self.net).cpu().eval().requires_grad_(False)

    def state(self) -> dict[str, Any]:
        """Everything that goes on from here, as tensors and plain values."""
        return {
            "model": self.net.state_dict(),
            "optimisers": [optimiser.state() for optimiser in self.optimisers],
            "noise": self.noise.get_state(),
            "epoch": self.epoch,
            "position": self.position,
            "sums": self.sums,
            "names": self.names,
            "told": self.told,
            "seconds": self.seconds,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Inverse of :meth:`state`."""
        self.net.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.restore(saved)
        self.begin(state["epoch"])
        self.noise.set_state(state["noise"])
        self.position, self.sums, self.seconds = state["position"], state["sums"], state["seconds"]
        self.names, self.told = list(state["names"]), list(state["told"])
        self.good = self.copy()


def is_finite(net: VAE) -> bool:
    """Whether all weights are finite numbers."""
    return all(bool(tensor.isfinite().all()) for tensor in net.state_dict().values())
