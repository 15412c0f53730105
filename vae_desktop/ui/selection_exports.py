"""What of a selection can be kept as files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from vae_desktop.export.datasets import with_classes
from vae_desktop.export.selection import Chosen, save_chosen_codes, save_chosen_rows, saving_chosen_images
from vae_desktop.ui.saving import FOLDER, TABLES, ask_and_save, dataset_export

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.ui.panels import Panel


def selection_exports(panel: Panel, preparation: Preparation | None) -> list[tuple[str, Callable[[], None]]]:
    """What the Export menu offers of the selected items: pictures or rows as they were read, and codes."""
    workspace = panel.workspace
    dataset, space = workspace.dataset, workspace.space
    if not len(workspace.selection):
        return []
    posterior = space.posterior if space is not None and len(space.posterior) else None
    chosen = Chosen(workspace.selection, workspace.labels, workspace.classes, posterior, dataset)
    offers: list[tuple[str, Callable[[], None]]] = []

    def offer(text: str, kinds: Sequence[str], save: Callable[[Path], Any]) -> None:
        def do() -> None:
            ask_and_save(panel, "Save the selection", "selection", kinds, lambda: None, lambda path, _: save(path))

        offers.append((f"Selection: {text}…", do))

    if dataset is not None and preparation is not None and dataset.kind == "image":
        images = partial(saving_chosen_images, chosen=chosen, preparation=preparation)
        if workspace.classes:
            offer("pictures in a folder for each class", FOLDER, partial(images, by_class=True))
        offer("pictures", FOLDER, partial(images, by_class=False))
    elif dataset is not None:
        offer("table", TABLES, partial(save_chosen_rows, chosen=chosen))
    if dataset is not None:
        whole = partial(with_classes, dataset, workspace.labels, workspace.classes)
        offers.append(
            dataset_export(panel, "Selection: as a dataset…", dataset.kind, whole, chosen.indices, "selection")
        )
    if posterior is not None:
        offer("codes", TABLES, partial(save_chosen_codes, chosen=chosen))
    return offers
