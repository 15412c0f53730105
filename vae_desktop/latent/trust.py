"""How far a place can be trusted: whether there is data like it, and whether the model itself finds it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from vae_desktop.latent.project import part

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE

NEIGHBOURS = 10  # the distance to so many tells how densely a place is populated
MOST = 20_000  # items looked at
JUDGES = 500  # items whose own surroundings tell what is usual
INSIDE, EDGE = 0.95, 2.0  # up to this quantile of the items' own distances; up to so many times that distance

BRANCHING = 8  # dimensions up to which a tree is quick
CHUNK = 128  # places whose distances to all points are held at once

Verdict = Literal["inside", "edge", "outside"]


@dataclass(frozen=True, eq=False)
class Density:
    """Where the codes of a dataset are.

    A place's score is the distance to its tenth nearest code (Loftsgaarden & Quesenberry 1965); what is usual is
    learned from the codes themselves, each without itself.
    """

    tree: Any
    usual: float  # a score up to which a place is inside

    @classmethod
    def fit(cls, mu: np.ndarray) -> Density | None:
        """Learn from codes (N, d); None when there are too few to tell."""
        from scipy.spatial import cKDTree  # a third of a second

        codes = mu[part(np.isfinite(mu).all(axis=1), None, MOST)]
        if len(codes) <= 2 * NEIGHBOURS:
            return None
        tree = cKDTree(codes)
        judges = codes[:: -(-len(codes) // JUDGES)]
        # Where many codes are the same, as of a codebook, no distance is usual but that of rounding.
        rounding = 4 * float(np.finfo(np.float32).eps * np.abs(codes).max())
        return cls(tree, max(float(np.quantile(reach(tree, judges, NEIGHBOURS + 1), INSIDE)), rounding))

    def score(self, z: np.ndarray) -> np.ndarray:
        """Distance (M,) of places (M, d) to the tenth nearest code, in units of what is still usual among items."""
        return reach(self.tree, z, NEIGHBOURS) / max(self.usual, 1e-12)

    def verdict(self, z: np.ndarray) -> list[Verdict]:
        """Whether each of the places (M, d) is inside the data, at its edge or outside."""
        return ["inside" if score <= 1 else "edge" if score <= EDGE else "outside" for score in self.score(z)]


def reach(tree: Any, z: np.ndarray, k: int) -> np.ndarray:
    """Distance (M,) of places (M, d) to their `k`-th nearest point of the tree."""
    if z.shape[1] <= BRANCHING:
        near: np.ndarray = tree.query(z, k=[k])[0][:, 0]
        return near
    # In many dimensions a tree looks at nearly all points, one by one: all at once is ten times as quick.
    codes, parts = tree.data, []
    squares = np.einsum("nd,nd->n", codes, codes)
    for start in range(0, len(z), CHUNK):
        part = np.asarray(z[start : start + CHUNK], np.float64)
        found = np.argpartition(squares - 2 * (part @ codes.T), k - 1, axis=1)[:, :k]
        # Of those found the distances are computed anew: above, what is close together loses its digits.
        parts.append(np.linalg.norm(codes[found] - part[:, None], axis=2).max(axis=1))
    return np.concatenate(parts) if parts else np.empty(0)


def round_trip(model: VAE, z: np.ndarray) -> np.ndarray:
    """How far each code (M, d) comes back after decoding and encoding again, (M,).

    Root mean square over the dimensions, in standard deviations σ of the posterior that it comes back to; of a model
    with a codebook from the code that the place stands for, in distances between neighbouring codes.
    """
    import torch

    from vae_desktop.core.values import Batch

    with torch.inference_mode():
        codes = torch.from_numpy(np.ascontiguousarray(z, np.float32))
        y = model.classes_at(codes)
        off = model.away(codes, *model.encode(Batch(model.likelihood.mean(model.decode(codes, y)), y)))
    away: np.ndarray = off.numpy()
    return away


def settled(model: VAE, z: np.ndarray) -> np.ndarray:
    """What codes (M, d) are decoded as, (M, d): themselves, or the nearest ones of a codebook."""
    import torch

    with torch.inference_mode():
        codes: np.ndarray = model.quantise(torch.from_numpy(np.ascontiguousarray(z, np.float32))).numpy()
    return codes


def field(model: VAE, density: Density | None, z: np.ndarray) -> np.ndarray:
    """How far codes (M, d) can be trusted: (M, 2) float32.

    First how far they come back (:func:`round_trip`), in σ, infinite where that cannot be told; then how far they are
    from the data (:meth:`Density.score`), NaN without a `density`.
    """
    there = np.full((len(z), 2), np.inf, np.float32)
    good = np.isfinite(z).all(axis=1)
    if good.any():
        there[good, 0] = np.nan_to_num(round_trip(model, z[good]), nan=np.inf, posinf=np.inf)
        if density is not None:
            there[good, 1] = density.score(settled(model, z[good]))
    if density is None:
        there[:, 1] = np.nan
    return there
