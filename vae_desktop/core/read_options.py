"""What one may decide about reading: the same choices in the data sheet, on the command line and in a notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import make, setting, settings_of, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO, NONE, FOLDER = "auto", "none", "folder"
SIDE = 4096  # pixels: the largest side that images may be brought to


@dataclass(frozen=True)
class ReadOptions:
    """Choices of reading; what is ``auto`` (or "" or 0) is guessed from the data."""

    size: str = setting(
        AUTO, "Size", "Pixels that every image is brought to: 64, or 64x48 (width × height); auto takes the most common"
        " size, and no more than trains in good time.",
    )  # fmt: skip
    fit: str = setting(
        AUTO, "Fit", "How an image of another shape is brought to it: its middle is cut out, it is laid on a plain"
        " ground, or it is stretched.", choices=(AUTO, "crop", "pad", "stretch"),
    )  # fmt: skip
    colour: str = setting(
        AUTO, "Colour", "Grey needs a third of the numbers; auto keeps colour where there is some.",
        choices=(AUTO, "gray", "colour"), words={"gray": "Grey"},
    )  # fmt: skip
    labels: str = setting(
        AUTO, "Classes from", "The column or array that names each item's class; folder takes the sub-folders; none:"
        " no classes.",
    )  # fmt: skip
    array: str = setting(AUTO, "Array", "Which of a file's arrays holds the items.")
    normalise: str = setting(
        "standard", "Columns", "How a table's numbers are brought to one scale: mean 0 and deviation 1, from 0 to 1, or"
        " as they are.", choices=("standard", "range", "none"),
        words={"standard": "Mean 0, deviation 1", "range": "0 to 1", "none": "As they are"},
    )  # fmt: skip
    missing: str = setting(
        "keep", "Missing values", "Kept as missing, the model learns from what is known and fills in the rest; or rows"
        " with gaps are left out; or gaps take their column's mean (of categories: the most frequent).",
        choices=("keep", "drop", "mean"), words={"drop": "Leave out the row", "mean": "Fill with the mean"},
    )  # fmt: skip
    limit: int = setting(0, "At most", "No more items than this are read; 0: all.", low=0, unit="items")

    @property
    def shape(self) -> tuple[int, int] | None:
        """(H, W) that was asked for, or None.

        Raises
        ------
        SettingError
            When `size` is neither auto, nor 64, nor 64x48.
        """
        if self.size == AUTO:
            return None
        found = re.fullmatch(r"\s*(\d{1,5})(?:\s*[x×]\s*(\d{1,5}))?\s*", self.size)
        width, height = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not (1 <= width <= SIDE and 1 <= height <= SIDE):
            raise SettingError(f"size={self.size}: wants 64, or 64x48 (width × height), each from 1 to {SIDE}")
        return height, width

    def told(self) -> dict[str, Any]:
        """What is not as it is by default: what a run keeps."""
        default = values_of(ReadOptions())
        return {name: value for name, value in values_of(self).items() if value != default[name]}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ReadOptions:
        """Make it of some values, which are checked; ``size`` may be a number, ``gray`` and ``labels`` true or false.

        Raises
        ------
        SettingError
            When one is unknown or out of range.
        """
        named = dict(values)
        if "gray" in named:
            named["colour"] = "gray" if named.pop("gray") else "colour"
        if isinstance(named.get("labels"), bool):
            named["labels"] = AUTO if named["labels"] else NONE
        if isinstance(named.get("size"), int):
            named["size"] = str(named["size"])
        if isinstance(named.get("size"), tuple):
            named["size"] = "x".join(map(str, named["size"]))
        options = make(cls, {name: value for name, value in named.items() if value is not None})
        _ = options.shape
        return options


NAMES = tuple(settings_of(ReadOptions))
