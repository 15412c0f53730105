"""Two runs' reconstructions of the same items, and what each draws from its prior with the same seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import UserError
from vae_desktop.core.fitting import fitted_to
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.sharpness import sharpness
from vae_desktop.training.run_folder import open_run

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE


@dataclass(frozen=True, eq=False)
class Side:
    """What one run makes of some items.

    Parameters
    ----------
    name, model
        Of the run, and the title of its model.
    preparation
        How its items are shown.
    indices
        Numbers of the items, (n,).
    originals, reconstructions, samples
        Images (n, H, W, C) uint8 or rows (n, D) float32: items as it sees them, what it makes of their codes, and
        draws from its prior.
    """

    name: str
    model: str
    preparation: Preparation
    indices: np.ndarray
    originals: np.ndarray
    reconstructions: np.ndarray
    samples: np.ndarray


@dataclass(frozen=True, eq=False)
class Pair:
    """Two runs; `same`: both were trained on the same data, and show the same items."""

    left: Side
    right: Side
    same: bool

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both."""
        return self.left, self.right


def comparing_runs(
    left: Path, right: Path, n: int, seed: int, at_hand: tuple[str, Dataset] | None = None
) -> Generator[Progress, None, Pair]:
    """Reconstruct `n` items, drawn with `seed`, and draw `n` samples with it, by two runs.

    Parameters
    ----------
    at_hand
        Data that has been read already, with its fingerprint.

    Raises
    ------
    UserError
        When a run, its model or its data cannot be read.
    """
    from vae_desktop.readers import reading

    runs = [open_run(path) for path in (left, right)]
    data = dict([at_hand] if at_hand is not None else [])
    sides = []
    for run in runs:
        if run.fingerprint not in data:
            data[run.fingerprint] = yield from reading(run.source, **run.record["data"]["options"])
        yield Progress(0, 0, f"Decoding with {run.path.name}")
        sides.append(_side(run.path.name, run.model(), data[run.fingerprint], n, seed))
    return Pair(sides[0], sides[1], runs[0].fingerprint == runs[1].fingerprint)


def _side(name: str, model: VAE, dataset: Dataset, n: int, seed: int) -> Side:
    from vae_desktop.latent.decode import decode  # torch
    from vae_desktop.latent.encode import encoding
    from vae_desktop.latent.sample import sample_codes

    dataset = fitted_to(dataset, model.preparation)
    model.preparation.check(dataset)
    n = min(n, len(dataset))
    # The order of all items: with more of them, the first ones stay.
    indices = np.random.default_rng(seed).permutation(len(dataset))[:n]
    posterior = finish(encoding(model, dataset, indices))
    labels = model.labels(dataset)
    own = None if labels is None else labels[indices]
    in_turn = np.arange(n) % len(model.preparation.classes) if model.conditional else None
    return Side(
        name,
        model.title,
        model.preparation,
        indices,
        model.preparation.show(np.asarray(dataset.x[indices])),
        decode(model, posterior.mu, own),
        decode(model, sample_codes(model, n, seed), in_turn),
    )


def sheet_of(pair: Pair) -> np.ndarray:
    """Both runs' images in rows, (rows, n, H, W, 3) uint8: as :func:`rows_of` has them, white where one is smaller.

    Raises
    ------
    UserError
        When they are not images.
    """
    strips = [strip for _, strip, _ in rows_of(pair)]
    if any(strip.ndim != 4 for strip in strips):
        raise UserError("rows of a table make no sheet of pictures")
    n, height, width = (max(strip.shape[axis] for strip in strips) for axis in range(3))
    page = np.full((len(strips), n, height, width, 3), 255, np.uint8)
    for line, strip in zip(page, strips, strict=True):
        k, h, w, _ = strip.shape
        top, left = (height - h) // 2, (width - w) // 2
        line[:k, top : top + h, left : left + w] = strip
    return page


def rows_of(pair: Pair) -> list[tuple[str, np.ndarray, Side]]:
    """Name, items and run of each row: originals (once where both show the same), reconstructions, two of samples."""
    left, right = pair.sides
    shared = pair.same and left.originals.shape == right.originals.shape
    found = [("Original", left.originals, left)] if shared else []
    for side in pair.sides:
        if not shared:
            found.append((f"Original, {side.name}", side.originals, side))
        found.append((side.name, side.reconstructions, side))
    return [*found, *((side.name, side.samples, side) for side in pair.sides)]


def told_sharpness(pair: Pair) -> str:
    """How sharp originals and reconstructions are, in words; "" where they are no images that can be sharp."""
    parts = []
    for name, items, side in rows_of(pair)[:-2]:
        value = sharpness(items) if side.preparation.kind == "image" else math.nan
        if not math.isnan(value):
            parts.append(f"{name[0].lower() + name[1:] if name.startswith('Original') else name} {value:.3f}")
    return f"Sharpness (mean |Laplacian|): {' · '.join(parts)}" if parts else ""
