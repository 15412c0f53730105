"""A checkpoint: all that is needed to go on as if nothing had happened."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import torch

from vae_desktop.core.errors import RunError
from vae_desktop.core.files import atomic_write
from vae_desktop.training.run_folder import CHECKPOINT

if TYPE_CHECKING:
    from pathlib import Path


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors and plain values) atomically."""
    with atomic_write(folder / CHECKPOINT) as file:
        torch.save(state, file)


def load_checkpoint(folder: Path) -> dict[str, Any]:
    """Read it back on the processor; no code in it can run.

    Raises
    ------
    RunError
        When it is missing or damaged.
    """
    try:
        state: dict[str, Any] = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise RunError(f"{folder / CHECKPOINT}: the checkpoint is missing; the run opens, but cannot go on") from None
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError):
        raise RunError(f"{folder / CHECKPOINT}: the checkpoint is damaged; the run opens, but cannot go on") from None
    return state
