"""Train a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vae_desktop.cli.shared import (
    DEFAULT,
    Data,
    Json,
    Sets,
    answer,
    app,
    pairs,
    read,
)
from vae_desktop.training.settings import TrainSettings


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="The run folder to make.")],
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
    as_json: Json = False,
) -> None:
    """Train a model on DATA into a run folder; with --resume, settings left out are those of the run."""
    from vae_desktop.core.settings import make
    from vae_desktop.training.run_folder import check_out, open_run

    earlier = check_out(out, resume)
    config = pairs(set_)
    given = {"epochs": epochs, "batch": batch, "lr": lr, "validation": validation, "seed": seed, "device": device}
    settings = {name: value for name, value in {**given, "threads": threads}.items() if value is not None}
    if latent is not None:
        config.setdefault("latent", latent)
    if earlier is not None:
        settings = {**earlier.record["settings"], **settings}
        model = model or str(earlier.record["model"])
        if model == earlier.record["model"]:
            config = {**earlier.record["config"], **config}
    chosen = make(TrainSettings, settings)

    from vae_desktop.models import model_class
    from vae_desktop.training.loop import EpochEnd, Started, training
    from vae_desktop.training.watch import watch

    make(model_class(model or "vae").Config, config)  # before the data is read
    dataset = read(data)
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
            typer.echo(f"go on with: vae-desktop train {data} --out {out} --resume", err=True)
        raise
    last = dict(run.metrics[-1])
    report = {
        "run": str(run.path), "status": run.status, "model": run.record["model"], "epochs": run.epochs,
        "seconds": run.seconds, "parameters": run.record["parameters"], "elbo": last["elbo"],
        "reconstruction": last["reconstruction"], "kl": last["kl"], "kl_per_dimension": last["kl_per_dimension"],
        "active_units": last["active_units"], "validation": last["validation"], "notes": run.record["notes"],
    }  # fmt: skip
    done = f"{report['epochs']} epochs, {report['seconds']:.1f} s, ELBO {report['elbo']:.2f} nats per item"
    answer(report, as_json, [f"{run.path}: " + (done if trained else f"finished already ({done})")])
