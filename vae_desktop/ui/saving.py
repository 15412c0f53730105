"""Exports: ask where, make and write in the background, tell."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QFileDialog

from vae_desktop.export.datasets import ENDINGS, exporting
from vae_desktop.export.films import save_film
from vae_desktop.export.images import save_folder
from vae_desktop.export.items import save_items
from vae_desktop.export.target import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset, Kind
    from vae_desktop.ui.panels import Panel

STILLS = ("PNG picture (*.png)", "JPEG picture (*.jpg)", "WebP picture (*.webp)")
SHEETS = ("PNG picture (*.png)", "JPEG picture (*.jpg)")
FILMS = ("GIF film (*.gif)", "WebP film (*.webp)", "APNG film (*.apng)")
FOLDER = ("Folder of PNG pictures (*)",)
ARRAYS = ("NumPy arrays (*.npz)",)
TABLES = ("CSV table (*.csv)", "NumPy arrays (*.npz)")
DATASETS = {
    "image": ("Folder of images with metadata.csv (*)", "NumPy arrays (*.npz)", "Parquet (*.parquet)"),
    "table": ("CSV table (*.csv)", "NumPy arrays (*.npz)", "Parquet (*.parquet)"),
}
FILM_LASTS = 2.5  # seconds, one way


def ask_and_save(
    panel: Panel,
    title: str,
    name: str,
    filters: Sequence[str],
    make: Callable[[], Any],
    save: Callable[[Path, Any], object],
) -> None:
    """Ask for a path, then run ``save(path, make())`` as a job and say how it went.

    Parameters
    ----------
    name
        The file name that is offered, without an ending.
    filters
        The kinds, each as ``PNG picture (*.png)``; the chosen one's ending is added where none was typed.
    make, save
        Run outside the window's thread: they hold what they need and touch no widget. Where `save` is a generator,
        the progress it yields is shown; the notes that it returns are told.
    """
    settings = QSettings()
    home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    folder = str(settings.value("export/folder", home))
    offered = str(Path(folder) / (name + ending_of(filters[0])))
    chosen, kind = QFileDialog.getSaveFileName(panel.window(), title, offered, ";;".join(filters))
    if not chosen:
        return
    path = with_ending(Path(chosen), kind or filters[0], filters)
    settings.setValue("export/folder", str(path.parent))
    job = panel.jobs.run("work", lambda: save(path, make()))
    told, failed = panel.workspace.told, panel.workspace.failed
    job.done.connect(lambda notes: told.emit("; ".join([f"Saved {path}", *(notes if type(notes) is tuple else ())])))
    job.failed.connect(failed)


def ending_of(kind: str) -> str:
    """Ending that one filter names: ``.png`` of ``PNG (*.png)``; "" of a folder's."""
    return kind.partition("(*")[2].split(")")[0].split(" ")[0]


def with_ending(path: Path, kind: str, filters: Sequence[str]) -> Path:
    """`path`, with the ending of the filter `kind` unless it already has one that `filters` know."""
    known = {ending_of(one) for one in filters} - {""}
    known |= {".jpeg"} if ".jpg" in known else set()
    ending = ending_of(kind)
    return path if not ending or path.suffix.lower() in known else path.with_name(path.name + ending)


def dataset_export(
    panel: Panel, text: str, kind: Kind, make: Callable[[], Dataset], items: np.ndarray | None = None, name: str = ""
) -> tuple[str, Callable[[], None]]:
    """The offer to export a dataset, or some of its items, as a dataset of any kind.

    Parameters
    ----------
    make
        The dataset; run outside the window's thread.
    name
        The file name that is offered, without an ending; the panel's when empty.
    """

    def save(path: Path, data: Dataset) -> Any:
        ending = path.suffix.lower()  # any other name is a folder's, whatever dots it has
        return exporting(data, path, items, ending if ending in ENDINGS[kind] else "")

    return text, lambda: ask_and_save(panel, "Save as a dataset", name or panel.name, DATASETS[kind], make, save)


def item_exports(
    panel: Panel,
    preparation: Preparation,
    make: Callable[[], np.ndarray],
    arrays: dict[str, Any],
    film: bool = False,
) -> list[tuple[str, Callable[[], None]]]:
    """What a panel of many items offers to export.

    Parameters
    ----------
    make
        The items, (…, H, W, C) or (…, D); run outside the window's thread.
    arrays
        What is written beside the items into ``.npz``.
    film
        Whether the items follow one another; a film goes there and back.
    """
    name = panel.name

    def offer(kinds: Sequence[str], save: Callable[[Path, Any], None]) -> Callable[[], None]:
        return lambda: ask_and_save(panel, f"Save: {panel.title}", name, kinds, make, save)

    def save_film_of(path: Path, items: np.ndarray) -> None:
        frames = items.reshape(-1, *items.shape[-3:])
        save_film(path, frames, fps=len(frames) / FILM_LASTS, ping_pong=True)

    as_arrays = (f"{panel.title}: arrays…", offer(ARRAYS, lambda path, items: save_arrays(path, items=items, **arrays)))
    if preparation.kind == "table":
        save = partial(save_items, names=preparation.columns, categories=preparation.categories)
        return [(f"{panel.title}: table…", offer(TABLES, save)), as_arrays]
    films = [(f"{panel.title}: film…", offer(FILMS, save_film_of))] if film else []
    return [
        *films,
        (f"{panel.title}: one sheet…", offer(SHEETS, save_items)),
        (f"{panel.title}: single pictures…", offer(FOLDER, save_folder)),
        as_arrays,
    ]


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write named arrays as ``.npz``.

    Raises
    ------
    UserError
        When `path` cannot be written.
    """
    with writing(path) as file:
        np.savez_compressed(file, **arrays)
