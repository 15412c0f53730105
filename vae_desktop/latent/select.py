"""Choosing items: by what they are called, by their values, by their neighbours; and what a choice is like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from vae_desktop.core.work import Progress, finish

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from vae_desktop.core.values import Dataset, Posterior

How = Literal["replace", "add", "take", "within", "flip"]
Values = Callable[[], np.ndarray]  # gives (N,) numbers, NaN where unknown

CHUNK = 256  # items whose neighbours are looked for at once: it can be cancelled between
MOST_COLUMNS = 128  # columns whose statistics are computed
FEW = 64  # times as many items in all, and a choice is joined as numbers, not as masks
JOINS: dict[str, Callable[..., np.ndarray]] = {
    "add": np.union1d, "take": np.setdiff1d, "within": np.intersect1d, "flip": np.setxor1d,
}  # fmt: skip
COUNTED = 65_536  # items counted at once: numpy keeps Python's lock meanwhile


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of each of `n` items: what they are called, their classes, and by column numbers, texts and kinds.

    A column of kinds, the categories of a table, gives the index of each item's category and the names of these.
    """

    n: int
    names: Sequence[str] = ()
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    columns: Mapping[str, Values] = field(default_factory=lambda: MappingProxyType({}))
    texts: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    kinds: Mapping[str, tuple[Values, tuple[str, ...]]] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(
        cls,
        dataset: Dataset | None,
        posterior: Posterior | None,
        labels: np.ndarray | None = None,
        classes: tuple[str, ...] = (),
    ) -> Known:
        """What `dataset` and `posterior` tell, either of which may be missing, with these classes."""
        if posterior is not None and not len(posterior):
            posterior = None
        n = len(posterior) if posterior is not None else 0 if dataset is None else len(dataset)
        if dataset is not None and len(dataset) != n:
            dataset = None
        if labels is not None and (len(labels) != n or not classes):
            labels = None
        texts = {} if dataset is None else {
            title: values for title, values in dataset.factors.items() if values.dtype.kind not in "biuf"
        }  # fmt: skip
        kinds = {} if dataset is None else {
            column.name: (partial(_column, dataset.x, j), column.categories)
            for j, column in enumerate(dataset.columns) if column.categories
        }  # fmt: skip
        names = () if dataset is None else dataset.items
        return cls(n, names, labels, classes, columns_of(dataset, posterior, labels), texts, kinds)


def columns_of(
    dataset: Dataset | None, posterior: Posterior | None, labels: np.ndarray | None = None
) -> dict[str, Values]:
    """Numbers that items can be chosen by: title → function giving (N,) values, NaN where unknown.

    A table's columns of numbers, further columns (factors), each dimension of the code (``z1`` is the first),
    KL(q(z|x) ‖ p(z)) in nats, and the class as a number.
    """
    columns: dict[str, Values] = {}

    def add(title: str, values: Values) -> None:
        while title in columns:
            title += " (code)"
        columns[title] = values

    if dataset is not None:
        for j, column in enumerate(dataset.columns):
            if not column.categories:
                add(column.name, partial(_column, dataset.x, j))
        for name, values in dataset.factors.items():
            if values.dtype.kind in "biuf" and name not in columns:
                add(name, partial(np.asarray, values, float))
    if posterior is not None:
        for j in range(posterior.mu.shape[1]):
            add(f"z{j + 1}", partial(_column, posterior.mu, j))
        add("KL", lambda: posterior.kl)
    if labels is not None:
        add("class", lambda: np.where(labels < 0, np.nan, labels))
    return columns


def _column(x: np.ndarray, j: int) -> np.ndarray:
    column: np.ndarray = x[:, j]
    return column


def gate(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Mask (N,) of the values from `low` to `high`, both included; NaN never passes."""
    inside: np.ndarray = (values >= low) & (values <= high)
    return inside


def gated(columns: Mapping[str, Values], gates: Sequence[tuple[str, float, float]], n: int) -> np.ndarray:
    """Mask (n,) of the items that pass every gate: (title of the column, low, high)."""
    mask = np.ones(n, bool)
    for title, low, high in gates:
        mask &= gate(columns[title](), low, high)
    return mask


def histogram(values: np.ndarray, bins: int = 48) -> tuple[np.ndarray, float, float]:
    """Counts (bins,) between the smallest and the largest finite value, and these two; 0 and 1 without any."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if not len(finite):
        return np.zeros(bins, int), 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    counts, _ = np.histogram(finite, bins, (low, high if high > low else low + 1))
    return counts, low, high


def grow(mu: np.ndarray, mask: np.ndarray, k: int = 1) -> np.ndarray:
    """Add to the chosen items of codes `mu` (N, d) the `k` nearest of the others to each; see :func:`growing`."""
    return finish(growing(mu, mask, k))


def growing(mu: np.ndarray, mask: np.ndarray, k: int = 1) -> Generator[Progress, None, np.ndarray]:
    """Grow a choice, a mask (N,), by the neighbours of each of its items in Euclidean distance.

    Codes that are not finite neither have neighbours nor are any.

    Returns
    -------
    ndarray
        The larger mask (N,).
    """
    from scipy.spatial import cKDTree  # a third of a second

    finite = np.isfinite(mu).all(axis=1)
    inside, outside = mu[mask & finite], np.flatnonzero(~mask & finite)
    grown = mask.copy()
    if not len(inside) or not len(outside):
        return grown
    yield Progress(0, len(inside), "Looking for neighbours")
    tree, k = cKDTree(mu[outside]), min(k, len(outside))
    for start in range(0, len(inside), CHUNK):
        _, near = tree.query(inside[start : start + CHUNK], k=[*range(1, k + 1)])
        grown[outside[near.ravel()]] = True
        yield Progress(min(start + CHUNK, len(inside)), len(inside), "Looking for neighbours")
    return grown


@dataclass(frozen=True, eq=False)
class Share:
    """A class within a choice: its index (−1: unknown), how many are chosen, and how many there are."""

    index: int
    name: str
    chosen: int
    total: int


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and standard deviation of a column: of the chosen items, and of all; NaN where there is no value."""

    title: str
    mean: float
    sd: float
    mean_of_all: float
    sd_of_all: float

    @property
    def shift(self) -> float:
        """How far the chosen mean is from that of all, in standard deviations of all; 0 where that says nothing."""
        away = (self.mean - self.mean_of_all) / self.sd_of_all if self.sd_of_all > 0 else 0.0
        return away if np.isfinite(away) else 0.0


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a choice is like: classes from the most to the fewest chosen, columns by how far they are shifted."""

    chosen: int
    total: int
    shares: tuple[Share, ...] = ()
    moments: tuple[Moments, ...] = ()


def statistics(known: Known, items: np.ndarray) -> Generator[Progress, None, Statistics]:
    """Compare the chosen `items` with all.

    Standard deviations are those of the items themselves (divided by N); NaN and infinite values are left out.
    """
    shares = _shares(known, items)
    moments, columns = [], [title for title in known.columns if title != "class"][:MOST_COLUMNS]
    for done, title in enumerate(columns):
        yield Progress(done, len(columns), "Comparing")
        values = known.columns[title]()
        moments.append(Moments(title, *_mean_sd(values[items]), *_mean_sd(values)))
    moments.sort(key=lambda one: -abs(one.shift))
    return Statistics(len(items), known.n, shares, tuple(moments))


def _shares(known: Known, items: np.ndarray) -> tuple[Share, ...]:
    if known.labels is None:
        return ()
    names = [*known.classes, "unknown"]
    chosen, total = (class_counts(some, len(known.classes)) for some in (known.labels[items], known.labels))
    indices = [*range(len(known.classes)), -1]
    found = [Share(*one) for one in zip(indices, names, chosen, total, strict=True) if one[3]]
    return tuple(sorted(found, key=lambda one: -one.chosen))


def class_counts(labels: np.ndarray, classes: int) -> list[int]:
    """Items of each of so many classes, and last of none (label −1)."""
    counts = np.zeros(classes + 1, int)
    for start in range(0, len(labels), COUNTED):
        part = labels[start : start + COUNTED]
        counts += np.bincount(np.where(part < 0, classes, part), minlength=classes + 1)
    known: list[int] = counts.tolist()
    return known


def _mean_sd(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)].astype(np.float64)
    return (float(finite.mean()), float(finite.std())) if len(finite) else (np.nan, np.nan)


def combine(old: np.ndarray, items: np.ndarray | Sequence[int], how: How, n: int) -> np.ndarray:
    """Join a choice of `n` items with another one.

    Parameters
    ----------
    old
        The items chosen so far, sorted int32.
    items
        Item numbers in any order, or a mask (n,); numbers that are no item's are left out.
    how
        ``replace``, ``add`` (either), ``take`` (what is in `old` only), ``within`` (both) or ``flip`` (one of the two,
        not both).

    Returns
    -------
    ndarray
        Sorted, unique, read-only int32.
    """
    given = np.asarray(items)
    if given.dtype == bool and len(given) != n:  # of data that had more items, or fewer
        given = np.flatnonzero(given)
    if given.dtype == bool:
        chosen = given.copy()
    else:
        given = given.astype(np.intp, copy=False)
        if given.size and (given.min() < 0 or given.max() >= n):
            given = given[(given >= 0) & (given < n)]
        if FEW * (len(given) + len(old)) < n:
            return frozen(np.unique(given) if how == "replace" else JOINS[how](old, given))
        chosen = np.zeros(n, bool)
        chosen[given] = True
    if how == "add":
        chosen[old] = True
    elif how != "replace":
        before = np.zeros(n, bool)
        before[old] = True
        chosen = before ^ chosen if how == "flip" else before & (~chosen if how == "take" else chosen)
    return frozen(np.flatnonzero(chosen))


def frozen(items: np.ndarray) -> np.ndarray:
    """Item numbers as a read-only int32 array of their own."""
    made = items.astype(np.int32)
    made.flags.writeable = False
    return made
