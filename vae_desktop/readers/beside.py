"""What is known about pictures beside themselves: the folders they lie in, and tables that name their files."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import AUTO, FOLDER, NONE
from vae_desktop.core.values import Guess
from vae_desktop.readers.convert import classes_of, size_text
from vae_desktop.readers.pictures import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pandas import DataFrame

LARGEST = 100 << 20  # bytes of a table beside pictures
MOST_COLUMNS = 100
LONGEST = 100  # characters kept of a text
MOST_CLASSES = 100  # a text column with more different values, or mostly different ones, is no class unless so named
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
FILE_NAMES = ("file_name", "filename", "file", "image", "image_id", "path", "name", "id")
LABEL_NAMES = ("label", "labels", "class", "classes", "class_name", "target", "category", "species", "y", "cls")
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}


@dataclass(frozen=True, eq=False)
class Described:
    """Labels (N,) and class names, further columns, what was guessed of them, and remarks."""

    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)
    guess: Guess = field(default_factory=lambda: Guess("labels", NONE))
    notes: tuple[str, ...] = ()


def described(
    names: Sequence[str], index: np.ndarray, tables: Sequence[tuple[str, bytes]] = (), wanted: str = AUTO,
    known: Mapping[str, list[str]] | None = None,
) -> Described:  # fmt: skip
    """Find the classes and further columns of pictures.

    Parameters
    ----------
    names
        Of all files, with ``/`` between folders.
    index
        Int (N,): the file of each item.
    tables
        (name, text) of the tables beside them, which name files below their own folder.
    wanted
        Where the labels are to be from: a column's name, ``folder``, ``none`` or ``auto``.
    known
        Further columns, a text for each file; those that are shorter lack the last.
    """
    used = np.zeros(len(names), bool)
    used[index] = True
    columns, notes = _columns(names, used, tables)
    for name, texts in (known or {}).items():
        columns.setdefault(name, [*texts, *[""] * (len(names) - len(texts))])
    typed = {name: _typed([texts[i] for i in index]) for name, texts in columns.items()}
    factors = {name: column for name, column in typed.items() if column is not None}
    return _labelled(factors, _folders(names, index), wanted, notes)


def _labelled(factors: dict[str, np.ndarray], folders: list[np.ndarray], wanted: str, notes: list[str]) -> Described:
    by_folder = classes_of(folders[-1]) if folders else None
    for split in folders[:-1]:
        factors.setdefault("split", split)
    value, found = NONE, None
    choices = (*factors, *([FOLDER] if by_folder else []), NONE)
    if wanted in factors and (found := classes_of(factors[wanted])):
        value = wanted
    elif wanted not in (NONE, *factors):
        if wanted == AUTO:
            value = _label(factors, by_folder is not None)
        if value in factors:
            found = classes_of(factors[value])
            notes.append(f"took the labels from {value!r}")
        elif by_folder and wanted in (AUTO, FOLDER):
            value, found = FOLDER, by_folder
    # Folders that repeat the classes, as in what was exported, tell nothing more.
    if by_folder and value in factors and not np.array_equal(factors[value].astype(np.str_), folders[-1]):
        factors.setdefault(FOLDER, folders[-1])
    rest = {name: column for name, column in factors.items() if found is None or name != value}
    labels, classes = found or (None, ())
    return Described(labels, classes, rest, Guess("labels", value, choices), tuple(notes))


def _label(factors: Mapping[str, np.ndarray], in_folders: bool) -> str:
    """The column that names classes, or none."""
    for name in LABEL_NAMES:
        for column, values in factors.items():
            if column.casefold() == name and classes_of(values):
                return column
    if not in_folders:
        for column, values in factors.items():
            different = len(set(values.tolist()) - {""}) if values.dtype.kind == "U" and column != "split" else 0
            if 2 <= different <= min(MOST_CLASSES, len(values) // 2):
                return column
    return NONE


def _folders(names: Sequence[str], index: np.ndarray) -> list[np.ndarray]:
    """The folder of each item below what all share, as text (N,); before it that of the split, if these come first."""
    paths = {name: printable(name).split("/")[:-1] for name in {names[i].rpartition("/")[0] + "/" for i in index}}
    kinds = list(paths.values())
    found: list[np.ndarray] = []
    level = next((i for i in range(max(map(len, kinds))) if len({(*kind[i : i + 1],) for kind in kinds}) > 1), None)
    while level is not None:
        here = {"".join(kind[level : level + 1]) for kind in kinds}
        if len(here) < 2:
            break
        text = {name: "".join(kind[level : level + 1]) for name, kind in paths.items()}
        found.append(np.array([text[names[i].rpartition("/")[0] + "/"] for i in index.tolist()]))
        # Below train and test the classes are told apart.
        below = {"".join(kind[level + 1 : level + 2]) for kind in kinds}
        if found[1:] or not {part.casefold() for part in here} <= SPLITS or len(below - {""}) < 2:
            break
        level += 1
    return found


def _typed(texts: list[str]) -> np.ndarray | None:
    """Numbers, NaN where missing, when all of `texts` are; otherwise text, "" where missing; None when all are."""
    known = ["" if text.casefold() in MISSING else printable(text[:LONGEST]) for text in texts]
    if not any(known):
        return None
    try:
        return np.array([float(text) if text else np.nan for text in known])
    except ValueError:
        return np.array(known)


def _columns(
    names: Sequence[str], used: np.ndarray, tables: Sequence[tuple[str, bytes]]
) -> tuple[dict[str, list[str]], list[str]]:
    """Further columns by name, one text for each file, and remarks."""
    columns: dict[str, list[str]] = {}
    notes: list[str] = []
    unknown = used.copy()
    read = False
    for name, data in tables:
        folder = name.rpartition("/")[0]
        places = _Places(names, folder + "/" if folder else "")
        try:
            frame = _table(data, places)
            rows, files = _matched(frame, places)
        except ReaderError as error:
            notes.append(f"{printable(name)}: {error}")
            continue
        read = True
        if absent := int((rows < 0).sum()):
            notes.append(f"{printable(name)}: {absent:,} of its {len(rows):,} rows name no picture that is here")
        there = np.flatnonzero(rows >= 0)[::-1]  # of several rows the first counts
        unknown[rows[there]] = False
        for column in frame.columns[:MOST_COLUMNS]:
            if column == files:
                continue
            texts = columns.setdefault(printable(str(column)).strip() or "column", [""] * len(names))
            cells = frame[column].to_numpy()
            for row in there.tolist():
                texts[rows[row]] = cells[row].strip()
    if read and unknown.any():
        notes.append(f"{int(unknown.sum()):,} pictures are in no row of the table beside them")
    return columns, notes


class _Places:
    """Finds files below `base` by what tables call them: by path or name alone, with or without ending."""

    def __init__(self, names: Sequence[str], base: str) -> None:
        self.names, self.base = names, base
        self._known: list[dict[str, int]] = []

    def _level(self, level: int) -> dict[str, int]:
        while len(self._known) <= level:
            known: dict[str, int] = {}
            which = len(self._known)
            for i, name in enumerate(self.names):
                if not name.startswith(self.base):
                    continue
                key = name[len(self.base) :]
                key = key if which < 2 else key.rpartition("/")[2]
                key = key if which % 2 == 0 else _stem(key)
                known[key] = -1 if key in known else i  # of two with one name neither is meant
            self._known.append(known)
        return self._known[level]

    def find(self, text: str) -> int:
        """Number of the file, or -1."""
        text = re.sub(r"^(\./)+", "", text.strip().replace("\\", "/"))
        last = text.rpartition("/")[2]
        for level, key in ((0, text), (1, text), (1, _stem(text)), (2, last), (3, last), (3, _stem(last))):
            if (number := self._level(level).get(key, -1)) >= 0:
                return number
        return -1


def _stem(name: str) -> str:
    """Without its ending; of a path, too."""
    folder, slash, file = name.rpartition("/")
    return folder + slash + (file.rpartition(".")[0] or file)


def _table(data: bytes, places: _Places) -> DataFrame:
    """The table's cells as text.

    Raises
    ------
    ReaderError
        When it is no table; the message does not name it.
    """
    import pandas as pd

    if len(data) > LARGEST:
        raise ReaderError(f"larger than {size_text(LARGEST)}: left out")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    first = data[: 1 << 20].decode(encoding, "replace").lstrip("\n\r").partition("\n")[0]
    sep = max("\t;,", key=first.count)
    cells = [cell.strip().strip('"') for cell in first.split(sep)]
    if len(cells) > 10 * MOST_COLUMNS:
        raise ReaderError("has too many columns: left out")
    bare = any(places.find(cell) >= 0 for cell in cells if cell)
    titles = ["file", "label", *(f"column {i + 1}" for i in range(2, len(cells)))][: len(cells)] if bare else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # rows that are too long lose their end
            frame = pd.read_csv(
                io.BytesIO(data), sep=sep, dtype=str, keep_default_na=False, encoding=encoding, index_col=False,
                encoding_errors="replace", on_bad_lines="skip", header=None if bare else 0, names=titles,
            )  # fmt: skip
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
        raise ReaderError(f"no table ({' '.join(str(error).split())[:100]}): left out") from error
    if not len(frame) or len(frame.columns) < 1:
        raise ReaderError("holds no rows: left out")
    return frame.fillna("")


def _matched(frame: DataFrame, places: _Places) -> tuple[np.ndarray, str]:
    """The file of each row, int (rows,), -1 for none; and the column that names them."""

    def named() -> Iterator[str]:
        lower = {str(column).strip().casefold(): column for column in frame.columns[:MOST_COLUMNS]}
        yield from (lower[name] for name in FILE_NAMES if name in lower)
        yield from (column for name, column in lower.items() if name not in FILE_NAMES)

    for column in named():
        texts = frame[column].tolist()
        few = texts[:: max(1, len(texts) // 100)]
        if 2 * sum(places.find(text) >= 0 for text in few) >= len(few) or str(column).casefold() in FILE_NAMES[:4]:
            rows = np.array([places.find(text) for text in texts])
            if (rows >= 0).any():
                return rows, column
    raise ReaderError("no column names the files: left out")
