"""Some items of a dataset, each with its own number, name, class and code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.export.images import saving_folder
from vae_desktop.export.tables import save_codes, save_rows
from vae_desktop.export.target import ending

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset, Posterior
    from vae_desktop.core.work import Progress

CHUNK = 256  # pictures read at once
LONGEST = 100  # letters of a file's name
MOST = 200  # bytes of it, before its number and its ending: many systems take no more than 255
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}
UNKNOWN = "unknown"  # folder of what has no class


@dataclass(frozen=True, eq=False)
class Chosen:
    """Items by their numbers `indices` (K,), with what belongs to all N: labels (N,), classes, codes, the data."""

    indices: np.ndarray
    labels: np.ndarray | None = None
    classes: Sequence[str] = ()
    posterior: Posterior | None = None
    dataset: Dataset | None = None

    def name(self, index: int) -> str:
        """Name of the item with this number."""
        return f"#{index}" if self.dataset is None else self.dataset.item_name(index)

    def class_name(self, index: int) -> str:
        """Class of the item with this number; "" where unknown."""
        label = -1 if self.labels is None else int(self.labels[index])
        return self.classes[label] if label >= 0 else ""


def save_chosen_codes(path: str | Path, chosen: Chosen) -> None:
    """Write where the chosen items lie, as :func:`save_codes` does.

    ``.npz`` holds also ``indices``, the items' numbers in the data, and ``x``, the items as they were read.

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    assert chosen.posterior is not None
    indices = chosen.indices
    codes = chosen.posterior.take(indices)
    further = {"indices": indices}
    if chosen.dataset is not None and Path(path).suffix.lower() == ".npz":
        x, follow = chosen.dataset.x, len(indices) > 0 and bool((np.diff(indices) == 1).all())
        further["x"] = x[indices[0] : indices[-1] + 1] if follow else x[indices]  # what follows is not copied
    labels = None if chosen.labels is None else chosen.labels[indices]
    names = [chosen.name(index) for index in indices.tolist()]
    save_codes(path, codes, labels, chosen.classes, names, further)


def save_chosen_rows(path: str | Path, chosen: Chosen) -> None:
    """Write the chosen rows of a table, as :func:`save_rows` does.

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    assert chosen.dataset is not None
    columns = chosen.dataset.columns
    categories = [column.categories for column in columns]
    save_rows(path, chosen.dataset.x[chosen.indices], [column.name for column in columns], categories)


def saving_chosen_images(
    path: str | Path, chosen: Chosen, preparation: Preparation, by_class: bool
) -> Generator[Progress, None, None]:
    """Write the chosen pictures as PNG into a new folder, named as their items are; see :func:`saving_folder`.

    Parameters
    ----------
    by_class
        A folder for each class; otherwise all side by side.

    Raises
    ------
    UserError
        When the folder holds files already, or cannot be written.
    """
    path = Path(path)
    ending(path, (), folder=True)
    names = file_names(chosen, by_class)

    def pictures() -> Iterator[tuple[str, np.ndarray]]:
        assert chosen.dataset is not None
        for start in range(0, len(chosen.indices), CHUNK):
            shown = preparation.show(chosen.dataset.x[chosen.indices[start : start + CHUNK]])
            yield from zip(names[start : start + CHUNK], shown, strict=True)

    yield from saving_folder(path, pictures(), len(names))


def file_names(chosen: Chosen, by_class: bool) -> list[str]:
    """A path for each chosen item that every file system takes, no two alike even without capitals."""
    taken: dict[str, int] = {}
    folders: dict[str, str] = {}
    found = []
    for index in chosen.indices.tolist():
        folder = ""
        if by_class:
            called = chosen.class_name(index) or UNKNOWN
            if called not in folders:
                folders[called] = _free(_safe(called), taken) + "/"
            folder = folders[called]
        # The numbers of nameless items sort as they count.
        name = chosen.name(index) if chosen.dataset is not None and chosen.dataset.items else f"{index:06}"
        stem = name.replace("\\", "/").rsplit("/", 1)[-1]
        stem = stem.rsplit(".", 1)[0] if "." in stem[1:] else stem
        found.append(_free(folder + _safe(stem), taken) + ".png")
    return found


def _safe(name: str) -> str:
    """`name` without what some file system does not take."""
    safe = re.sub(r"[^\w.()+ -]+", "-", name).strip(" .-")[:LONGEST]
    safe = safe.encode()[:MOST].decode(errors="ignore").strip(" .-") or "item"
    return f"{safe}-" if safe.split(".")[0].casefold() in RESERVED else safe


def _free(name: str, taken: dict[str, int]) -> str:
    """`name`, with a number where it is taken; it is taken from now on: `taken` has the last number of each."""
    free, key = name, name.casefold()
    while free.casefold() in taken:
        taken[key] += 1
        free = f"{name}-{taken[key]}"
    taken[free.casefold()] = 1
    return free
