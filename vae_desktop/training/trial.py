"""What a training would cost: parameters, and the time for one epoch on this machine, from a few real steps."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make
from vae_desktop.core.values import Step
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.encode import encoding
from vae_desktop.models import model_class
from vae_desktop.training.data import check_range, random, split
from vae_desktop.training.learner import Learner
from vae_desktop.training.loop import (
    WATCHED,
    check_patience,
    choose_device,
    computing,
    feeding,
    meet,
    some,
    validate,
)
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import numpy as np

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.data import Feed

TEXT = "Trying a few steps"
FIRST = 2  # steps that are slower than all later ones
FEW, MANY = 5, 12  # steps that are timed after these: the few in any case, up to the many if they are quick
SHORT, LONG = 0.3, 2.0  # seconds after which the few, or one of them, must do
LOOKED = 128  # items that validation and codes are timed on
LARGEST = 50_000_000  # parameters of a model that is tried: with Adam's means and gradients 800 MB


@dataclass(frozen=True)
class Trial:
    """What a training would be.

    Parameters
    ----------
    model, config
        Name of the model and its settings, ``auto`` resolved.
    parameters
        Numbers that are learned.
    seconds_per_epoch
        On this machine; None when it was not tried.
    items, validation_items
        Items that are trained on, and that are kept out.
    notes
        What is worth saying about data and settings.
    """

    model: str
    config: VAEConfig
    parameters: int
    seconds_per_epoch: float | None
    items: int
    validation_items: int
    notes: tuple[str, ...] = ()


def sketch(cls: type[VAE], config: VAEConfig, preparation: Preparation) -> tuple[VAEConfig, int]:
    """The settings with ``auto`` resolved, and how many numbers are learned; nothing of their size is made."""
    with torch.device("meta"):
        net = cls(config, preparation)
    return net.config, sum(parameter.numel() for parameter in net.parameters())


def trying(
    dataset: Dataset, model: str, config: Mapping[str, Any], settings: TrainSettings,
    preparation: Preparation | None = None,
) -> Generator[Progress, None, Trial]:  # fmt: skip
    """Take a few real steps and tell what an epoch takes, as a generator that may be left at each step.

    Nothing is written. `preparation` saves fitting one to the dataset.

    Raises
    ------
    UserError
        When data or settings are not good, as a training itself would.
    """
    settings = make(TrainSettings, dataclasses.asdict(settings))
    cls = model_class(model)
    chosen = make(cls.Config, config)
    preparation = preparation or Preparation.fit(dataset)
    train, kept = split(len(dataset), settings.validation, settings.seed)
    check_patience(settings, len(kept))
    resolved, parameters = sketch(cls, chosen, preparation)
    notes = check_range(dataset, resolved.likelihood, chosen.likelihood)
    device = choose_device(settings.device)
    yield Progress(0, FIRST + MANY, TEXT)
    seconds = None
    if parameters <= LARGEST and len(train):
        net = cls(chosen, preparation)
        with computing(settings.threads or os.cpu_count() or 1):
            feed = feeding(net, dataset, settings, device)
            meet(net, feed, train, settings.seed)
            seconds = yield from timing(Learner(net, settings, device), feed, train, kept)
    return Trial(model, resolved, parameters, seconds, len(train), len(kept), notes)


def timing(learner: Learner, feed: Feed, train: np.ndarray, kept: np.ndarray) -> Generator[Progress, None, float]:
    """Seconds that one epoch takes: its steps, the validation, and the codes that tell active units."""
    settings, n = learner.settings, len(train)
    order = train[torch.randperm(n, generator=random(settings.seed, "order")).numpy()]
    per_epoch = -(-n // settings.batch)
    total = settings.epochs * per_epoch
    took: list[float] = []
    began = perf_counter()
    while len(took) < FIRST + MANY:
        spent = perf_counter() - began
        if len(took) > FIRST and (spent > LONG or (spent > SHORT and len(took) >= FIRST + FEW)):
            break
        at = len(took) % per_epoch * settings.batch
        started = perf_counter()
        learner.learn(feed(order[at : at + settings.batch]), Step(len(took), total, n))
        took.append(perf_counter() - started)
        yield Progress(len(took), FIRST + MANY, TEXT)
    looked, watched = kept[:LOOKED], some(kept if len(kept) else train, WATCHED)
    seconds = min(took[FIRST:]) * per_epoch  # the quickest: what else the machine does just now is left out
    for items, work in (
        (kept, lambda: validate(learner, feed, looked, Step(0, total, n))),
        (watched, lambda: finish(encoding(learner.copy(), feed.dataset, watched[:LOOKED]))),
    ):
        seconds += (yield from quickest(work)) * max(1.0, len(items) / LOOKED)
    return seconds


def quickest(work: Callable[[], object]) -> Generator[Progress, None, float]:
    """Seconds that `work` takes, the quicker time of two."""
    took = []
    for _ in range(2):
        began = perf_counter()
        work()
        took.append(perf_counter() - began)
        yield Progress(FIRST + MANY, FIRST + MANY, TEXT)
    return min(took)
