"""The frozen values that flow through the program: numpy arrays, made once, never edited."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

Kind = Literal["image", "table"]
IMAGE_DTYPES = (np.uint8, np.uint16, np.float32)


@dataclass(frozen=True)
class Column:
    """One column of a table: numbers, or one of `categories`, then stored as its index in float32; NaN is missing."""

    name: str
    type: Literal["number", "category"] = "number"
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """What reading decided where nothing was asked: the option it stands for, its value, and what else there is."""

    option: str
    value: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Items as they were read.

    Parameters
    ----------
    kind
        ``image`` or ``table``.
    x
        Images (N, H, W, C), C of 1 or 3, uint8, uint16 or float32, possibly memory-mapped; or a table
        (N, D) float32, NaN where a value is missing.
    labels
        int32 (N,), an index into `classes`, -1 where unknown; None when the data has no classes.
    classes
        Names of the classes.
    columns
        The columns of a table.
    factors
        Further columns by name, each (N,): what one may colour by.
    items
        Names of the items; empty when they have none (then ``#0``, ``#1``, …).
    source
        Where it was read from: a path or the name of a built-in dataset.
    options
        The options it was read with.
    skipped
        (item, reason) for each item that could not be read.
    notes
        What was guessed or changed while reading, in plain words.
    guesses
        Choices of reading that matter for this data, as they stand: what a person may want to change.
    """

    kind: Kind
    x: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    factors: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    items: Sequence[str] = ()
    source: str = ""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.x)
        if self.kind == "image":
            good = self.x.ndim == 4 and self.x.shape[3] in (1, 3) and self.x.dtype in IMAGE_DTYPES
        else:
            good = self.x.ndim == 2 and self.x.dtype == np.float32 and len(self.columns) == self.x.shape[1]
        if not good:
            raise ValueError(f"x of shape {self.x.shape}, {self.x.dtype} is not a valid {self.kind} dataset")
        if self.labels is not None:
            known = self.labels.shape == (n,) and self.labels.dtype.kind == "i"
            if not known or self.labels.min(initial=0) < -1 or self.labels.max(initial=-1) >= len(self.classes):
                raise ValueError("labels do not fit the items and classes")
        if self.items and len(self.items) != n:
            raise ValueError(f"{len(self.items)} names for {n} items")
        if any(len(values) != n for values in self.factors.values()):
            raise ValueError("a factor does not have one value per item")

    def __len__(self) -> int:
        return len(self.x)

    @property
    def name(self) -> str:
        """A short name: the source's last part without its endings; of several, the first's and how many more."""
        return name_of(self.source)

    def __repr__(self) -> str:
        """What it is, in one line: a notebook shows it, and arrays would fill pages."""
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        classes = f", {len(self.classes)} class{'' if len(self.classes) == 1 else 'es'}" if self.classes else ""
        told = f" ({options})" if options else ""
        return f"<Dataset {self.source!r}{told}: {self.kind} {self.x.shape} {self.x.dtype}{classes}>"

    def item_name(self, index: int) -> str:
        """Name of one item."""
        return self.items[index] if self.items else f"#{index}"

    def has_gaps(self) -> bool:
        """Whether a value of a table is missing; looks at one part after the other."""
        starts = range(0, len(self.x), 4096) if self.kind == "table" else ()
        return any(bool(np.isnan(self.x[start : start + 4096]).any()) for start in starts)

    def fingerprint(self) -> str:
        """SHA-256 over the items' shape, type and bytes: whether two reads gave the same data."""
        digest = hashlib.sha256(f"{self.kind} {self.x.shape} {self.x.dtype.str}".encode())
        digest.update("".join(repr(column.categories) for column in self.columns if column.categories).encode())
        for start in range(0, len(self.x), 4096):
            digest.update(np.ascontiguousarray(self.x[start : start + 4096]).data)
        return digest.hexdigest()


def source_of(sources: Sequence[str]) -> str:
    """One text for one or several sources: several as a JSON list."""
    return sources[0] if len(sources) == 1 else json.dumps(list(sources), ensure_ascii=False)


def sources_of(source: str) -> list[str]:
    """Inverse of :func:`source_of`."""
    try:
        listed = json.loads(source) if source.startswith('["') else None
    except ValueError:
        listed = None
    return listed if isinstance(listed, list) and all(isinstance(part, str) for part in listed) else [source]


def name_of(source: str) -> str:
    """The short name of data read from `source`: see :attr:`Dataset.name`."""
    first, *more = sources_of(source)
    last = PurePath(first.split("::")[0]).name or first
    last = last.removesuffix(".gz").rsplit(".", 1)[0] if "." in last[1:] else last
    return f"{last} and {len(more)} more" if more else last


@dataclass(frozen=True, eq=False)
class Posterior:
    """q(z|x) of N items.

    Parameters
    ----------
    mu, logvar
        Float32 (N, d).
    codes
        Numbers in the codebook, int (N, slots), where the latent is discrete.
    rate
        KL from the model's prior in nats per item and dimension, float32 (N, d), where that is not N(0, I).
    """

    mu: np.ndarray
    logvar: np.ndarray
    codes: np.ndarray | None = None
    rate: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.mu)

    @property
    def sigma(self) -> np.ndarray:
        """Standard deviation σ, float32 (N, d)."""
        sigma: np.ndarray = np.exp(0.5 * self.logvar)
        return sigma

    @cached_property
    def middle(self) -> np.ndarray:
        """Mean code, (d,), of the first 65 536 items: where they lie; zeros without items that are finite."""
        some = self.mu[:65_536]
        some = some[np.isfinite(some).all(axis=1)]
        mean: np.ndarray = some.mean(axis=0) if len(some) else np.zeros(self.mu.shape[1], np.float32)
        return mean

    @cached_property
    def kl_per_dimension(self) -> np.ndarray:
        """Mean KL from the prior in nats per item, (d,); of N(0, 1) it is ½(μ² + σ² − log σ² − 1) (Kingma 2014)."""
        if self.rate is not None:
            mean: np.ndarray = self.rate.mean(axis=0, dtype=np.float64) if len(self) else np.zeros(self.rate.shape[1])
            return mean
        total = np.zeros(self.mu.shape[1])
        for start in range(0, len(self), 65_536):
            mu, logvar = (part[start : start + 65_536].astype(np.float64) for part in (self.mu, self.logvar))
            total += (mu**2 + np.exp(logvar) - logvar - 1).sum(axis=0)
        kl: np.ndarray = 0.5 * total / max(1, len(self))
        return kl

    @property
    def kl(self) -> np.ndarray:
        """KL from the prior of each item in nats, (N,): see :attr:`kl_per_dimension`."""
        if self.rate is not None:
            total: np.ndarray = self.rate.sum(axis=1)
            return total
        kl = np.empty(len(self), np.float32)
        for start in range(0, len(self), 65_536):
            mu, logvar = (part[start : start + 65_536] for part in (self.mu, self.logvar))
            kl[start : start + 65_536] = 0.5 * (mu**2 + np.exp(logvar) - logvar - 1).sum(axis=1)
        return kl

    def take(self, items: np.ndarray) -> Posterior:
        """Of some items, by their numbers."""
        some = (None if part is None else part[items] for part in (self.codes, self.rate))
        return Posterior(self.mu[items], self.logvar[items], *some)

    @property
    def active_units(self) -> int:
        """Number of dimensions with Var_x(E[z_j|x]) > 0.01 (Burda 2016)."""
        with np.errstate(over="ignore", invalid="ignore"):  # of codes too large for their squares
            return int((self.mu.var(axis=0) > 0.01).sum())


@dataclass(frozen=True, eq=False)
class Batch:
    """What a model takes: `x` (B, …) float, `y` (B,) condition or None, `mask` (B, …) observed or None."""

    x: torch.Tensor
    y: torch.Tensor | None = None
    mask: torch.Tensor | None = None


@dataclass(frozen=True)
class Step:
    """Where a training is: `step` of `total` optimiser steps, on `n_items` training items."""

    step: int
    total: int
    n_items: int


@dataclass(frozen=True, eq=False)
class Loss:
    """What is minimised and what is reported, scalar tensors in nats per item (summed over pixels).

    `total` is the objective; `reconstruction` (−log p(x|z)) and `kl` are its plain parts, so that
    ``-(reconstruction + kl)`` is the ELBO whatever the objective weighs; `kl_per_dimension` is (d,);
    `extra` holds named terms of the total as they count, `groups` the losses of further groups of parameters, and
    `told` figures of no weight that are worth following.
    """

    total: torch.Tensor
    reconstruction: torch.Tensor
    kl: torch.Tensor
    kl_per_dimension: torch.Tensor
    extra: Mapping[str, torch.Tensor] = field(default_factory=lambda: MappingProxyType({}))
    groups: Mapping[str, torch.Tensor] = field(default_factory=lambda: MappingProxyType({}))
    told: Mapping[str, torch.Tensor] = field(default_factory=lambda: MappingProxyType({}))
