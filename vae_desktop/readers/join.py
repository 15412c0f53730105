"""Several datasets as one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.core.values import Column, Dataset
    from vae_desktop.readers import Reading
    from vae_desktop.readers.store import Store

ROWS = 1024


def joined(parts: Sequence[Dataset], source: str, store: Store) -> Reading:
    """All items of `parts`, one after the other.

    Classes and categories of the same name become one; of further columns those that all have are kept. Without any
    classes, a further column ``file`` says where each item is from.

    Raises
    ------
    ReaderError
        When they are not of one kind, shape and type.
    """
    first = parts[0]
    for part in parts[1:]:
        _check(first, part)
    columns, turned = _columns(parts)
    n = sum(map(len, parts))
    x = store.empty((n, *first.x.shape[1:]), first.x.dtype)
    at = 0
    for part, turn in zip(parts, turned, strict=True):
        for start in range(0, len(part), ROWS):
            rows = np.asarray(part.x[start : start + ROWS])
            x[at : at + len(rows)] = turn(rows)
            at += len(rows)
            yield Progress(at, n, "Joining")
    labels, classes = _classes(parts)
    shared = [name for name in first.factors if all(name in part.factors for part in parts)]
    factors = {name: np.concatenate([part.factors[name] for part in parts]) for name in shared}
    if labels is None:
        factors["file"] = np.repeat([part.name for part in parts], [len(part) for part in parts])
    named = any(len(part.items) for part in parts)
    items = [part.item_name(i) for part in parts for i in range(len(part))] if named else ()
    return replace(
        first, x=x, labels=labels, classes=classes, columns=columns, factors=factors, items=items, source=source,
        skipped=tuple(fault for part in parts for fault in part.skipped),
        notes=tuple(dict.fromkeys(_note(part, note) for part in parts for note in part.notes)),
    )  # fmt: skip


def _note(part: Dataset, note: str) -> str:
    """A note of one part; one that counts says of which."""
    return f"{part.name}: {note}" if any(map(str.isdecimal, note)) else note


def _check(first: Dataset, other: Dataset) -> None:
    one, two = (f"{part.source} holds {_words(part)}" for part in (first, other))
    names = [[(column.name, column.type) for column in part.columns] for part in (first, other)]
    if first.kind != other.kind or first.x.shape[1:] != other.x.shape[1:] or first.x.dtype != other.x.dtype:
        raise ReaderError(f"{other.source}: cannot be joined: {one}, {two}; open them one at a time")
    if names[0] != names[1]:
        (a, of_a), (b, of_b) = next(pair for pair in zip(*names, strict=True) if pair[0] != pair[1])
        held = f"{b!r} stands where {first.source} has {a!r}"
        if a == b:
            words = {"number": "numbers", "category": "categories"}
            held = f"{b!r} holds {words[of_b]}, that of {first.source} {words[of_a]}"
        raise ReaderError(f"{other.source}: cannot be joined: its column {held}; open them one at a time")


def _words(part: Dataset) -> str:
    if part.kind == "table":
        return f"a table of {part.x.shape[1]} columns"
    _, height, width, channels = part.x.shape
    return f"images of {width}×{height}×{channels} {part.x.dtype}"


def _classes(parts: Sequence[Dataset]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    classes = tuple(dict.fromkeys(name for part in parts for name in part.classes))
    if not classes:
        return None, ()
    found = []
    for part in parts:
        numbers = np.array([*map(classes.index, part.classes), -1], np.int32)
        found.append(np.full(len(part), -1, np.int32) if part.labels is None else numbers[part.labels])
    return np.concatenate(found), classes


def _columns(parts: Sequence[Dataset]) -> tuple[tuple[Column, ...], list[Callable[[np.ndarray], np.ndarray]]]:
    """Columns with the categories of all, and for each part what turns its rows into rows of these."""
    columns = []
    for same in zip(*(part.columns for part in parts), strict=True):
        values = tuple(dict.fromkeys(value for column in same for value in column.categories))
        columns.append(replace(same[0], categories=values))

    def turn(part: Dataset, rows: np.ndarray) -> np.ndarray:
        for j, (old, new) in enumerate(zip(part.columns, columns, strict=True)):
            if old.categories != new.categories:
                numbers = np.array([*map(new.categories.index, old.categories), np.nan], np.float32)
                known = np.isfinite(rows[:, j])
                rows = rows.copy()
                rows[:, j] = numbers[np.where(known, rows[:, j], len(numbers) - 1).astype(np.intp)]
        return rows

    return tuple(columns), [partial(turn, part) for part in parts]
