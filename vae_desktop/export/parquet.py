"""Datasets as Parquet, images and classes in the way of the Hugging Face hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.export.datasets import (
    GROUP,
    class_names,
    depicting,
    free_names,
    parts,
    png,
    some,
    text_or_number,
)
from vae_desktop.export.selection import Chosen, file_names
from vae_desktop.export.tables import named
from vae_desktop.export.target import writing
from vae_desktop.readers.convert import library
from vae_desktop.readers.described import ABOUT, description

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.export.datasets import Saving

Column = tuple[Any, dict[str, Any], "Callable[[np.ndarray], Any]"]  # Arrow type, the hub's feature, values of some
ROWS = 65_536  # rows of a table's row group


def saving_parquet(path: Path, data: Dataset, items: np.ndarray | None) -> Saving:
    """Write a dataset, or the `items` (K,) of it; see :func:`vae_desktop.export.datasets.exporting`."""
    pa, parquet = (library(name, "Parquet files") for name in ("pyarrow", "pyarrow.parquet"))
    if data.kind == "image":
        columns, notes = _pictures(pa, data, items)
    else:
        columns, notes = _values(pa, data), ()
    names = free_names(data.factors, columns)
    columns |= {name: _factor(pa, values) for name, values in zip(names, data.factors.values(), strict=True)}
    features = {name: feature for name, (_, feature, _) in columns.items()}
    about = description(data, dict(zip(names, data.factors, strict=True)))
    schema = pa.schema(
        [(name, kind) for name, (kind, _, _) in columns.items()],
        metadata={"huggingface": json.dumps({"info": {"features": features}}), f"vae-desktop.{ABOUT}": about},
    )
    with writing(path) as file, parquet.ParquetWriter(file, schema) as writer:
        for progress, chosen in parts(data, items, GROUP if data.kind == "image" else ROWS, "Writing rows"):
            yield progress
            made = [pa.array(of(chosen), kind, from_pandas=True) for kind, _, of in columns.values()]
            writer.write_table(pa.table(made, schema=schema))
    return notes


def _pictures(pa: Any, data: Dataset, items: np.ndarray | None) -> tuple[dict[str, Column], tuple[str, ...]]:
    """The columns image and label, and what is lost in them."""
    every = np.arange(len(data)) if items is None else items
    names = dict(zip(every.tolist(), file_names(Chosen(every, dataset=data), False), strict=True))
    shown, notes = depicting(data)

    def encoded(chosen: np.ndarray) -> list[dict[str, Any]]:
        images = shown(some(data.x, chosen))
        return [{"bytes": png(image), "path": names[i]} for image, i in zip(images, chosen.tolist(), strict=True)]

    columns: dict[str, Column] = {
        "image": (pa.struct({"bytes": pa.binary(), "path": pa.string()}), {"_type": "Image"}, encoded)
    }
    labels = data.labels
    if labels is not None:

        def known(chosen: np.ndarray) -> list[int | None]:
            return [label if label >= 0 else None for label in some(labels, chosen).tolist()]

        columns["label"] = (pa.int64(), {"names": list(data.classes), "_type": "ClassLabel"}, known)
    return columns, notes


def _values(pa: Any, data: Dataset) -> dict[str, Column]:
    """A table's columns in their own units, items' names before and classes behind them."""
    columns: dict[str, Column] = {}
    text = {"dtype": "string", "_type": "Value"}
    if data.items:
        columns["item"] = (pa.string(), text, lambda chosen: [data.items[i] for i in chosen.tolist()])
    ours = [*columns, "label"] if data.labels is not None else [*columns]
    called = free_names((column.name for column in data.columns), ours)
    for j, (column, name) in enumerate(zip(data.columns, called, strict=True)):
        if column.categories:

            def texts(chosen: np.ndarray, j: int = j, values: tuple[str, ...] = column.categories) -> list[str | None]:
                found: list[str | None] = named(some(data.x, chosen)[:, j], values, None).tolist()
                return found

            columns[name] = (pa.string(), text, texts)
        else:

            def numbers(chosen: np.ndarray, j: int = j) -> np.ndarray:
                return np.ascontiguousarray(some(data.x, chosen)[:, j])

            columns[name] = (pa.float32(), {"dtype": "float32", "_type": "Value"}, numbers)
    if data.labels is not None:
        columns["label"] = (pa.string(), text, lambda chosen: [name or None for name in class_names(data, chosen)])
    return columns


def _factor(pa: Any, values: np.ndarray) -> Column:
    """A further column, its numbers of their own type."""
    values = text_or_number(values)
    if values.dtype.kind == "U":
        text = {"dtype": "string", "_type": "Value"}
        return pa.string(), text, lambda chosen: [one or None for one in some(values, chosen).tolist()]
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    feature = {"dtype": native.dtype.name, "_type": "Value"}
    return pa.from_numpy_dtype(native.dtype), feature, lambda chosen: some(native, chosen)
