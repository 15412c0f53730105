"""The training loop: a plain generator, so that whoever runs it can show, pause and stop it between two batches."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vae_desktop.core.errors import SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make, values_of
from vae_desktop.core.values import Step
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.encode import encoding
from vae_desktop.models import model_class
from vae_desktop.models.networks import initialise
from vae_desktop.training import run_folder
from vae_desktop.training.data import SPLIT_FROM, Feed, check_data, check_range, random, split
from vae_desktop.training.learner import Learner, TrainingDiverged, is_finite
from vae_desktop.training.looking import LOOKED, due, look
from vae_desktop.training.record import Saver, check_same, describe
from vae_desktop.training.run_folder import Run, open_run
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE

WATCHED = 2000  # items whose codes tell the active units
MET = 1000  # items that a model may look at before its first step


@dataclass(frozen=True, eq=False)
class Started:
    """The run folder is made and the first step comes next.

    `epoch` of `epochs` are done already when a run goes on, with their `metrics`; `weights` is a model to keep.
    """

    path: Path
    epoch: int
    epochs: int
    items: int
    validation_items: int
    parameters: int
    notes: tuple[str, ...]
    metrics: tuple[Mapping[str, Any], ...]
    weights: VAE


@dataclass(frozen=True, eq=False)
class EpochEnd:
    """An epoch is done: its `metrics` (a line of ``metrics.jsonl``), and `weights`, a model of its own to keep."""

    epoch: int
    epochs: int
    metrics: Mapping[str, Any]
    weights: VAE


def training(
    dataset: Dataset,
    model: str = "vae",
    config: VAEConfig | Mapping[str, Any] | None = None,
    settings: TrainSettings | None = None,
    out: str | Path = "run",
    resume: bool = False,
) -> Generator[Started | Progress | EpochEnd, None, Run]:
    """Train `model` on `dataset` into the run folder `out`, as a generator.

    Every value it yields is a place to pause (call no ``next``) or stop (``close``): a :class:`Progress` follows each
    batch, so show only some of them. When closed, it saves what was learned and the run can go on later.

    Raises
    ------
    UserError
        Before anything is written, when data, settings or folder are not good; :class:`TrainingDiverged` when the
        loss is no longer finite (the last good weights are kept).
    """
    settings = make(TrainSettings, dataclasses.asdict(settings or TrainSettings()))
    cls = model_class(model)
    values = values_of(config) if dataclasses.is_dataclass(config) else dict(config or {})
    chosen = make(cls.Config, values)
    path = Path(out)
    earlier = run_folder.check_out(path, resume)
    device = choose_device(settings.device)
    notes = check_data(dataset)
    net = cls(chosen, Preparation.fit(dataset))
    net.labels(dataset)  # before anything is written
    notes += check_range(dataset, net.config.likelihood, chosen.likelihood)
    train, kept = split(len(dataset), settings.validation, settings.seed)
    check_patience(settings, len(kept))
    record = describe(dataset, net, chosen, settings, device, notes)
    if earlier is not None:
        check_same(earlier, record)
        if earlier.status == "finished" and settings.epochs <= earlier.record["settings"]["epochs"]:
            return earlier

    with run_folder.claim(path), computing(record["threads"]):
        feed = feeding(net, dataset, settings, device)
        if earlier is None:
            meet(net, feed, train, settings.seed)
        learner = Learner(net, settings, device)
        saver = Saver(path, learner, dataset, record)
        saver.begin(earlier)
        if earlier is not None and earlier.status == "finished":
            learner.stopping.waited = 0  # whoever asks for more epochs wants them
        try:
            yield Started(
                path, learner.epoch, settings.epochs, len(train), len(kept), record["parameters"], notes,
                open_run(path).metrics, learner.good,
            )  # fmt: skip
            for event in epochs(learner, feed, train, kept):
                if isinstance(event, EpochEnd):
                    saver.epoch_end(event.metrics)
                yield event
                if learner.epoch < settings.epochs and not learner.stopping.over:
                    saver.save_if_due()
            saver.save("finished")
        except GeneratorExit:
            saver.save("stopped")
            raise
        except TrainingDiverged:
            saver.save("diverged")
            raise
    return open_run(path)


def feeding(net: VAE, dataset: Dataset, settings: TrainSettings, device: torch.device) -> Feed:
    """Give `net` its first weights on `device`, in the layout it is quickest in; return what makes its batches."""
    labels = net.labels(dataset)
    initialise(net, random(settings.seed, "weights"))
    convolutional = device.type != "mps" and any(p.ndim == 4 for p in net.parameters())
    if convolutional:
        for parameter in net.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    net.to(device)
    return Feed(dataset, net.preparation, labels, device, convolutional)


def meet(net: VAE, feed: Feed, train: np.ndarray, seed: int) -> None:
    """Let the model look at some of the items `train` before its first step."""
    net.meet(feed(some(train, MET)), random(seed, "meet", 0, feed.device))


def epochs(
    learner: Learner, feed: Feed, train: np.ndarray, kept: np.ndarray
) -> Generator[Progress | EpochEnd, None, None]:
    """The loop itself: from where the learner stands to the last epoch, on items `train`, validated on `kept`."""
    settings, n = learner.settings, len(train)
    per_epoch = -(-n // settings.batch)
    total = settings.epochs * per_epoch
    watched = kept if len(kept) else train
    watched, looked = some(watched, WATCHED), some(train, LOOKED)
    for epoch in range(learner.epoch, settings.epochs):
        if learner.stopping.over:
            return
        text = f"Epoch {epoch + 1} of {settings.epochs}"
        order = train[torch.randperm(n, generator=random(settings.seed, "order", epoch)).numpy()]
        for start in range(learner.position, n, settings.batch):
            began = perf_counter()
            step = Step(epoch * per_epoch + start // settings.batch, total, n)
            learner.learn(feed(order[start : start + settings.batch]), step)
            learner.seconds += perf_counter() - began
            yield Progress(step.step + 1, total, text)

        step = Step((epoch + 1) * per_epoch, total, n)
        if not is_finite(learner.net):
            raise learner.diverged(step.step)
        loss, reconstruction, kl, *more = (learner.sums / n).tolist()
        named = dict(zip(learner.names, more, strict=False))
        kl_per_dimension = more[len(learner.names) :]
        speed = n / max(learner.seconds, 1e-9)
        began = perf_counter()
        weights = learner.copy()
        codes = finish(encoding(weights, feed.dataset, watched))
        if not np.isfinite(codes.mu).all():
            raise learner.diverged(step.step)
        validation = validate(learner, feed, kept, step)
        weight = learner.net.config.weight(step)
        metrics = {
            "epoch": epoch + 1, "loss": loss, "reconstruction": reconstruction, "kl": kl,
            "elbo": -(reconstruction + kl), "kl_per_dimension": kl_per_dimension,
            "active_units": codes.active_units,
            "weight": weight,
            "terms": {name: value for name, value in named.items() if name not in learner.told},
            "told": {name: named[name] for name in learner.told}, "validation": validation,
            "watched": watch(learner, feed, looked, codes.active_units, n),
            "items_per_second": speed, "seconds": learner.seconds + perf_counter() - began,
        }  # fmt: skip
        learner.good = weights
        if settings.patience and validation and weight >= learner.net.config.weight(Step(total, total, n)):
            learner.stopping.judge(epoch + 1, validation["elbo"], weights)
        learner.begin(epoch + 1)
        yield EpochEnd(epoch + 1, settings.epochs, metrics, weights)


def watch(learner: Learner, feed: Feed, looked: np.ndarray, active: int, n: int) -> dict[str, float | None] | None:
    """A quick look at the items `looked` now and then, for the doctor; `n` items are an epoch."""
    if not due(learner.epoch + 1, learner.settings.epochs, n):
        return None
    return look(learner.net, feed(looked), active)


def some(items: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the items, spread out: data is often sorted by class."""
    return items[:: -(-len(items) // most)]


def validate(learner: Learner, feed: Feed, kept: np.ndarray, step: Step) -> dict[str, float] | None:
    """Mean loss over the items `kept`, with the same noise each time; None without any."""
    if not len(kept):
        return None
    noise = random(learner.settings.seed, "validation", 0, learner.device)
    sums = torch.zeros(3, dtype=torch.float64)
    learner.net.eval()
    with torch.inference_mode():
        # Batches like those of the training, as even as can be: what is estimated within a batch depends on its size.
        for part in np.array_split(kept, -(-len(kept) // learner.settings.batch)):
            loss = learner.net.loss(feed(part), step, noise)
            sums += torch.stack((loss.total, loss.reconstruction, loss.kl)).cpu().double() * len(part)
    learner.net.train()
    loss_, reconstruction, kl = (sums / len(kept)).tolist()
    return {"loss": loss_, "reconstruction": reconstruction, "kl": kl, "elbo": -(reconstruction + kl)}


def check_patience(settings: TrainSettings, kept: int) -> None:
    """Raise :class:`SettingError` when early stopping has no items to look at."""
    if settings.patience and not kept:
        raise SettingError(
            f"patience={settings.patience}: early stopping looks at items kept out of the training, and there are none;"
            f" set validation above 0, on {SPLIT_FROM} items or more, or patience=0"
        )


def choose_device(name: str) -> torch.device:
    """The device `name`, or the best there is for ``auto``.

    Raises
    ------
    SettingError
        When this computer has none of that name.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, is_there in there.items() if is_there)
    if not there[name]:
        raise SettingError(f"device={name}: this computer has none that torch can use; choose auto or cpu")
    return torch.device(name)


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """Set this thread up for training: `threads` cores, and no time lost on denormal numbers."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.set_flush_denormal(False)
