"""Rows and codes as CSV and NPZ."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.export.target import ending, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from vae_desktop.core.values import Posterior

ENDINGS = (".csv", ".npz")
CHUNK = 8192  # rows made into text at once


def save_rows(
    path: str | Path, rows: np.ndarray, names: Sequence[str] = (), categories: Sequence[Sequence[str]] = ()
) -> None:
    """Write rows (N, D) as ``.csv`` with a header, or ``.npz`` with ``rows`` and ``columns``.

    Text names the `categories`, each column's values by index (none of numbers), and is empty where one is missing.

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
        _save_csv(path, names, row_texts(rows, categories))


def save_codes(
    path: str | Path,
    posterior: Posterior,
    labels: np.ndarray | None = None,
    classes: Sequence[str] = (),
    items: Sequence[str] = (),
    further: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write where each item lies, with its name and class.

    ``.npz`` holds ``mu``, ``logvar`` (N, d), ``labels`` (N,) int32, -1 where unknown, ``classes`` and ``items``, and
    the `further` arrays; ``.csv`` has the columns item, label (the class's name), mu_0, …, logvar_0, ….

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    d = posterior.mu.shape[1]
    arrays = {"mu": posterior.mu, "logvar": posterior.logvar}
    save_labelled(path, arrays, [f"{name}_{j}" for name in arrays for j in range(d)], labels, classes, items, further)


def save_labelled(
    path: str | Path,
    arrays: Mapping[str, np.ndarray],
    columns: Sequence[str],
    labels: np.ndarray | None,
    classes: Sequence[str],
    items: Sequence[str],
    further: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write `arrays` (N, …), in a table side by side as `columns`, with each item's name and class.

    What is `further` goes into ``.npz`` only.
    """
    n = len(next(iter(arrays.values())))
    items = items or [f"#{i}" for i in range(n)]
    labels = np.full(n, -1, np.int32) if labels is None else labels
    if ending(path, ENDINGS) == ".npz":
        names = {"classes": np.array(classes, np.str_), "items": np.array(items, np.str_)}
        content: dict[str, Any] = {**arrays, **(further or {}), "labels": labels, **names}
        with writing(path) as file:
            np.savez_compressed(file, **content)
        return
    called = [*classes, ""]  # -1 finds the last
    numbers = _texts(np.hstack(list(arrays.values())))
    rows = ([item, called[label], *row] for item, label, row in zip(items, labels, numbers, strict=True))
    _save_csv(path, ["item", "label", *columns], rows)


def save_table(path: str | Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of anything as ``.csv``; None is left empty.

    Raises
    ------
    UserError
        On another ending or a place that cannot be written.
    """
    ending(path, (".csv",))
    _save_csv(path, header, rows)


def _texts(rows: np.ndarray) -> Iterator[list[str]]:
    """Each row's numbers as the shortest text that reads back to the same float32."""
    for start in range(0, len(rows), CHUNK):
        yield from rows[start : start + CHUNK].astype(np.str_).tolist()


def row_texts(rows: np.ndarray, categories: Sequence[Sequence[str]] = ()) -> Iterator[list[str]]:
    """Each row's values as text: numbers, names of `categories`, nothing where one is missing."""
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        cells = part.astype(np.str_).astype(object)
        cells[np.isnan(part)] = ""
        for j, values in enumerate(categories):
            if values:
                cells[:, j] = named(part[:, j], values)
        yield from cells.tolist()


def named(column: np.ndarray, values: Sequence[str], missing: str | None = "") -> np.ndarray:
    """Names of a category's indices (N,), `missing` where there is none."""
    known = np.array([*values, missing], object)
    found: np.ndarray = known[np.nan_to_num(column, nan=len(values)).astype(np.intp)]
    return found


def _save_csv(path: str | Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with writing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
        text.flush()
        text.detach()
