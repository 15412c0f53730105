"""What the loop takes from a dataset: checks, the split, batches, and seeded generators."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_desktop.core.errors import SettingError, UserError
from vae_desktop.core.values import Batch
from vae_desktop.models.batches import batch_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset

CHUNK = 4096
SPLIT_FROM = 10  # items below which none is kept out


def random(seed: int, purpose: str, epoch: int = 0, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator of its own for each purpose and epoch: nothing else can disturb it."""
    number = hashlib.sha256(f"{seed} {purpose} {epoch}".encode()).digest()[:8]
    return torch.Generator(device).manual_seed(int.from_bytes(number, "little") >> 1)


def chunks(x: np.ndarray) -> Iterator[np.ndarray]:
    """The items, some thousands at a time."""
    return (x[start : start + CHUNK] for start in range(0, len(x), CHUNK))


def check_data(dataset: Dataset) -> tuple[str, ...]:
    """Whether one can train on it; what is worth saying about it.

    Raises
    ------
    UserError
        When there are fewer than two items, or values are infinite or, in images, missing.
    """
    n = len(dataset)
    if n < 2:
        raise UserError(f"{dataset.source or 'the data'}: training needs at least two items, and there is {n}")
    table = dataset.kind == "table"
    if dataset.x.dtype == np.float32:
        bad = 0
        for part in chunks(dataset.x):
            wrong = np.isinf(part) if table else ~np.isfinite(part)
            bad += int(wrong.reshape(len(part), -1).any(axis=1).sum())
        if bad:
            words = "infinite" if table else "NaN or infinite"
            raise UserError(f"{dataset.source or 'the data'}: {bad} of {n} items hold {words} values")
    if table and all(np.isnan(part).all() for part in chunks(dataset.x)):
        raise UserError(f"{dataset.source or 'the data'}: every value is missing: there is nothing to learn from")
    first = dataset.x[:1]
    if table:
        same = all(bool(((part == first) | (np.isnan(part) & np.isnan(first))).all()) for part in chunks(dataset.x))
    else:
        same = all(bool((part == first).all()) for part in chunks(dataset.x))
    if same:
        return (f"All {n} items are identical: there is nothing to tell apart",)
    return ()


def check_range(dataset: Dataset, likelihood: str, chosen: str) -> tuple[str, ...]:
    """Whether the values are what the likelihood is for; `chosen` is what the settings said, perhaps ``auto``.

    Returns
    -------
    tuple
        What is worth saying: another likelihood that would suit the values better.

    Raises
    ------
    SettingError
        When the likelihood has no meaning for them.
    """
    if likelihood == "logistic" and dataset.x.dtype != np.uint8:
        raise SettingError(
            f"likelihood=logistic: counts 256 levels, and these images hold {dataset.x.dtype}; choose gaussian or"
            " continuous-bernoulli"
        )
    if likelihood not in ("bernoulli", "continuous-bernoulli") or chosen == "auto":
        return ()
    binary = is_binary(dataset)
    if likelihood == "continuous-bernoulli" and binary:
        return ("All values are black or white: the Bernoulli likelihood suits them better than the continuous one",)
    if likelihood == "bernoulli" and not binary:
        return (
            "The Bernoulli likelihood takes grey values as probabilities: its figures are no densities of them;"
            " continuous Bernoulli and Gaussian give such",
        )
    return ()


def is_binary(dataset: Dataset) -> bool:
    """Whether every value is one of two: the lowest or the highest there is."""
    top = 1 if dataset.x.dtype == np.float32 else np.iinfo(dataset.x.dtype).max
    return all(bool(((part == 0) | (part == top)).all()) for part in chunks(dataset.x))


def split(n: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices to train on and to validate on; at least one to train on, none to validate on when there are few."""
    order = torch.randperm(n, generator=random(seed, "split")).numpy()
    kept = min(round(n * fraction), n - 1) if n >= SPLIT_FROM else 0
    return np.sort(order[kept:]), np.sort(order[:kept])


class Feed:
    """Makes batches of raw items on the fly, on the device.

    Parameters
    ----------
    dataset, preparation
        What is read and how it is prepared; the result equals ``preparation.apply``.
    labels
        Class of each item (N,) for a conditional model, else None.
    device
        Where the batches go.
    channels_last
        The memory layout convolutions are quickest in.
    """

    def __init__(
        self,
        dataset: Dataset,
        preparation: Preparation,
        labels: np.ndarray | None,
        device: torch.device,
        channels_last: bool,
    ) -> None:
        self.dataset, self.preparation = dataset, preparation
        self.labels = labels
        self.laid_out = bool(preparation.categories) or dataset.has_gaps()  # not by a scale alone
        self.x = dataset.x
        self.image = dataset.kind == "image"
        self.device = device
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.gain, self.offset = (torch.from_numpy(part).to(device) for part in preparation.scale)
        self.shift = bool(self.offset.any())

    def __call__(self, chosen: np.ndarray) -> Batch:
        """The items `chosen` (B,) as network input (B, *shape)."""
        if self.laid_out:
            own = None if self.labels is None else self.labels[chosen]
            batch = batch_of(self.preparation, self.x[chosen], own)
            y, mask = (None if part is None else part.to(self.device) for part in (batch.y, batch.mask))
            return Batch(batch.x.to(self.device), y, mask)
        raw = torch.from_numpy(self.x[chosen]).to(self.device)
        if self.image:
            raw = raw.permute(0, 3, 1, 2)  # (B, H, W, C) -> (B, C, H, W)
        x = raw.to(torch.float32, memory_format=self.format, copy=True).mul_(self.gain)
        y = None if self.labels is None else torch.from_numpy(self.labels[chosen]).to(self.device)
        return Batch(x.add_(self.offset) if self.shift else x, y)
