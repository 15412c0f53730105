"""Tell what something is, and how good a model is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vae_desktop.cli.reading import read, reads_data
from vae_desktop.cli.shared import (
    Data,
    Json,
    Model,
    Seed,
    answer,
    app,
    load,
    plain,
)


@app.command()
@reads_data
def info(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="A dataset (of one or several), model file or run folder.")
    ],
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Tell what a dataset, model file or run folder is."""
    from vae_desktop.training.run_folder import is_run, open_run

    path = paths[0] if len(paths) == 1 else ""
    if path and is_run(Path(path)):
        run = open_run(path)
        last = dict(run.metrics[-1]) if run.metrics else None
        about = {"what": "run", **run.record, "epochs": run.epochs, "seconds": run.seconds, "metrics": last}
    elif path.lower().endswith(".safetensors") and _is_model(path):
        from vae_desktop.core.settings import values_of
        from vae_desktop.training.form import load

        model = load(path)
        header = {"model": model.name, "config": values_of(model.config), "preparation": model.preparation.to_json()}
        about = {"what": "model", **header, "parameters": sum(p.numel() for p in model.parameters())}
    else:
        data = read(paths, read_as)
        about = {
            "what": "dataset", "source": data.source, "kind": data.kind, "items": len(data),
            "shape": data.x.shape[1:], "type": str(data.x.dtype), "classes": data.classes,
            "columns": [column.name for column in data.columns], "factors": list(data.factors),
            "skipped": data.skipped, "notes": data.notes,
            "guesses": {guess.option: guess.value for guess in data.guesses},
        }  # fmt: skip
    answer(about, as_json, [f"{name}: {plain(value)}" for name, value in about.items() if value not in ((), [], None)])


def _is_model(path: str) -> bool:
    from vae_desktop.models.model_file import is_model  # torch

    return is_model(Path(path))


@app.command()
@reads_data
def evaluate(
    model: Model,
    data: Data,
    samples: Annotated[int, typer.Option(min=0, help="Draws per item for the likelihood (nll); 0: none.")] = 0,
    disentanglement: Annotated[
        bool, typer.Option("--disentanglement", help="Compare codes with the known factors of DATA: MIG, DCI, SAP, …")
    ] = False,
    seed: Seed = 0,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Score a model on every item of DATA, in nats per item."""
    net, dataset = load(model), read(data, read_as, model)

    from vae_desktop.latent.evaluate import evaluating
    from vae_desktop.training.watch import watch

    report = watch(evaluating(net, dataset, samples, seed, disentanglement))
    lines = [f"{name}: {plain(value)}" for name, value in report.items() if name != "notes"]
    lines += [f"about {name}: {note}" for name, note in report["notes"].items()]

    from vae_desktop.training.run_folder import is_run, open_run
    from vae_desktop.training.verdict import spoken, verdict

    findings = verdict(model, net, dataset, report)
    lines += spoken(findings, open_run(model) if is_run(model) else None)
    answer({**report, "verdict": [found.to_json() for found in findings]}, as_json, lines)
