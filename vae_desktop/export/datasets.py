"""Datasets as files that this program and others read back: image folders, ``.npz``, Parquet, and CSV of tables."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from vae_desktop.core.errors import UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import Progress, finish
from vae_desktop.export.films import picture
from vae_desktop.export.images import new_folder
from vae_desktop.export.selection import Chosen, file_names
from vae_desktop.export.tables import row_texts
from vae_desktop.export.target import ending, writing
from vae_desktop.readers.described import ABOUT, description

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    Saving = Generator[Progress, None, tuple[str, ...]]

ENDINGS = {"image": (".npz", ".parquet"), "table": (".npz", ".parquet", ".csv")}
PART = 16 << 20  # bytes of items handled between two signs of progress
GROUP = 1000  # images of a Parquet row group, as the hub has them
TAKEN = {"file_name", "image", "item", "label"}  # names of columns that are ours


def export(data: Dataset, path: str | Path, items: Sequence[int] | np.ndarray | None = None) -> tuple[str, ...]:
    """Write a dataset, or some of its `items` by their numbers; see :func:`exporting`."""
    return finish(exporting(data, path, items))


def exporting(
    data: Dataset, path: str | Path, items: Sequence[int] | np.ndarray | None = None, kind: str | None = None
) -> Saving:
    """Write a dataset as the path's ending says, so that reading it gives the same again.

    No ending: a new folder of PNG images, one folder a class, with ``metadata.csv`` (file_name, label, a column of
    each factor) as the Hugging Face hub has it. ``.npz``: ``x``, ``labels``, ``classes``, ``items``, ``factors/…``.
    ``.parquet``: a row each, images as PNG ({bytes, path}, with the hub's description), a table's columns with names of
    categories. ``.csv``: a table's rows in their own units. What is missing is null, or empty.

    Parameters
    ----------
    items
        Numbers (K,) of those to write; all when None.
    kind
        The ending that counts, where the path's does not: "" is a folder.

    Returns
    -------
    tuple of str
        What could not be kept as it was, in plain words.

    Raises
    ------
    UserError
        When there is nothing to write, there is no such item, the ending is unknown, a folder holds files already, or
        the place cannot be written.
    """
    path = Path(path)
    if kind is None:
        kind = ending(path, ENDINGS[data.kind], folder=data.kind == "image")
    if items is not None:
        items = np.asarray(items, np.int64)
        wrong = items[(items < 0) | (items >= len(data))]
        if len(wrong):
            raise UserError(f"item {wrong[0]}: {data.name or 'the data'} has {len(data)} items, numbered from 0")
    if not len(data if items is None else items):
        raise UserError(f"{path}: there are no items to write")
    if kind == ".npz":
        return (yield from _saving_arrays(path, data, items))
    if kind == ".csv":
        return (yield from _saving_text(path, data, items))
    if kind == ".parquet":
        from vae_desktop.export.parquet import saving_parquet

        return (yield from saving_parquet(path, data, items))
    return (yield from _saving_folder(path, data, items))


def decoded_set(
    preparation: Preparation, items: np.ndarray, labels: np.ndarray | None = None, codes: np.ndarray | None = None
) -> Dataset:
    """Decoded items, (…, H, W, C) uint8 or rows (…, D), as a dataset.

    Parameters
    ----------
    labels
        Their classes (N,), as the model counts them; -1 unknown.
    codes
        What they were decoded from, (N, d): of images further columns ``z_1``, ….
    """
    if preparation.kind == "table":
        columns, x, factors = preparation.raw_columns, items.reshape(-1, items.shape[-1]), {}
    else:
        columns, x = (), items.reshape(-1, *items.shape[-3:])
        factors = {} if codes is None else {f"z_{j + 1}": column for j, column in enumerate(codes.T)}
    told = None if labels is None else labels.astype(np.int32)
    return Dataset(preparation.kind, x, told, preparation.classes if told is not None else (), columns, factors)


# What the formats share


def parts(data: Dataset, items: np.ndarray | None, most: int, text: str) -> Iterator[tuple[Progress, np.ndarray]]:
    """Numbers of the items to write next, at most `most` and so many as fill :data:`PART`, and how far that is."""
    n = len(data) if items is None else len(items)
    step = max(1, min(most, PART // max(1, data.x[:1].nbytes)))
    for start in range(0, n, step):
        end = min(n, start + step)
        yield Progress(start, n, text), np.arange(start, end) if items is None else items[start:end]


def some(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """`values` of the `chosen`; in one piece where they follow one another, which a map reads far quicker."""
    first, last = int(chosen[0]), int(chosen[-1])
    if last - first == len(chosen) - 1 and (np.diff(chosen) == 1).all():
        return np.asarray(values[first : last + 1])
    return np.asarray(values[chosen])


def free_names(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """For each of the names one that is neither another's nor `taken`, whatever the case."""
    known, found = {name.casefold() for name in taken}, []
    for name in names:
        free, number = name or "column", 1
        while free.casefold() in known:
            number += 1
            free = f"{name or 'column'} {number}"
        known.add(free.casefold())
        found.append(free)
    return found


def text_or_number(values: np.ndarray) -> np.ndarray:
    """Values of a factor as numbers, or as text where they are anything else."""
    return values if values.dtype.kind in "biufU" else values.astype(np.str_)


def class_names(data: Dataset, chosen: np.ndarray) -> list[str]:
    """Each one's class, "" where unknown."""
    assert data.labels is not None
    called = [*data.classes, ""]  # -1 finds the last
    return [called[label] for label in some(data.labels, chosen).tolist()]


def depicting(data: Dataset) -> tuple[Callable[[np.ndarray], np.ndarray], tuple[str, ...]]:
    """How images become what PNG holds, 8 bits or, of one channel, 16; and what is lost, in plain words."""
    x = data.x
    wide = np.uint16 if x.shape[3] == 1 else np.uint8  # 16 bits of colour are not read back by most programs
    if x.dtype == np.uint8 or x.dtype == wide:
        return np.asarray, ()
    if x.dtype == np.uint16:
        return lambda some: np.rint(some / 257).astype(np.uint8), ("16 bits of colour are written as 8",)
    preparation = Preparation.fit(data)
    (low,), (high,) = preparation.low, preparation.high
    most = int(np.iinfo(wide).max)

    def scaled(some: np.ndarray) -> np.ndarray:
        levels: np.ndarray = np.rint((some.astype(np.float64) - low) / (high - low) * most)
        whole: np.ndarray = np.clip(levels, 0, most).astype(wide)
        return whole

    return scaled, (f"values from {low:g} to {high:g} are written as whole numbers from 0 to {most}",)


def png(image: np.ndarray) -> bytes:
    """One image (H, W, C) as the bytes of a PNG."""
    made = io.BytesIO()
    picture(image).save(made, "PNG")
    return made.getvalue()


# The formats


def _saving_folder(path: Path, data: Dataset, items: np.ndarray | None) -> Saving:
    every = np.arange(len(data)) if items is None else items
    by_class = data.labels is not None and len(data.classes) > 0
    names = file_names(Chosen(every, data.labels, data.classes, dataset=data), by_class)
    factors = {name: text_or_number(values) for name, values in data.factors.items()}
    columns = free_names(factors, TAKEN)
    shown, notes = depicting(data)
    with new_folder(path) as made:
        for folder in {Path(name).parent for name in names}:
            (made / folder).mkdir(exist_ok=True)
        with (made / "metadata.csv").open("w", encoding="utf-8", newline="") as text:
            table = csv.writer(text, lineterminator="\n")
            table.writerow(["file_name", *(["label"] if by_class else []), *columns])
            named_next = iter(names)
            for progress, chosen in parts(data, items, 64, "Writing pictures"):
                yield progress
                told = [class_names(data, chosen)] if by_class else []
                told += [_cells(some(values, chosen)) for values in factors.values()]
                for image, *rest in zip(shown(some(data.x, chosen)), *told, strict=True):
                    name = next(named_next)
                    picture(image).save(made / name)
                    table.writerow([name, *rest])
    return notes


def _cells(values: np.ndarray) -> list[str]:
    """Text of a factor's values, empty where one is missing."""
    texts: list[str] = values.astype(np.str_).tolist()
    return ["" if text == "nan" else text for text in texts] if values.dtype.kind == "f" else texts


def _saving_text(path: Path, data: Dataset, items: np.ndarray | None) -> Saving:
    factors = {name: text_or_number(values) for name, values in data.factors.items()}
    before = ["item"] if data.items else []
    beside = ["label"] if data.labels is not None else []
    names = free_names((column.name for column in data.columns), [*before, *beside])
    more = free_names(factors, [*before, *beside, *names])
    categories = [column.categories for column in data.columns]
    with writing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*before, *names, *beside, *more])
        for progress, chosen in parts(data, items, 8192, "Writing rows"):
            yield progress
            front = [[data.items[i]] for i in chosen.tolist()] if before else [[]] * len(chosen)
            back = [class_names(data, chosen)] if beside else []
            back += [_cells(some(values, chosen)) for values in factors.values()]
            ends = zip(*back, strict=True) if back else [()] * len(chosen)
            rows = row_texts(some(data.x, chosen), categories)
            table.writerows([*a, *row, *b] for a, row, b in zip(front, rows, ends, strict=True))
        text.flush()
        text.detach()
    return ()


def _saving_arrays(path: Path, data: Dataset, items: np.ndarray | None) -> Saving:
    chosen: Any = slice(None) if items is None else items
    n = len(data) if items is None else len(items)
    factors = {name: text_or_number(values) for name, values in data.factors.items()}
    keys = free_names((re.sub(r"[\\/:]|\.\.", "-", name) for name in factors), ())
    arrays = {f"factors/{key}": values for key, values in zip(keys, factors.values(), strict=True)}
    told = description(data, dict(zip(arrays, factors, strict=True)))
    with writing(path) as file, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:

        def put(name: str, values: np.ndarray) -> None:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)

        with archive.open("x.npy", "w", force_zip64=True) as member:
            header = {"descr": data.x.dtype.str, "fortran_order": False, "shape": (n, *data.x.shape[1:])}
            np.lib.format.write_array_header_2_0(member, header)
            for progress, part in parts(data, items, n, "Writing items"):
                yield progress
                member.write(np.ascontiguousarray(some(data.x, part)).data)
        if data.labels is not None:
            put("labels", data.labels[chosen])
            put("classes", np.array(data.classes, np.str_))
        if data.items:
            put("items", np.array([data.items[i] for i in (range(n) if items is None else items.tolist())], np.str_))
        if data.columns:
            put("columns", np.array([column.name for column in data.columns], np.str_))
        for name, values in arrays.items():
            put(name, values[chosen])
        put(ABOUT, np.array(told))
    return ()


def with_classes(data: Dataset, labels: np.ndarray | None, classes: Sequence[str]) -> Dataset:
    """The dataset with other classes: those a person gave its items."""
    return replace(data, labels=labels, classes=tuple(classes) if labels is not None else ())
