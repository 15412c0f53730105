"""Write data as files that other programs read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_desktop.cli.reading import read, reads_data
from vae_desktop.cli.shared import Data, Json, answer, app
from vae_desktop.core.errors import SettingError

if TYPE_CHECKING:
    import numpy as np


@app.command()
@reads_data
def export(
    data: Data,
    out: Annotated[
        Path,
        typer.Option(
            help="FOLDER: images, a folder a class, with metadata.csv; FILE.npz; FILE.parquet; FILE.csv: a table."
        ),
    ],
    items: Annotated[
        str | None, typer.Option(metavar="0-99,120", help="Numbers of the items to write, from 0; all without.")
    ] = None,
    classes: Annotated[str | None, typer.Option(metavar="A,B", help="Only items of these classes.")] = None,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Write DATA, or some of it, as an image folder, arrays, Parquet or a table."""
    import numpy as np

    wanted = None if items is None else numbers(items)
    dataset = read(data, read_as)

    from vae_desktop.export.datasets import exporting
    from vae_desktop.training.watch import watch

    if classes is not None:
        named = [name for name in dataset.classes if name == classes] or [one.strip() for one in classes.split(",")]
        unknown = next((name for name in named if name not in dataset.classes), None)
        if unknown is not None or dataset.labels is None:
            known = ", ".join(dataset.classes[:20]) or "it has none"
            raise SettingError(f"--classes {classes}: there is no class {unknown!r} (known: {known})")
        of = np.isin(dataset.labels, [dataset.classes.index(name) for name in named])
        wanted = np.flatnonzero(of) if wanted is None else wanted[of[np.clip(wanted, 0, len(of) - 1)]]
    for note in watch(exporting(dataset, out, wanted)):
        typer.echo(f"note: {note}", err=True)
    n = len(dataset) if wanted is None else len(wanted)
    answer({"out": str(out), "items": n}, as_json, [f"{out}: {n} items"])


def numbers(text: str) -> np.ndarray:
    """Numbers (K,) of ``0-99,120``, each once, in their order.

    Raises
    ------
    SettingError
        When it is written otherwise.
    """
    import numpy as np

    found = []
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d{1,12})(?:\s*-\s*(\d{1,12}))?\s*", part)
        if ends is None or int(ends[2] or ends[1]) - int(ends[1]) not in range(100_000_000):
            raise SettingError(f"--items {text}: wants numbers and ranges of them, e.g. 0-99,120")
        found.append(np.arange(int(ends[1]), int(ends[2] or ends[1]) + 1))
    every = np.concatenate(found)
    return every[np.sort(np.unique(every, return_index=True)[1])]
