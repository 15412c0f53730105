"""HDF5 files; one array of several as ``file.h5::group/name``."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.convert import CHUNK, library
from vae_desktop.readers.named import LABEL_WORDS, Stored, check_size, dataset_of_arrays
from vae_desktop.readers.streams import DEFLATE

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from vae_desktop.readers.store import Store

SUFFIXES = (".h5", ".hdf5", ".hdf", ".he5")
SIGNATURE = b"\x89HDF\r\n\x1a\n"
DEPTH, MOST = 8, 1000  # levels of groups and objects of a file that are looked at
LARGEST_CHUNK = 64 << 20  # bytes that are unpacked at once
NEGLIGIBLE = 1 << 20  # bytes that need not be in the file: values that are all the same
HOW = "save arrays of numbers in it, not links to other files"
LONGEST = 200  # letters of a text
# What h5py raises on files that are broken, whatever is wrong in them.
BROKEN = (
    ArithmeticError, AttributeError, LookupError, MemoryError, NotImplementedError, OSError, RecursionError,
    RuntimeError, SystemError, TypeError, ValueError,
)  # fmt: skip


def _walk(group: Any, prefix: str, seen: set[int], depth: int, h5py: Any) -> list[tuple[str, Any]]:
    """All datasets below a group with their names; only what is in this very file, each once."""
    found: list[tuple[str, Any]] = []
    for name in group:
        if len(seen) >= MOST:
            raise ReaderError(
                f"{group.file.filename}: holds more than {MOST:,} groups and arrays; stack the items into one array"
            )
        # Links lead to other files, or round in circles.
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        entry = group[name]
        address = h5py.h5o.get_info(entry.id).addr
        if address in seen:
            continue
        seen.add(address)
        full = f"{prefix}{name}"
        if isinstance(entry, h5py.Dataset):
            found.append((full, entry))
        elif isinstance(entry, h5py.Group) and depth:
            found += _walk(entry, full + "/", seen, depth - 1, h5py)
    return found


def _check(entry: Any, where: str, size: int) -> None:
    """Refuse values that are not in this file of `size` bytes, or that no filter here unpacks."""
    available = library("h5py", "HDF5 files").h5z.filter_avail
    layout = entry.id.get_create_plist()
    if entry.is_virtual or entry.external:
        raise ReaderError(f"{where}: its values are in other files; copy them into this one")
    stored = entry.id.get_storage_size()
    packed = layout.get_nfilters() > 0
    for i in range(layout.get_nfilters()):
        code, _, _, name = layout.get_filter(i)
        if not available(code):
            called = name.decode("ascii", "replace") or f"number {code}"
            raise ReaderError(f"{where}: packed by the filter {called!r}, which is not here; pack it with gzip")
    promised = math.prod(entry.shape) * entry.dtype.itemsize
    room = min(stored, size) * (DEFLATE if packed else 1)
    check_size(promised, max(room, NEGLIGIBLE), f"{entry.shape} {entry.dtype}", where)
    chunk = math.prod(entry.chunks or (0,)) * entry.dtype.itemsize
    if chunk > LARGEST_CHUNK:
        raise ReaderError(f"{where}: packed in chunks of {chunk / 1e6:,.0f} MB; pack it in chunks of 1 MB or so")


def _load(entry: Any, where: str, size: int, store: Store) -> Generator[Progress, None, np.ndarray]:
    """The values, part by part along the first axis."""
    _check(entry, where, size)
    if entry.dtype.kind == "O":
        return (yield from _texts(entry))
    out = store.empty(entry.shape, entry.dtype)
    if not entry.shape or not entry.size:
        return entry[()] if entry.size else out
    row = out[:1].nbytes
    step = max(1, 4 * CHUNK // max(1, row))
    if entry.chunks:  # whole chunks, so that each is unpacked once
        step = max(1, step // entry.chunks[0]) * entry.chunks[0]
    for start in range(0, len(out), step):
        out[start : start + step] = entry[start : start + step]
        yield Progress(start, len(out), "Reading")
    return out


def _fields(entry: Any, name: str, where: str, size: int) -> list[Stored]:
    """A table of records: its numbers as one array with titles, its texts and what is called a label each as one."""
    fields = {title: entry.dtype[title] for title in entry.dtype.names}
    single = {title: dtype for title, dtype in fields.items() if dtype.kind in "biufS"}
    apart = {title: dtype for title, dtype in single.items() if dtype.kind == "S" or title.lower() in LABEL_WORDS}
    numbers = tuple(title for title in single if title not in apart)

    def load(titles: tuple[str, ...], dtype: np.dtype, store: Store) -> Generator[Progress, None, np.ndarray]:
        _check(entry, where, size)
        out = store.empty((len(entry), len(titles)), dtype)
        step = max(1, 4 * CHUNK // entry.dtype.itemsize)
        for start in range(0, len(entry), step):
            records = entry[start : start + step]
            for j, title in enumerate(titles):
                out[start : start + step, j] = records[title]
            yield Progress(start, len(entry), "Reading")
        return out

    arrays = []
    if numbers:
        double = np.dtype(np.float64)
        arrays.append(Stored(name, (len(entry), len(numbers)), double, partial(load, numbers, double), numbers))
    for title, dtype in apart.items():
        arrays.append(Stored(f"{name}/{title}", (len(entry), 1), dtype, partial(load, (title,), dtype)))
    return arrays


def _texts(entry: Any) -> Generator[Progress, None, np.ndarray]:
    found: list[str] = []
    texts = entry.asstr(errors="replace")
    for start in range(0, len(entry), 1024):
        found += [text[:LONGEST] for text in texts[start : start + 1024].tolist()]
        yield Progress(start, len(entry), "Reading")
    return np.array(found, str)


def arrays_of(file: Any, path: Path) -> list[Stored]:
    """All arrays of an open file that could be items, classes or further columns."""
    h5py = library("h5py", "HDF5 files")
    size = path.stat().st_size
    arrays = []
    for name, entry in _walk(file, "", set(), DEPTH, h5py):
        dtype = entry.dtype
        if dtype.names and len(entry.shape) == 1:
            arrays += _fields(entry, name, f"{path}::{name}", size)
        if dtype.kind == "O" and h5py.check_string_dtype(dtype) is not None and len(entry.shape) == 1:
            dtype = np.dtype(str)
        if entry.shape is not None and dtype.kind in "biufUS":
            arrays.append(Stored(name, entry.shape, dtype, partial(_load, entry, f"{path}::{name}", size)))
    return arrays


def opened(path: Path) -> Any:
    """The file, opened to be read only.

    Raises
    ------
    ReaderError
        When h5py is not installed.
    OSError
        When it is no such file.
    """
    h5py = library("h5py", "HDF5 files")
    return h5py.File(path, "r", locking=False)


def read(request: Request) -> Reading:
    """Read images, or a table of numbers, with classes and further columns from the arrays beside them."""
    path = request.path
    yield Progress(0, 0, "Opening")
    with path.open("rb"):  # says itself when it may not be read
        pass
    try:
        with opened(path) as file:
            return (yield from dataset_of_arrays(arrays_of(file, path), request, HOW))
    except BROKEN as error:
        text = " ".join(str(error).split())[:120]
        raise ReaderError(f"{path}: not an HDF5 file, cut short or damaged ({text}); fetch it again") from error


readers.add("hdf5")(
    Reader(
        "HDF5 files (.h5, .hdf5)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES, arrays=True
    )
)
