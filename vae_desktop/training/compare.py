"""Runs beside each other: what each is, how it went, and in which settings they differ. Needs no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import RunError
from vae_desktop.core.values import name_of
from vae_desktop.core.work import Progress
from vae_desktop.export.tables import save_table
from vae_desktop.training.run_folder import METRICS, RECORD, Run, is_run, is_training, open_run
from vae_desktop.training.settings import MACHINE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from pathlib import Path

CURVES = ("elbo", "validation", "loss", "reconstruction", "kl")  # the validation's is its ELBO
FIGURES = ("elbo", "validation", "reconstruction", "kl", "active_units", "parameters", "seconds")
COLUMNS = ("run", "model", "data", "latent", "epochs", *FIGURES, "status")
PER_STEP = 8  # folders read between two yields
NOT_TOLD = (*MACHINE, "epochs")  # settings that have a column of their own, or say nothing of what is learned
NONE = "–"

Stamp = tuple[int, ...]  # when its files were written last, and how long they are


@dataclass(frozen=True, eq=False)
class RunSummary:
    """A run as a line of a table.

    Parameters
    ----------
    path
        The folder.
    status
        ``finished``, ``training``, ``stopped``, ``interrupted`` (killed), ``diverged``, or ``broken``.
    model, data, fingerprint
        Names of the model and the data, and which data it was, exactly.
    latent, epochs, planned
        Latent dimensions; epochs done and wanted.
    figures
        The last value of each of :data:`FIGURES`, nats per item where a cost; NaN where there is none.
    settings
        What it was made with, by name.
    curves
        Of each of :data:`CURVES` a value for each epoch, (E,), in nats per item; NaN where there is none.
    changed
        When it was written last, seconds since 1970.
    fault
        Why it cannot be read; "" when it can.
    stamp
        Tells whether it has to be read again.
    """

    path: Path
    status: str
    model: str = ""
    data: str = ""
    fingerprint: str = ""
    latent: int = 0
    epochs: int = 0
    planned: int = 0
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    curves: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    changed: float = 0.0
    fault: str = ""
    stamp: Stamp = ()

    @property
    def name(self) -> str:
        """What the folder is called."""
        return self.path.name

    def figure(self, name: str) -> float:
        """One of :data:`FIGURES`, NaN where there is none."""
        return self.figures.get(name, math.nan)


def summarise(path: Path) -> RunSummary:
    """Read a run folder; one that is broken is told, not raised."""
    stamp, changed = _stamp(path)
    try:
        run = open_run(path)
        return _summary(run, stamp, changed)
    except RunError as error:
        return RunSummary(path, "broken", changed=changed, fault=str(error), stamp=stamp)
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        fault = f"{path}: its record is damaged ({type(error).__name__}: {error})"
        return RunSummary(path, "broken", changed=changed, fault=fault, stamp=stamp)


def _summary(run: Run, stamp: Stamp, changed: float) -> RunSummary:
    record = run.record
    status = run.status
    if status == "training" and not is_training(run.path):
        status = "interrupted"
    curves = {key: _curve(run.metrics, key) for key in CURVES}
    last = {key: float(curve[-1]) for key, curve in curves.items() if len(curve)}
    figures = last | {
        "active_units": float(run.metrics[-1]["active_units"]) if run.metrics else math.nan,
        "parameters": float(record["parameters"]),
        "seconds": run.seconds,
    }
    settings = {"model": record["model"], **record["config"], **record["settings"]}
    told = {name: _plain(value) for name, value in settings.items() if name not in NOT_TOLD}
    data = record["data"]
    return RunSummary(
        run.path, status, str(record["model"]), name_of(str(data["source"])), str(data["fingerprint"]),
        int(record["config"]["latent"]), run.epochs, int(record["settings"]["epochs"]), figures,
        {**told, "data": str(data["fingerprint"])[:8]}, curves, changed, "", stamp,
    )  # fmt: skip


def _curve(metrics: Sequence[Mapping[str, Any]], key: str) -> np.ndarray:
    """One value an epoch, (E,), NaN where there is none."""
    if key == "validation":
        return np.array([(line.get("validation") or {}).get("elbo", math.nan) for line in metrics], float)
    return np.array([line.get(key, math.nan) for line in metrics], float)


def _plain(value: Any) -> Any:
    """A setting as a person writes it."""
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _stamp(path: Path) -> tuple[Stamp, float]:
    """When record and metrics were written last and how long they are; the same in seconds since 1970."""
    numbers: list[int] = []
    for name in (RECORD, METRICS):
        try:
            told = (path / name).stat()
            numbers += [told.st_mtime_ns, told.st_size]
        except OSError:
            numbers += [0, -1]
    return tuple(numbers), max(numbers[::2]) / 1e9


def run_folders(places: Iterable[Path]) -> list[Path]:
    """The run folders among `places` and directly inside them, each once; a place that is gone holds none."""
    found: dict[Path, Path] = {}
    for place in places:
        try:
            inside = [place] if is_run(place) else sorted(one for one in place.iterdir() if is_run(one))
        except OSError:
            inside = []
        for one in inside:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def summarising(
    places: Sequence[Path], known: Mapping[Path, RunSummary] | None = None
) -> Generator[Progress | tuple[RunSummary, ...], None, tuple[RunSummary, ...]]:
    """Read all runs of some folders, the newest first; yields those it has read meanwhile.

    Parameters
    ----------
    places
        Run folders, or folders that hold some.
    known
        What was read before, by folder: a run that has not changed since, and is not being trained, is not read again.
    """
    known = known or {}
    stamps = {path: _stamp(path) for path in run_folders(places)}
    newest = sorted(stamps, key=lambda path: stamps[path][1], reverse=True)
    runs: list[RunSummary] = []
    for done, path in enumerate(newest):
        old = known.get(path)
        same = old is not None and old.stamp == stamps[path][0] and old.status != "training"
        runs.append(old if old is not None and same else summarise(path))
        if done % PER_STEP == PER_STEP - 1:
            yield Progress(done + 1, len(newest), "Reading runs")
            if not known:
                yield tuple(runs)
    return tuple(runs)


def differing(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    """Names of the settings in which runs differ, or that only some of them have."""
    sound = [run for run in runs if not run.fault]
    names = dict.fromkeys(name for run in sound for name in run.settings)
    return tuple(name for name in names if len({run.settings.get(name, NONE) for run in sound}) > 1)


def told_settings(run: RunSummary, names: Iterable[str]) -> str:
    """These settings of a run in one line: ``beta 4 · hidden 512 256``."""
    return " · ".join(f"{name} {run.settings[name]}" for name in names if name in run.settings)


def table(runs: Sequence[RunSummary]) -> tuple[list[str], list[list[Any]]]:
    """What the runs are as a header and rows; None where there is no value, costs in nats per item.

    The header begins with :data:`COLUMNS`; the settings in which they differ follow.
    """
    names = [name for name in differing(runs) if name not in ("model", "data", "latent")]
    header = [*COLUMNS, *names]
    rows: list[list[Any]] = []
    for run in runs:
        figures = [None if math.isnan(value := run.figure(name)) else value for name in FIGURES]
        whole = [None if value is None else int(value) for value in figures[4:6]]
        own = [run.settings.get(name) for name in names]
        about = [str(run.path), run.model, run.data, run.latent, run.epochs]
        rows.append([*about, *figures[:4], *whole, figures[6], run.status, *own])
    return header, rows


def save_comparison(path: Path, runs: Sequence[RunSummary]) -> None:
    """Write :func:`table` as ``.csv``.

    Raises
    ------
    UserError
        On another ending, or a place that cannot be written.
    """
    save_table(path, *table(runs))
