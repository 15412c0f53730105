"""The codebook of a VQ-VAE: vectors that stand in for what an encoder gives (van den Oord 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

DECAY = 0.99  # γ of the running means (van den Oord 2017, appendix A.1)
DEAD = 0.05  # part of an even share of the use below which a vector is not used


class Codebook(nn.Module):
    """K vectors e_k of c numbers.

    Parameters
    ----------
    size, dim
        K and c.
    averaged
        Whether each vector is the running mean of what it stands in for; else a parameter that learns by a loss.

    Attributes
    ----------
    vectors
        (K, c).
    share
        Running mean of each vector's part in all uses, (K,); it sums to 1.
    sums
        Running mean of what is added up for each vector, (K, c): `vectors` times `share` (averaged only).
    """

    vectors: Tensor
    share: Tensor
    sums: Tensor

    def __init__(self, size: int, dim: int, averaged: bool) -> None:
        super().__init__()
        self.averaged = averaged
        self.register_buffer("share", torch.full((size,), 1 / size))
        if averaged:
            self.register_buffer("vectors", torch.zeros(size, dim))
            self.register_buffer("sums", torch.zeros(size, dim))
        else:
            self.vectors = nn.Parameter(torch.zeros(size, dim))

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """Begin anywhere; :meth:`place` puts the vectors among what they stand in for."""
        self.place(torch.empty_like(self.vectors).normal_(generator=generator))

    @torch.no_grad()
    def place(self, vectors: Tensor) -> None:
        """Begin with `vectors` (K, c), all used alike."""
        self.vectors.copy_(vectors)
        self.share.fill_(1 / len(vectors))
        if self.averaged:
            self.sums.copy_(vectors / len(vectors))

    @torch.no_grad()
    def nearest(self, e: Tensor) -> Tensor:
        """Number of the vector nearest to each of `e` (…, c), int64 (…)."""
        flat = e.reshape(-1, e.shape[-1])
        # ‖e − v‖² but for ‖e‖², which is the same for all.
        away = torch.addmm(self.vectors.square().sum(1), flat, self.vectors.t(), alpha=-2)
        return away.argmin(1).view(e.shape[:-1])

    def look_up(self, numbers: Tensor) -> Tensor:
        """Vectors (…, c) of `numbers` (…)."""
        return nn.functional.embedding(numbers, self.vectors)

    @torch.no_grad()
    def follow(self, e: Tensor, numbers: Tensor) -> None:
        """Update the running means with `e` (M, c), of which each was taken for the vector of `numbers` (M,)."""
        uses = torch.bincount(numbers, minlength=len(self.share)).to(e.dtype)
        self.share.lerp_(uses / len(e), 1 - DECAY)
        if self.averaged:
            total = torch.zeros_like(self.sums).index_add_(0, numbers, e)
            self.sums.lerp_(total / len(e), 1 - DECAY)
            self.vectors.copy_(self.sums / self.share.clamp(min=1e-12)[:, None])

    @torch.no_grad()
    def restart(self, e: Tensor, generator: torch.Generator | None) -> None:
        """Put vectors that are not used anew among `e` (M, c), chosen at random."""
        dead = self.share < DEAD / len(self.share)
        if not dead.any():
            return
        chosen = torch.randint(len(e), (len(dead),), generator=generator, device=e.device)
        even = 1 / len(dead)
        self.vectors[dead] = e[chosen][dead]
        self.share[dead] = even
        if self.averaged:
            self.sums[dead] = self.vectors[dead] * even
            self.sums /= self.share.sum()
        self.share /= self.share.sum()

    @property
    def used(self) -> Tensor:
        """Which vectors are in use, bool (K,)."""
        return self.share >= DEAD / len(self.share)

    def spacing(self) -> Tensor:
        """Typical distance between a vector and its nearest neighbour among those in use; 1 when there is but one."""
        vectors = self.vectors[self.used]
        some = vectors[:: -(-len(vectors) // 64)]
        away = torch.cdist(some, vectors, compute_mode="donot_use_mm_for_euclid_dist")
        away = away.masked_fill(away == 0, torch.inf).amin(1)  # itself, and any that is the same
        away = away[away.isfinite()]
        return away.median() if len(away) else torch.ones((), device=vectors.device)


def perplexity(share: Tensor) -> Tensor:
    """How many vectors are in use, as if all were used alike: exp(−Σ p log p) of their shares p (K,) of all uses."""
    p = share / share.sum()
    return torch.exp(-torch.xlogy(p, p).sum())
