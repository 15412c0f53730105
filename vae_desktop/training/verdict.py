"""The doctor's verdict where there may be no run: on a model file, and in words for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.settings import settings_of
from vae_desktop.models.batches import batch_of
from vae_desktop.training.doctor import Finding, diagnose, too_young
from vae_desktop.training.looking import LOOKED, look
from vae_desktop.training.run_folder import is_run, open_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.run_folder import Run

NO_FIGURES = (
    "The model's figures on this data are no finite numbers: the data is far from what it was trained on, or its"
    " training broke."
)


def verdict(path: Path, model: VAE, dataset: Dataset, report: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What is wrong with a model: from its training where `path` is a run folder, else from how it does on `dataset`.

    Parameters
    ----------
    path
        The run folder or model file.
    model, dataset, report
        The model, data that it fits, and its figures on them (see :mod:`vae_desktop.latent.evaluate`).
    """
    if is_run(path):
        run = open_run(path)
        return diagnose(run.record, run.metrics)
    if report["elbo"] is None:
        return (Finding("diverged", "no figures", NO_FIGURES),)
    labels = model.labels(dataset)
    chosen = np.arange(len(dataset))[:: -(-len(dataset) // LOOKED)]
    batch = batch_of(model.preparation, dataset.x[chosen], None if labels is None else labels[chosen])
    config = {name: getattr(model.config, name) for name in settings_of(model.config)}
    record = {
        "model": model.name, "config": config, "settings": {}, "status": "finished",
        "data": {"kind": dataset.kind, "items": len(dataset), "shape": dataset.x.shape[1:]},
    }  # fmt: skip
    line = {
        "epoch": 1, "loss": report["reconstruction"] + report["kl"], "elbo": report["elbo"], "kl": report["kl"],
        "kl_per_dimension": report["kl_per_dimension"], "active_units": report["active_units"], "weight": 1.0,
        "watched": look(model, batch, report["active_units"]),
    }  # fmt: skip
    return diagnose(record, (line,))


def spoken(findings: Sequence[Finding], run: Run | None = None) -> list[str]:
    """The verdict, of a `run` where there is one, as lines for a person."""
    if not findings:
        young = run is not None and too_young(run.record, run.metrics)
        return ["verdict: too early to tell; train for longer" if young else "verdict: nothing is wrong"]
    lines = []
    for finding in findings:
        lines.append(f"verdict: {finding.text}")
        for remedy in finding.remedies:
            changes = " ".join(f"{name}={_typed(value)}" for name, value in remedy.changes.items())
            lines.append(f"  try {changes}: {remedy.why}")
    return lines


def _typed(value: object) -> str:
    """A value as it is typed after ``--set``."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
