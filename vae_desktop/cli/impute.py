"""Fill in what is missing in a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vae_desktop.cli.reading import read, reads_data
from vae_desktop.cli.shared import Data, Json, Model, answer, app, load


@app.command()
@reads_data
def impute(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="FILE.csv, .npz or .parquet: the table in its own units.")],
    rounds: Annotated[int, typer.Option(min=1, help="How often each row is encoded with what was filled in.")] = 3,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Write the table DATA with its missing values filled in by the model; what is known stays as it is."""
    from vae_desktop.export.datasets import ENDINGS, exporting
    from vae_desktop.export.target import ending

    ending(out, ENDINGS["table"])  # what can be wrong is found before the long work
    net, dataset = load(model), read(data, {"missing": "keep"} | (read_as or {}), model)

    import numpy as np

    from vae_desktop.latent.impute import imputing
    from vae_desktop.training.watch import watch

    filled = watch(imputing(net, dataset, rounds))
    count = int(np.isnan(dataset.x).sum())
    notes = watch(exporting(filled, out))
    report = {"out": str(out), "items": len(filled), "filled": count, "notes": notes}
    answer(report, as_json, [f"{out}: {len(filled):,} rows, {count:,} missing values filled in", *notes])
