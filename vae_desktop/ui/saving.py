"""Exports: ask where, make and write in the background, tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QFileDialog

from vae_desktop.export.target import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.ui.panels import Panel

STILLS = ("PNG picture (*.png)", "JPEG picture (*.jpg)", "WebP picture (*.webp)")
SHEETS = ("PNG picture (*.png)", "JPEG picture (*.jpg)")
FILMS = ("GIF film (*.gif)", "WebP film (*.webp)", "APNG film (*.apng)")
FOLDER = ("Folder of PNG pictures (*)",)
ARRAYS = ("NumPy arrays (*.npz)",)
TABLES = ("CSV table (*.csv)", "NumPy arrays (*.npz)")


def ask_and_save(
    panel: Panel,
    title: str,
    name: str,
    filters: Sequence[str],
    make: Callable[[], Any],
    save: Callable[[Path, Any], None],
) -> None:
    """Ask for a path, then run ``save(path, make())`` as a job and say how it went.

    Parameters
    ----------
    name
        The file name that is offered, without an ending.
    filters
        The kinds, each as ``PNG picture (*.png)``; the chosen one's ending is added where none was typed.
    make, save
        Run outside the window's thread: they hold what they need and touch no widget.
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
    job.done.connect(lambda _: told.emit(f"Saved {path}"))
    job.failed.connect(failed)


def ending_of(kind: str) -> str:
    """Ending that one filter names: ``.png`` of ``PNG (*.png)``; "" of a folder's."""
    return kind.partition("(*")[2].split(")")[0].split(" ")[0]


def with_ending(path: Path, kind: str, filters: Sequence[str]) -> Path:
    """`path`, with the ending of the filter `kind` unless it already has one that `filters` know."""
    known = {ending_of(one) for one in filters}
    known |= {".jpeg"} if ".jpg" in known else set()
    ending = ending_of(kind)
    return path if not ending or path.suffix.lower() in known else path.with_name(path.name + ending)


def save_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Write named arrays as ``.npz``.

    Raises
    ------
    UserError
        When `path` cannot be written.
    """
    with writing(path) as file:
        np.savez_compressed(file, **arrays)
