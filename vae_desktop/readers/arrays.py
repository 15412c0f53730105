"""NumPy files: ``.npy`` (memory-mapped) and ``.npz`` (one array of several as ``file.npz::name``)."""

from __future__ import annotations

import math
import struct
import tokenize
import warnings
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.convert import dataset_of
from vae_desktop.readers.described import ABOUT, described
from vae_desktop.readers.named import Stored, check_size, dataset_of_arrays, plain
from vae_desktop.readers.store import SMALL
from vae_desktop.readers.streams import DEFLATE, fill

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.work import Progress
    from vae_desktop.readers.store import Store
    from vae_desktop.readers.streams import Stream

HOW = "save it with numpy.savez"
LONGEST_HEADER = 1 << 16  # bytes
# What numpy and zipfile raise on files that are broken, whatever is wrong in them.
BROKEN = (
    AttributeError, BadZipFile, EOFError, KeyError, MemoryError, NotImplementedError, OverflowError, RuntimeError,
    SyntaxError, TypeError, ValueError, struct.error, tokenize.TokenError, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What the header of a ``.npy`` says; `start` is where its values begin, in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    start: int

    @property
    def size(self) -> int:
        """The bytes it promises."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{self.shape} {self.dtype}"


class _Short:
    """A stream that gives no long piece at once: numpy believes any length that a header claims to have."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def read(self, size: int = 0, /) -> bytes:
        """Up to `size` bytes."""
        if size > LONGEST_HEADER:
            raise ValueError(f"its header is of {size:,} bytes")
        return self.stream.read(size)


def read_header(stream: Stream) -> Header:
    """Read the header of a ``.npy`` stream; its promises are not yet checked.

    Raises
    ------
    ValueError
        Or another of `BROKEN`, when there is none.
    """
    short = _Short(stream)
    version = np.lib.format.read_magic(short)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"its version is {version[0]}.{version[1]}")
    parse = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that Python 2 wrote it
        shape, fortran, dtype = parse(short)
    if any(type(n) is not int or n < 0 for n in shape):
        raise ValueError(f"its shape is {shape}")
    return Header(shape, dtype, fortran, stream.tell())


def _check(header: Header, room: int, where: str) -> None:
    """Refuse an array of objects, and one that promises more than the `room` there is for its values."""
    if header.dtype.hasobject:
        raise ReaderError(f"{where}: holds pickled Python objects, which could run code; save it as plain numbers")
    check_size(header.size, room, str(header), where)


def read_npy(request: Request) -> Reading:
    """Read images, or a table of numbers, in place: only what is looked at is ever in memory."""
    path = request.path
    with path.open("rb") as file:
        try:
            header = read_header(file)
        except BROKEN as error:
            raise ReaderError(f"{path}: not a NumPy array file, or damaged; save it with numpy.save") from error
    _check(header, path.stat().st_size - header.start, str(path))
    x: np.ndarray
    if header.size:
        # Copy on write: what is changed in memory never reaches the file.
        x = np.memmap(path, header.dtype, "c", header.start, header.shape, "F" if header.fortran else "C")
        x = np.array(x) if header.size <= SMALL else x  # who writes a mapped file anew ends this program
    else:
        x = np.empty(header.shape, header.dtype)
    return (yield from dataset_of(np.asarray(x), str(path), source=request.source, request=request))


def _member(
    archive: ZipFile, info: ZipInfo, header: Header, where: str, size: int, store: Store, count: int | None
) -> Generator[Progress, None, np.ndarray]:
    """One array of an archive of `size` bytes; unless `count` is None, the first so many of what is stored in one."""
    _check(header, min(info.file_size, size * DEFLATE) - header.start, where)
    shape = header.shape[::-1] if header.fortran else header.shape
    part = count is not None and shape[:1] > (count,)
    shape = (count, *shape[1:]) if part and count is not None else shape
    with archive.open(info) as file:
        read_header(file)
        data = yield from fill(file, math.prod(shape) * header.dtype.itemsize, where, store, more=part)
    values = data.view(header.dtype).reshape(shape)
    return values.T if header.fortran else values


def read_npz(request: Request) -> Reading:
    """Read images, or a table of numbers, with classes and further columns from the arrays beside them."""
    path = request.path
    size = path.stat().st_size
    if not size:
        raise ReaderError(f"{path}: the file is empty; fetch or save it again")
    try:
        with ZipFile(path) as archive:
            arrays = []
            for info in archive.infolist():
                if info.filename.endswith(".npy"):
                    with archive.open(info) as file:
                        header = read_header(file)
                    name = plain(info.filename.removesuffix(".npy"))
                    load = partial(_member, archive, info, header, f"{path}::{name}", size)
                    arrays.append(Stored(name, header.shape, header.dtype, load, outer=-1 if header.fortran else 0))
            if request.array in ("", "x") and any(stored.name == ABOUT for stored in arrays):
                return (yield from described(arrays, request))
            return (yield from dataset_of_arrays(arrays, request, HOW))
    except BROKEN as error:
        raise ReaderError(f"{path}: not a NumPy archive, cut short or damaged ({error}); fetch it again") from error


readers.add("npy")(
    Reader("NumPy arrays (.npy)", lambda source: is_file_named(source, (".npy",)), read_npy, (".npy",), cached=False)
)
readers.add("npz")(
    Reader("NumPy archives (.npz)", lambda source: is_file_named(source, (".npz",)), read_npz, (".npz",), arrays=True)
)
