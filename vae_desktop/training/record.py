"""What a training writes into its run folder, and when."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import vae_desktop
from vae_desktop.core.errors import RunError
from vae_desktop.core.settings import values_of
from vae_desktop.core.values import source_of, sources_of
from vae_desktop.core.work import finish
from vae_desktop.latent.encode import encoding
from vae_desktop.models.model_file import save_model
from vae_desktop.training import run_folder
from vae_desktop.training.checkpoint import load_checkpoint, save_checkpoint
from vae_desktop.training.learner import is_finite
from vae_desktop.training.settings import MACHINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.learner import Learner
    from vae_desktop.training.run_folder import Run
    from vae_desktop.training.settings import TrainSettings

ALL_EVERY, CHECKPOINT_EVERY = 2.0, 10.0  # seconds: everything at an epoch's end, a checkpoint within one
SHARE = 0.02  # of the time, at most, goes into saving


def describe(
    dataset: Dataset, net: VAE, config: VAEConfig, settings: TrainSettings, device: torch.device, notes: tuple[str, ...]
) -> dict[str, Any]:
    """The record of a training that is about to start: what ``run.json`` holds."""
    labels = net.labels(dataset)
    source = source_of([_whole(part) for part in sources_of(dataset.source)])
    record = {
        "format": run_folder.FORMAT,
        "status": "training",
        "model": net.name,
        "config": values_of(config),
        "settings": dataclasses.asdict(settings),
        "seed": settings.seed,
        "data": {
            "source": source, "options": dict(dataset.options), "fingerprint": dataset.fingerprint(),
            "kind": dataset.kind, "items": len(dataset), "shape": dataset.x.shape[1:], "classes": dataset.classes,
            **({} if labels is None else {"labels": hashlib.sha256(labels.tobytes()).hexdigest()}),
        },
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "device": device.type,
        "threads": settings.threads or os.cpu_count() or 1,
        "notes": notes,
        "versions": {
            "vae_desktop": vae_desktop.__version__, "torch": torch.__version__, "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(record))  # tuples become lists, as they will be read
    return plain


def _whole(source: str) -> str:
    """The source with its whole path, so that it is found from anywhere."""
    path, separator, array = source.partition("::")
    return str(Path(path).resolve()) + separator + array if path and Path(path).exists() else source


def check_same(earlier: Run, record: Mapping[str, Any]) -> None:
    """Whether `record` goes on with the training `earlier`; more epochs, another machine's device and threads may be.

    Raises
    ------
    RunError
        When model, settings or data differ; it names which.
    """
    old = earlier.record
    if old["model"] != record["model"]:
        raise RunError(f"{earlier.path}: this run trains the model {old['model']}, not {record['model']}")
    differing = [
        f"{name} is {old[part].get(name)}, not {value}"
        for part in ("config", "settings")
        for name, value in record[part].items()
        # An earlier version did not know every setting of today.
        if name not in (*MACHINE, "epochs") and value != old[part].get(name, value)
    ]
    epochs, wanted = old["settings"]["epochs"], record["settings"]["epochs"]
    if wanted < epochs and earlier.status != "finished":
        differing.append(f"epochs is {epochs}, and may only grow, not {wanted}")
    if differing:
        raise RunError(f"{earlier.path}: this run has other settings: {'; '.join(differing)}")
    if old["data"]["fingerprint"] != record["data"]["fingerprint"]:
        raise RunError(f"{earlier.path}: this run was started on other data ({earlier.source} as it was then)")
    if old["data"].get("labels") != record["data"].get("labels"):
        raise RunError(f"{earlier.path}: this run was told other classes ({earlier.source} as it was then)")


class Saver:
    """Writes the run folder at the right moments."""

    def __init__(self, path: Path, learner: Learner, dataset: Dataset, record: dict[str, Any]) -> None:
        self.path = path
        self.learner = learner
        self.dataset = dataset
        self.record = record
        self.ended = False  # an epoch ended since everything was saved
        self.all_at = self.checkpoint_at = perf_counter()
        self.all_cost = self.checkpoint_cost = 0.0

    def begin(self, earlier: Run | None) -> None:
        """Make the folder hold a run that opens and resumes, or take up the `earlier` one."""
        with self.writing():
            if earlier is None:
                run_folder.keep_metrics(self.path, 0)
                (self.path / run_folder.POSTERIOR).unlink(missing_ok=True)
                save_checkpoint(self.path, self.learner.state())
                save_model(self.path / run_folder.MODEL, self.learner.good)
            else:
                try:
                    self.learner.restore(load_checkpoint(self.path))
                except (KeyError, ValueError, RuntimeError):
                    raise RunError(f"{self.path}: cannot go on: its checkpoint is of another version") from None
                run_folder.keep_metrics(self.path, self.learner.epoch)
            # Last, so that a folder with a record is always whole.
            run_folder.write_record(self.path, self.record)

    def epoch_end(self, metrics: Mapping[str, Any]) -> None:
        """Add the epoch's line."""
        with self.writing():
            run_folder.add_metrics(self.path, metrics)
        self.ended = True

    def save_if_due(self) -> None:
        """Save when enough has been done since the last time that a crash would cost more than saving does."""
        now = perf_counter()
        if self.ended and now - self.all_at > max(ALL_EVERY, self.all_cost / SHARE):
            self.save("training")
        elif now - self.checkpoint_at > max(CHECKPOINT_EVERY, self.checkpoint_cost / SHARE):
            with self.writing():
                self.checkpoint()

    def checkpoint(self) -> None:
        """Write the checkpoint."""
        began = perf_counter()
        save_checkpoint(self.path, self.learner.state())
        self.checkpoint_at = perf_counter()
        self.checkpoint_cost = self.checkpoint_at - began

    def save(self, status: str) -> None:
        """Write everything: checkpoint, weights, codes, and the status."""
        began = perf_counter()
        weights = self.learner.good
        if status == "stopped" and is_finite(self.learner.net):
            weights = self.learner.copy()
        stopping = self.learner.stopping
        if status == "finished" and stopping.weights is not None:
            weights = stopping.weights
            ended = {
                "ended": stopping.told(self.learner.epoch, self.record["settings"]["epochs"]),
                "kept": stopping.epoch,
            }
            self.record = {**self.record, **ended}
        with self.writing():
            if status != "diverged":
                self.checkpoint()
            model = self.path / run_folder.MODEL
            save_model(model, weights)
            run_folder.save_posterior(
                self.path / run_folder.POSTERIOR, finish(encoding(weights, self.dataset)),
                self.dataset.labels, self.dataset.classes, run_folder.digest(model),
            )  # fmt: skip
            if status != self.record["status"]:
                self.record = {**self.record, "status": status}
                run_folder.write_record(self.path, self.record)
        self.ended = False
        self.all_at = perf_counter()
        self.all_cost = self.all_at - began

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Say it plainly when the folder can no longer be written."""
        try:
            yield
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written ({error.strerror or error})") from None
