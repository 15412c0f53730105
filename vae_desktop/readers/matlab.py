"""MATLAB's ``.mat`` files, of version 7.3 (which are HDF5) and before; one array as ``file.mat::name``."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, hdf5, is_file_named, readers
from vae_desktop.readers.apart import Child, child_for
from vae_desktop.readers.convert import CHUNK, size_text
from vae_desktop.readers.named import Stored, check_size, dataset_of_arrays
from vae_desktop.readers.streams import DEFLATE

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from vae_desktop.readers.store import Store

SUFFIXES = (".mat",)
TYPES = {
    "double": "f8", "single": "f4", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4",
    "uint32": "u4", "int64": "i8", "uint64": "u8", "logical": "?",
}  # fmt: skip
HOW = "save matrices of numbers in it (not structs, cells, tables or objects)"
WIDENED = 8  # times that numbers may grow when they are unpacked: doubles that are whole are kept as bytes
IN_MEMORY = 64 << 20  # bytes: an array above, in files before 7.3, must not be packed more than PACKED times
PACKED = 300


def _is_hdf5(path: Path) -> bool:
    """Whether HDF5 begins after MATLAB's own header."""
    with path.open("rb") as file:
        head = file.read(520)
    return head[512:] == hdf5.SIGNATURE or head[:8] == hdf5.SIGNATURE


def _turned(load: Any, logical: bool, store: Store, count: int | None) -> Generator[Progress, None, np.ndarray]:
    """MATLAB counts along columns: its first axis is HDF5's last."""
    values: np.ndarray = yield from load(store, count)
    return values.view(bool).T if logical and values.dtype == np.uint8 and values.max(initial=0) <= 1 else values.T


def _arrays_73(arrays: list[tuple[str, Stored]]) -> list[Stored]:
    found = []
    for kind, stored in arrays:
        # References and the texts of cells lie in #refs#; letters are numbers, too.
        if stored.name.startswith("#") or kind in ("char", "cell", "struct", "function_handle"):
            continue
        dtype = np.dtype(bool) if kind == "logical" else stored.dtype
        turned = partial(_turned, stored.load, kind == "logical")
        found.append(replace(stored, shape=stored.shape[::-1], load=turned, dtype=dtype, outer=-1))
    return found


def _load(
    child: Child, path: Path, name: str, shape: tuple[int, ...], size: int, store: Store, count: int | None
) -> Generator[Progress, None, np.ndarray]:
    where = f"{path}::{name}"
    promised = math.prod(shape) * 8
    check_size(promised, size * DEFLATE * WIDENED, str(shape), where)
    if promised > max(IN_MEMORY, size * PACKED):
        raise ReaderError(f"{where}: unpacks to {size_text(promised)}, far more than the file is; save it with -v7.3")
    yield Progress(0, 0, "Reading")
    some = (*shape[:-1], shape[-1] if count is None else min(count, shape[-1]))
    child.tell(matlab=str(path.resolve()), name=name, step=CHUNK, most=math.prod(some))
    about = child.hear(where)
    dtype = np.dtype(about["dtype"])
    if tuple(about["shape"]) != shape or dtype.kind not in "biuf":
        raise ReaderError(f"{where}: is not what it says; the file is damaged")
    values = store.empty(some[::-1], dtype)
    flat = values.reshape(-1).view(np.uint8)
    for start in range(0, values.nbytes, CHUNK * dtype.itemsize):
        child.hear(where, flat[start : start + CHUNK * dtype.itemsize])
        yield Progress(start, values.nbytes, "Reading", counted=False)
    child.ready = True
    return values.T


def _arrays(child: Child, path: Path) -> list[Stored]:
    child.tell(matlab=str(path.resolve()), name="", step=0)
    found = child.hear(str(path))["arrays"]
    child.ready = True
    size = path.stat().st_size
    return [
        Stored(
            name, tuple(shape), np.dtype(TYPES[kind]), partial(_load, child, path, name, tuple(shape), size), outer=-1
        )
        for name, shape, kind in found
        if kind in TYPES and name.isidentifier()
    ]


def read(request: Request) -> Reading:
    """Read images (H, W, C, N) or of any other order, or a table, with classes and further columns beside them."""
    path = request.path
    yield Progress(0, 0, "Opening")
    if _is_hdf5(path):
        with hdf5.opened(path) as found:
            return (yield from dataset_of_arrays(_arrays_73(found), request, HOW))
    with child_for("a MATLAB file") as child:
        return (yield from dataset_of_arrays(_arrays(child, path), request, HOW))


readers.add("matlab")(
    Reader("MATLAB files (.mat)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES, arrays=True)
)
