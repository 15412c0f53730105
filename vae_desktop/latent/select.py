"""Choosing items: by what they are called, by their values, by their neighbours; and what a choice is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

How = Literal["replace", "add", "take", "within"]


def combine(old: np.ndarray, items: np.ndarray | Sequence[int], how: How, n: int) -> np.ndarray:
    """Join a choice of `n` items with another one.

    Parameters
    ----------
    old
        The items chosen so far, sorted int32.
    items
        Item numbers in any order, or a mask (n,); numbers that are no item's are left out.
    how
        ``replace``, ``add`` (either), ``take`` (what is in `old` only) or ``within`` (both).

    Returns
    -------
    ndarray
        Sorted, unique, read-only int32.
    """
    given = np.asarray(items)
    if given.dtype == bool:
        chosen = given.copy()
    else:
        given = given.astype(np.intp, copy=False)
        if given.size and (given.min() < 0 or given.max() >= n):
            given = given[(given >= 0) & (given < n)]
        chosen = np.zeros(n, bool)
        chosen[given] = True
    if how == "add":
        chosen[old] = True
    elif how != "replace":
        before = np.zeros(n, bool)
        before[old] = True
        chosen = before & (~chosen if how == "take" else chosen)
    return frozen(np.flatnonzero(chosen))


def frozen(items: np.ndarray) -> np.ndarray:
    """Item numbers as a read-only int32 array of their own."""
    made = items.astype(np.int32)
    made.flags.writeable = False
    return made
