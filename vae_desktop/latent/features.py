"""What is known of each item by itself: its class, columns, factors, place z, KL, error, density, order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space

CHUNK = 8192
AXES = 64  # latent dimensions that are offered
COLUMNS = 500  # and columns: nobody looks through more, and menus of them stand still


def features(space: Space, dataset: Dataset | None) -> dict[str, str]:
    """What is offered to be told of the items of `space`: key → title; of very many columns the first."""
    known = {}
    if dataset is not None and len(dataset) == len(space.posterior):
        if dataset.classes:
            known["class"] = "Class"
        known |= {f"factor:{name}": name for name in list(dataset.factors)[:COLUMNS]}
        known |= {f"column:{column.name}": column.name for column in dataset.columns[:COLUMNS]}
        if space.model is not None:
            known["error"] = "Reconstruction error (nats)"
    known |= {f"z:{j}": f"z{j + 1}" for j in range(min(space.latent, AXES))}
    return known | {"kl": "KL (nats)", "density": "Density (log)", "order": "Order in the data"}


def measuring(key: str, space: Space, dataset: Dataset | None) -> Generator[Progress, None, np.ndarray]:
    """Tell the feature `key` of every item, (N,): numbers, NaN where there is none, or text.

    Reconstruction error: −log p(x|z) at the posterior mean, in nats. KL: of the item's posterior from the prior, in
    nats (Kingma & Welling 2014). Density: log of a nearest-neighbour estimate in the latent space, up to a constant
    (Loftsgaarden & Quesenberry 1965).
    """
    kind, _, name = key.partition(":")
    posterior = space.posterior
    if kind == "z":
        return posterior.mu[:, int(name)]
    if kind == "kl":
        return posterior.kl
    if kind == "order":
        return np.arange(len(posterior))
    if kind == "density":
        return (yield from _density(posterior.mu))
    if dataset is None:
        raise ValueError(f"{key} needs the items")
    if kind == "class":
        names = np.array([*dataset.classes, ""])
        labels = np.full(len(dataset), -1) if dataset.labels is None else dataset.labels
        called: np.ndarray = names[labels]
        return called
    if kind == "factor":
        return np.asarray(dataset.factors[name])
    if kind == "column":
        j = [column.name for column in dataset.columns].index(name)
        values: np.ndarray = dataset.x[:, j]
        return named(values, dataset.columns[j].categories) if dataset.columns[j].categories else values
    if space.model is None:
        raise ValueError(f"{key} needs the model")
    from vae_desktop.latent.gallery import costing  # torch

    return (yield from costing(space.model, dataset, posterior.mu))


def named(values: np.ndarray, categories: tuple[str, ...]) -> np.ndarray:
    """Names (N,) of a category's `values` (N,), "" where one is missing."""
    numbers = np.where(np.isnan(values), -1, values).astype(np.intp)
    names: np.ndarray = np.array([*categories, ""])[numbers]
    return names


def _density(mu: np.ndarray) -> Generator[Progress, None, np.ndarray]:
    from vae_desktop.latent.trust import Density

    yield Progress(0, len(mu), "Looking at the density")
    density = Density.fit(mu)
    log_density = np.full(len(mu), np.nan)
    if density is None:
        return log_density
    good = np.flatnonzero(np.isfinite(mu).all(axis=1))
    for start in range(0, len(good), CHUNK):
        part = good[start : start + CHUNK]
        log_density[part] = -mu.shape[1] * np.log(np.maximum(density.score(mu[part]), 1e-12))
        yield Progress(start, len(mu), "Looking at the density")
    return log_density
