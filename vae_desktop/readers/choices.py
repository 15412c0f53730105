"""What was decided about reading, brought about on any dataset: size, colour, classes, missing values, a limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import AUTO, NONE
from vae_desktop.core.values import Guess
from vae_desktop.core.work import Progress
from vae_desktop.readers.convert import classes_of, is_ours, picked

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from vae_desktop.core.read_options import ReadOptions
    from vae_desktop.core.values import Dataset
    from vae_desktop.readers import Reading, Request
    from vae_desktop.readers.store import Store

ROWS = 256  # images brought to another form between two signs of progress
LOOKED = 10_000  # values of a column that tell whether it could name classes
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's


def chosen(dataset: Dataset, request: Request) -> Reading:
    """The dataset as the options want it, and with the guesses that hold for any data of its kind.

    Raises
    ------
    ReaderError
        When something was asked for that this data has not.
    """
    options = request.options
    if options.limit and len(dataset) > options.limit:
        dataset = taken(dataset, np.arange(options.limit))
    dataset = relabelled(dataset, options)
    if dataset.kind == "image":
        dataset = yield from _formed(dataset, options, request.store)
    else:
        dataset = yield from _filled(dataset, options, request.store)
    return _with_guesses(dataset, options)


def idle(dataset: Dataset, options: ReadOptions) -> str:
    """What of the options makes no difference to this data, in words; "" where all do."""
    known = {"limit", *(guess.option for guess in dataset.guesses)}
    names = ", ".join(name for name in options.told() if name not in known)
    return f"{names}: makes no difference to {'images' if dataset.kind == 'image' else 'a table'}" if names else ""


def taken(dataset: Dataset, items: np.ndarray) -> Dataset:
    """Some of its items, by their numbers (K,); a view where these are the first."""
    first = len(items) == 0 or (items[0] == 0 and items[-1] == len(items) - 1)
    chosen: slice | np.ndarray = slice(len(items)) if first else items
    names: Sequence[str] = dataset.items
    return replace(
        dataset,
        x=dataset.x[chosen],
        labels=None if dataset.labels is None else dataset.labels[chosen],
        factors={name: values[chosen] for name, values in dataset.factors.items()},
        items=[names[i] for i in items.tolist()] if len(names) else (),
    )


def _guess(dataset: Dataset, option: str) -> Guess | None:
    return next((guess for guess in dataset.guesses if guess.option == option), None)


def relabelled(dataset: Dataset, options: ReadOptions) -> Dataset:
    """With the classes that were asked for, unless the reader has them so already.

    Raises
    ------
    ReaderError
        When no column is so called, or when it names no classes.
    """
    known = _guess(dataset, "labels")
    if options.labels == AUTO or (known is not None and known.value == options.labels):
        return dataset
    if options.labels == NONE:
        return replace(dataset, labels=None, classes=())
    values = dataset.factors.get(options.labels)
    if values is None:
        listed = ", ".join(dict.fromkeys([*(known.choices if known else ()), *dataset.factors, NONE]))
        raise ReaderError(f"{dataset.source}: labels={options.labels}: there is no such column; choose one of {listed}")
    found = classes_of(values)
    if found is None:
        raise ReaderError(f"{dataset.source}: labels={options.labels}: it measures, or has too many different values")
    factors = {name: column for name, column in dataset.factors.items() if name != options.labels}
    if dataset.labels is not None and known is not None and known.value not in (NONE, AUTO, *factors):
        factors[known.value] = np.array([*dataset.classes, ""])[dataset.labels]
    notes = tuple(note for note in dataset.notes if not note.startswith("took the labels from"))
    return replace(dataset, labels=found[0], classes=found[1], factors=factors, notes=notes)


def _formed(dataset: Dataset, options: ReadOptions, store: Store) -> Generator[Progress, None, Dataset]:
    """Images of the size and colour that were asked for."""
    n, height, width, channels = dataset.x.shape
    size = options.shape or (height, width)
    wanted = {"gray": 1, "colour": 3}.get(options.colour) or channels
    if size == (height, width) and wanted == channels:
        return dataset
    x = store.empty((n, *size, wanted), dataset.x.dtype)
    for start in range(0, n, ROWS):
        part = slice(start, start + ROWS)
        images = np.asarray(dataset.x[part])
        if wanted < channels:
            grey = images.astype(np.float32) @ LUMA
            images = (grey if images.dtype == np.float32 else np.rint(grey).astype(images.dtype))[..., None]
        x[part] = _resized(images, size, options.fit) if size != (height, width) else images
        yield Progress(start, n, "Bringing to size")
    notes = dataset.notes
    if size != (height, width):
        notes = (*notes, f"brought from {width}×{height} to {size[1]}×{size[0]}")
    return replace(dataset, x=x, notes=notes)


def _resized(images: np.ndarray, size: tuple[int, int], fit: str) -> np.ndarray:
    """Images (M, H, W, C) of any type brought to `size`, Lanczos."""
    height, width = images.shape[1:3]
    box, inner = placed(height, width, size, fit)
    out = np.zeros((len(images), *size, images.shape[3]), np.float32)
    for i, image in enumerate(images):
        ground = out[i]
        ground[:] = np.median(np.concatenate([image[0], image[-1]]), axis=0)  # as its own edge
        for channel in range(images.shape[3]):
            layer = Image.fromarray(image[..., channel].astype(np.float32))
            resized = layer.resize((inner[3] - inner[1], inner[2] - inner[0]), Image.Resampling.LANCZOS, box)
            ground[inner[0] : inner[2], inner[1] : inner[3], channel] = np.asarray(resized)
    # Lanczos swings beyond an edge: no value may leave the range of what was there, which tells how images are scaled.
    np.clip(out, images.min(), images.max(), out)
    return out if images.dtype == np.float32 else np.rint(out).astype(images.dtype)


def placed(
    height: int, width: int, size: tuple[int, int], fit: str
) -> tuple[tuple[float, float, float, float], tuple[int, int, int, int]]:
    """What of an image is used, (left, top, right, bottom), and where in `size` it goes, (top, left, bottom, right).

    ``auto`` crops: the shape of what is seen is kept, and nothing that was not there is added.
    """
    tall, wide = size
    scale = tall / height, wide / width
    if fit == "stretch":
        return (0, 0, width, height), (0, 0, tall, wide)
    if fit == "pad":
        least = min(scale)
        h, w = max(1, round(height * least)), max(1, round(width * least))
        top, left = (tall - h) // 2, (wide - w) // 2
        return (0, 0, width, height), (top, left, top + h, left + w)
    most = max(scale)
    high, across = min(height, tall / most), min(width, wide / most)
    box = (width - across) / 2, (height - high) / 2, (width + across) / 2, (height + high) / 2
    return box, (0, 0, tall, wide)


def _filled(dataset: Dataset, options: ReadOptions, store: Store) -> Generator[Progress, None, Dataset]:
    """A table whose missing values are as was asked."""
    x = dataset.x
    if options.missing == "drop":
        whole = np.isfinite(x).all(axis=1)
        if not whole.any():
            raise ReaderError(f"{dataset.source}: missing=drop: every row lacks a value; keep or fill what is missing")
        if not whole.all():
            left = (*dataset.notes, f"left out {(~whole).sum():,} rows that lack a value")
            rows = np.flatnonzero(whole)
            rest = taken(replace(dataset, x=x[:, :0], columns=()), rows)
            kept = yield from picked(x, rows, store)
            dataset = replace(rest, x=kept, columns=dataset.columns, notes=left)
    elif options.missing == "mean":
        filled = x if is_ours(x) else None
        for j, column in enumerate(dataset.columns):
            gaps = np.isnan(x[:, j])
            yield Progress(j, len(dataset.columns), "Filling in")
            if not gaps.any():
                continue
            if filled is None:
                filled = yield from picked(x, np.arange(len(x)), store)
            known = x[~gaps, j]
            if not len(known):
                filled[gaps, j] = 0
            elif column.categories:
                filled[gaps, j] = np.bincount(known.astype(np.intp)).argmax()
            else:
                filled[gaps, j] = known.mean(dtype=np.float64)
        dataset = dataset if filled is None else replace(dataset, x=filled)
    return dataset


def _with_guesses(dataset: Dataset, options: ReadOptions) -> Dataset:
    """With the guesses that any data of its kind has; those that its reader made stand first."""
    made = {guess.option: guess for guess in dataset.guesses}
    if dataset.kind == "image":
        _, height, width, channels = dataset.x.shape
        made["size"] = Guess("size", f"{width}x{height}")
        made["fit"] = Guess("fit", "crop" if options.fit == AUTO else options.fit, ("crop", "pad", "stretch"))
        made["colour"] = Guess("colour", "gray" if channels == 1 else "colour", ("gray", "colour"))
    else:
        made["normalise"] = Guess("normalise", options.normalise, ("standard", "range", "none"))
        made["missing"] = Guess("missing", options.missing, ("keep", "drop", "mean"))
    label = made.get("labels")
    named = options.labels if options.labels != AUTO else label.value if label else NONE
    others = dict.fromkeys([*(label.choices if label else ()), named, *dataset.factors, NONE])
    measures = {
        name for name, values in dataset.factors.items() if name != named and classes_of(values[:LOOKED]) is None
    }
    made["labels"] = Guess("labels", named, tuple(name for name in others if name not in measures))
    return replace(dataset, guesses=tuple(made.values()))
