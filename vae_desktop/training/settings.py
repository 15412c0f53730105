"""How a training goes, whatever the model: the window's form and the command line are made from this."""

from __future__ import annotations

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
        " machine.", low=1, unit="items", more=True,
    )  # fmt: skip
    lr: float = setting(
        1e-3, "Learning rate", "Size of each step (Adam). Lower it when the loss jumps or becomes NaN.",
        low=0, above=True, more=True,
    )  # fmt: skip
    validation: float = setting(
        0.1, "Validation", "Part of the items kept out of the training, to see whether what is learned holds for items"
        " never seen.", low=0, high=0.9, more=True,
    )  # fmt: skip
    seed: int = setting(
        0, "Seed", "Where all randomness starts: the same seed on the same machine gives the same weights.",
        low=0, more=True,
    )  # fmt: skip
    device: str = setting(
        "auto", "Device", "Where to compute; auto takes a graphics card (cuda, mps) when there is one.",
        choices=("auto", "cpu", "cuda", "mps"), more=True,
    )  # fmt: skip
    threads: int = setting(
        0, "Threads", "Processor cores to use; 0 takes all.", low=0, high=1024, more=True,
    )  # fmt: skip


MACHINE = ("device", "threads")  # belong to the machine: may differ when a run goes on elsewhere
