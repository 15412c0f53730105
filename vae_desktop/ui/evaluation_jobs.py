"""What the Evaluation panel has computed on threads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.export.target import writing
from vae_desktop.ui.widgets.item_wall import small

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.core.work import Progress
    from vae_desktop.latent.disentangle import Disentanglement
    from vae_desktop.latent.evaluate import Appraisal
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.widgets.item_view import Drawing

SHOWN = 24  # items in the gallery


@dataclass(frozen=True, eq=False)
class Judged:
    """An appraisal, and what each item costs given its mean code: (N,) nats."""

    appraisal: Appraisal
    cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures, one or two in a cell; what each cell is: an item's number, or a code; and the items themselves."""

    cells: Sequence[tuple[Drawing, ...]]
    items: np.ndarray  # (K,), −1 where a cell is no item
    codes: np.ndarray  # (K, d)
    cost: np.ndarray  # (K,) nats, NaN where a cell is no item
    shown: np.ndarray  # (K, …) or, of pairs, (K, 2, …)


def judging(model: VAE, dataset: Dataset, samples: int) -> Generator[Progress, None, Judged]:
    """Score a model on its data, and each item's reconstruction."""
    from vae_desktop.latent.evaluate import appraising  # torch
    from vae_desktop.latent.gallery import costing

    appraisal = yield from appraising(model, dataset, samples)
    cost = yield from costing(model, dataset, appraisal.posterior.mu)
    return Judged(appraisal, cost)


def measuring(model: VAE, dataset: Dataset) -> Generator[Progress, None, Disentanglement | None]:
    """Compare the items' codes with the factors that the data tells."""
    from vae_desktop.latent.disentangle import disentangling
    from vae_desktop.latent.encode import encoding  # torch

    model.preparation.check(dataset)
    posterior = yield from encoding(model, dataset)
    return (yield from disentangling(posterior.mu, dataset))


def gather(model: VAE, dataset: Dataset, judged: Judged, which: str, side: int) -> Gallery:
    """Pictures, up to `side` pixels a side, of the ``worst``, ``best`` or ``random`` items, or of ``empty`` places."""
    from vae_desktop.latent.decode import decode  # torch
    from vae_desktop.latent.gallery import pick, reconstruct

    preparation, mu, gap = model.preparation, judged.appraisal.posterior.mu, judged.appraisal.gap
    if which == "empty":
        codes = mu[:0] if gap is None else gap.empty[:SHOWN]
        made = decode(model, codes)
        nothing = np.full(len(codes), np.nan)
        return Gallery(
            [(small(one, preparation, side),) for one in made], np.full(len(codes), -1), codes, nothing, made
        )
    items = pick(judged.cost, "worst" if which == "worst" else "best" if which == "best" else "random", SHOWN)
    original, made = reconstruct(model, dataset, mu, items)
    cells = [
        (small(was, preparation, side), small(now, preparation, side)) for was, now in zip(original, made, strict=True)
    ]
    return Gallery(cells, items, mu[items], judged.cost[items], np.stack((original, made), axis=1))


def sheet_of(gallery: Gallery, preparation: Preparation) -> np.ndarray:
    """The gallery as items (M, …): pictures of a pair above one another, rows of a pair after one another."""
    shown = gallery.shown
    paired = shown.ndim == (5 if preparation.kind == "image" else 3)
    if not paired:
        return shown
    merged: np.ndarray = (
        shown.reshape(len(shown), -1, *shown.shape[3:])
        if preparation.kind == "image"
        else shown.reshape(-1, shown.shape[-1])
    )
    return merged


def save_report(path: Path, report: dict[str, Any]) -> None:
    """Write the figures as JSON.

    Raises
    ------
    UserError
        When `path` cannot be written.
    """
    with writing(path) as file:
        file.write(json.dumps(report, ensure_ascii=False, indent=2).encode())
