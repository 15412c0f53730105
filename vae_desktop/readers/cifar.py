"""CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky 2009); their Python pickles are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Guess
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, readers, split_source
from vae_desktop.readers.convert import classes_of, dataset_of
from vae_desktop.readers.named import named_classes

if TYPE_CHECKING:
    from pathlib import Path

SIDE, PIXELS = 32, 3 * 32 * 32
ROWS = 1024  # items read between two signs of progress
TEN = re.compile(r"(data_batch_\d+|test_batch)\.bin", re.IGNORECASE)
HUNDRED = re.compile(r"(train|test)\.bin", re.IGNORECASE)
PICKLE = re.compile(r"(data_batch_\d+|test_batch|batches\.meta)|.*\.(pkl|pickle|pck|joblib)", re.IGNORECASE)
WHERE = "https://www.cs.toronto.edu/~kriz/cifar.html"


def _labels(path: Path) -> int:
    """How many labels stand before the pixels of each item; 0 when it is no such file."""
    if TEN.fullmatch(path.name):
        return 1
    return 2 if HUNDRED.fullmatch(path.name) and path.stat().st_size % (2 + PIXELS) == 0 else 0


def files(source: str) -> list[Path]:
    """The file that is named, or all of these in the folder that is, training first; none where it is no such."""
    path, _ = split_source(source)
    inside = [f"data_batch_{i}" for i in range(1, 6)]
    names = [f"{name}.bin" for name in (*inside, "test_batch", "train", "test")] + inside
    found = [path / name for name in names] if path.is_dir() else [path]
    return [file for file in found if file.is_file() and (PICKLE.fullmatch(file.name) or _labels(file))]


def takes(source: str) -> bool:
    """Whether it is named and sized as one of these files, or a folder of them; or a pickle, to say why not."""
    try:
        return bool(files(source))
    except OSError:
        return False


def _names(path: Path, *files: str) -> list[str]:
    """The classes' names from one of the text files beside it; none when there is none."""
    for name in files:
        try:
            with path.with_name(name).open(encoding="utf-8", errors="replace") as file:
                return file.read(1 << 16).split()
        except OSError:
            continue
    return []


def read(request: Request) -> Reading:
    """Read colour images (N, 32, 32, 3) uint8 and their classes; of CIFAR-100 the fine ones, the coarse as a factor."""
    path, store = request.path, request.store
    parts = files(request.sources[0])
    for part in parts:
        if PICKLE.fullmatch(part.name):
            cifar = f"; CIFAR's binary version is at {WHERE}" if part.suffix in ("", ".meta") else ""
            raise ReaderError(f"{part}: a Python pickle, which could run code when opened; save it as .npz{cifar}")
    count, sizes = _labels(parts[0]), [part.stat().st_size for part in parts]
    for part, size in zip(parts, sizes, strict=True):
        if _labels(part) != count or not size or size % (count + PIXELS):
            raise ReaderError(
                f"{part}: {size:,} bytes are not items of {count + PIXELS:,} each; fetch it again from {WHERE}"
            )
    n = sum(sizes) // (count + PIXELS)
    n = min(n, request.enough(PIXELS) or n)
    images = store.empty((n, 3, SIDE, SIDE), np.uint8)
    labels = np.empty((n, count), np.uint8)
    start = 0
    for part, size in zip(parts, sizes, strict=True):
        with part.open("rb") as file:
            left = min(size // (count + PIXELS), n - start)
            while left:
                rows = np.frombuffer(file.read(min(ROWS, left) * (count + PIXELS)), np.uint8)
                if len(rows) != min(ROWS, left) * (count + PIXELS):
                    raise ReaderError(f"{part}: became shorter while it was read; try again")
                rows = rows.reshape(-1, count + PIXELS)
                labels[start : start + len(rows)] = rows[:, :count]
                images[start : start + len(rows)] = rows[:, count:].reshape(-1, 3, SIDE, SIDE)
                start, left = start + len(rows), left - len(rows)
                yield Progress(start, n, "Reading")
    numbers, classes = classes_of(labels[:, -1]) or (None, ())
    classes = named_classes(classes, _names(parts[0], "batches.meta.txt", "fine_label_names.txt"))
    factors = {}
    if count == 2:
        coarse = _names(parts[0], "coarse_label_names.txt")
        known = len(coarse) > int(labels[:, 0].max())
        factors["coarse"] = np.array(coarse)[labels[:, 0]] if known else labels[:, 0].astype(np.int32)
    dataset = yield from dataset_of(
        images,
        str(path),
        source=request.source,
        labels=numbers,
        classes=classes,
        factors=factors,
        items=n,
        request=request,
    )
    level = "fine" if count == 2 else "labels"
    return replace(dataset, guesses=(Guess("labels", level, (level, *factors)),))


readers.add("cifar")(Reader("CIFAR's binary files (.bin)", takes, read, suffixes=(".bin",), files=files))
