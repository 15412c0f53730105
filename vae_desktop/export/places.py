"""Where the items of a map lie, as numbers or as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.export.figure import ENDINGS as FIGURES
from vae_desktop.export.figure import Figure, save_figure
from vae_desktop.export.palette import PALETTE
from vae_desktop.export.tables import save_csv, texts
from vae_desktop.export.target import ending, writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENDINGS = (".npz", ".csv", *FIGURES)


def save_places(
    path: str | Path,
    xy: np.ndarray,
    axes: tuple[str, str] = ("", ""),
    labels: np.ndarray | None = None,
    classes: Sequence[str] = (),
    items: Sequence[str] = (),
) -> None:
    """Write the places (N, 2) of items with their names and classes.

    ``.npz`` holds ``xy``, ``labels`` (N,) int32, -1 where unknown, ``classes`` and ``items``; ``.csv`` has the columns
    item, label (the class's name), x, y; ``.png`` and ``.svg`` show the map, its `axes` named.

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    kind = ending(path, ENDINGS)
    items = items or [f"#{i}" for i in range(len(xy))]
    if kind in FIGURES:
        there = np.isfinite(xy).all(axis=1)
        group = labels[there] if classes and labels is not None else None
        save_figure(path, Figure(xy[there], group, [PALETTE[i % len(PALETTE)] for i in range(len(classes))], classes,
                                 labels=axes))  # fmt: skip
        return
    known = np.full(len(xy), -1, np.int32) if labels is None else labels
    if kind == ".npz":
        with writing(path) as file:
            np.savez_compressed(
                file, xy=xy, labels=known, classes=np.array(classes, np.str_), items=np.array(items, np.str_)
            )
        return
    names = [*classes, ""]  # -1 finds the last
    rows = ([item, names[label], *place] for item, label, place in zip(items, known, texts(xy), strict=True))
    save_csv(path, ("item", "label", "x", "y"), rows)
