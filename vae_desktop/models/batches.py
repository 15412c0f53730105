"""Raw items as what a model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vae_desktop.core.values import Batch

if TYPE_CHECKING:
    import numpy as np

    from vae_desktop.core.preparation import Preparation


def batch_of(preparation: Preparation, raw: np.ndarray, labels: np.ndarray | None = None) -> Batch:
    """Prepare raw items (B, …) of classes `labels` (B,); what is missing in a table is 0, and False in the mask."""
    mask = preparation.observed(raw)
    return Batch(
        torch.from_numpy(preparation.apply(raw)),
        None if labels is None else torch.from_numpy(labels),
        None if mask is None else torch.from_numpy(mask),
    )
