"""Where the items of a map lie, as numbers or as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.export.figure import ENDINGS as FIGURES
from vae_desktop.export.figure import Figure, save_figure
from vae_desktop.export.palette import PALETTE
from vae_desktop.export.tables import save_labelled
from vae_desktop.export.target import ending

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENDINGS = (".npz", ".csv", *FIGURES)


def save_places(
    path: str | Path,
    xy: np.ndarray,
    axes: tuple[str, ...] = ("", ""),
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
    if ending(path, ENDINGS) not in FIGURES:
        save_labelled(path, {"xy": xy}, ("x", "y"), labels, classes, items)
        return
    there = np.isfinite(xy).all(axis=1)
    group = labels[there] if classes and labels is not None else None
    colours = [PALETTE[i % len(PALETTE)] for i in range(len(classes))]
    save_figure(path, Figure(xy[there], group, colours, classes, labels=axes))
