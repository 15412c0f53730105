"""IDX, the format in which MNIST is published (LeCun, Cortes, Burges), with or without gzip."""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Guess
from vae_desktop.readers import Reader, Reading, Request, readers, split_source
from vae_desktop.readers.convert import classes_of, dataset_of, size_text
from vae_desktop.readers.streams import DEFLATE, Gunzip, fill

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from typing import BinaryIO

    from vae_desktop.core.work import Progress

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
NAMED = re.compile(r"[.-]idx\d(-\w+)?(\.gz)?$|\.idx(\.gz)?$", re.IGNORECASE)
BROKEN = (EOFError, zlib.error)


def _open(path: Path) -> BinaryIO | Gunzip:
    file = path.open("rb")
    return Gunzip(file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def takes(source: str) -> bool:
    """Whether it is named like an IDX file or begins like one, under gzip too."""
    path, _ = split_source(source)
    try:
        if not path.is_file():
            return False
        if NAMED.search(path.name):
            return True
        with _open(path) as stream:
            head = stream.read(4)
    except (OSError, *BROKEN):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= 4


def _header(path: Path, stream: BinaryIO | Gunzip) -> tuple[np.dtype, tuple[int, ...]]:
    """Type and shape that the header promises, as far as the file's size allows it."""
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not 1 <= head[3] <= 4:
        raise ReaderError(f"{path}: not an IDX file, or damaged; fetch it again")
    rest = stream.read(4 * head[3])
    if len(rest) < 4 * head[3]:
        raise ReaderError(f"{path}: cut short within its header; fetch it again")
    dtype, shape = np.dtype(TYPES[head[2]]), tuple(int(n) for n in np.frombuffer(rest, ">u4"))
    promise, size = math.prod(shape) * dtype.itemsize, path.stat().st_size
    most = size * DEFLATE if isinstance(stream, Gunzip) else size - 4 - len(rest)
    if promise > most:
        sizes = " × ".join(map(str, shape))
        raise ReaderError(
            f"{path}: promises {sizes} values, {size_text(promise)}, but the file is only {size_text(size)}; "
            "it is cut short or damaged"
        )
    return dtype, shape


def _shape(path: Path) -> tuple[int, ...]:
    with _open(path) as stream:
        return _header(path, stream)[1]


def _array(path: Path, request: Request) -> Generator[Progress, None, np.ndarray]:
    """The values, or as many items as are wanted."""
    try:
        with _open(path) as stream:
            dtype, (n, *sizes) = _header(path, stream)
            size = math.prod(sizes) * dtype.itemsize
            count = min(n, request.enough(size) or n)
            data = yield from fill(stream, count * size, str(path), request.store, more=count < n)
    except BROKEN as error:
        raise ReaderError(f"{path}: cut short or damaged ({error}); fetch it again") from error
    return data.view(dtype).reshape(count, *sizes)


def _partner(path: Path, *swaps: tuple[str, str]) -> Path | None:
    """The file beside `path` whose name differs in `swaps`, and perhaps in ``.gz`` or dot and hyphen."""
    stem = path.name.removesuffix(".gz")
    for old, new in swaps:
        if old not in stem:
            return None
        stem = stem.replace(old, new)
    dotted, hyphened = stem.replace("-idx", ".idx"), stem.replace(".idx", "-idx")
    names = [name + end for name in dict.fromkeys((stem, dotted, hyphened)) for end in ("", ".gz")]
    found = [path.with_name(name) for name in names if path.with_name(name).is_file()]
    # Of two, the one that is compressed as `path` is.
    return min(found, key=lambda file: file.suffix != path.suffix, default=None)


def _images(labels: Path) -> Path | None:
    """The images beside labels: grey ones, or else in colour."""
    return next(filter(None, (_partner(labels, ("labels", "images"), ("idx1", f"idx{k}")) for k in (3, 4, 2))), None)


def _labels(images: Path) -> Path | None:
    """The labels beside images."""
    return next(filter(None, (_partner(images, ("images", "labels"), (f"idx{k}", "idx1")) for k in (3, 4, 2))), None)


def files(source: str) -> list[Path]:
    """Images and labels, whichever of the two is named."""
    path, _ = split_source(source)
    images, labels = _images(path), _labels(path)
    return [images, path] if images else [path, *([labels] if labels else ())]


def read(request: Request) -> Reading:
    """Read images (N, H, W) together with the labels beside them, whichever of the two is given."""
    path, source = request.path, request.source
    if not path.stat().st_size:
        raise ReaderError(f"{path}: the file is empty; fetch it again")
    try:
        shape = _shape(path)
    except BROKEN as error:
        raise ReaderError(f"{path}: cut short or damaged ({error}); fetch it again") from error
    labels_path: Path | None = None
    if len(shape) == 1:
        images = _images(path)
        if images is None:
            raise ReaderError(f"{path}: holds labels only; put the images file (…images-idx3-ubyte) beside it")
        labels_path, path, source = path, images, str(images)
        shape = _shape(path)
    else:
        labels_path = _labels(path)
    x = yield from _array(path, request)
    labels: np.ndarray | None = None
    guesses: tuple[Guess, ...] = ()
    classes: tuple[str, ...] = ()
    notes: list[str] = []
    if labels_path is not None:
        if (told := _shape(labels_path)) != shape[:1]:
            raise ReaderError(
                f"{labels_path}: holds {' × '.join(map(str, told))} labels for the {shape[0]} images of {path.name}; "
                "fetch the right one, or move it away"
            )
        values = yield from _array(labels_path, request)
        labels, classes = classes_of(values[: len(x)]) or (None, ())
        notes.append(f"took the labels from {labels_path.name}")
        guesses = (Guess("labels", labels_path.name, (labels_path.name,)),)
    dataset = yield from dataset_of(
        x,
        str(path),
        source=source,
        labels=labels,
        classes=classes,
        notes=notes,
        items=len(x),
        request=request,
    )
    return replace(dataset, guesses=guesses)


SUFFIXES = ("-ubyte", "-ubyte.gz", ".idx", ".idx.gz")
readers.add("idx")(Reader("IDX files such as MNIST's", takes, read, suffixes=SUFFIXES, files=files))
