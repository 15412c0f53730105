"""What the columns of a table are: numbers and categories to learn from, classes, names, and what says more."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import AUTO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vae_desktop.core.read_options import ReadOptions

MOST_COLUMNS = 100_000
MOST_CATEGORIES = 50  # A text column with more different values, or mostly different ones, is no category.
MOST_CLASSES = 100
LONGEST = 200  # Characters kept of a text.
NAMED = 5  # Columns that a note names.
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "<na>"}
LABEL_NAMES = (
    *("label", "labels", "class", "classes", "target", "species", "y", "category"),
    *("variety", "outcome", "diagnosis", "survived"),
)
ITEM_NAMES = ("id", "name", "index", "item", "file", "filename", "unnamed: 0")
ID = re.compile(r"(?:.*[ _.-])?(?:id|ids|index|idx|uuid)|.*[a-z]id|unnamed: \d+", re.IGNORECASE)
PIXEL_VALUES = {str(value) for value in range(256)}
PIXEL = re.compile(r"(?:pixel|px)[ _]?\d+|(?:r|row)?(\d+)[x_c](\d+)")
DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[-+]\d\d:?\d\d)?)?")

Role = Literal["number", "category", "label", "item", "factor", "text", "date"]


@dataclass(frozen=True)
class Field:
    """A column as the first rows show it.

    Parameters
    ----------
    name
        Its name, unlike all others.
    values
        As text, those that are known.
    number
        Whether it holds numbers.
    nameless
        Whether `name` was given to it.
    """

    name: str
    values: Sequence[str]
    number: bool
    nameless: bool = False

    @property
    def few(self) -> bool:
        """Whether it has so few different values, as far as is seen, that these are categories."""
        return 0 < len(set(self.values)) <= min(MOST_CATEGORIES, max(2, len(self.values) // 2))

    @property
    def dates(self) -> bool:
        """Whether all that are known are dates."""
        return bool(self.values) and not self.number and all(DAY.fullmatch(value) for value in self.values)

    @property
    def whole(self) -> bool:
        """Whether all that is known are whole numbers."""
        return self.number and all(re.fullmatch(r"[-+]?\d+(?:\.0*)?", value) for value in self.values)

    @property
    def classes(self) -> bool:
        """Whether it can tell classes apart."""
        return (self.few and not self.dates) or (
            self.whole and 1 < len(set(self.values)) <= min(MOST_CLASSES, len(self.values) // 2)
        )


@dataclass(frozen=True)
class Layout:
    """What each column is.

    Parameters
    ----------
    fields, roles
        The columns, and what each is taken for: numbers and categories are the items; factors are numbers, texts and
        dates words that say more about them.
    size
        (H, W) of the images that the columns of numbers make, or None.
    notes
        What was guessed.
    """

    fields: tuple[Field, ...]
    roles: tuple[Role, ...]
    size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    def of(self, *roles: Role) -> list[int]:
        """The columns of these roles."""
        return [i for i, role in enumerate(self.roles) if role in roles]

    @property
    def places(self) -> list[int]:
        """The columns that are the items, in order."""
        return self.of("number", "category")

    @property
    def words(self) -> list[int]:
        """The columns read as text."""
        return self.of("category", "label", "item", "text", "date")


def distinct(names: Iterable[str]) -> list[str]:
    """Names, each different from all others and none empty."""
    made: dict[str, None] = {}
    for i, name in enumerate(names):
        base = " ".join(name.split())[:LONGEST] or f"column {i + 1}"
        name, count = base, 1
        while name in made:
            count += 1
            name = f"{base} ({count})"
        made[name] = None
    return list(made)


def listed(names: Sequence[str]) -> str:
    """The first of some names."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")


def check_width(count: int, where: str) -> None:
    """Raise :class:`ReaderError` when there are too many columns."""
    if count > MOST_COLUMNS:
        raise ReaderError(f"{where}: has {count:,} columns; at most {MOST_COLUMNS:,} are read: leave some out")


def laid_out(
    fields: Sequence[Field],
    options: ReadOptions,
    where: str,
    known: tuple[Sequence[int], tuple[int, int]] | None = None,
) -> Layout:
    """Find out what the columns are.

    Parameters
    ----------
    known
        The columns that are known to be pixels, and the (H, W) of their images.

    Raises
    ------
    ReaderError
        When there is nothing to learn from.
    """
    check_width(len(fields), where)
    everywhere = range(len(fields))
    roles: list[Role] = [
        "number" if f.number else "date" if f.dates else "category" if f.few else "text" for f in fields
    ]
    label = _label(fields, options)
    if label is not None:
        roles[label] = "label"
    item = next((i for i in everywhere if i != label and fields[i].values and _names_items(fields[i], i)), None)
    if item is not None:
        roles[item] = "item"
    for i in everywhere:
        if roles[i] == "number" and ID.fullmatch(fields[i].name) and _all_different(fields[i]):
            roles[i] = "factor"

    numbers = [i for i in everywhere if roles[i] == "number"]
    unsure = label is None and options.labels == AUTO and not known
    if unsure and (label := _label_beside(fields, numbers)) is not None:
        roles[label] = "label"
        numbers.remove(label)
    notes = []
    pixels, size = known or _pixels(fields, numbers)
    if size:
        first, last = fields[pixels[0]].name, fields[pixels[-1]].name
        notes.append(f"columns {first} to {last}: read as images of {size[1]}×{size[0]}")
    if size or looks_like_pixels([fields[i] for i in numbers]):
        chosen = set(pixels or numbers)
        roles = ["text" if role == "category" else role for role in roles]
        roles = ["factor" if role == "number" and i not in chosen else role for i, role in enumerate(roles)]
    repeated = [len(set(f.values)) < len(f.values) for f, role in zip(fields, roles, strict=True) if role == "category"]
    if "number" not in roles and not any(repeated):
        raise ReaderError(f"{where}: holds no column of numbers or categories; give a table with at least one")
    notes += [f"took the labels from {fields[label].name!r}"] if label is not None else []
    notes += [f"took the items' names from {fields[item].name!r}"] if item is not None else []
    return Layout(tuple(fields), tuple(roles), size, tuple(notes))


def _label(fields: Sequence[Field], options: ReadOptions) -> int | None:
    """The column that tells the classes: the one asked for, one so called, or the last of categories."""
    if options.labels != AUTO:
        return next((i for i, f in enumerate(fields) if f.name == options.labels), None)
    for i, f in enumerate(fields):
        so_called = f.values and f.name.lower() in LABEL_NAMES
        if so_called and len(set(f.values)) <= MOST_CLASSES and (f.whole or not f.number):
            return i
    text = [i for i, f in enumerate(fields) if not f.number and f.few and not f.dates]
    return text[-1] if text and any(f.number for f in fields) else None


def _names_items(f: Field, i: int) -> bool:
    return f.name.lower() in ITEM_NAMES or (f.nameless and i == 0 and _all_different(f))


def _all_different(f: Field) -> bool:
    return f.whole and len(set(f.values)) == len(f.values)


def _label_beside(fields: Sequence[Field], numbers: list[int]) -> int | None:
    """The first or last of the columns, where all others are the 0–255 of a square image and it is a small number."""
    for i in (numbers[0], numbers[-1]) if numbers else ():
        values = set(fields[i].values)
        others = [fields[j] for j in numbers if j != i]
        if 1 < len(values) <= MOST_CLASSES and values <= PIXEL_VALUES and looks_like_pixels(others):
            return i
    return None


def looks_like_pixels(fields: Sequence[Field]) -> bool:
    """Whether they are the 0–255 of a square image."""
    side = math.isqrt(len(fields))
    return side >= 8 and side * side == len(fields) and all(set(f.values) <= PIXEL_VALUES for f in fields)


def _pixels(fields: Sequence[Field], numbers: list[int]) -> tuple[list[int], tuple[int, int] | None]:
    """Columns named as pixels (``pixel0``, ``1x1``, ``r0c0``) and the (H, W) that they make, or None."""
    found = {i: match for i in numbers if (match := PIXEL.fullmatch(fields[i].name.lower()))}
    if len(found) < 2:
        return [], None
    places = [(int(match[1]), int(match[2])) for match in found.values() if match[1]]
    if len(places) == len(found):
        height, width = (max(axis) - min(axis) + 1 for axis in zip(*places, strict=True))
        if height * width == len(found) and places == sorted(places):
            return list(found), (height, width)
    side = math.isqrt(len(found))
    return (list(found), (side, side)) if side * side == len(found) else ([], None)
