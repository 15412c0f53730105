"""Decoding one picture, whatever its format and depth, safely: what a file may cost is bounded before it is decoded."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers.choices import placed
from vae_desktop.readers.convert import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import DTypeLike

Data = str | Path | bytes | Callable[[], bytes]
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # no others: some of Pillow's run programs
WHOLE, USUAL = 1 << 20, 1 << 16  # bytes: smaller files are read at once; and without asking for their size
# Bytes that decoding may take: any file; in proportion to what the file itself holds; the largest.
FREE, PROPORTION, MOST = 64 << 20, 30, 1 << 30
LARGE = 48 << 20  # bytes: pictures that take more are decoded one at a time
MOST_PAGES = 100_000
BRIGHT, LOOKED = 235, 32  # mean of 255 from which white is no ground to be seen on; pixels that tell it
ORIENTATION, REDUCED = 0x0112, 0x00FE  # EXIF and TIFF tags
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
PNG_HEAD, PNG_CHUNK = struct.Struct(">4sIIBBBBB").unpack_from, struct.Struct(">I4s").unpack_from
# What Pillow raises on broken files, whatever is wrong in them.
BROKEN = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, struct.error, zlib.error, Image.DecompressionBombError,
    ImageCms.PyCMSError, ReaderError,
)  # fmt: skip

_one_large = threading.Lock()


class Header(NamedTuple):
    """What a file says of its picture: upright size in pixels, type of its values, channels, how it is turned.

    `raw`: whole numbers outside of 0–65535, which are kept as they are, in float32.
    """

    height: int
    width: int
    dtype: type
    channels: int
    orientation: int = 1
    raw: bool = False


@dataclass(frozen=True)
class Form:
    """What all pictures are brought to; `raw`: decimal numbers are not in 0–1 but as they were."""

    height: int = 1
    width: int = 1
    dtype: type = np.uint8
    channels: int = 1
    fit: str = "auto"
    raw: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        return self.height, self.width, self.channels

    @cached_property
    def alike(self) -> tuple[str, tuple[int, int], int] | None:
        """(mode, size, orientation) of a picture that needs nothing done to it; None where any costs much to decode."""
        if self.dtype is not np.uint8 or 4 * self.height * self.width > LARGE:
            return None
        return "L" if self.channels == 1 else "RGB", (self.width, self.height), 1

    @property
    def nbytes(self) -> int:
        """Bytes of one."""
        return self.height * self.width * self.channels * np.dtype(self.dtype).itemsize


class Picture(NamedTuple):
    """How decoding one went: its header, what was changed, or why it failed."""

    header: Header | None = None
    resized: bool = False
    ground: int | None = None
    fault: str = ""


def reason(error: Exception) -> str:
    """Why a picture cannot be read, in plain words."""
    if isinstance(error, ReaderError):
        return str(error)
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "it has gone"
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError | MemoryError):
        return "too large to be decoded safely"
    text = " ".join(str(error).split())
    return f"cut short or damaged ({text[:200] or type(error).__name__})"


def fetched(data: Data) -> bytes | io.FileIO:
    """The bytes of a picture's file; the open file itself when it is large."""
    if isinstance(data, bytes):
        return data
    if not isinstance(data, str | Path):
        return data()
    # A FIFO that took the place of a file would be waited for.
    number = os.open(data, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        data = os.read(number, USUAL)
        if 0 < len(data) < USUAL:
            return data
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise ReaderError("no ordinary file")
        os.lseek(number, 0, os.SEEK_SET)
        if about.st_size > WHOLE:
            file = io.FileIO(number)
            number = -1
            return file
        return os.read(number, about.st_size)
    finally:
        if number >= 0:
            os.close(number)


@contextlib.contextmanager
def opened(source: bytes | io.FileIO) -> Iterator[tuple[Image.Image, int]]:
    """The picture, not yet decoded, and how many bytes its file has."""
    size = len(source) if isinstance(source, bytes) else os.fstat(source.fileno()).st_size
    with (
        io.BytesIO(source) if isinstance(source, bytes) else source as file,
        Image.open(file, formats=FORMATS) as image,
    ):
        yield image, size


def put_plain(source: bytes, out: np.ndarray, form: Form) -> bool:
    """Decode a PNG that needs nothing done to it into `out`, (H, W, C); False when it is any other file.

    As :func:`put` does it, but for a tenth of the time that goes into opening it.
    """
    if form.alike is None or source[:8] != b"\x89PNG\r\n\x1a\n" or len(source) < 57:
        return False
    kind = 0 if form.channels == 1 else 2
    if PNG_HEAD(source, 12) != (b"IHDR", form.width, form.height, 8, kind, 0, 0, 0):
        return False
    parts, at = [], 33
    while at + 12 <= len(source):
        length, name = PNG_CHUNK(source, at)
        if name == b"IDAT":
            parts.append(source[at + 8 : at + 8 + length])
        elif name in (b"IEND", b"tRNS", b"eXIf"):
            break
        at += 12 + length
    if not parts or name != b"IEND":
        return False
    try:
        image = Image.frombytes(form.alike[0], form.alike[1], b"".join(parts), "zip", form.alike[0])
    except BROKEN:
        return False
    out[:] = np.frombuffer(image.tobytes(), np.uint8).reshape(form.shape)
    return True


def pages_of(name: str, data: Data) -> int:
    """How many pictures a file holds: the pages of a TIFF; 1 of any other, and of those that are broken."""
    if not name.lower().endswith((".tif", ".tiff")):
        return 1
    try:
        with opened(fetched(data)) as (image, _):
            if image.format != "TIFF":
                return 1
            pages = 1
            with contextlib.suppress(EOFError):
                while pages < MOST_PAGES:
                    image.seek(pages)
                    pages += 1
            return pages
    except BROKEN:
        return 1


def is_reduced(image: Image.Image) -> bool:
    """Whether a page of a TIFF is another one made smaller."""
    return bool(getattr(image, "tag_v2", {}).get(REDUCED, 0) & 1)


def header_of(image: Image.Image) -> Header:
    """What is known before decoding."""
    width, height = image.size
    # Asking a PNG without EXIF for its orientation would decode it.
    orientation = 1
    if image.format not in ("PNG", "TIFF", "BMP", "GIF") or "exif" in image.info:  # Pillow turns a TIFF by itself.
        with contextlib.suppress(*BROKEN):
            orientation = image.getexif().get(ORIENTATION, 1)
    orientation = orientation if orientation in TURNS and image.format != "TIFF" else 1
    if orientation >= 5:
        width, height = height, width
    dtype = {"F": np.float32, "I": np.uint16}.get(image.mode[0], np.uint8)
    grey = image.mode in ("1", "L", "LA", "La") or dtype is not np.uint8
    return Header(height, width, dtype, 1 if grey else 3, orientation)


def put(image: Image.Image, size: int, header: Header, out: np.ndarray, form: Form) -> Picture:
    """Decode a picture of a file of `size` bytes into `out`, (H, W, C).

    Raises
    ------
    BROKEN
        When it cannot be.
    """
    if (image.mode, image.size, header.orientation) == form.alike and "transparency" not in image.info:
        out[:] = np.frombuffer(image.tobytes(), np.uint8).reshape(form.shape)
        return Picture(header)
    wide, tall = (form.width, form.height) if header.orientation < 5 else (form.height, form.width)
    whole = image.size[0] * image.size[1]
    image.draft(None, (2 * wide, 2 * tall))  # a JPEG far too large is decoded small
    cost = image.size[0] * image.size[1] * (1 if image.mode in ("1", "L", "P") else 4)
    if image.mode not in ("1", "L", "RGB", "CMYK") or "transparency" in image.info:
        cost *= 3  # it is converted on the way
    if "progressive" in image.info:
        cost += 6 * whole
    if cost > min(MOST, max(FREE, PROPORTION * size)):
        width, height = image.size
        raise ReaderError(f"too large to be decoded safely: {width}×{height} pixels in {size_text(size)}")
    with _one_large if cost > LARGE else contextlib.nullcontext():
        plain, ground = _plain(image)
        if header.orientation in TURNS:
            plain = plain.transpose(TURNS[header.orientation])
        resized = (header.height, header.width) != (form.height, form.width)
        if plain.mode in "IF":
            return _deep(plain, header, resized, out, form)
        plain = _brought(plain, form, ground)
    if form.channels == 1 and plain.mode != "L":
        plain = plain.convert("L")
    pixels = np.frombuffer(plain.tobytes(), np.uint8).reshape(*form.shape[:2], -1)
    if form.dtype is np.uint8 or form.raw:
        out[:] = pixels
    else:
        out[:] = pixels * (np.uint16(257) if form.dtype is np.uint16 else np.float32(1 / 255))
    return Picture(header, resized, ground)


def _plain(image: Image.Image) -> tuple[Image.Image, int | None]:
    """Decode to mode L, RGB, I or F; and the grey that what was transparent lies on now, None where nothing was."""
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        image.load()
        return image, None
    if image.mode[0] in "IF":
        return image.convert(image.mode[0]), None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() == (255, 255):
            return image.convert("RGB"), None
        ground = _ground(image)
        plain = Image.new("RGBA", image.size, (ground, ground, ground, 255))
        return Image.alpha_composite(plain, image).convert("RGB"), ground
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return cast("Image.Image", ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")), None
    return image.convert("L" if image.mode in ("1", "L") else "RGB"), None


def _ground(image: Image.Image) -> int:
    """White (255), or black (0) under what would not be seen on white; of a picture in mode RGBA."""
    small = np.asarray(image.reduce(max(1, min(image.size) // LOOKED)), np.float32)
    seen = small[..., 3].sum()
    brightness = float((small[..., :3].mean(-1) * small[..., 3]).sum() / seen) if seen else 0.0
    return 0 if brightness > BRIGHT else 255


def _brought(image: Image.Image, form: Form, ground: int | None) -> Image.Image:
    """Of the form's size; with `fit` ``pad`` on `ground`, or on the median of its own edge."""
    if image.size == (form.width, form.height):
        return image
    box, (top, left, bottom, right) = placed(image.height, image.width, (form.height, form.width), form.fit)
    inner = image.resize((right - left, bottom - top), Image.Resampling.LANCZOS, box, reducing_gap=3)
    if inner.size == (form.width, form.height):
        return inner
    pixels = np.asarray(inner)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    values = np.broadcast_to(np.median(edge, axis=0) if ground is None else ground, edge.shape[1:])
    colour = tuple(map(int, values)) if values.ndim else float(values) if image.mode == "F" else int(values)
    outer = Image.new(inner.mode, (form.width, form.height), colour)
    outer.paste(inner, (left, top))
    return outer


def _deep(image: Image.Image, header: Header, resized: bool, out: np.ndarray, form: Form) -> Picture:
    """Put a picture of mode I or F into `out`, (H, W, C)."""
    values = np.asarray(image)
    raw = image.mode == "I" and bool(values.min() < 0 or values.max() > 65535)
    if raw:
        header = Header(header.height, header.width, np.float32, 1, header.orientation, raw)
    fault = ""
    if raw and form.dtype is not np.float32:
        fault = "its values are outside of 0–65535, unlike most of the images'"
    elif image.mode == "F" and form.dtype is not np.float32:
        fault = "holds decimal numbers, unlike most of the images"
    elif not np.isfinite(values).all():
        fault = "holds NaN or infinite values"
    if fault:
        return Picture(header, fault=fault)
    values = values.astype(np.float32)
    if resized:
        brought = np.asarray(_brought(Image.fromarray(values), form, None))
        values = np.clip(brought, values.min(), values.max())  # Lanczos swings beyond an edge
    if image.mode == "I" and not form.raw and form.dtype is not np.uint16:
        values = values / (257 if form.dtype is np.uint8 else 65535)
    if form.dtype is not np.float32:
        values = np.clip(np.rint(values), 0, np.iinfo(cast("DTypeLike", form.dtype)).max)
    out[:] = values[..., None]
    return Picture(header, resized)
