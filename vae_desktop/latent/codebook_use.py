"""How much of a codebook a dataset's items use."""

from __future__ import annotations

import numpy as np


def codebook_use(codes: np.ndarray, size: int = 0) -> tuple[int, float, np.ndarray]:
    """Codes in use, their perplexity, and each one's share.

    Perplexity is exp(−Σ p log p) of the shares p: as many codes, used evenly, would be as various (van den Oord 2017).

    Parameters
    ----------
    codes
        Numbers in the codebook, int (N, slots).
    size
        Codes in the book, K; 0: as many as the largest number asks for.

    Returns
    -------
    tuple
        How many are used at all, the perplexity (1 to K; 0 without items), and the shares, float64 (K,).
    """
    counts = np.bincount(codes.ravel(), minlength=size).astype(np.float64)
    total = counts.sum()
    if not total:
        return 0, 0.0, counts
    shares = counts / total
    used = shares[shares > 0]
    return len(used), float(np.exp(-(used * np.log(used)).sum())), shares
