"""Fill in what is missing in a table by what the model expects there, given what is known of each row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_desktop.core.errors import SettingError, UserError
from vae_desktop.core.work import Progress, finish
from vae_desktop.models.batches import batch_of
from vae_desktop.readers.store import Store

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Batch, Dataset
    from vae_desktop.models.vae import VAE

ROUNDS = 3  # more made no table better, and some worse
ITEMS = 512  # at once


def imputing(model: VAE, dataset: Dataset, rounds: int = ROUNDS) -> Generator[Progress, None, Dataset]:
    """Fill in what is missing as a generator of :class:`Progress`; see :func:`imputed`."""
    if dataset.kind != "table":
        raise UserError(f"{dataset.source or 'the data'}: holds images; only a table's missing values can be filled in")
    if rounds < 1:
        raise SettingError(f"rounds={rounds}: must be at least 1")
    model.preparation.check(dataset)
    labels = model.labels(dataset)
    model.eval()
    n, count = len(dataset), 0
    x = dataset.x
    for start in range(0, n, ITEMS):
        part = slice(start, start + ITEMS)
        gaps = np.isnan(dataset.x[part])
        rows = np.flatnonzero(gaps.any(axis=1))
        if len(rows):
            if x is dataset.x:
                x = Store().empty(x.shape, x.dtype)  # no second copy of a large table in memory
                x[:] = dataset.x
            raw = dataset.x[part][rows]
            batch = batch_of(model.preparation, raw, None if labels is None else labels[part][rows])
            made = model.preparation.restore(_settled(model, batch, rounds))
            x[start + rows] = np.where(gaps[rows], made, raw)
            count += int(gaps.sum())
        yield Progress(min(start + ITEMS, n), n, "Filling in")
    return replace(dataset, x=x, notes=(*dataset.notes, f"filled in {count:,} missing values by the model"))


def _settled(model: VAE, batch: Batch, rounds: int) -> np.ndarray:
    """The rows (B, D) with what is missing as the model expects it, once its code has taken that in."""
    assert batch.mask is not None
    with torch.inference_mode():
        for _ in range(rounds):
            mu, _ = model.encode(batch)
            made = model.likelihood.mean(model.decode(mu, batch.y))
            batch = replace(batch, x=torch.where(batch.mask, batch.x, made))
    filled: np.ndarray = batch.x.numpy()
    return filled


def imputed(model: VAE, dataset: Dataset, rounds: int = ROUNDS) -> Dataset:
    """The table with its missing values filled in; what is known stays to the bit.

    Pseudo-Gibbs sampling (Rezende 2014, appendix F) at the means: what is missing begins as in training, is
    decoded from the mean code, and the row is encoded again with that, `rounds` times. A category takes its likeliest
    value.

    Raises
    ------
    MismatchError
        When the dataset is not of the kind the model was trained on.
    SettingError
        Without a round.
    UserError
        When the data holds images.
    """
    return finish(imputing(model, dataset, rounds))
