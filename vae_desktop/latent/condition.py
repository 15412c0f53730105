"""What a conditional model takes for the class of a place, and the grid of styles and classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import UserError

if TYPE_CHECKING:
    import torch

    from vae_desktop.latent.space import Space
    from vae_desktop.models.vae import VAE

NEAREST = "nearest"  # the condition that is no class: that of the nearest item
BRANCHING = 6  # dimensions up to which a tree is quick
CHUNK = 64  # places whose distances to all codes are held at once


@dataclass(frozen=True, eq=False)
class Nearest:
    """Tells a place the class of the item nearest to it.

    Parameters
    ----------
    mu
        Codes of the items, float32 (N, d); those that are not finite are left out.
    labels
        Their classes as the model counts them, int (N,), −1 where unknown.
    """

    mu: np.ndarray
    labels: np.ndarray

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        """Classes, int64 (M,), at codes `z` (M, d); −1 where there is no item, or a code is not finite."""
        import torch

        return torch.from_numpy(self.at(z.detach().cpu().numpy())).to(z.device)

    def at(self, z: np.ndarray) -> np.ndarray:
        """The same for arrays."""
        classes = np.full(len(z), -1, np.int64)
        good = np.isfinite(z).all(axis=1)
        if good.any() and len(self._labels):
            classes[good] = self._labels[self._find(np.asarray(z[good], np.float32))]
        return classes

    def _find(self, z: np.ndarray) -> np.ndarray:
        """The nearest item's number (M,) among those that are finite."""
        if z.shape[1] <= BRANCHING:
            found: np.ndarray = self._tree.query(z)[1]
            return found
        middle, codes, squares = self._centred
        parts = []
        for start in range(0, len(z), CHUNK):
            parts.append(_closest(codes, squares, z[start : start + CHUNK] - middle))
        return np.concatenate(parts)

    @cached_property
    def _known(self) -> np.ndarray:
        return np.flatnonzero(np.isfinite(self.mu).all(axis=1))

    @cached_property
    def _labels(self) -> np.ndarray:
        return np.asarray(self.labels[self._known], np.int64)

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree  # a third of a second

        return cKDTree(self.mu[self._known])

    @cached_property
    def _centred(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean (d,), codes less it (N, d), and their squared lengths (N,)."""
        codes = np.asarray(self.mu[self._known], np.float32)
        middle = codes.mean(axis=0)
        codes = codes - middle
        return middle, codes, np.einsum("nd,nd->n", codes, codes)


def _closest(codes: np.ndarray, squares: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Number (M,) of the one of `codes` (N, d), of squared lengths `squares` (N,), that is nearest to each `z`."""
    rough = z @ codes.T
    rough *= -2
    rough += squares
    best = rough.min(axis=1)
    # What is close together loses its digits above: all that may be the nearest are measured anew.
    room = 1e-5 * (np.einsum("md,md->m", z, z) + np.abs(best) + squares.max())
    row, number = np.nonzero(rough <= (best + room)[:, None])
    distance = np.square(codes[number] - z[row]).sum(axis=1)
    order = np.lexsort((number, distance, row))
    first = np.searchsorted(row[order], np.arange(len(z)))
    found: np.ndarray = number[order][first]
    return found


def class_number(model: VAE, name: str) -> int:
    """Number of the class of this name.

    Raises
    ------
    UserError
        When the model is told no classes, or knows none of that name.
    """
    check_conditional(model)
    classes = model.preparation.classes
    if name not in classes:
        raise UserError(f"class {name!r}: the model does not know it; known are: {', '.join(classes)}")
    return classes.index(name)


def check_conditional(model: VAE) -> None:
    """Raise :class:`UserError` unless the model is told classes."""
    if not model.conditional:
        raise UserError(f"{model.title}: this model is told no classes; only conditional ones (cvae) are")


def with_classes(space: Space, labels: np.ndarray | None, classes: tuple[str, ...]) -> Space:
    """The space of a conditional model whose places are decoded as the class of the nearest item; others as they are.

    Parameters
    ----------
    space
        Of N items.
    labels, classes
        Class of each item, int (N,), −1 where unknown, as an index into the names.
    """
    model = space.model
    if model is None or not model.conditional:
        return space
    numbers = np.full(len(space.posterior), -1, np.int64)
    if labels is not None and len(labels) == len(numbers):
        known = model.preparation.classes
        numbers = np.array([*(known.index(name) if name in known else -1 for name in classes), -1])[labels]
    return replace(space, model=model.given(Nearest(space.posterior.mu, numbers)), labels=numbers)


def with_model(space: Space, model: VAE) -> Space:
    """The same items with newer weights, which decode as the class that the older ones were given."""
    old = space.model
    if old is None or old.condition is None or not model.conditional:
        return replace(space, model=model, labels=None)
    if old.preparation.classes != model.preparation.classes:
        return replace(space, model=model, labels=None)
    return replace(space, model=model.given(old.condition))


def class_along(model: VAE, start: np.ndarray, codes: np.ndarray) -> np.ndarray | None:
    """Class, int64 (…), of codes (…, d) on a walk that keeps that of its start (d,); None where none is told."""
    import torch

    told = model.classes_at(torch.from_numpy(np.asarray(start, np.float32)[None]))
    return None if told is None else np.full(codes.shape[:-1], int(told[0]), np.int64)


def style_grid(model: VAE, z: np.ndarray) -> np.ndarray:
    """Each style as each class: a row per code of `z` (S, d), a column per class.

    Returns
    -------
    ndarray
        Images (S, K, H, W, C) uint8, or table rows (S, K, D) float32 in original units.

    Raises
    ------
    UserError
        When the model is told no classes.
    """
    from vae_desktop.latent.decode import decode

    check_conditional(model)
    count = len(model.preparation.classes)
    items = decode(model, np.repeat(z, count, axis=0), np.tile(np.arange(count), len(z)))
    return items.reshape(len(z), count, *items.shape[1:])
