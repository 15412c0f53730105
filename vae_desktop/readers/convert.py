"""What readers of stored numbers share: classes of values, and items of arrays of any layout and type."""

from __future__ import annotations

import importlib
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Column, Dataset, Kind
from vae_desktop.core.work import Progress
from vae_desktop.readers.layout import SIDE, Pixels, axes_of, pixels_of, rows_of
from vae_desktop.readers.store import Store

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from vae_desktop.readers import Request

CHUNK = 1 << 20  # Bytes handled between two signs of progress.
DIGITS = re.compile("([0-9]+)")
MOST_CLASSES = 1000  # More different labels than this are a measurement, not a class.


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


def library(name: str, what: str) -> Any:
    """A library of the extra ``[formats]``, for reading `what`.

    Raises
    ------
    ReaderError
        When it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ReaderError(
            f'{what} are read with {name}, which is not installed; install it with: pip install "vae-desktop[formats]"'
        ) from error


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


def _floats(x: np.ndarray) -> Generator[Progress, None, tuple[float, float, bool]]:
    """Smallest and largest value, and whether all are whole; stops once they are neither whole nor within 0–255."""
    low, high, whole = math.inf, -math.inf, True
    for part in _parts(x):
        block = np.asarray(x[part])
        with np.errstate(invalid="ignore"):
            whole = whole and bool((np.rint(block) == block).all())
        finite = np.isfinite(block)
        whole = whole and bool(finite.all())  # no type of whole numbers holds what is infinite
        known = block[finite]
        if known.size:
            low, high = min(low, float(known.min())), max(high, float(known.max()))
        if not whole and (low < 0 or high > 255):
            break
        yield Progress(part.start, len(x), "Looking at the values")
    return low, high, whole


def is_ours(x: np.ndarray) -> bool:
    """Whether `x` may be edited in place: not what maps a person's file, whose changed pages would stay in memory."""
    root = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    return x.flags.writeable and (root.mode == "r+" if isinstance(root, np.memmap) else root.base is None)


def picked(x: np.ndarray, rows: np.ndarray, store: Store) -> Generator[Progress, None, np.ndarray]:
    """Some rows of `x` by their numbers, ascending, (K,); moved together in its own memory where that may be edited."""
    out = x if is_ours(x) else store.empty((len(rows), *x.shape[1:]), x.dtype)
    step = max(1, 4 * CHUNK // max(1, x[:1].nbytes))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        out[start : start + len(some)] = x[some]
        yield Progress(start, len(rows), "Leaving out items")
    return out[: len(rows)]


def _cast(x: np.ndarray, dtype: type, gain: int, store: Store) -> Generator[Progress, None, np.ndarray]:
    """`x` as `dtype` times `gain`, in its own memory where that fits."""
    if x.dtype == dtype and gain == 1:
        return x
    out = x if x.dtype == dtype and is_ours(x) else store.empty(x.shape, dtype)
    for part in _parts(x):
        # What float32 cannot hold becomes infinite, and is skipped as such.
        with np.errstate(over="ignore", invalid="ignore"):
            out[part] = x[part]
        if gain != 1:
            out[part] *= gain
        yield Progress(part.start, len(x), "Converting the values")
    return out


def _layout(x: np.ndarray, where: str, items: int | None) -> tuple[Kind, np.ndarray, list[str]]:
    """(N, H, W, C) or (N, D) as a view of `x`, and what was guessed."""
    if x.dtype.kind not in "biuf":
        raise ReaderError(f"{where}: holds values of type {x.dtype}; save it as whole or decimal numbers")
    sizes = " × ".join(map(str, x.shape))
    if 0 in x.shape or not x.ndim:
        raise ReaderError(f"{where}: holds no items ({sizes or 'a single value'}); give at least one")
    if x.ndim > 4:
        single = tuple(i for i in range(1, x.ndim) if x.shape[i] == 1)
        x = x.squeeze(single[: x.ndim - 4])
    if x.ndim > 4:
        raise ReaderError(
            f"{where}: its shape {sizes} has {x.ndim} axes, as films or volumes have; give one picture an item"
        )
    axes = axes_of(x.shape, items) if x.ndim > 1 else None
    if axes is None:
        wanted = "(N, H, W), (N, H, W, C), (N, C, H, W) with C of 1 to 4, or a table (N, D)"
        raise ReaderError(f"{where}: its shape {sizes} is neither images nor a table; give {wanted}")
    order = ", ".join("NHWC"[axes.index(i)] if x.ndim > 2 else "ND"[axes.index(i)] for i in range(x.ndim))
    notes = [f"its shape {sizes} was taken as ({order})"] if axes[0] else []
    x = x.transpose(axes)
    return ("table", x, notes) if x.ndim == 2 else ("image", x if x.ndim == 4 else x[..., None], notes)


def _flat(x: np.ndarray, sure: bool, low: float, high: float, fixed: bool) -> tuple[Pixels | None, bool]:
    """Whether the rows of a table are pixels, and if not, whether its columns are; by their values."""
    if low < 0 or high > (255 if sure else 1):
        return None, False
    found = pixels_of(rows_of(x), sure)
    if found is None and sure and not fixed and len(x) >= SIDE * SIDE:
        found = pixels_of(rows_of(x.T), sure)
        return found, found is not None
    return found, False


def _opaque(x: np.ndarray, where: str, store: Store) -> Generator[Progress, None, np.ndarray]:
    """Images whose last channel tells how opaque they are, laid on white."""
    top = float(np.iinfo(x.dtype).max) if x.dtype != np.float32 else 1.0
    out = store.empty((*x.shape[:3], x.shape[3] - 1), x.dtype)
    for part in _parts(x):
        block = x[part].astype(np.float32)
        if x.dtype == np.float32 and ((block < 0) | (block > top)).any():
            raise ReaderError(
                f"{where}: has {x.shape[3]} channels of values outside 0–1; give 1 channel (grey) or 3 (colour)"
            )
        alpha = block[..., -1:] / top
        laid = block[..., :-1] * alpha + top * (1 - alpha)
        out[part] = laid if x.dtype == np.float32 else np.rint(laid)
        yield Progress(part.start, len(x), "Laying on white")
    return out


def _greyed(x: np.ndarray, store: Store) -> Generator[Progress, None, np.ndarray]:
    """One channel where all three are the same everywhere; else `x`."""
    for part in _parts(x):
        block = x[part]
        if (block[..., 0] != block[..., 1]).any() or (block[..., 0] != block[..., 2]).any():
            return x
        yield Progress(part.start, len(x), "Looking for colour")
    out = store.empty((*x.shape[:3], 1), x.dtype)
    for part in _parts(x):
        out[part] = x[part][..., :1]
        yield Progress(part.start, len(x), "Leaving out the colour")
    return out


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
    items: int | None = None,
    request: Request | None = None,
) -> Generator[Progress, None, Dataset]:
    """Make a dataset of an array of numbers, whatever its layout and type.

    Parameters
    ----------
    x
        Images (N, H, W), (N, H, W, C), (N, C, H, W), (H, W, C, N), C of 1 to 4 where the second or fourth tells how
        opaque a pixel is; or (N, D); may be edited in place. NaN in a table is a missing value.
    where
        What to call it in messages.
    size
        (H, W) when the columns of (N, D) are known to be pixels; otherwise see
        :func:`~vae_desktop.readers.layout.pixels_of`.
    items
        N, where it is known of something else.
    request
        What was asked for, and where large arrays are made; of more items than it wants the first are looked at, to
        which `labels` and `factors` are cut, too.

    Raises
    ------
    ReaderError
        When it is neither images nor a table, or no item is left.
    """
    store = request.store if request else Store()
    kind, x, guessed = _layout(x, where, items)
    factors = dict(factors or {})
    if request and (count := request.enough(x[:1].nbytes)) is not None:
        x, labels = x[:count], labels if labels is None else labels[:count]
        factors = {name: values[:count] for name, values in factors.items()}
    notes, whole, native = [*notes, *guessed], x.dtype.kind in "biu", x.dtype.newbyteorder("=")
    low, high = 0.0, 0.0
    if whole and native != np.bool_:
        known = native == np.uint8 or (kind == "image" and native == np.uint16)
        low, high = yield from _extent(x, 1 if known else math.inf)
    elif native.kind == "f":
        low, high, whole = yield from _floats(x)
    if kind == "table" and native != np.bool_ and (size or not columns or native == np.uint8):
        pixels, turned = (
            (Pixels(*size), False) if size else _flat(x, whole, low, high, items is not None or bool(columns))
        )
        if turned:
            x = x.T
            notes.append(f"its columns are pictures: read as {len(x)} items")
        if pixels:
            what = "whole numbers in 0–255" if whole else "numbers in 0–1"
            notes += [] if size else [f"{x.shape[1]} {what} per row: read as images of {pixels}"]
            kind, x = "image", pixels.images(x)

    # Floats that are bytes take a quarter of the room as such; those of a smaller range keep theirs.
    dtype: type = np.float32
    gain = 1
    if kind == "image" and whole and (native.kind != "f" or (low >= 0 and 127 < high <= 255)):
        if native == np.bool_ or (low == 0 and high == 1):
            dtype, gain = np.uint8, 255
            notes.append("only 0 and 1: shown as black and white")
        elif native in (np.uint8, np.uint16):
            dtype = native.type
        elif low >= 0 and high <= 65535:
            dtype = np.uint16 if high > 255 else np.uint8
        if gain == 1 and dtype != native:
            notes.append(f"{native} values in {low:.0f}–{high:.0f}: kept as {np.dtype(dtype)}")
    x = yield from _cast(x, dtype, gain, store)

    skipped: list[tuple[str, str]] = []
    names: tuple[str, ...] = ()
    if dtype is np.float32:
        good, gaps = yield from _usable(x, kind)
        fault = "holds NaN or infinite values" if kind == "image" else "holds infinite values"
        if not good.any():
            raise ReaderError(f"{where}: every item {fault}; mend or fill in the missing values")
        notes += [f"{gaps:,} values are missing"] if gaps else []
        if not good.all():
            skipped = [(f"#{i}", fault) for i in np.flatnonzero(~good).tolist()]
            names = tuple(f"#{i}" for i in np.flatnonzero(good).tolist())
            x = yield from picked(x, np.flatnonzero(good), store)
            labels = None if labels is None else labels[good]
            factors = {name: values[good] for name, values in factors.items()}
    if kind == "image":
        if x.shape[3] in (2, 4):
            x = yield from _opaque(x, where, store)
            notes.append("what is transparent was laid on white")
        if x.shape[3] == 3 and not (request and request.options.colour == "colour"):
            grey = yield from _greyed(x, store)
            notes += ["grey pictures stored as colour: kept as grey"] if grey is not x else []
            x = grey
    width = x.shape[1]
    titles = columns or [f"column {i + 1}" for i in range(width)] if kind == "table" else ()
    return Dataset(
        kind, x, labels, classes, tuple(map(Column, titles)), factors, names, source,
        skipped=tuple(skipped), notes=tuple(notes),
    )  # fmt: skip


def _usable(x: np.ndarray, kind: Kind) -> Generator[Progress, None, tuple[np.ndarray, int]]:
    """Which items can be used, bool (N,), and how many values are missing: a table may lack some, a picture none."""
    good, gaps = np.ones(len(x), bool), 0
    for part in _parts(x):
        block = x[part]
        if kind == "table":
            missing = np.isnan(block)
            gaps += int(missing.sum())
            good[part] = (np.isfinite(block) | missing).all(axis=1)
        else:
            good[part] = np.isfinite(block).all(axis=(1, 2, 3))
        yield Progress(part.start, len(x), "Looking at the values")
    return good, gaps
