"""Files that hold several named arrays: which are the items, which their classes, which further columns."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import AUTO, FOLDER, NONE
from vae_desktop.core.values import Guess
from vae_desktop.readers.convert import classes_of, dataset_of, size_text
from vae_desktop.readers.layout import axes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from vae_desktop.core.work import Progress
    from vae_desktop.readers import Reading, Request
    from vae_desktop.readers.store import Store

DATA_WORDS = {
    "images", "image", "imgs", "img", "x", "data", "inputs", "features", "samples", "pixels", "faces", "fea",
}  # fmt: skip
LABEL_WORDS = {"y", "labels", "label", "targets", "target", "classes", "class", "gnd", "ans"}
NAME_WORDS = {"names", "classes", "categories", "meta"}
COLUMN_WORDS = {"features", "feature", "columns", "column", "items", "names"}
MOST_FACTORS = 16  # Columns of a second table that still look like factors.
MOST_KINDS = 1000  # Columns of one-hot labels.
# Parts of a network's names: a file of these is a model, not data.
WEIGHTS = re.compile(r"(^|[./])(weight|bias|running_mean|running_var|num_batches_tracked|kernel:0|lora_[ab])$", re.I)

# Matthey et al. 2017 (dSprites) and Burgess & Kim 2018 (3D shapes) name the columns only in their descriptions.
DSPRITES = ("color", "shape", "scale", "orientation", "posX", "posY")
DSPRITES_SHAPES = ("square", "ellipse", "heart")
SHAPES_3D = ("floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation")


@dataclass(frozen=True)
class Stored:
    """An array as its file describes it.

    Parameters
    ----------
    load
        ``load(store, count)`` yields :class:`Progress` and returns its values; unless `count` is None, only the first
        so many along the axis `outer` are wanted: more may come.
    columns
        Names of its columns, where the file has some.
    outer
        The axis along which it is stored in one piece after the other.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    load: Callable[[Store, int | None], Generator[Progress, None, np.ndarray]]
    columns: tuple[str, ...] = ()
    outer: Literal[0, -1] = 0

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
        return len(self.shape) > 1 and self.dtype.kind in "biuf" and self.size > 0

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(map(str, self.shape))}) {self.dtype}"


def plain(name: str) -> str:
    """The name of an array as it can stand in a line of text."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:200])


def check_size(promised: int, room: int, what: str, where: str) -> None:
    """Refuse what promises more bytes than there is `room` for.

    Raises
    ------
    ReaderError
        When it does.
    """
    if promised > room:
        promise = f"{what}, {size_text(promised)}"
        raise ReaderError(f"{where}: promises {promise}, but holds {size_text(room)}; it is cut short or damaged")


def choose(arrays: Sequence[Stored], where: str, name: str, how: str) -> Stored:
    """The array meant by `name`, or else the likeliest to hold items.

    Raises
    ------
    ReaderError
        When there is none; `how` says what to do about an empty file.
    """
    listed = ", ".join(map(str, arrays[:20])) + (", …" if len(arrays) > 20 else "")
    if not arrays:
        raise ReaderError(f"{where}: holds no arrays; {how}")
    for stored in arrays:
        if stored.name == name:
            return stored
    if name:
        raise ReaderError(f"{where}: holds no array {name!r}; it holds {listed}")
    weights = [stored.name for stored in arrays if WEIGHTS.search(stored.name)]
    if weights and 2 * len(weights) >= len(arrays):
        raise ReaderError(f"{where}: holds the weights of a network ({weights[0]}, …), not data; drop the data instead")
    usable = [stored for stored in arrays if stored.usable]
    if not usable and len(arrays) > 1:
        raise ReaderError(f"{where}: holds neither images nor a table of numbers; it holds {listed}")
    if not usable:
        return arrays[0]
    known = [a for a in usable if a.words & (DATA_WORDS | {"train"}) and not a.words & LABEL_WORDS]
    return max(known or usable, key=lambda stored: (len(stored.shape) > 2, math.prod(stored.shape)))


def _vector(shape: tuple[int, ...], n: int) -> bool:
    return shape in ((n,), (n, 1), (1, n))


def _labels_for(chosen: Stored, arrays: Sequence[Stored], n: int) -> list[Stored]:
    """Arrays that may hold the classes of `n` items, likely ones first: ``y_train`` belongs to ``x_train``."""
    split = chosen.words - DATA_WORDS
    found = []
    for stored in arrays:
        one_hot = len(stored.shape) == 2 and stored.shape[0] == n and 2 <= stored.shape[1] <= MOST_KINDS
        called = bool(stored.words & LABEL_WORDS)
        fits = _vector(stored.shape, n) or (one_hot and called)
        if stored is not chosen and fits and stored.dtype.kind in "biufUS":
            other = stored.words - LABEL_WORDS - DATA_WORDS
            found.append((not called, split != other, bool(split and other), stored.name, stored))
    return [stored for *_, stored in sorted(found, key=lambda entry: entry[:4])]


def _likely(chosen: Stored, stored: Stored) -> bool:
    """Whether it is called classes, of this part of the data."""
    split, other = chosen.words - DATA_WORDS, stored.words - LABEL_WORDS
    return bool(stored.words & LABEL_WORDS) and (split == other or not split or not other)


def labels_of(values: np.ndarray, n: int) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """Labels int32 (N,) and class names of (N,), (N, 1), (1, N) or one-hot (N, K); None when they name no classes."""
    if _vector(values.shape, n):
        return classes_of(values.reshape(-1))
    if not ((values == 0) | (values == 1)).all() or not (values.sum(axis=1) == 1).all():
        return None
    return values.argmax(axis=1).astype(np.int32), tuple(map(str, range(values.shape[1])))


def named_classes(classes: tuple[str, ...], names: Sequence[str]) -> tuple[str, ...]:
    """Class names in place of numbers from 0 or from 1, where each has one; else as they are."""
    if not all(re.fullmatch(r"\d{1,9}", name) for name in classes):
        return classes
    numbers = [int(name) for name in classes]
    first = 0 if max(numbers) < len(names) and 0 in numbers else 1
    fits = min(numbers) >= first and max(numbers) - first < len(names) <= max(MOST_KINDS, len(classes))
    chosen = tuple(str(names[number - first]) for number in numbers) if fits else classes
    return chosen if len(set(chosen)) == len(classes) and all(chosen) else classes


def _class_names(
    classes: tuple[str, ...], arrays: Sequence[Stored], n: int, store: Store
) -> Generator[Progress, None, tuple[tuple[str, ...], str]]:
    """Names for numbered classes from an array of texts, and its name."""
    for stored in arrays:
        texts = stored.dtype.kind in "US" and len(stored.shape) == 1 and len(classes) <= stored.shape[0] != n
        if texts and stored.words & (NAME_WORDS | LABEL_WORDS) and not stored.words & (COLUMN_WORDS - NAME_WORDS):
            values = yield from stored.load(store, None)
            found = named_classes(classes, _texts(values).tolist())
            if found != classes:
                return found, stored.name
    return classes, ""


def _titles(
    chosen: Stored, arrays: Sequence[Stored], n: int, store: Store
) -> Generator[Progress, None, tuple[str, ...]]:
    """Names of the columns of a table of `n` rows, from an array of as many texts; none for pixels."""
    if chosen.columns:
        return chosen.columns
    for stored in arrays if len(chosen.shape) == 2 and n else ():
        fits = stored.dtype.kind in "US" and stored.shape == (math.prod(chosen.shape) // n,) != (n,)
        if fits and stored.words & COLUMN_WORDS and not stored.words & LABEL_WORDS:
            names = tuple(map(str, _texts((yield from stored.load(store, None))).tolist()))
            return () if names[0].lower().startswith(("pixel", "px")) or len(set(names)) < len(names) else names
    return ()


def _texts(values: np.ndarray) -> np.ndarray:
    return np.char.decode(values, "utf-8", "replace") if values.dtype.kind == "S" else values


def _columns(stored: Stored, chosen: Stored, count: int) -> tuple[str, ...]:
    """Names of the `count` columns of an array beside the items."""
    if stored.words >= {"latents", "values"} and count == len(DSPRITES):
        return DSPRITES
    if stored.name == "labels" and chosen.name == "images" and stored.dtype.kind == "f" and count == len(SHAPES_3D):
        return SHAPES_3D
    return (stored.name,) if count == 1 else tuple(f"{stored.name} {i + 1}" for i in range(count))


def _axis(shape: tuple[int, ...], n: int) -> int | None:
    """The axis of an array that counts its `n` items, the first or the last; None when none can."""
    axes = axes_of(shape, n) if 1 < len(shape) <= 4 else (0,)
    axis = axes[0] if axes else 0
    return axis if shape[axis : axis + 1] == (n,) else None


def _count(chosen: Stored, others: Sequence[Stored]) -> tuple[int, list[Stored]]:
    """How many items there are, by the classes beside them where the shape leaves it open; and who may be those."""
    shape = chosen.shape or (0,)
    axes = axes_of(shape) if len(shape) > 1 else None
    natural = shape[axes[0]] if axes else shape[0]
    for n in dict.fromkeys((natural, shape[0], shape[-1])):
        if _axis(shape, n) is None:
            continue
        candidates = _labels_for(chosen, others, n)
        if any(_likely(chosen, stored) for stored in candidates):
            return n, candidates
    return natural, _labels_for(chosen, others, natural)


def _factors(
    chosen: Stored, others: Sequence[Stored], n: int, store: Store
) -> Generator[Progress, None, dict[str, np.ndarray]]:
    """Further columns of `n` items."""
    factors: dict[str, np.ndarray] = {}
    told = any(stored.words >= {"latents", "values"} for stored in others)
    for stored in others:
        fits = (stored.shape[:1] == (n,) and len(stored.shape) <= 2) or _vector(stored.shape, n)
        repeats = told and stored.words >= {"latents", "classes"}
        if fits and not repeats and stored.dtype.kind in "biufUS" and math.prod(stored.shape) <= n * MOST_FACTORS:
            values = (yield from stored.load(store, None)).reshape(n, -1)
            factors |= dict(zip(_columns(stored, chosen, values.shape[1]), values.T, strict=True))
    return factors


def dataset_of_arrays(
    arrays: Sequence[Stored],
    request: Request,
    how: str,
) -> Reading:
    """The dataset of a file's arrays.

    Parameters
    ----------
    how
        What to do about a file without arrays, for the message.

    Raises
    ------
    ReaderError
        When none can be items, or an array that was asked for is not there.
    """
    path, store, options = request.path, request.store, request.options
    chosen = choose(arrays, str(path), request.array, how)
    where = f"{path}::{chosen.name}"
    notes = [f"took the array {chosen}"] if len(arrays) > 1 and not request.array else []
    others = [stored for stored in arrays if stored is not chosen]

    n, candidates = _count(chosen, others)
    axis = _axis(chosen.shape, n)
    along = axis is not None and axis == chosen.outer % len(chosen.shape)
    x = yield from chosen.load(store, request.enough(chosen.size // max(1, n)) if along else None)
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    value = NONE
    for stored in candidates:
        if not (_likely(chosen, stored) if options.labels in (AUTO, FOLDER) else stored.name == options.labels):
            continue
        read = labels_of((yield from stored.load(store, None)), n)
        if read:
            (labels, classes), value = read, stored.name
            notes.append(f"took the labels from {stored.name}")
            others.remove(stored)
            classes, names = yield from _class_names(classes, others, n, store)
            notes += [f"took the classes' names from {names}"] if names else []
            break
    factors = yield from _factors(chosen, others, n, store)
    if labels is None and "shape" in factors and options.labels == AUTO:
        found = classes_of(factors["shape"])
        if found is not None:
            (labels, classes), value = found, "shape"
            classes = DSPRITES_SHAPES if classes == ("1", "2", "3") else classes
            notes.append("took the labels from shape")
    titles = yield from _titles(chosen, others, n, store)
    dataset = yield from dataset_of(
        x, where, source=request.source, labels=labels, classes=classes, columns=titles, factors=factors, notes=notes,
        items=None if axis is None or (labels is None and not factors) else x.shape[axis], request=request,
    )  # fmt: skip
    guesses = [Guess("labels", value, tuple(stored.name for stored in candidates))]
    vectors = [*candidates, *(stored for stored in arrays if math.prod(stored.shape) == max(stored.shape, default=1))]
    usable = tuple(stored.name for stored in arrays if stored is chosen or (stored.usable and stored not in vectors))
    if len(usable) > 1:
        guesses.insert(0, Guess("array", chosen.name, usable))
    return replace(dataset, guesses=tuple(guesses))
