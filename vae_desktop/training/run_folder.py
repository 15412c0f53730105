"""The run folder: the one record of a training, written the same way by every program.

``run.json`` says what is trained on what, ``metrics.jsonl`` has one line an epoch, ``checkpoints/`` what is needed to
go on, ``model.safetensors`` the last weights, ``posterior.safetensors`` every item's code under them. Nothing here
needs torch until the model itself is wanted, so that a map can be drawn at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy

from vae_desktop.core.errors import ModelFileError, RunError
from vae_desktop.core.files import write_bytes, write_json
from vae_desktop.core.values import Posterior

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vae_desktop.models.vae import VAE

FORMAT = 1
RECORD, METRICS, MODEL, POSTERIOR = "run.json", "metrics.jsonl", "model.safetensors", "posterior.safetensors"
CHECKPOINT, LOCK, TRAINER = "checkpoints/last.pt", "run.lock", "trainer.json"
TOLD = {  # what every record holds, and in it the parts that hold more
    "": ("status", "model", "config", "settings", "data", "parameters", "notes"),
    "config": ("latent",),
    "settings": ("epochs",),
    "data": ("source", "options", "fingerprint", "kind", "items", "shape"),
}
FIGURES = {"epoch", "loss", "reconstruction", "kl", "elbo", "kl_per_dimension", "active_units", "weight", "seconds"}
KEY = "vae_desktop_codes"  # not that of models; one metadata key only, so that bytes do not vary
_OURS = {METRICS, MODEL, POSTERIOR, LOCK, TRAINER, "checkpoints"}  # what a run killed before its record leaves


@dataclass(frozen=True, eq=False)
class Run:
    """A training as its folder tells it.

    Parameters
    ----------
    path
        The folder.
    record
        What ``run.json`` holds: model, config, settings, data, versions, status.
    metrics
        One dict for each finished epoch.
    """

    path: Path
    record: Mapping[str, Any]
    metrics: tuple[Mapping[str, Any], ...]

    @property
    def status(self) -> str:
        """``training`` (or killed while it was), ``stopped``, ``diverged`` or ``finished``."""
        return str(self.record["status"])

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return len(self.metrics)

    @property
    def seconds(self) -> float:
        """Seconds the loop took, pauses left out."""
        return float(sum(line["seconds"] for line in self.metrics))

    @property
    def kept(self) -> Mapping[str, Any] | None:
        """Metrics of the epoch whose weights are kept: the last one, or the best one after early stopping.

        None where they are not there: before the first epoch, or in a folder that lost them.
        """
        kept = int(self.record.get("kept", self.epochs))
        return self.metrics[kept - 1] if 1 <= kept <= self.epochs else None

    @property
    def ended(self) -> str:
        """Why it ended before its last epoch, or which weights it kept, in words; "" where there is nothing to say."""
        return str(self.record.get("ended", ""))

    @property
    def source(self) -> str:
        """Where the data was read from."""
        return str(self.record["data"]["source"])

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data it was trained on."""
        return str(self.record["data"]["fingerprint"])

    def model(self) -> VAE:
        """The last weights, as a model in evaluation mode.

        Raises
        ------
        ModelFileError
            When the model file is missing or damaged.
        """
        from vae_desktop.models.model_file import load_model  # brings torch

        return load_model(self.path / MODEL)

    def posterior(self) -> SavedPosterior | None:
        """The stored codes, or None when there are none or they are not those of the stored weights."""
        try:
            saved = read_posterior(self.path / POSTERIOR)
            return saved if saved.model == digest(self.path / MODEL) else None
        except (ModelFileError, OSError):
            return None


@dataclass(frozen=True, eq=False)
class SavedPosterior:
    """What ``posterior.safetensors`` holds: codes, labels int32 (N,) or None, classes, the model's digest."""

    posterior: Posterior
    labels: np.ndarray | None
    classes: tuple[str, ...]
    model: str


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_posterior(
    path: Path, posterior: Posterior, labels: np.ndarray | None = None, classes: tuple[str, ...] = (), model: str = ""
) -> None:
    """Write codes with what a map needs, atomically; `model` is the digest of the weights they belong to."""
    parts = {
        "mu": posterior.mu, "logvar": posterior.logvar, "codes": posterior.codes, "rate": posterior.rate,
        "labels": None if labels is None else labels.astype(np.int32),
    }  # fmt: skip
    tensors = {name: part for name, part in parts.items() if part is not None}
    about = {"format": FORMAT, "items": len(posterior), "classes": classes, "model": model}
    text = json.dumps(about, sort_keys=True)
    write_bytes(path, safetensors.numpy.save({k: np.ascontiguousarray(v) for k, v in tensors.items()}, {KEY: text}))


def read_posterior(path: Path) -> SavedPosterior:
    """Read codes; needs neither torch nor the data.

    Raises
    ------
    ModelFileError
        When the file is missing, not ours, or damaged.
    """
    try:
        with safetensors.safe_open(path, framework="np") as file:
            about = json.loads((file.metadata() or {})[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        posterior = Posterior(tensors["mu"], tensors["logvar"], tensors.get("codes"), tensors.get("rate"))
        shape = posterior.mu.shape
        if any(part.shape != shape for part in (posterior.logvar, posterior.rate) if part is not None):
            raise ValueError("sizes differ")
        if any(len(part) != about["items"] for part in (posterior.mu, posterior.codes) if part is not None):
            raise ValueError("sizes differ")
        return SavedPosterior(posterior, tensors.get("labels"), tuple(about["classes"]), str(about["model"]))
    except (OSError, safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: not a file of codes, or damaged ({error})") from None


def is_run(path: Path) -> bool:
    """Whether `path` is a run folder."""
    return (path / RECORD).is_file()


def open_run(path: str | Path) -> Run:
    """Open a run folder, whatever state a crash left it in.

    Raises
    ------
    RunError
        When it is no run folder, is damaged, or was written by a newer version.
    """
    path = Path(path)
    try:
        record = json.loads((path / RECORD).read_text("utf-8"))
        if record["format"] > FORMAT:
            raise RunError(f"{path}: written by a newer VAE Desktop; please update this program")
        for part, names in TOLD.items():
            for name in names:
                _ = (record[part] if part else record)[name]
    except FileNotFoundError:
        raise RunError(f"{path}: not a run folder (it holds no {RECORD})") from None
    except KeyError as error:
        raise RunError(f"{path / RECORD}: is damaged (it does not tell {error})") from None
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"{path / RECORD}: cannot be read ({error})") from None
    return Run(path, record, tuple(_read_metrics(path / METRICS)))


def _read_metrics(path: Path) -> Iterator[dict[str, Any]]:
    """Whole lines only: a crash may leave the last one half written."""
    if path.exists():
        for number, line in enumerate(path.read_text("utf-8", "replace").split("\n")[:-1], 1):
            try:
                metrics = json.loads(line)
            except ValueError:
                return
            if not isinstance(metrics, dict) or not metrics.keys() >= FIGURES or metrics["epoch"] != number:
                return
            yield metrics


def add_metrics(path: Path, line: Mapping[str, Any]) -> None:
    """Append one epoch's line."""
    with (path / METRICS).open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(line) + "\n")


def keep_metrics(path: Path, epochs: int) -> None:
    """Forget the epochs after the first `epochs`, and any half line."""
    lines = [json.dumps(line) + "\n" for line in _read_metrics(path / METRICS)][:epochs]
    write_bytes(path / METRICS, "".join(lines).encode())


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write ``run.json``."""
    write_json(path / RECORD, record)


def check_out(path: Path, resume: bool) -> Run | None:
    """Look whether a training may be written to `path`: the run to go on with, or None for a new one.

    Raises
    ------
    RunError
        When it holds another run, or something that is no run.
    """
    if is_run(path):
        if not resume:
            raise RunError(f"{path}: already holds a run; go on with it (--resume), or choose another folder")
        return open_run(path)
    if path.exists() and not path.is_dir():
        raise RunError(f"{path}: is a file; a run needs a folder")
    if path.is_dir() and any(not _is_ours(found.name) for found in path.iterdir()):
        raise RunError(f"{path}: the folder is not empty and holds no run; choose another one")
    return None


def _is_ours(name: str) -> bool:
    return name in _OURS or re.fullmatch(r"\..+\.tmp", name) is not None


@contextmanager
def claim(path: Path) -> Iterator[None]:
    """Make the folder and hold its lock: one trainer at a time; the lock dies with the process.

    Raises
    ------
    RunError
        When another process trains there, or the folder cannot be written.
    """
    import filelock  # brings asyncio: an eighth of what a window needs to start

    # Not tied to a thread: a training that is paused may be closed by another one.
    lock = filelock.FileLock(path / LOCK, blocking=False, thread_local=False)
    try:
        (path / CHECKPOINT).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        for left in (*path.glob(".*.tmp"), *(path / CHECKPOINT).parent.glob(".*.tmp")):
            left.unlink(missing_ok=True)
        write_json(path / TRAINER, {"process": os.getpid(), "computer": platform.node()})
    except filelock.Timeout:
        raise RunError(f"{path}: {_trainer(path)} is training this run; stop it there first") from None
    except OSError as error:
        lock.release()
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from None
    try:
        yield
    finally:
        (path / TRAINER).unlink(missing_ok=True)
        lock.release()


def _trainer(path: Path) -> str:
    try:
        found = json.loads((path / TRAINER).read_text("utf-8"))
        return f"process {found['process']} on {found['computer']}"
    except (OSError, ValueError, KeyError):
        return "another process"


def is_training(path: Path) -> bool:
    """Whether some process trains in this folder now."""
    import filelock

    lock = filelock.FileLock(path / LOCK, blocking=False, thread_local=False)
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False  # a folder that cannot be written is not being trained in


def unfinished(folder: Path) -> list[Run]:
    """Runs directly inside `folder` that were stopped or killed and can go on, the latest first."""
    if not folder.is_dir():
        return []
    found: list[tuple[float, Run]] = []
    for path in folder.iterdir():
        try:
            run = open_run(path)
        except RunError:
            continue
        if run.status in ("training", "stopped") and not is_training(path):
            found.append(((path / RECORD).stat().st_mtime, run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def new_run_folder(parent: Path, name: str) -> Path:
    """``parent/name-n`` with the first n that is free; nothing is made."""
    safe = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    n = 1
    while (parent / f"{safe}-{n}").exists():
        n += 1
    return parent / f"{safe}-{n}"
