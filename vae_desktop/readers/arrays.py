"""NumPy files: ``.npy`` (memory-mapped) and ``.npz`` (one array of several as ``file.npz::name``)."""

from __future__ import annotations

import math
import re
import struct
import tokenize
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.convert import classes_of, dataset_of, fill, size_text
from vae_desktop.readers.described import ABOUT, described

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from vae_desktop.core.work import Progress
    from vae_desktop.readers.convert import Stream

SUFFIXES = (".npz", ".npy")
DATA_WORDS = {"images", "image", "imgs", "img", "x", "data", "inputs", "features", "samples", "pixels", "faces"}
LABEL_WORDS = {"y", "labels", "label", "targets", "target", "classes", "class"}
MOST_FACTORS = 16  # Columns of a second table that still look like factors.
# What numpy and zipfile raise on files that are broken, whatever is wrong in them.
BROKEN = (
    BadZipFile, EOFError, KeyError, MemoryError, NotImplementedError, OverflowError, RuntimeError, SyntaxError,
    AttributeError, TypeError, ValueError, struct.error, tokenize.TokenError, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """An array as its header describes it; `start` is where its values begin, in bytes."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    start: int

    @property
    def size(self) -> int:
        """Its bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def words(self) -> set[str]:
        """The words of its name."""
        return set(re.split(r"[\W_]+", self.name.lower()))

    @property
    def usable(self) -> bool:
        """Whether it can be images or a table."""
        return len(self.shape) in (2, 3, 4) and self.dtype.kind in "biuf" and self.size > 0

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(map(str, self.shape))}) {self.dtype}"


def read_header(stream: Stream, name: str) -> Stored:
    """Read the header of a ``.npy`` stream; its promises are not yet checked.

    Raises
    ------
    ValueError
        Or another of `BROKEN`, when there is none.
    """
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"its version is {version[0]}.{version[1]}")
    parse = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = parse(stream)
    if any(type(n) is not int or n < 0 for n in shape):
        raise ValueError(f"its shape is {shape}")
    return Stored(name, shape, dtype, fortran, stream.tell())


def _check(stored: Stored, room: int, where: str) -> None:
    """Refuse an array of objects, and one that promises more than the `room` there is for its values."""
    if stored.dtype.hasobject:
        raise ReaderError(f"{where}: holds pickled Python objects, which could run code; save it as plain numbers")
    if stored.size > room:
        promise = f"{stored.shape} {stored.dtype}, {size_text(stored.size)}"
        raise ReaderError(f"{where}: promises {promise}, but holds {size_text(room)}; it is cut short or damaged")


def _read_npy(path: Path, source: str) -> Reading:
    with path.open("rb") as file:
        try:
            stored = read_header(file, path.stem)
        except BROKEN as error:
            raise ReaderError(f"{path}: not a NumPy array file, or damaged; save it with numpy.save") from error
    _check(stored, path.stat().st_size - stored.start, str(path))
    x: np.ndarray
    if stored.size:
        # Copy on write: what is changed in memory never reaches the file.
        x = np.memmap(path, stored.dtype, "c", stored.start, stored.shape, "F" if stored.fortran else "C")
    else:
        x = np.empty(stored.shape, stored.dtype)
    return (yield from dataset_of(np.asarray(x), str(path), source=source))


def _member(archive: ZipFile, stored: Stored, where: str) -> Generator[Progress, None, np.ndarray]:
    """One array of an archive, in memory."""
    with archive.open(stored.name + ".npy") as file:
        _check(stored, archive.getinfo(file.name).file_size - stored.start, where)
        read_header(file, stored.name)
        data = yield from fill(file, stored.size, where)
    flat = data.view(stored.dtype)
    return flat.reshape(stored.shape[::-1]).T if stored.fortran else flat.reshape(stored.shape)


def _choose(arrays: list[Stored], path: Path, name: str) -> Stored:
    """The array meant by `name`, or the only sensible one."""
    listed = ", ".join(map(str, arrays[:20])) + (", …" if len(arrays) > 20 else "")
    if not arrays:
        raise ReaderError(f"{path}: holds no arrays; save it with numpy.savez")
    if name:
        for stored in arrays:
            if stored.name == name:
                return stored
        raise ReaderError(f"{path}: holds no array {name!r}; it holds {listed}")
    usable = [stored for stored in arrays if stored.usable]
    if len(arrays) == 1 or len(usable) == 1:
        return (usable or arrays)[0]
    if not usable:
        raise ReaderError(f"{path}: holds neither images nor a table of numbers; it holds {listed}")
    known = [a for a in usable if a.words & (DATA_WORDS | {"train"}) and not a.words & LABEL_WORDS]
    known.sort(key=lambda stored: -math.prod(stored.shape))
    if not known or (len(known) > 1 and math.prod(known[0].shape) == math.prod(known[1].shape)):
        raise ReaderError(f"{path}: which array? It holds {listed}; name one: {path}::{usable[0].name}")
    return known[0]


def _labels_for(chosen: Stored, arrays: list[Stored]) -> list[Stored]:
    """Arrays that may hold its labels, the likeliest first: ``y_train`` belongs to ``x_train``, not to ``x_test``."""
    split = chosen.words - DATA_WORDS
    found = []
    for stored in arrays:
        fits = stored.shape in (chosen.shape[:1], (*chosen.shape[:1], 1)) and stored.words & LABEL_WORDS
        other = stored.words - LABEL_WORDS
        if stored is not chosen and fits and (split == other or not split or not other):
            found.append((split != other, stored.name, stored))
    return [stored for *_, stored in sorted(found, key=lambda entry: entry[:2])]


def _read_npz(path: Path, name: str, source: str) -> Reading:
    with ZipFile(path) as archive:
        arrays = []
        for info in archive.infolist():
            if info.filename.endswith(".npy"):
                with archive.open(info) as file:
                    arrays.append(read_header(file, info.filename.removesuffix(".npy")))
        if name in ("", "x") and any(stored.name == ABOUT for stored in arrays):
            return (yield from _read_described(archive, {stored.name: stored for stored in arrays}, path, source))
        chosen = _choose(arrays, path, name)
        where = f"{path}::{chosen.name}"
        x = yield from _member(archive, chosen, where)
        notes = [f"took the array {chosen}"] if len(arrays) > 1 and not name else []
        labels: np.ndarray | None = None
        classes: tuple[str, ...] = ()
        beside = [a for a in arrays if a is not chosen and a.shape[:1] == chosen.shape[:1] and a.dtype.kind in "biufUS"]
        for stored in _labels_for(chosen, beside):
            read = classes_of((yield from _member(archive, stored, f"{path}::{stored.name}")).reshape(-1))
            if read:
                labels, classes = read
                notes.append(f"took the labels from {stored.name}")
                beside.remove(stored)
                break
        factors = {}
        for stored in beside:
            columns = math.prod(stored.shape[1:])
            if len(stored.shape) <= 2 and columns <= MOST_FACTORS:
                values = yield from _member(archive, stored, f"{path}::{stored.name}")
                for i, column in enumerate(values.reshape(len(values), -1).T):
                    factors[stored.name if columns == 1 else f"{stored.name} {i + 1}"] = column
    return (
        yield from dataset_of(x, where, source=source, labels=labels, classes=classes, factors=factors, notes=notes)
    )


def _read_described(archive: ZipFile, arrays: dict[str, Stored], path: Path, source: str) -> Reading:
    """What was exported as a dataset."""

    def part(name: str) -> Generator[Progress, None, np.ndarray | None]:
        return (yield from _member(archive, arrays[name], f"{path}::{name}")) if name in arrays else None

    about = yield from _member(archive, arrays[ABOUT], f"{path}::{ABOUT}")
    return (yield from described(str(about), part, source))


def read(request: Request) -> Reading:
    """Read images (N, H, W), (N, H, W, 1 or 3), (N, 1 or 3, H, W) or a table (N, D) of numbers."""
    path, name, source = request.path, request.array, request.source
    if not path.stat().st_size:
        raise ReaderError(f"{path}: the file is empty; fetch or save it again")
    if path.suffix.lower() == ".npy":
        return (yield from _read_npy(path, source))
    try:
        return (yield from _read_npz(path, name, source))
    except BROKEN as error:
        raise ReaderError(f"{path}: not a NumPy archive, cut short or damaged ({error}); fetch it again") from error


readers.add("arrays")(
    Reader(
        "NumPy arrays (.npy, .npz)",
        lambda source: is_file_named(source, SUFFIXES),
        read,
        suffixes=SUFFIXES,
        arrays=True,
    )
)
