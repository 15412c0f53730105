"""Lay codes out on the plane: all of them, or for what is slow, a fair part first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import make
from vae_desktop.core.work import finish
from vae_desktop.latent.projections import projections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.latent.projections import Fitting, Projection, Projector


def check(name: str, settings: Mapping[str, Any]) -> tuple[Projector, dict[str, Any]]:
    """The kind of projection `name` and all values of its settings.

    Raises
    ------
    SettingError
        When there is no such kind, setting or value.
    """
    if name not in projections:
        raise SettingError(f"unknown projection {name!r}; known are: {', '.join(projections)}")
    kind = projections[name]
    return kind, vars(make(kind.Config, settings))


def projecting(name: str, mu: np.ndarray, labels: np.ndarray | None = None, **settings: Any) -> Fitting:
    """Project codes `mu` (N, d) as a generator of progress and live pictures; see :func:`project`."""
    kind, values = check(name, settings)
    kind.check(mu.shape[1])
    chosen = part(np.isfinite(mu).all(axis=1), labels, kind.most)
    if len(chosen) == len(mu):
        return (yield from kind.fit(mu, **values))
    fitted = yield from kind.fit(mu[chosen], **values)
    return (yield from fitted.extended(mu))


def project(name: str, mu: np.ndarray, labels: np.ndarray | None = None, **settings: Any) -> Projection:
    """Project codes `mu` (N, d) onto the plane.

    Where a kind of projection is slow it is fitted to at most ``most`` items, drawn evenly from every class of
    `labels` (N,), and the others are placed by it. Codes that are not finite have the place NaN.

    Raises
    ------
    SettingError
        On an unknown kind, setting or value, or too few latent dimensions.
    UserError
        When its library is not installed.
    """
    return finish(projecting(name, mu, labels, **settings))


def part(good: np.ndarray, labels: np.ndarray | None, most: int | None) -> np.ndarray:
    """Indices of at most `most` items where `good` (N,) is true, each class with its share, at least one."""
    there = np.flatnonzero(good)
    if most is None or len(there) <= most:
        return there
    draw = np.random.default_rng(0).random(len(there))
    group = np.zeros(len(there), int) if labels is None else labels[there]
    order = np.lexsort((draw, group))  # class by class, in random order within
    _, first, size = np.unique(group[order], return_index=True, return_counts=True)
    share = np.maximum(1, size * most // len(there))
    within = np.arange(len(there)) - np.repeat(first, size)
    taken: np.ndarray = np.sort(there[order[within < np.repeat(share, size)]])
    return taken
