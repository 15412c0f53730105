"""A training as the window runs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vae_desktop.core.settings import make
from vae_desktop.training.run_folder import open_run
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.run_folder import Run


@dataclass(eq=False)
class Underway:
    """The training that runs.

    `record` is what its run folder says of it, once that is made. `following` ends when something else is opened: then
    only the run folder takes what is learned.
    """

    dataset: Dataset
    path: Path
    epochs: int
    following: bool = True
    stopping: bool = False
    record: Mapping[str, Any] | None = None
    metrics: list[Mapping[str, Any]] = field(default_factory=list)
    latest: VAE | None = None
    pace: Pace = field(default_factory=Pace)


def train(
    dataset: Dataset, model: str, config: Mapping[str, Any], values: Mapping[str, Any], out: Path, resume: bool
) -> Generator[Any, None, Run]:
    """The training itself; brings torch."""
    from vae_desktop.training.loop import training

    return training(dataset, model, config, make(TrainSettings, values), out, resume)


def learned(path: Path) -> tuple[Run, VAE]:
    """A run and its last weights."""
    run = open_run(path)
    return run, run.model()
