"""What the form needs to know of the models: loaded in a job, as they bring torch."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vae_desktop.core.settings import make
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.pace import duration

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.trial import Trial

# From plain to special; a model that is not named here comes last.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "To begin with": ("vae",),
    "Separate, readable dimensions": ("beta-vae", "beta-tcvae", "factor-vae", "dip-vae", "capacity-vae"),
    "A closer fit": ("iwae", "vamp", "info-vae"),
    "Class apart from style": ("cvae",),
    "Sharper items": ("vq-vae", "vae-gan"),
}
OTHERS = "Others"
NICENESS = 10  # that of a training


@dataclass(frozen=True)
class Family:
    """What the form needs to know of a model: its title, a line about it, its settings, where it stands."""

    title: str
    summary: str
    config: type[VAEConfig]
    model: type[VAE]
    section: str = OTHERS


def find_families() -> tuple[dict[str, Family], tuple[str, ...]]:
    """All models by name, from plain to special, and the devices this computer has; loads torch."""
    import torch

    from vae_desktop.models import models

    places = {name: section for section, names in SECTIONS.items() for name in names}
    order = [*(name for name in places if name in models), *(name for name in models if name not in places)]
    families = {
        name: Family(cls.title, cls.summary, cls.Config, cls, places.get(name, OTHERS))
        for name, cls in ((name, models[name]) for name in order)
    }
    there = {"auto": True, "cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return families, tuple(device for device, is_there in there.items() if is_there)


def resolved_for(family: Family, config: Mapping[str, Any], preparation: Preparation) -> VAEConfig:
    """The settings with ``auto`` as it comes out on this data.

    Raises
    ------
    SettingError
        When they are not for it.
    """
    from vae_desktop.models.config import resolve

    return resolve(family.model, make(family.config, config), preparation)


def try_out(
    dataset: Dataset, preparation: Preparation, model: str, config: Mapping[str, Any], training: Mapping[str, Any]
) -> Generator[Any, None, Trial]:
    """A few real steps, politely: what is on the screen goes first."""
    from vae_desktop.training.trial import trying

    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    return (yield from trying(dataset, model, config, make(TrainSettings, training), preparation))


def told(trial: Trial) -> str:
    """``1.2 M parameters · about 4 s an epoch``."""
    return f"{count(trial.parameters)} parameters · {pace(trial.seconds_per_epoch)}"


def count(n: int) -> str:
    """``812``, ``331 k``, ``1.2 M``."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if n >= size:
            return f"{n / size:.1f} {unit}" if n < 10 * size and unit == "M" else f"{n / size:.0f} {unit}"
    return str(n)


def pace(seconds: float | None) -> str:
    """``about 4 s an epoch``."""
    if seconds is None:
        return "too large to be tried"
    if seconds < 0.1:
        return "under 0.1 s an epoch"
    return f"about {f'{seconds:.1f} s' if seconds < 3 else duration(seconds)} an epoch"
