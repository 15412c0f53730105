"""Decoded items, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_desktop.export.images import save_images
from vae_desktop.export.tables import save_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np


def save_items(
    path: str | Path,
    items: np.ndarray,
    columns: int | None = None,
    names: Sequence[str] = (),
    categories: Sequence[Sequence[str]] = (),
) -> None:
    """Write images (…, H, W, C) as :func:`save_images` does, or rows (…, D) as :func:`save_rows`.

    A grid of images (rows, columns, H, W, C) keeps its columns on a sheet unless `columns` says otherwise; `names`
    and `categories` are a table's columns.

    Raises
    ------
    UserError
        On an unknown ending, or a place that cannot be written.
    """
    if items.dtype != "uint8":
        save_rows(path, items.reshape(-1, items.shape[-1]), names, categories)
        return
    if columns is None and items.ndim == 5:
        columns = items.shape[1]
    save_images(path, items.reshape(-1, *items.shape[-3:]), columns)
