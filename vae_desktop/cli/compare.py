"""Compare trainings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vae_desktop.cli.shared import Json, answer, app, plain


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders that hold some.")],
    out: Annotated[Path | None, typer.Option(help="x.csv: write the table there, too.")] = None,
    as_json: Json = False,
) -> None:
    """Compare runs: how each went, in nats per item, and in which settings they differ."""
    from vae_desktop.core.errors import RunError
    from vae_desktop.training.compare import COLUMNS, run_folders, save_comparison, summarise, table
    from vae_desktop.training.run_folder import is_run

    empty = next((path for path in runs if not is_run(path) and not run_folders([path])), None)
    if empty is not None:
        raise RunError(f"{empty}: neither a run folder nor a folder that holds some")
    found = [summarise(path) for path in run_folders(runs)]
    broken = [run for run in found if run.fault]
    for run in broken:
        typer.echo(f"note: {run.fault}", err=True)
    found = [run for run in found if not run.fault]
    if not found:
        raise RunError(broken[0].fault)
    if out is not None:
        save_comparison(out, found)
    header, rows = table(found)
    report = [
        dict(zip(COLUMNS, row, strict=False)) | {"settings": dict(run.settings)}
        for run, row in zip(found, rows, strict=True)
    ]
    answer({"runs": report, "differ": header[len(COLUMNS) :]}, as_json, _lines(header, rows))


def _lines(header: list[str], rows: list[list[object]]) -> list[str]:
    """A table in columns; figures are right of theirs."""
    texts = [[("–" if value is None else plain(value)) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    lines = []
    for line in (header, *texts):
        cells = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines
