"""Train a model."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_desktop.cli.reading import read, reads_data
from vae_desktop.cli.shared import (
    DEFAULT,
    Data,
    Json,
    Sets,
    answer,
    app,
    pairs,
)
from vae_desktop.core.errors import RunError, SettingError
from vae_desktop.core.settings import make, settings_of, values_of
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset


@app.command()
@reads_data
def train(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="The run folder to make.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model.", show_default="vae")] = None,
    latent: Annotated[int | None, typer.Option(help="Latent dimensions.", show_default="2")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs.", show_default=str(DEFAULT.epochs))] = None,
    batch: Annotated[int | None, typer.Option(help="Items per step.", show_default=str(DEFAULT.batch))] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate (Adam).", show_default=str(DEFAULT.lr))] = None,
    validation: Annotated[
        float | None, typer.Option(help="Part of the items kept out.", show_default=str(DEFAULT.validation))
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Where the randomness starts.", show_default="0")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.", show_default="auto")] = None,
    threads: Annotated[int | None, typer.Option(help="Processor cores; 0 takes all.", show_default="0")] = None,
    set_: Sets = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run if there is one.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Train nothing: tell parameters, seconds per epoch, and every setting."),
    ] = False,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Train a model on DATA into a run folder; with --resume, settings left out are those of the run."""
    from vae_desktop.training.form import over
    from vae_desktop.training.run_folder import check_out, open_run

    if out is None and not dry_run:
        raise SettingError("--out: name the run folder to make (or only try it, with --dry-run)")
    earlier = None if out is None or (dry_run and not resume) else check_out(out, resume)
    of_training = settings_of(TrainSettings)
    sets = pairs(set_)
    config = {name: value for name, value in sets.items() if name not in of_training}
    given = {"epochs": epochs, "batch": batch, "lr": lr, "validation": validation, "seed": seed, "device": device}
    settings = {name: value for name, value in {**given, "threads": threads}.items() if value is not None}
    settings |= {name: value for name, value in sets.items() if name in of_training}
    if latent is not None:
        config.setdefault("latent", latent)
    if earlier is not None:
        settings = {**earlier.record["settings"], **settings}
        model = model or str(earlier.record["model"])
        if model == earlier.record["model"]:
            config = {**earlier.record["config"], **config}
        read_as = over(earlier.record["data"]["options"], read_as or {})
    chosen = make(TrainSettings, settings)

    from vae_desktop.models import model_class
    from vae_desktop.training.loop import EpochEnd, Started, training
    from vae_desktop.training.watch import watch

    make(model_class(model or "vae").Config, config)  # before the data is read
    dataset = read(data, read_as)
    if out is None or dry_run:
        tell_trial(dataset, model or "vae", config, chosen, as_json)
        return
    trained = False

    def each(event: object) -> str | None:
        nonlocal trained
        if isinstance(event, Started):
            trained = True
            for note in event.notes:
                typer.echo(f"note: {note}", err=True)
        return f"ELBO {event.metrics['elbo']:.2f} nats" if isinstance(event, EpochEnd) else None

    try:
        run = watch(training(dataset, model or "vae", config, chosen, out, resume), each)
    except KeyboardInterrupt:
        if trained:
            kept = open_run(out)
            typer.echo(f"stopped after {kept.epochs} epochs; what was learned is kept in {out}", err=True)
            typer.echo(f"go on with: vae-desktop train {shlex.join(data)} --out {out} --resume", err=True)
        raise
    from vae_desktop.training.doctor import diagnose
    from vae_desktop.training.verdict import spoken

    findings = diagnose(run.record, run.metrics)
    last = run.kept
    if last is None:
        raise RunError(f"{run.path}: finished, but its figures (metrics.jsonl) are lost; the model opens")
    report = {
        "run": str(run.path), "status": run.status, "model": run.record["model"], "epochs": run.epochs,
        "seconds": run.seconds, "parameters": run.record["parameters"], "elbo": last["elbo"],
        "reconstruction": last["reconstruction"], "kl": last["kl"], "kl_per_dimension": last["kl_per_dimension"],
        "active_units": last["active_units"], "validation": last["validation"], "notes": run.record["notes"],
        "kept": last["epoch"], "ended": run.ended, "verdict": [found.to_json() for found in findings],
    }  # fmt: skip
    count = f"{run.epochs} epoch{'' if run.epochs == 1 else 's'}"
    done = f"{count}, {report['seconds']:.1f} s, ELBO {report['elbo']:.2f} nats per item"
    lines = [f"{run.path}: " + (done if trained else f"finished already ({done})")]
    answer(report, as_json, [*lines, *filter(None, (run.ended,)), *spoken(findings, run)])


def tell_trial(dataset: Dataset, model: str, config: dict[str, Any], settings: TrainSettings, as_json: bool) -> None:
    """Try a few steps and tell what a training would be."""
    from vae_desktop.training.trial import trying
    from vae_desktop.training.watch import watch

    trial = watch(trying(dataset, model, config, settings))
    for note in trial.notes:
        typer.echo(f"note: {note}", err=True)
    report = {
        "model": trial.model, "parameters": trial.parameters, "seconds_per_epoch": trial.seconds_per_epoch,
        "items": trial.items, "validation_items": trial.validation_items, "config": values_of(trial.config),
        "settings": dataclasses.asdict(settings), "notes": trial.notes,
    }  # fmt: skip
    seconds = trial.seconds_per_epoch
    told = "too large to be tried" if seconds is None else f"about {seconds:.2g} s an epoch, {settings.epochs} epochs"
    lines = [f"{trial.model}: {trial.parameters:,} parameters, {told}, {trial.items} items to train on"]
    known = settings_of(type(trial.config)) | settings_of(TrainSettings)
    values = vars(trial.config) | vars(settings)
    lines += [f"  {name}={setting.format(values[name])}" for name, setting in known.items()]
    answer(report, as_json, lines)
