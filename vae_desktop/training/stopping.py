"""Early stopping: which epoch was the best so far, and whether to go on (Prechelt 1998)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE


class Stopping:
    """Keeps the weights of the epoch with the highest validation ELBO.

    Attributes
    ----------
    epoch, elbo
        The best epoch, 0: none yet, and its validation ELBO in nats per item.
    waited
        Epochs since then.
    weights
        Its weights, a model of their own; None before the first epoch that counts.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.epoch, self.elbo, self.waited = 0, 0.0, 0
        self.weights: VAE | None = None

    @property
    def over(self) -> bool:
        """Whether it has waited long enough."""
        return 0 < self.patience <= self.waited

    def judge(self, epoch: int, elbo: float, weights: VAE) -> None:
        """Take the next epoch's validation ELBO into account."""
        if self.weights is None or elbo > self.elbo:
            self.epoch, self.elbo, self.waited, self.weights = epoch, elbo, 0, weights
        else:
            self.waited += 1

    def told(self, epochs: int, planned: int) -> str:
        """Why a training of `epochs` of the `planned` epochs ended, and what is kept of it; "" before any counts."""
        if self.weights is None:
            return ""
        kept = f"the weights of epoch {self.epoch} are kept"
        if epochs < planned:
            waited = "1 epoch" if self.waited == 1 else f"{self.waited} epochs"
            return f"Stopped early at epoch {epochs}: validation had not improved for {waited}; {kept}"
        return "" if self.epoch == epochs else f"Validation was best at epoch {self.epoch}: {kept}"

    def state(self) -> dict[str, Any]:
        """What goes on from here."""
        weights = None if self.weights is None else self.weights.state_dict()
        return {"epoch": self.epoch, "elbo": self.elbo, "waited": self.waited, "weights": weights}

    def restore(self, state: dict[str, Any], like: VAE) -> None:
        """Inverse of :meth:`state`; `like` is any copy of the model."""
        self.epoch, self.elbo, self.waited = state["epoch"], state["elbo"], state["waited"]
        self.weights = None
        if state["weights"] is not None:
            self.weights = copy.deepcopy(like)
            self.weights.load_state_dict(state["weights"])
