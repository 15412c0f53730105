"""Keeping a table with what is missing filled in by the model that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_desktop.export.datasets import exporting, with_classes
from vae_desktop.ui.saving import DATASETS, ask_and_save

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from vae_desktop.core.work import Progress
    from vae_desktop.ui.panels import Panel

TEXT = "Table with missing values filled in…"


def filling_export(panel: Panel) -> list[tuple[str, Callable[[], None]]]:
    """The offer to fill in what is missing in the table that is open; none without a model of it."""
    workspace = panel.workspace
    space, dataset = workspace.space, workspace.dataset
    model = None if space is None or space.dataset is not dataset else space.model
    if model is None or dataset is None or dataset.kind != "table":
        return []
    table, labels, classes = dataset, workspace.labels, workspace.classes

    def save(path: Path, _: object) -> Generator[Progress, None, tuple[str, ...]]:
        from vae_desktop.latent.impute import imputing  # torch

        filled = yield from imputing(model, table)
        notes = yield from exporting(with_classes(filled, labels, classes), path)
        return (*filled.notes[len(table.notes) :], *notes)

    name = f"{table.name}-filled"
    return [(TEXT, lambda: ask_and_save(panel, "Save the filled table", name, DATASETS["table"], lambda: None, save))]
