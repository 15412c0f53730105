"""Walk along one latent dimension at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.core.values import Posterior


def by_kl(posterior: Posterior) -> np.ndarray:
    """Latent dimensions (d,), those that carry most information (KL) first; in order when there are no items."""
    if not len(posterior):
        return np.arange(posterior.mu.shape[1])
    return np.argsort(-posterior.kl_per_dimension, kind="stable")


def traverse(
    z: np.ndarray, order: Sequence[int] | np.ndarray | None = None, steps: int = 9, range_: float = 3.0
) -> np.ndarray:
    """One row per dimension of `order` (all when None): it runs from −`range_` to `range_`, the others stay as in `z`.

    Parameters
    ----------
    z
        Where to start, (d,).
    order
        The dimensions to walk, see :func:`by_kl`.
    steps
        Places a row; odd numbers pass through 0.
    range_
        How far to go, in standard deviations of the prior.

    Returns
    -------
    ndarray
        Codes (rows, steps, d) float32.

    Raises
    ------
    SettingError
        When there are no steps or the range is not finite.
    """
    if steps < 1:
        raise SettingError(f"steps={steps}: must be at least 1")
    if not np.isfinite(range_):
        raise SettingError(f"range={range_}: must be a finite number")
    rows = np.arange(len(z)) if order is None else np.asarray(order, int)
    codes = np.tile(np.asarray(z, np.float32), (len(rows), steps, 1))
    codes[np.arange(len(rows)), :, rows] = np.linspace(-range_, range_, steps) if steps > 1 else 0
    return codes
