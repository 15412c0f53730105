"""The loss curves as a picture, and their figures as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vae_desktop.export.images import save_picture
from vae_desktop.export.tables import save_rows
from vae_desktop.ui.saving import STILLS, TABLES, ask_and_save
from vae_desktop.ui.widgets.learning import table
from vae_desktop.ui.widgets.loss_curves import curves_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_desktop.ui.panels import Panel


def save_curves(panel: Panel, metrics: Sequence[Mapping[str, Any]], epochs: int) -> None:
    """Ask where, and write the curves as a picture."""
    theme = panel.themes.current
    ask_and_save(
        panel, "Save the loss curves", "loss-curves", STILLS,
        lambda: curves_image(metrics, epochs, theme), save_picture,
    )  # fmt: skip


def save_figures(panel: Panel, metrics: Sequence[Mapping[str, Any]]) -> None:
    """Ask where, and write the figures of each epoch."""
    ask_and_save(
        panel, "Save the loss figures", "loss", TABLES, lambda: table(metrics),
        lambda path, made: save_rows(path, *made),
    )  # fmt: skip
