"""Items by what a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_desktop.core.errors import UserError

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset


def find_item(dataset: Dataset | None, n: int, text: str) -> int:
    """Index of the item of `n` that `text` names: its name, its number (``12``, ``#12``), or a part of its name.

    Raises
    ------
    UserError
        When there is none.
    """
    wanted = text.strip()
    names = () if dataset is None else dataset.items
    for index, name in enumerate(names):
        if name == wanted:
            return index
    number = wanted.removeprefix("#")
    if number.isdecimal() and int(number) < n:
        return int(number)
    for index, name in enumerate(names):
        if wanted and wanted.lower() in name.lower():
            return index
    raise UserError(f"{wanted or 'nothing'}: there is no such item; give a number from 0 to {n - 1} or a name")
