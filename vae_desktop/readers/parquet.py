"""Parquet: tables in one file or many, parted by folders named ``column=value``; columns of pictures."""

from __future__ import annotations

import itertools
import math
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import PICTURES, Reader, Reading, Request, readers, split_source
from vae_desktop.readers.columns import Field, Layout, distinct, laid_out, listed, looks_like_pixels
from vae_desktop.readers.parquet_images import read_images
from vae_desktop.readers.parquet_parts import SAMPLE, SUFFIXES, Leaf, Parts, parts_of, told
from vae_desktop.readers.rows import Block, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 1 << 20  # Values read at once.
LOOKED_AT = 10_000  # Names in a folder that tell whether it is one of Parquet.


def takes(source: str) -> bool:
    """Whether it is a Parquet file, or a folder that holds such and no pictures."""
    path = split_source(source)[0]
    if not os.path.isdir(path):
        return path.name.lower().endswith(SUFFIXES)
    walked = (name.lower() for _, folders, names in os.walk(path) for name in (*names, *folders))
    seen = list(itertools.islice(walked, LOOKED_AT))
    return any(name.endswith(SUFFIXES) for name in seen) and not any(name.endswith(PICTURES) for name in seen)


def _fields(parts: Parts, leaves: Sequence[Leaf]) -> list[Field]:
    """The columns as the first rows show them."""
    batch, fields = parts.sample(), list[Field]()
    for leaf in leaves:
        if leaf.kind in ("text", "parted"):
            if leaf.kind == "parted":
                known = [value for value in list(leaf.values.values())[:SAMPLE] for _ in range(4)]
            else:
                codes, values = parts.words(leaf, "", batch)
                known = [values[code] for code in codes.tolist() if code >= 0]
            fields.append(Field(leaf.name, known, number=False))
            continue
        numbers = parts.numbers(leaf, batch)
        names = [leaf.name] if leaf.kind == "number" else [f"{leaf.name} {i + 1}" for i in range(leaf.width)]
        for name, column in zip(names, numbers.T.tolist(), strict=True):
            known = [f"{value:.15g}" for value in column if value is not None and value == value]
            fields.append(Field(name, known, number=True))
    return [replace(field, name=name) for field, name in zip(fields, distinct(f.name for f in fields), strict=True)]


def _pixels(leaves: Sequence[Leaf], fields: Sequence[Field]) -> tuple[list[int], tuple[int, int]] | None:
    """The columns of the only lists, and the (H, W) of the images that they make, or None."""
    starts = np.cumsum([0, *(leaf.width for leaf in leaves)]).tolist()
    lists = [(leaf, start) for leaf, start in zip(leaves, starts, strict=False) if leaf.width >= 64]
    if len(lists) != 1:
        return None
    ((leaf, start),) = lists
    columns = list(range(start, start + leaf.width))
    if len(leaf.dims) == 2:
        return columns, (leaf.dims[0], leaf.dims[1])
    side = math.isqrt(leaf.width)
    return (columns, (side, side)) if looks_like_pixels([fields[i] for i in columns]) else None


def _block(parts: Parts, leaves: Sequence[Leaf], layout: Layout, part: str, batch: Any) -> Block:
    """Some rows, laid out."""
    place = {i: p for p, i in enumerate(layout.places)}
    x = np.zeros((len(batch), len(place)), np.float32)
    words: dict[int, tuple[np.ndarray, Sequence[str]]] = {}
    factors: dict[int, np.ndarray] = {}
    at = 0
    for leaf in leaves:
        roles = layout.roles[at : at + leaf.width]
        if leaf.kind in ("text", "parted"):
            words[at] = parts.words(leaf, part, batch)
            if at in place:
                x[words[at][0] < 0, place[at]] = np.nan
        elif leaf.kind == "number" and roles[0] not in ("number", "factor"):
            words[at] = _coded(parts.numbers(leaf, batch)[:, 0])
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # becomes infinite, and is left out as such
                for k, (role, column) in enumerate(zip(roles, parts.numbers(leaf, batch).T, strict=True)):
                    if role == "number":
                        x[:, place[at + k]] = column
                    else:
                        factors[at + k] = column.astype(np.float64)
        at += leaf.width
    return Block(x, words, factors)


def _coded(numbers: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Numbers that are taken for words."""
    known = np.isfinite(numbers.astype(np.float64))
    values, codes = np.unique(numbers[known], return_inverse=True)
    found = np.full(len(numbers), -1, np.intp)
    found[known] = codes
    return found, [f"{value:.15g}" for value in values.tolist()]


def _read_table(parts: Parts, leaves: Sequence[Leaf], request: Request) -> Reading:
    with told(parts.files[0]):
        fields = _fields(parts, leaves)
    layout = laid_out(fields, request.options, parts.where, _pixels(leaves, fields))
    table, total = Table(layout, request.store), sum(parts.rows)
    skipped, row = list[tuple[str, str]](), 0
    size = max(1, min(65_536, BATCH // len(fields)))
    columns = list(dict.fromkeys(leaf.path[0] for leaf in leaves if leaf.path)) or parts.schema.names[:1]
    for part, batch in parts.batches(columns, size):
        with told(part):
            block = _block(parts, leaves, layout, part, batch)
        if not block.known:
            infinite, empty = np.isinf(block.x).any(axis=1), np.isnan(block.x).all(axis=1)
            for i in np.flatnonzero(infinite | empty).tolist():
                skipped.append((f"row {row + i + 1}", "holds infinite values" if infinite[i] else "holds no value"))
            block = block.taken(~(infinite | empty))
        table.add(block)
        row += len(batch)
        yield Progress(row, total, "Reading rows")
        if request.options.limit and len(table) >= request.options.limit:
            break
    if not len(table):
        first = f" ({skipped[0][0]} {skipped[0][1]})" if skipped else ""
        raise ReaderError(f"{parts.where}: none of its {row:,} rows can be used{first}; mend the values")
    notes = [f"left out columns that hold neither numbers nor text: {listed(parts.left)}"] if parts.left else []
    return (yield from table.dataset(parts.where, request.source, request.options, notes=notes, skipped=skipped))


def read(request: Request) -> Reading:
    """Read a table (N, D) float32, NaN where a value is missing, or the pictures of a column."""
    parts = Parts(request)
    with told(parts.files[0]):
        leaves = parts.leaves()
    image = next((leaf for leaf in leaves if leaf.kind == "image"), None)
    if image is not None:
        return (yield from read_images(parts, leaves, image, request))
    return (yield from _read_table(parts, leaves, request))


readers.add("parquet")(
    Reader("Parquet (.parquet), one file or a folder of them", takes, read, suffixes=SUFFIXES, files=parts_of)
)
