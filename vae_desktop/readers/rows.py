"""Rows of typed columns, collected block by block, and the dataset that they make."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import NONE
from vae_desktop.core.values import Column, Dataset, Guess
from vae_desktop.core.work import Progress
from vae_desktop.readers.columns import LONGEST, MOST_CATEGORIES, listed
from vae_desktop.readers.convert import classes_of, dataset_of, natural_key

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from vae_desktop.core.read_options import ReadOptions
    from vae_desktop.readers import Reading
    from vae_desktop.readers.columns import Layout, Role
    from vae_desktop.readers.store import Store

TEXTS = 256 << 20  # Bytes that all texts one may colour by fill.
ROWS = 16_384  # Rows looked at between two signs of progress.


@dataclass(frozen=True)
class Block:
    """Some rows.

    Parameters
    ----------
    x
        Float32 (M, places); NaN is missing, and what else stands in places of categories does not matter.
    words
        Per column of text, which (M,) of its values (V,) each row has; -1 is missing.
    factors
        Float64 (M,) per column that is a factor.
    """

    x: np.ndarray
    words: Mapping[int, tuple[np.ndarray, Sequence[str]]] = field(default_factory=dict)
    factors: Mapping[int, np.ndarray] = field(default_factory=dict)

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest value of each place, float32; NaN where one is missing."""
        return self.x.min(axis=0), self.x.max(axis=0)

    def taken(self, rows: np.ndarray) -> Block:
        """Some of the rows, bool (M,)."""
        words = {i: (codes[rows], values) for i, (codes, values) in self.words.items()}
        return Block(self.x[rows], words, {i: column[rows] for i, column in self.factors.items()})

    @property
    def known(self) -> bool:
        """Whether nothing is missing or infinite."""
        return bool(np.isfinite(self.ends).all())


class Words:
    """A column of text: its different values, and which of them each row has, -1 where missing."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.codes: list[np.ndarray] = []

    def add(self, codes: np.ndarray, values: Sequence[str]) -> np.ndarray:
        """Add rows; returns their codes among the values of all."""
        turned = np.full(len(values) + 1, -1, np.int32)
        for code in np.flatnonzero(np.bincount(codes + 1, minlength=len(values) + 1)[1:]).tolist():
            turned[code] = self.index.setdefault(values[code].strip()[:LONGEST], len(self.index))
        self.codes.append(turned[codes])
        return self.codes[-1]

    def of_all(self) -> np.ndarray:
        """Codes of all rows, int32 (N,)."""
        self.codes = [np.concatenate(self.codes)] if self.codes else [np.empty(0, np.int32)]
        return self.codes[0]

    def values(self) -> np.ndarray:
        """The different values as numbers (float64), where all are, else as text; one more for what is missing."""
        try:
            numbers = np.array([*map(float, self.index), math.nan])
        except ValueError:
            return np.array([*self.index, ""])
        return numbers if len(self.index) else np.array([""])

    def days(self) -> tuple[np.ndarray, str]:
        """The different values as days since the first, float64, one more for what is missing; and the first."""
        import pandas

        when = pandas.to_datetime(list(self.index), format="ISO8601", errors="coerce", utc=True)
        first = when.min()
        days = (when - first) / pandas.Timedelta(days=1)
        return np.array([*days, math.nan], np.float64), "" if pandas.isna(first) else f"{first:%Y-%m-%d}"


class Table:
    """Rows collected block by block."""

    def __init__(self, layout: Layout, store: Store) -> None:
        self.layout, self.store = layout, store
        self.places = layout.places
        self.x = store.growing((len(self.places),), np.float32)
        self.words = {i: Words() for i in layout.words}
        self.factors: dict[int, list[np.ndarray]] = {i: [] for i in layout.of("factor")}
        self.missing = np.zeros(len(self.places), np.int64)
        self.low, self.high = np.full((2, len(self.places)), np.nan, np.float32)
        self._where = {i: p for p, i in enumerate(self.places)}

    def __len__(self) -> int:
        return self.x.n

    def add(self, block: Block) -> None:
        """Add some rows; their `x` may be edited.

        Raises
        ------
        ReaderError
            When the disk has no room for them.
        """
        if not len(block.x):
            return
        low, high = block.ends
        if not block.known:
            self.missing += np.isnan(block.x).sum(axis=0)
            low, high = np.fmin.reduce(block.x, axis=0), np.fmax.reduce(block.x, axis=0)
        self.low, self.high = np.fmin(self.low, low), np.fmax(self.high, high)
        for i, (codes, values) in block.words.items():
            of_all = self.words[i].add(codes, values)
            if i in self._where:
                block.x[:, self._where[i]] = np.where(of_all < 0, np.nan, of_all)
        for i, numbers in block.factors.items():
            self.factors[i].append(numbers)
        self.x.append(block.x)

    def dataset(
        self, where: str, source: str, options: ReadOptions, *,
        notes: Sequence[str] = (), skipped: Sequence[tuple[str, str]] = (),
    ) -> Reading:  # fmt: skip
        """The dataset of all rows.

        Raises
        ------
        ReaderError
            When no column is left to learn from, or the one asked for names no classes.
        """
        fields, roles = self.layout.fields, list(self.layout.roles)
        told = [*notes, *self.layout.notes]
        x = self.x.array()
        empty = [fields[i].name for i in self._empty()]
        if empty:
            told.append(f"left out empty columns: {listed(empty)}")
        labels, classes = self._classes(options, where, roles)
        categories: dict[int, tuple[str, ...]] = {}
        for i in self.layout.of("category"):
            values = self.words[i].index
            if 2 <= len(values) <= MOST_CATEGORIES:
                categories[i] = tuple(sorted(values, key=natural_key))
            elif values:
                roles[i] = "text"  # constant, or of too many values after all
        kept = [i for p, i in enumerate(self.places) if i in categories or (roles[i] == "number" and self._known(p))]
        if not kept:
            raise ReaderError(f"{where}: holds no column of numbers or categories; give a table with at least one")
        yield from self._sort_categories(x, categories)
        x = yield from _columns_kept(x, [self._where[i] for i in kept])
        factors = self._factors(roles, told)
        items: list[str] = []
        for i in self.layout.of("item"):
            texts = list(self.words[i].index)
            items = [texts[c] if c >= 0 else f"#{k}" for k, c in enumerate(self.words[i].of_all().tolist())]

        columns = [Column(fields[i].name, "category" if i in categories else "number", categories.get(i, ()))
                   for i in kept]  # fmt: skip
        if not categories and not self.missing[[self._where[i] for i in kept]].any():
            pixels = yield from _images(x, self.layout.size is not None, self.store)
            if pixels is not None or self.layout.size:
                made = yield from dataset_of(
                    x if pixels is None else pixels, where, source=source, labels=labels, classes=classes,
                    columns=[column.name for column in columns], factors=factors, notes=told, size=self.layout.size,
                )  # fmt: skip
                return replace(made, items=items, skipped=(*skipped, *made.skipped), guesses=self._guesses(roles))
        told += self._about(kept, categories)
        return Dataset(
            "table", x, labels, classes, tuple(columns), factors, items, source,
            skipped=tuple(skipped), notes=tuple(told), guesses=self._guesses(roles),
        )  # fmt: skip

    def _known(self, place: int) -> bool:
        return bool(self.missing[place] < len(self))

    def _empty(self) -> list[int]:
        found = [i for p, i in enumerate(self.places) if i not in self.words and not self._known(p)]
        return sorted([*found, *(i for i, words in self.words.items() if not words.index)])

    def _classes(
        self, options: ReadOptions, where: str, roles: list[Role]
    ) -> tuple[np.ndarray | None, tuple[str, ...]]:
        """Labels int32 (N,) and classes; a column that turns out to name none is a factor."""
        for i in self.layout.of("label"):
            words = self.words[i]
            if found := classes_of(words.values()[:-1]):
                return np.append(found[0], np.int32(-1))[words.of_all()], found[1]
            if options.labels == self.layout.fields[i].name:
                why = "it measures, or has too many different values" if words.index else "it is empty"
                raise ReaderError(f"{where}: labels={options.labels}: {why}")
            roles[i] = "text"
        return None, ()

    def _sort_categories(
        self, x: np.ndarray, categories: Mapping[int, tuple[str, ...]]
    ) -> Generator[Progress, None, None]:
        """Number categories by their names, where rows came in another order."""
        for i, values in categories.items():
            turn = np.array([values.index(value) for value in self.words[i].index], np.float32)
            if (turn == np.arange(len(turn))).all():
                continue
            for start in range(0, len(x), ROWS):
                part = x[start : start + ROWS, self._where[i]]
                known = ~np.isnan(part)
                part[known] = turn[part[known].astype(np.intp)]
                yield Progress(start, len(x), "Sorting categories")

    def _factors(self, roles: Sequence[Role], told: list[str]) -> dict[str, np.ndarray]:
        """What one may colour by."""
        made: dict[str, np.ndarray] = {}
        left, room = [], TEXTS
        for i, role in enumerate(roles):
            name = self.layout.fields[i].name
            if role == "factor":
                made[name] = np.concatenate(self.factors[i]) if self.factors[i] else np.empty(0)
            elif role == "date" and self.words[i].index:
                days, first = self.words[i].days()
                made[name] = days[self.words[i].of_all()]
                told.append(f"dates in {name!r}: days since {first}, to colour by")
            elif role == "text" and self.words[i].index:
                values = self.words[i].values()
                room -= values.itemsize * len(self)
                if room >= 0:
                    made[name] = values[self.words[i].of_all()]
                else:
                    left.append(name)
        if left:
            told.append(f"left out columns of long texts: {listed(left)}")
        return made

    def _guesses(self, roles: Sequence[Role]) -> tuple[Guess, ...]:
        named = [self.layout.fields[i].name for i, role in enumerate(roles) if role == "label"]
        could = [f.name for f in self.layout.fields if f.classes and f.name not in named]
        choices = dict.fromkeys([*named, *could[:MOST_CATEGORIES], NONE])
        return (Guess("labels", named[0] if named else NONE, tuple(choices)),)

    def _about(self, kept: Sequence[int], categories: Mapping[int, tuple[str, ...]]) -> list[str]:
        """What to know of the columns that are the items."""
        names = {i: self.layout.fields[i].name for i in kept}
        told = []
        if categories:
            told.append(f"columns of categories: {listed([names[i] for i in categories])}")
        gaps = Counter({names[i]: int(self.missing[self._where[i]]) for i in kept})
        most = [f"{count:,} in {name}" for name, count in gaps.most_common() if count]
        if most:
            told.append(f"{gaps.total():,} values are missing: {listed(most)}")
        if scarce := [name for name, count in gaps.items() if 2 * count > len(self)]:
            told.append(f"more than half is missing in {listed(scarce)}")
        same = [names[i] for i in kept if i not in categories and self.low[self._where[i]] == self.high[self._where[i]]]
        if same and len(self) > 1:
            told.append(f"the same in every row: {listed(same)}")
        return told


def _columns_kept(x: np.ndarray, columns: Sequence[int]) -> Generator[Progress, None, np.ndarray]:
    """Only these columns of x (N, D), in order and in the same memory."""
    n, d = x.shape
    if len(columns) == d:
        return x
    flat, k = x.reshape(-1), len(columns)
    for start in range(0, n, ROWS):
        part = x[start : start + ROWS, columns]  # a copy: what is written ends before what is read next
        flat[start * k : start * k + part.size] = part.reshape(-1)
        yield Progress(start, n, "Leaving out columns")
    return flat[: n * k].reshape(n, k)


def _images(x: np.ndarray, named: bool, store: Store) -> Generator[Progress, None, np.ndarray | None]:
    """`x` as uint8 where it is pixels: all whole numbers in 0–255, and so named or of a square number; else None."""
    side = math.isqrt(x.shape[1])
    if not named and (side < 8 or side * side != x.shape[1]):
        return None
    pixels = store.empty(x.shape, np.uint8)
    for start in range(0, len(x), 256):
        part = x[start : start + 256]
        if part.min() < 0 or part.max() > 255:
            return None
        pixels[start : start + 256] = part
        if (pixels[start : start + 256] != part).any():
            return None
        yield Progress(start, len(x), "Looking at the values")
    return pixels
