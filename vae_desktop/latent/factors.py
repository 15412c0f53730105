"""The known factors of a dataset, as measures of disentanglement want them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset

FEW = 100  # distinct values up to which each stands for itself
BINS = 20  # into which numbers with more values are put


@dataclass(frozen=True, eq=False)
class Factor:
    """One known factor of variation of N items.

    Parameters
    ----------
    name
        Its name.
    values
        Float64 (N,); for kinds, their numbers.
    states
        Int64 (N,), 0 … K − 1: the distinct values, or 20 equal ranges of them where there are more than 100.
    kinds
        Whether values are kinds (a class, a word, a whole number) and not amounts.
    """

    name: str
    values: np.ndarray
    states: np.ndarray
    kinds: bool


def known_factors(dataset: Dataset) -> tuple[np.ndarray, tuple[Factor, ...]]:
    """The items (N,) whose factors are all known, and their factors.

    The classes are a factor, too, unless they only repeat one. What tells nothing is left out: a constant, and words
    or whole numbers that hardly ever come twice, such as names.
    """
    columns = {name: _numbers(np.asarray(values)) for name, values in dataset.factors.items()}
    if dataset.labels is not None and len(dataset.classes) > 1:
        unknown = dataset.labels < 0
        columns.setdefault("class", (np.where(unknown, np.nan, dataset.labels.astype(np.float64)), True))
    useful = {name: column for name, column in columns.items() if _tells(*column)}
    there = np.ones(len(dataset), bool)
    for values, _ in useful.values():
        there &= np.isfinite(values)
    items = np.flatnonzero(there)
    factors: list[Factor] = []
    for name, (values, kinds) in useful.items():
        factor = _factor(name, values[items], kinds)
        if factor is not None and not any(_same(factor, other) for other in factors):
            factors.append(factor)
    return items, tuple(factors)


def _numbers(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """As float64, NaN where unknown, and whether they are kinds."""
    if values.dtype.kind in "biuf":
        return values.astype(np.float64), values.dtype.kind in "biu"
    texts, codes = np.unique(values.astype(np.str_), return_inverse=True)
    return np.where(texts[codes] == "", np.nan, codes.astype(np.float64)), True


def _tells(values: np.ndarray, kinds: bool) -> bool:
    known = values[np.isfinite(values)]
    distinct = len(np.unique(known))
    return distinct > 1 and not (kinds and distinct > min(FEW, len(known) / 2))


def _factor(name: str, values: np.ndarray, kinds: bool) -> Factor | None:
    distinct, states = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        return None
    if len(distinct) > FEW:
        states = np.unique(equal_bins(values, BINS), return_inverse=True)[1]
    return Factor(name, values, states.astype(np.int64), kinds)


def _same(a: Factor, b: Factor) -> bool:
    """Whether one only renames the other's states."""
    pairs = len(np.unique(a.states * (b.states.max() + 1) + b.states))
    return bool(pairs == a.states.max() + 1 == b.states.max() + 1)


def equal_bins(values: np.ndarray, bins: int) -> np.ndarray:
    """Number of the equally wide range, 0 … `bins` − 1, of each value (N,) between the smallest and the largest."""
    low, high = float(values.min()), float(values.max())
    scaled = (values.astype(np.float64) - low) * (bins / max(high - low, 1e-300))
    numbers: np.ndarray = np.minimum(scaled.astype(np.int64), bins - 1)
    return numbers
