"""What readers of stored numbers share: filling arrays from streams, and making items of arrays of any type."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Column, Dataset, Kind
from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

CHUNK = 1 << 20  # Bytes handled between two signs of progress.
DIGITS = re.compile("([0-9]+)")
MOST_CLASSES = 1000  # More different labels than this are a measurement, not a class.


class Stream(Protocol):
    """What is read from: a file, or what is unpacked from one."""

    def read(self, size: int = ..., /) -> bytes:
        """Up to `size` bytes."""

    def tell(self) -> int:
        """Bytes read so far."""


def natural_key(text: str) -> tuple[str | int, ...]:
    """Sort key in which ``img2`` comes before ``img10``."""
    parts = DIGITS.split(text.casefold())
    return tuple(int(part[:4000]) if i % 2 else part for i, part in enumerate(parts))


def size_text(size: float) -> str:
    """A number of bytes for people: ``1.5 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.0f} TB"


def fill(stream: Stream, size: int, where: str) -> Generator[Progress, None, np.ndarray]:
    """Read exactly `size` bytes into a uint8 array that grows as they arrive: a false promise costs no memory.

    Raises
    ------
    ReaderError
        When the stream ends early or goes on.
    """
    data = np.empty(min(size, CHUNK), np.uint8)
    done = 0
    while done < size:
        if done == len(data):
            data.resize(min(size, done + max(CHUNK, done // 8)), refcheck=False)
        chunk = stream.read(min(CHUNK, len(data) - done))
        if not chunk:
            raise ReaderError(
                f"{where}: cut short: {size_text(done)} of the {size_text(size)} it promises; fetch it again"
            )
        data[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)
        yield Progress(done, size, "Reading")
    if stream.read(1):
        raise ReaderError(f"{where}: goes on after the {size_text(size)} it promises; fetch it again")
    return data


def classes_of(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """Labels int32 (N,) and class names of values that name classes, -1 where unknown; None when they measure."""
    kind = values.dtype.kind
    known = np.ones(len(values), bool)
    if kind == "S":
        values, kind = np.char.decode(values, "utf-8", "replace"), "U"
    if kind == "f":
        known = np.isfinite(values)
        if (values[known] % 1 != 0).any() or (np.abs(values[known]) > 2**53).any():
            return None
        values, kind = np.where(known, values, 0).astype(np.int64), "i"
    elif kind == "U":
        known = values != ""
    elif kind not in "biu":
        return None
    if kind == "i" and (values == 0).any() and values.min() == -1:
        known &= values != -1
    found, index = np.unique(values[known], return_inverse=True)
    if not 0 < len(found) <= MOST_CLASSES:
        return None
    names = [str(name) for name in found]
    if kind == "U":
        order = sorted(range(len(names)), key=lambda i: natural_key(names[i]))
        names = [names[i] for i in order]
        index = np.argsort(order)[index]
    labels = np.full(len(values), -1, np.int32)
    labels[known] = index
    return labels, tuple(names)


def keep(x: np.ndarray, good: np.ndarray) -> np.ndarray:
    """The rows of `x` where `good`, moved together in place: no second copy of the data."""
    rows = np.flatnonzero(good)
    for to, at in enumerate(rows.tolist()):
        if to != at:
            x[to] = x[at]
    return x[: len(rows)]


def _parts(x: np.ndarray) -> Iterator[slice]:
    """Slices of `x` of about four chunks each."""
    step = max(1, 4 * CHUNK * len(x) // max(1, x.nbytes))
    return (slice(start, start + step) for start in range(0, len(x), step))


def _extent(x: np.ndarray, enough: float) -> Generator[Progress, None, tuple[int, int]]:
    """Smallest and largest value of an integer array; stops once the largest is above `enough`."""
    low, high = 0, 0
    for part in _parts(x):
        low, high = min(low, int(x[part].min())), max(high, int(x[part].max()))
        if high > enough:
            break
        yield Progress(part.start, len(x), "Looking at the values")
    return low, high


def _cast(x: np.ndarray, dtype: type, gain: int) -> Generator[Progress, None, np.ndarray]:
    """`x` as `dtype` times `gain`, in its own memory where that fits."""
    if x.dtype == dtype and gain == 1:
        return x
    out = x if x.dtype == dtype and x.flags.writeable else np.empty(x.shape, dtype)
    for part in _parts(x):
        with np.errstate(over="ignore"):  # What float32 cannot hold becomes infinite, and is skipped as such.
            out[part] = x[part]
        if gain != 1:
            out[part] *= gain
        yield Progress(part.start, len(x), "Converting the values")
    return out


def _layout(x: np.ndarray, where: str) -> tuple[Kind, np.ndarray]:
    """(N, H, W, C) or (N, D) as a view of `x`."""
    sizes = " × ".join(map(str, x.shape))
    if x.dtype.kind not in "biuf":
        raise ReaderError(f"{where}: holds values of type {x.dtype}; save it as whole or decimal numbers")
    if 0 in x.shape or not x.ndim:
        raise ReaderError(f"{where}: holds no items ({sizes or 'a single value'}); give at least one")
    if x.ndim == 2:
        return "table", x
    if x.ndim == 3:
        return "image", x[..., None]
    if x.ndim == 4 and x.shape[3] in (1, 3):
        return "image", x
    if x.ndim == 4 and x.shape[1] in (1, 3):
        return "image", x.transpose(0, 2, 3, 1)
    wanted = "(N, H, W), (N, H, W, 1 or 3), (N, 1 or 3, H, W) or a table (N, D)"
    raise ReaderError(f"{where}: its shape {sizes} is neither images nor a table; give {wanted}")


def dataset_of(
    x: np.ndarray,
    where: str,
    *,
    source: str,
    labels: np.ndarray | None = None,
    classes: tuple[str, ...] = (),
    columns: Sequence[str] = (),
    factors: Mapping[str, np.ndarray] | None = None,
    notes: Sequence[str] = (),
    size: tuple[int, int] | None = None,
) -> Generator[Progress, None, Dataset]:
    """Make a dataset of an array of numbers, whatever its layout and type.

    Parameters
    ----------
    x
        (N, H, W), (N, H, W, 1 or 3), (N, 1 or 3, H, W) or (N, D); may be edited in place.
    where
        What to call it in messages.
    size
        (H, W) when the columns of (N, D) are known to be pixels; otherwise D = h² ≥ 64 whole numbers in 0–255
        are taken for pixels.

    Raises
    ------
    ReaderError
        When it is neither images nor a table, or no item is left.
    """
    kind, x = _layout(x, where)
    notes, whole, native = list(notes), x.dtype.kind in "biu", x.dtype.newbyteorder("=")
    low, high = 0, 0
    if whole and native != np.bool_:
        known = native == np.uint8 or (kind == "image" and native == np.uint16)
        low, high = yield from _extent(x, 1 if known else math.inf)
    side = math.isqrt(x.shape[1])
    if kind == "table" and (size or (whole and low >= 0 and high <= 255 and side * side == x.shape[1] and side >= 8)):
        height, width = size or (side, side)
        if not size:
            notes.append(f"{side * side} whole numbers in 0–255 per row: read as images of {side}×{side}")
        kind, x = "image", x.reshape(len(x), height, width, 1)

    dtype: type = np.float32
    gain = 1
    if kind == "image" and whole:
        if native == np.bool_ or (low == 0 and high == 1):
            dtype, gain = np.uint8, 255
            notes.append("only 0 and 1: shown as black and white")
        elif native in (np.uint8, np.uint16):
            dtype = native.type
        elif low >= 0 and high <= 65535:
            dtype = np.uint16 if high > 255 else np.uint8
        if gain == 1 and dtype != native:
            notes.append(f"{native} values in {low}–{high}: kept as {np.dtype(dtype)}")
    x = yield from _cast(x, dtype, gain)

    skipped: list[tuple[str, str]] = []
    items: tuple[str, ...] = ()
    factors = dict(factors or {})
    if dtype is np.float32:
        good = np.ones(len(x), bool)
        for part in _parts(x):
            good[part] = np.isfinite(x[part]).all(axis=tuple(range(1, x.ndim)))
            yield Progress(part.start, len(x), "Looking at the values")
        if not good.any():
            raise ReaderError(f"{where}: every item holds NaN or infinite values; mend or fill in the missing values")
        if not good.all():
            skipped = [(f"#{i}", "holds NaN or infinite values") for i in np.flatnonzero(~good).tolist()]
            items = tuple(f"#{i}" for i in np.flatnonzero(good).tolist())
            x = keep(x, good) if x.flags.writeable else x[good]
            labels = None if labels is None else labels[good]
            factors = {name: values[good] for name, values in factors.items()}
    names = columns or [f"column {i + 1}" for i in range(x.shape[1])] if kind == "table" else ()
    return Dataset(
        kind, x, labels, classes, tuple(map(Column, names)), factors, items, source,
        skipped=tuple(skipped), notes=tuple(notes),
    )  # fmt: skip
