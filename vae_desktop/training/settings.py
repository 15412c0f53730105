"""How a training goes, whatever the model: the window's form and the command line are made from this."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vae_desktop.core.settings import setting


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one training."""

    epochs: int = setting(
        30, "Epochs", "How many times every training item is seen. More learns more, and takes longer.", low=1,
    )  # fmt: skip
    batch: int = setting(
        128, "Batch", "Items per step. Small batches take more, noisier steps; large ones make better use of the"
        " machine.", low=1, unit="items", more=True, group="Learning",
    )  # fmt: skip
    lr: float = setting(
        1e-3, "Learning rate", "Size of each step (Adam). Lower it when the loss jumps or becomes NaN.",
        low=0, above=True, more=True, group="Learning",
    )  # fmt: skip
    lr_schedule: str = setting(
        "constant", "Learning rate goes", "How the learning rate changes: not at all, down a smooth half wave (cosine),"
        " or down in steps. Smaller steps towards the end settle more finely.", choices=("constant", "cosine", "steps"),
        words={"steps": "In steps"}, more=True, group="Learning",
    )  # fmt: skip
    lr_final: float = setting(
        0.01, "Learning rate left", "Part of the learning rate that is left at the end.", low=0, high=1, above=True,
        more=True, when=("lr_schedule", "cosine", "steps"), group="Learning",
    )  # fmt: skip
    lr_steps: int = setting(
        3, "Steps down", "In how many equal steps, evenly spread over the training, the learning rate falls.",
        low=1, high=1000, more=True, when=("lr_schedule", "steps"), group="Learning",
    )  # fmt: skip
    clip: float = setting(
        0.0, "Longest gradient", "A gradient longer than this (its norm over all weights that learn by one loss) is"
        " shortened to it (gradient clipping), against sudden jumps of the loss; 0 lets all be.", low=0, more=True,
        group="Learning",
    )  # fmt: skip
    validation: float = setting(
        0.1, "Validation", "Part of the items kept out of the training, to see whether what is learned holds for items"
        " never seen.", low=0, high=0.9, more=True, group="Stopping",
    )  # fmt: skip
    patience: int = setting(
        0, "Patience", "Stop early when the validation ELBO has not improved for so many epochs, and keep the weights"
        " of the best one; epochs while the pull towards the prior (KL) still grows do not count. 0: never.",
        low=0, unit="epochs", more=True, group="Stopping",
    )  # fmt: skip
    seed: int = setting(
        0, "Seed", "Where all randomness starts: the same seed on the same machine gives the same weights.",
        low=0, more=True, group="Seed and machine",
    )  # fmt: skip
    device: str = setting(
        "auto", "Device", "Where to compute; auto takes a graphics card (cuda, mps) when there is one.",
        choices=("auto", "cpu", "cuda", "mps"), more=True, group="Seed and machine",
    )  # fmt: skip
    threads: int = setting(
        0, "Threads", "Processor cores to use; 0 takes all.", low=0, high=1024, more=True, group="Seed and machine",
    )  # fmt: skip

    def lr_factor(self, part: float) -> float:
        """Part of the learning rate that holds when `part` of the training, 0 to 1, is done.

        Cosine: f + (1 − f)·½(1 + cos π·part), f the part left at the end (Loshchilov & Hutter 2017, no restarts);
        steps: f^(k/n) after k of n drops.
        """
        if self.lr_schedule == "cosine":
            return self.lr_final + (1 - self.lr_final) * 0.5 * (1 + math.cos(math.pi * part))
        if self.lr_schedule == "steps":
            drops = min(int(part * (self.lr_steps + 1)), self.lr_steps)
            return float(self.lr_final ** (drops / self.lr_steps))
        return 1.0


MACHINE = ("device", "threads")  # belong to the machine: may differ when a run goes on elsewhere
