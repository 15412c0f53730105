"""MATLAB's ``.mat`` files, of version 7.3 (which are HDF5) and before; one array as ``file.mat::name``."""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, hdf5, is_file_named, readers
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
# What scipy raises on files that are broken, whatever is wrong in them.
BROKEN = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError,
    RecursionError, RuntimeError, SystemError, TypeError, ValueError, Warning, struct.error, zlib.error,
)  # fmt: skip


def _is_hdf5(path: Path) -> bool:
    """Whether HDF5 begins after MATLAB's own header."""
    with path.open("rb") as file:
        head = file.read(520)
    return head[512:] == hdf5.SIGNATURE or head[:8] == hdf5.SIGNATURE


def _turned(load: Any, logical: bool, store: Store) -> Generator[Progress, None, np.ndarray]:
    """MATLAB counts along columns: its first axis is HDF5's last."""
    values: np.ndarray = yield from load(store)
    return values.view(bool).T if logical and values.dtype == np.uint8 and values.max(initial=0) <= 1 else values.T


def _arrays_73(arrays: list[tuple[str, Stored]]) -> list[Stored]:
    found = []
    for kind, stored in arrays:
        # References and the texts of cells lie in #refs#; letters are numbers, too.
        if stored.name.startswith("#") or kind in ("char", "cell", "struct", "function_handle"):
            continue
        dtype = np.dtype(bool) if kind == "logical" else stored.dtype
        turned = partial(_turned, stored.load, kind == "logical")
        found.append(replace(stored, shape=stored.shape[::-1], load=turned, dtype=dtype))
    return found


def _load(path: Path, name: str, shape: tuple[int, ...], size: int, _: Store) -> Generator[Progress, None, np.ndarray]:
    import scipy.io

    yield Progress(0, 0, "Reading")
    promised = math.prod(shape) * 8
    check_size(promised, size * DEFLATE * WIDENED, str(shape), f"{path}::{name}")
    if promised > max(IN_MEMORY, size * PACKED):
        raise ReaderError(
            f"{path}::{name}: unpacks to {promised / 1e6:,.0f} MB, far more than the file is; save it with -v7.3"
        )
    values: np.ndarray = scipy.io.loadmat(path, variable_names=[name])[name]
    return values


def _arrays(path: Path) -> list[Stored]:
    import scipy.io

    size = path.stat().st_size
    arrays = []
    for name, shape, kind in scipy.io.whosmat(path):
        if kind in TYPES:
            arrays.append(Stored(name, tuple(shape), np.dtype(TYPES[kind]), partial(_load, path, name, shape, size)))
    return arrays


def read(request: Request) -> Reading:
    """Read images (H, W, C, N) or of any other order, or a table, with classes and further columns beside them."""
    from scipy.io.matlab import MatReadError

    path = request.path
    yield Progress(0, 0, "Opening")
    try:
        if _is_hdf5(path):
            with hdf5.opened(path) as found:
                return (yield from dataset_of_arrays(_arrays_73(found), request, HOW))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            arrays = _arrays(path)
        return (yield from dataset_of_arrays(arrays, request, HOW))
    except (*BROKEN, MatReadError) as error:
        text = " ".join(str(error).split())[:120]
        raise ReaderError(f"{path}: not a MATLAB file, cut short or damaged ({text}); save it again") from error


readers.add("matlab")(
    Reader("MATLAB files (.mat)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES, arrays=True)
)
