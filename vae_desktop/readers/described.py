"""What a dataset's own file says beside its arrays: with it, what was exported comes back as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.read_options import NONE
from vae_desktop.core.values import Column, Dataset, Guess
from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from vae_desktop.readers import Reading, Request
    from vae_desktop.readers.named import Stored

ABOUT = "about"  # the array, or the entry of a file's metadata, that holds the description
PART = 4 << 20  # bytes looked at between two signs of progress


def description(dataset: Dataset, factors: Mapping[str, str]) -> str:
    """As JSON: its kind, columns, classes, and the `factors`' names by the names of their arrays."""
    columns = [[column.name, column.type, column.categories] for column in dataset.columns]
    options = {name: value for name, value in dataset.options.items() if isinstance(value, str | int | float | bool)}
    told = {
        "kind": dataset.kind, "columns": columns, "classes": dataset.classes, "factors": factors, "options": options,
        "source": dataset.source,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


def described(arrays: Sequence[Stored], request: Request) -> Reading:
    """The dataset that the array :data:`ABOUT` describes.

    Raises
    ------
    ValueError
        Or KeyError or TypeError, when the arrays are not what it says.
    """
    stored = {one.name: one for one in arrays}
    told: Any = json.loads(str((yield from stored[ABOUT].load(request.store, None))))
    if not isinstance(told, dict) or not isinstance(told.get("factors"), dict):
        raise TypeError("its description is not one")
    kind, classes = told["kind"], tuple(map(str, told["classes"]))
    columns = tuple(Column(str(name), type_, tuple(map(str, values))) for name, type_, values in told["columns"])
    items = stored["x"]
    n = items.shape[0]
    count = request.enough(items.size // max(1, n)) if items.outer == 0 else None
    x = yield from items.load(request.store, count)
    rest = slice(count)  # as many of all else
    yield from _check(x, columns)
    labels = None
    if "labels" in stored:
        labels = (yield from stored["labels"].load(request.store, None))[rest].astype(np.int32)
    names = (yield from stored["items"].load(request.store, None))[rest].tolist() if "items" in stored else ()
    factors = {}
    for name, called in told["factors"].items():
        factors[str(called)] = (yield from stored[name].load(request.store, None))[rest]
    if kind not in ("image", "table") or any(values.shape != (len(x),) for values in factors.values()):
        raise ValueError("its kind or its further columns are not known")
    named = "labels" if labels is not None else NONE
    guess = Guess("labels", named, tuple(dict.fromkeys([named, *factors, NONE])))
    return Dataset(
        kind, x, labels, classes, columns, factors, tuple(map(str, names)), request.source, guesses=(guess,)
    )  # fmt: skip


def _check(x: np.ndarray, columns: Sequence[Column]) -> Generator[Progress, None, None]:
    """Refuse columns of no known type, indices that no category has, and numbers that are not finite."""
    if any(c.type not in ("number", "category") or (c.type == "number") == bool(c.categories) for c in columns):
        raise ValueError("a column is of no known type")
    if not x.ndim or (columns and x.shape[1:] != (len(columns),)):
        raise ValueError("its columns are not those of its description")
    step = max(1, PART // max(1, x[:1].nbytes))
    for start in range(0, len(x) if x.dtype.kind == "f" else 0, step):
        part = x[start : start + step]
        if np.isinf(part).any() or (not columns and np.isnan(part).any()):
            raise ValueError("it holds infinite values")
        for j, column in enumerate(columns):
            known = part[~np.isnan(part[:, j]), j] if column.categories else part[:0, j]
            if ((known < 0) | (known >= len(column.categories)) | (known % 1 != 0)).any():
                raise ValueError(f"the column {column.name!r} holds values without a name")
        yield Progress(start, len(x), "Looking at the values")
