"""What a dataset's own file says beside its arrays: with it, what was exported comes back as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.values import Column, Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from vae_desktop.core.work import Progress
    from vae_desktop.readers import Reading

ABOUT = "about"  # the array, or the entry of a file's metadata, that holds the description


def description(dataset: Dataset, factors: Mapping[str, str]) -> str:
    """As JSON: its kind, columns, classes, and the `factors`' names by the names of their arrays."""
    columns = [[column.name, column.type, column.categories] for column in dataset.columns]
    options = {name: value for name, value in dataset.options.items() if isinstance(value, str | int | float | bool)}
    told = {
        "kind": dataset.kind, "columns": columns, "classes": dataset.classes, "factors": factors, "options": options,
        "source": dataset.source,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


def described(about: str, part: Callable[[str], Generator[Progress, None, np.ndarray | None]], source: str) -> Reading:
    """The dataset that `about` describes, its arrays read by ``part(name)``, None where there is none so called.

    Raises
    ------
    ValueError
        Or TypeError, when the arrays are not what it says.
    """
    told: dict[str, Any] = json.loads(about)
    if not isinstance(told, dict):
        raise TypeError("its description is not one")
    kind, classes = told["kind"], tuple(map(str, told["classes"]))
    columns = tuple(Column(str(name), type_, tuple(map(str, values))) for name, type_, values in told["columns"])
    x = yield from part("x")
    labels = yield from part("labels")
    items = yield from part("items")
    factors = {}
    for key, name in told["factors"].items():
        values = yield from part(key)
        if values is not None:
            factors[str(name)] = values
    if x is None or len(factors) < len(told["factors"]):
        raise ValueError("arrays of its description are missing")
    for j, column in enumerate(columns):
        if column.type not in ("number", "category") or (column.type == "category") != bool(column.categories):
            raise ValueError(f"the column {column.name!r} is of no known type")
        indices = x[:, j] if x.ndim == 2 and j < x.shape[1] else np.empty(0)
        known = indices[~np.isnan(indices)] if column.categories else np.empty(0)
        if ((known < 0) | (known >= len(column.categories)) | (known % 1 != 0)).any():
            raise ValueError(f"the column {column.name!r} holds values without a name")
    if np.isinf(x).any() if kind == "table" else not (x.dtype.kind == "u" or np.isfinite(x).all()):
        raise ValueError("it holds infinite values")
    labels = None if labels is None else labels.astype(np.int32)
    names = () if items is None else tuple(map(str, items.tolist()))
    return Dataset(kind, x, labels, classes, columns, factors, names, source)
