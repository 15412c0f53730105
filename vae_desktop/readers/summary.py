"""What a dataset holds, in figures: ranges, missing values, items of each class, and items that are there twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Dataset

BLOCK = 4 << 20  # bytes of items between two signs of progress
MOST = 8 << 30  # bytes of items that are looked at for duplicates: about ten seconds
EXAMPLES = 100  # duplicates that are named
DIGEST = 16  # bytes of BLAKE2b: two different items are taken for one with a chance below 1e-26 among 10^6


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Items that equal an earlier one in every value.

    Parameters
    ----------
    count
        How many there are.
    among
        The first so many items were compared.
    pairs
        (item, the first that it equals), int64 (K, 2), the first :data:`EXAMPLES`.
    """

    count: int
    among: int
    pairs: np.ndarray


@dataclass(frozen=True, eq=False)
class Summary:
    """Figures of a dataset.

    Parameters
    ----------
    low, high
        Smallest and largest finite value of each column, float64 (D,), NaN where there is none; of images of all
        values, (1,).
    missing
        Number of values of each column that are NaN, int64 (D,); of images of all values, (1,).
    classes
        Number of items of each class, and of those of none, int64 (classes + 1,); empty without classes.
    duplicates
        None until they are counted.
    """

    low: np.ndarray
    high: np.ndarray
    missing: np.ndarray
    classes: np.ndarray
    duplicates: Duplicates | None = None


def summarising(dataset: Dataset) -> Generator[Progress | Summary, None, Summary]:
    """Figures of `dataset`; they are yielded once without the duplicates, which take longest."""
    values = yield from _values(dataset)
    yield values
    return replace(values, duplicates=(yield from _duplicates(dataset)))


def _blocks(dataset: Dataset, most: int | None = None) -> Generator[tuple[int, np.ndarray], None, None]:
    """Items (K, …) with the number of the first of them."""
    step = max(1, BLOCK // max(1, dataset.x[:1].nbytes))
    for start in range(0, len(dataset) if most is None else most, step):
        yield start, np.asarray(dataset.x[start : start + step])


def _values(dataset: Dataset) -> Generator[Progress, None, Summary]:
    columns = dataset.x.shape[1] if dataset.kind == "table" else 1
    low, high = np.full(columns, np.inf), np.full(columns, -np.inf)
    missing = np.zeros(columns, np.int64)
    for start, rows in _blocks(dataset):
        yield Progress(start, len(dataset), "Looking at the values")
        rows = rows.reshape(-1, columns)
        if rows.dtype == np.float32:
            known = np.isfinite(rows)
            missing += np.isnan(rows).sum(axis=0)
            low = np.minimum(low, rows.min(axis=0, initial=np.inf, where=known))
            high = np.maximum(high, rows.max(axis=0, initial=-np.inf, where=known))
        else:
            low, high = np.minimum(low, rows.min()), np.maximum(high, rows.max())
    none = low > high
    low[none] = high[none] = np.nan
    labels = dataset.labels
    counts = np.empty(0, np.int64) if labels is None else np.bincount(labels + 1, minlength=len(dataset.classes) + 1)
    return Summary(low, high, missing, np.roll(counts, -1))


def _duplicates(dataset: Dataset) -> Generator[Progress, None, Duplicates]:
    n = min(len(dataset), MOST // max(1, dataset.x[:1].nbytes))
    digests = np.empty((n, DIGEST), np.uint8)
    for start, rows in _blocks(dataset, n):
        yield Progress(start, n, "Looking for duplicates")
        if rows.dtype == np.float32:  # one zero and one NaN, of the several there are
            rows = np.where(np.isnan(rows), np.float32(np.nan), rows + np.float32(0))
        for i, row in enumerate(np.ascontiguousarray(rows)[: n - start], start):
            digests[i] = np.frombuffer(hashlib.blake2b(row.data, digest_size=DIGEST).digest(), np.uint8)
    keys = digests.view(np.uint64)
    order = np.lexsort(keys.T)  # stable: of equal ones the first comes first
    begins = np.ones(n, bool)
    begins[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    first = np.empty(n, np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    again = np.flatnonzero(first < np.arange(n))
    return Duplicates(len(again), n, np.stack([again, first[again]], axis=1)[:EXAMPLES])
