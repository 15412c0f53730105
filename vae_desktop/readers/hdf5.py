"""HDF5 files; one array of several as ``file.h5::group/name``. A process apart touches them."""

from __future__ import annotations

import contextlib
import json
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.apart import Child, child_for
from vae_desktop.readers.convert import CHUNK, library
from vae_desktop.readers.named import LABEL_WORDS, Stored, check_size, dataset_of_arrays, plain
from vae_desktop.readers.streams import DEFLATE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from vae_desktop.readers.store import Store

SUFFIXES = (".h5", ".hdf5", ".hdf", ".he5")
SIGNATURE = b"\x89HDF\r\n\x1a\n"
HOW = "save arrays of numbers in it, not links to other files"
LARGEST_CHUNK = 64 << 20  # bytes that are unpacked at once
NEGLIGIBLE = 1 << 20  # bytes that need not be in the file: values that are all the same


def _check(about: dict[str, Any], promised: int, where: str, size: int) -> None:
    """Refuse values that are not in this file of `size` bytes, or that no filter here unpacks."""
    if about["elsewhere"]:
        raise ReaderError(f"{where}: its values are in other files; copy them into this one")
    if about["lacking"]:
        raise ReaderError(
            f"{where}: packed by the filter {about['lacking'][0]!r}, which is not here; pack it with gzip"
        )
    room = min(about["stored"], size) * (DEFLATE if about["packed"] else 1)
    check_size(promised, max(room, NEGLIGIBLE), f"{tuple(about['shape'])} {np.dtype(about['dtype'])}", where)
    chunk = math.prod(about["chunks"] or (0,)) * max(1, promised // max(1, math.prod(about["shape"])))
    if chunk > LARGEST_CHUNK:
        raise ReaderError(f"{where}: packed in chunks of {chunk / 1e6:,.0f} MB; pack it in chunks of 1 MB or so")


def _step(about: dict[str, Any], row: int) -> int:
    """Items of `row` bytes read at once: whole chunks, so that each is unpacked once."""
    step = max(1, 4 * CHUNK // max(1, row))
    first = (about["chunks"] or (1,))[0]
    return max(1, step // first) * int(first)


def _load(
    child: Child, about: dict[str, Any], fields: list[str], dtype: np.dtype, where: str, size: int,
    store: Store, count: int | None,
) -> Generator[Progress, None, np.ndarray]:  # fmt: skip
    """The values, part by part along the first axis; of records, some fields as columns."""
    shape: tuple[int, ...] = (*about["shape"], len(fields)) if fields else tuple(about["shape"])
    width = sum(np.dtype(kind).itemsize for kind in about["fields"].values()) or dtype.itemsize
    _check(about, math.prod(about["shape"]) * width, where, size)
    if count is not None and shape:
        shape = (min(count, shape[0]), *shape[1:])
    n = shape[0] if shape else 1
    step = _step(about, math.prod(shape[1:]) * dtype.itemsize)
    out = store.empty(shape, dtype)
    if 0 in shape:
        return out
    flat = out.reshape(-1).view(np.uint8)
    part = step * math.prod(shape[1:]) * dtype.itemsize
    child.tell(read=about["name"], step=step, rows=n, fields=fields, dtype=dtype.str, texts=False)
    for i, start in enumerate(range(0, n, step)):
        child.hear(where, flat[i * part : (i + 1) * part])
        yield Progress(start, n, "Reading")
    child.ready = True
    return out


def _texts(
    child: Child, about: dict[str, Any], where: str, size: int, _: Store, count: int | None
) -> Generator[Progress, None, np.ndarray]:
    _check(about, 16 * about["shape"][0], where, size)
    found: list[str] = []
    n = about["shape"][0] if count is None else min(count, about["shape"][0])
    child.tell(read=about["name"], step=1024, rows=n, fields=[], dtype="", texts=True)
    for start in range(0, n, 1024):
        found += json.loads(child.hear(where)["data"].tobytes())
        yield Progress(start, n, "Reading")
    child.ready = True
    return np.array(found, str)


def _arrays(child: Child, about: dict[str, Any], where: str, size: int) -> Iterator[Stored]:
    """An array as one; a table of records as its numbers, and each of its texts and what is called a label."""
    name, shape, dtype = plain(about["name"]), tuple(about["shape"]), np.dtype(about["dtype"])
    load = partial(_load, child, about)
    if about["texts"] and len(shape) == 1:
        yield Stored(name, shape, np.dtype(str), partial(_texts, child, about, where, size))
    elif about["fields"] and len(shape) == 1:
        kinds = {title: np.dtype(kind) for title, kind in about["fields"].items()}
        apart = [title for title, kind in kinds.items() if kind.kind == "S" or title.lower() in LABEL_WORDS]
        numbers = [title for title, kind in kinds.items() if kind.kind in "biuf" and title not in apart]
        double = np.dtype(np.float64)
        if numbers:
            values = partial(load, numbers, double, where, size)
            yield Stored(name, (*shape, len(numbers)), double, values, tuple(numbers))
        for title in apart:
            values = partial(load, [title], kinds[title], where, size)
            yield Stored(f"{name}/{title}", (*shape, 1), kinds[title], values)
    elif about["kind"] in "biufS":
        yield Stored(name, shape, dtype, partial(load, [], dtype, where, size))


@contextlib.contextmanager
def opened(path: Path) -> Iterator[list[tuple[str, Stored]]]:
    """All arrays of a file that could be items, classes or further columns, each with what MATLAB calls its kind.

    Raises
    ------
    ReaderError
        When it is no such file, or h5py is not installed.
    OSError
        When it may not be read.
    """
    library("h5py", "HDF5 files")
    size = path.stat().st_size
    with path.open("rb"), child_for("an HDF5 file") as child:
        child.tell(open=str(path.resolve()))
        found = child.hear(str(path))
        child.ready = True
        if found["too many"]:
            raise ReaderError(f"{path}: holds too many groups and arrays; stack the items into one array")
        yield [
            (about["matlab"], array)
            for about in found["arrays"]
            for array in _arrays(child, about, f"{path}::{plain(about['name'])}", size)
        ]


def read(request: Request) -> Reading:
    """Read images, or a table of numbers, with classes and further columns from the arrays beside them."""
    yield Progress(0, 0, "Opening")
    with opened(request.path) as arrays:
        return (yield from dataset_of_arrays([array for _, array in arrays], request, HOW))


readers.add("hdf5")(
    Reader(
        "HDF5 files (.h5, .hdf5)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES, arrays=True
    )
)
