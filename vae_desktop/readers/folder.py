"""A folder of images; its sub-folders are the classes."""

from __future__ import annotations

import os
import struct
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, readers, split_source
from vae_desktop.readers.convert import classes_of, keep, natural_key, size_text

if TYPE_CHECKING:
    from collections.abc import Generator

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
THREADS = 2  # Pillow decodes without the interpreter's lock: two threads read small files twice as fast.
LIMIT = 2 << 30  # Bytes that all images together may fill; beyond it they are shrunk.
PEEKED = 64  # Files whose headers tell, nearly always, what all are like.
BUFFER = 1 << 16
BATCH_FILES, BATCH_PIXELS = 64, 1 << 20  # What one thread reads between two signs of progress.
ORIENTATION = 0x0112
# What Pillow raises on broken files, whatever is wrong in them.
BROKEN = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says of its image: upright size in pixels, dtype of its values, channels, orientation."""

    width: int
    height: int
    dtype: type
    channels: int
    orientation: int


@dataclass(frozen=True)
class Picture:
    """How reading one image went: its header, what was changed, or why it failed."""

    header: Header | None = None
    resized: bool = False
    see_through: bool = False
    coloured: bool = False
    fault: str = ""


@dataclass(frozen=True)
class Plan:
    """The form that all images of `count` are brought to; `shrunk` from the most common size says so."""

    width: int = 1
    height: int = 1
    dtype: type = np.uint8
    channels: int = 1
    shrunk: str = ""

    @classmethod
    def of(cls, headers: list[Header], count: int) -> Plan:
        """The most common size and dtype; colour when one has it; no more than `LIMIT` bytes in all."""
        if not headers:
            return cls()
        (width, height), _ = Counter((header.width, header.height) for header in headers).most_common(1)[0]
        dtype, _ = Counter(header.dtype for header in headers).most_common(1)[0]
        channels = max(header.channels for header in headers)
        size = count * width * height * channels * np.dtype(dtype).itemsize
        if size <= LIMIT:
            return cls(width, height, dtype, channels)
        shrink = (LIMIT / size) ** 0.5
        small_width, small_height = max(1, int(width * shrink)), max(1, int(height * shrink))
        text = f"{width}×{height} would fill {size_text(size)}: all images shrunk to {small_width}×{small_height}"
        return cls(small_width, small_height, dtype, channels, text)


def _reason(error: Exception) -> str:
    """Why an image cannot be read, in plain words."""
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError):
        return "too large"
    return f"cut short or damaged ({str(error) or type(error).__name__})"


def find(root: Path) -> Generator[Progress, None, tuple[list[str], list[str], list[tuple[str, str]]]]:
    """All image files under `root` in natural order, other files, and what could not be looked at with the reason.

    Hidden ones are left out; a folder that is reached twice, through links, is entered once.
    """
    images: list[str] = []
    others: list[str] = []
    faults: list[tuple[str, str]] = []
    entered = set()
    waiting = [""]
    linked: list[str] = []
    while waiting or linked:
        folder = (waiting or linked).pop()
        try:
            identity = os.path.realpath(root / folder)
            entries = [] if identity in entered else list(os.scandir(root / folder))
        except OSError as error:
            if not folder:
                raise
            faults.append((folder, f"the folder cannot be read: {error.strerror}"))
            continue
        entered.add(identity)
        for i, entry in enumerate(entries):
            if i % 1024 == 0:
                yield Progress(len(images), 0, "Looking for images")
            name = os.path.join(folder, entry.name)
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                (linked if entry.is_symlink() else waiting).append(name)
            elif entry.is_file():
                (images if name.lower().endswith(ENDINGS) else others).append(name)
    return sorted(images, key=_order), sorted(others, key=_order), faults


def _order(name: str) -> tuple[object, ...]:
    """By folder, then by name: as a file manager shows them."""
    folder, file = os.path.split(name)
    return natural_key(folder), natural_key(file), name


def _header(image: Image.Image) -> Header:
    """What is known before decoding."""
    width, height = image.size
    # Asking a PNG without EXIF for its orientation would decode it.
    asked = image.format != "PNG" or "exif" in image.info
    orientation = image.getexif().get(ORIENTATION, 1) if asked else 1
    if orientation >= 5 and image.format != "TIFF":  # Pillow turns a TIFF by itself.
        width, height = height, width
    dtype = {"F": np.float32, "I": np.uint16}.get(image.mode[0], np.uint8)
    grey = image.mode in ("1", "L", "LA", "La") or dtype is not np.uint8
    return Header(width, height, dtype, 1 if grey else 3, orientation)


def _plain(image: Image.Image) -> tuple[Image.Image, bool]:
    """Decode to mode L, RGB, I or F; and whether something in it was transparent."""
    if image.mode[0] in "IF":
        return image.convert(image.mode[0]), False
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB"), image.getchannel("A").getextrema() != (255, 255)
    if image.mode in ("L", "RGB"):
        image.load()
        return image, False
    return image.convert("L" if image.mode == "1" else "RGB"), False


def _deep(image: Image.Image, out: np.ndarray) -> str:
    """Put an image of mode I or F into `out`, (H, W, C); returns why that fails, or nothing."""
    values = np.asarray(image)
    if image.mode == "I" and (values.min() < 0 or values.max() > 65535):
        return "its values are outside of 0–65535"
    if image.mode == "F" and out.dtype != np.float32:
        return "holds decimal numbers, unlike most of the images"
    if not np.isfinite(values).all():
        return "holds NaN or infinite values"
    values = values.astype(np.float32)
    if values.shape != out.shape[:2]:
        resized = Image.fromarray(values).resize((out.shape[1], out.shape[0]), Image.Resampling.LANCZOS)
        values = np.asarray(resized)
    if image.mode == "I" and out.dtype != np.uint16:
        values = values / (257 if out.dtype == np.uint8 else 65535)
    if out.dtype != np.float32:
        values = np.clip(np.rint(values), 0, np.iinfo(out.dtype).max)
    out[:] = values[..., None]
    return ""


def _read_one(path: Path, out: np.ndarray) -> Picture:
    """Read one image into `out`, (H, W, C)."""
    header = None
    size = out.shape[1], out.shape[0]
    try:
        with path.open("rb", BUFFER) as file, Image.open(file) as opened:
            header = _header(opened)
            opened.draft(None, (max(size), max(size)))  # A JPEG far too large is decoded small.
            upright = opened if header.orientation == 1 else ImageOps.exif_transpose(opened)
            image, see_through = _plain(upright)
        resized = (header.width, header.height) != size
        if image.mode in "IF":
            fault = _deep(image, out)
            return Picture(header, resized, fault=fault)
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        if out.shape[2] == 1:
            image = image.convert("L")
        pixels = np.asarray(image).reshape(*out.shape[:2], -1)
        coloured = pixels.shape[2] == 3 and bool((pixels != pixels[..., :1]).any())
        out[:] = pixels if out.dtype == np.uint8 else pixels * (257 if out.dtype == np.uint16 else np.float32(1 / 255))
    except BROKEN as error:
        return Picture(header, fault=_reason(error))
    return Picture(header, resized, see_through, coloured)


def _read_all(paths: list[Path], x: np.ndarray, step: int) -> Generator[Progress, None, list[Picture]]:
    """Read `paths` into `x`, `step` at a time on each thread."""
    pictures: list[Picture] = []
    pool = ThreadPoolExecutor(THREADS, "reader")

    def read_some(start: int) -> list[Picture]:
        return [_read_one(path, out) for path, out in zip(paths[start : start + step], x[start:], strict=False)]

    try:
        for done in pool.map(read_some, range(0, len(paths), step)):
            pictures.extend(done)
            yield Progress(len(pictures), len(paths), "Reading images")
    finally:
        pool.shutdown(cancel_futures=True)
    return pictures


def _peek(paths: list[Path]) -> list[Header]:
    """Headers of those that have one."""
    headers = []
    for path in paths:
        try:
            with path.open("rb", BUFFER) as file, Image.open(file) as image:
                headers.append(_header(image))
        except BROKEN:
            continue
    return headers


def _classes(names: list[str]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Labels from the sub-folders, below the folder that all have in common."""
    folders = [Path(name).parent.parts for name in names]
    first, last = min(folders), max(folders)
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    labels = np.array([(*parts, "")[common] for parts in folders])
    return (classes_of(labels) or (None, ())) if len(set(labels)) > 1 else (None, ())


def read(request: Request) -> Reading:
    """Read all images under a folder: uint8, or uint16 or float32 where most are, of the most common size."""
    root, source = request.path, request.source
    names, others, skipped = yield from find(root)
    if not names:
        if not others:
            raise ReaderError(f"{source}: the folder holds no files; give a folder of images")
        data = next((name for name in others if any(reader.takes(str(root / name)) for reader in readers.values())), "")
        hint = f"open {data} itself" if data else f"it wants {', '.join(ENDINGS)}"
        raise ReaderError(f"{source}: the folder holds no images; {hint}")

    # Planned from a few; should all of them show that it was wrong, they are read once more.
    paths = [root / name for name in names]
    headers = _peek(paths[:: max(1, len(paths) // PEEKED)])
    plan, better = None, Plan.of(headers, len(paths))
    while plan != better:
        plan = better
        mean = sum(header.width * header.height for header in headers) // max(1, len(headers))
        x: np.ndarray = np.zeros((len(paths), plan.height, plan.width, plan.channels), plan.dtype)
        pictures = yield from _read_all(paths, x, min(BATCH_FILES, max(1, BATCH_PIXELS // max(1, mean))))
        headers = [picture.header for picture in pictures if picture.header]
        better = Plan.of(headers, len(paths))
    good = np.array([not picture.fault for picture in pictures])
    skipped += [(name, picture.fault) for name, picture in zip(names, pictures, strict=True) if picture.fault]
    if not good.any():
        raise ReaderError(f"{source}: none of its {len(names)} images can be read; {skipped[0][0]}: {skipped[0][1]}")
    if not good.all():
        x, names = keep(x, good), [name for name, fine in zip(names, good, strict=True) if fine]
    notes = [plan.shrunk] if plan.shrunk else []
    if plan.channels == 3 and not any(picture.coloured for picture in pictures):
        x = x[..., :1].copy()
        notes.append("all images are grey: kept as grey")
    if (resized := sum(picture.resized for picture in pictures)) and not plan.shrunk:
        notes.append(
            f"{resized:,} of {len(names):,} images resized to the most common size, {plan.width}×{plan.height}"
        )
    if see_through := sum(picture.see_through for picture in pictures):
        notes.append(f"{see_through:,} images are partly transparent: laid on white")
    labels, classes = _classes(names)
    items = tuple(Path(name).as_posix() for name in names)
    skipped.sort(key=lambda entry: _order(entry[0]))
    return Dataset(
        "image", x, labels, classes, items=items, source=source, skipped=tuple(skipped), notes=tuple(notes)
    )  # fmt: skip


def takes(source: str) -> bool:
    """Whether it is a folder."""
    return os.path.isdir(split_source(source)[0])


readers.add("folder")(Reader("folders of images (png, jpg, webp, bmp, gif, tif)", takes, read))
