"""Rows and codes as CSV and NPZ."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.export.target import ending, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from vae_desktop.core.values import Posterior

ENDINGS = (".csv", ".npz")
CHUNK = 8192  # rows made into text at once


def save_rows(path: str | Path, rows: np.ndarray, names: Sequence[str] = ()) -> None:
    """Write rows (N, D) as ``.csv`` with a header, or ``.npz`` with ``rows`` and ``columns``.

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    names = names or [f"column {i + 1}" for i in range(rows.shape[1])]
    if ending(path, ENDINGS) == ".npz":
        with writing(path) as file:
            np.savez_compressed(file, rows=rows, columns=np.array(names))
    else:
        save_csv(path, names, texts(rows))


def save_codes(
    path: str | Path,
    posterior: Posterior,
    labels: np.ndarray | None = None,
    classes: Sequence[str] = (),
    items: Sequence[str] = (),
) -> None:
    """Write where each item lies, with its name and class.

    ``.npz`` holds ``mu``, ``logvar`` (N, d), ``labels`` (N,) int32, -1 where unknown, ``classes`` and ``items``;
    ``.csv`` has the columns item, label (the class's name), mu_0, …, logvar_0, ….

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    n, d = posterior.mu.shape
    items = items or [f"#{i}" for i in range(n)]
    labels = np.full(n, -1, np.int32) if labels is None else labels
    if ending(path, ENDINGS) == ".npz":
        with writing(path) as file:
            np.savez_compressed(
                file,
                mu=posterior.mu,
                logvar=posterior.logvar,
                labels=labels,
                classes=np.array(classes, np.str_),
                items=np.array(items, np.str_),
            )
        return
    names = [*classes, ""]  # -1 finds the last
    header = ["item", "label", *(f"mu_{j}" for j in range(d)), *(f"logvar_{j}" for j in range(d))]
    numbers = texts(np.hstack([posterior.mu, posterior.logvar]))
    rows = ([item, names[label], *row] for item, label, row in zip(items, labels, numbers, strict=True))
    save_csv(path, header, rows)


def texts(rows: np.ndarray) -> Iterator[list[str]]:
    """Each row's numbers as the shortest text that reads back to the same float32."""
    for start in range(0, len(rows), CHUNK):
        yield from rows[start : start + CHUNK].astype(np.str_).tolist()


def save_csv(path: str | Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a header and rows of text."""
    with writing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
        text.flush()
        text.detach()
