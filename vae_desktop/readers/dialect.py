"""How a table of text is written, and what its first rows say of its columns."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_desktop.readers.columns import MISSING, Field, check_width, distinct

if TYPE_CHECKING:
    from _csv import _reader
    from collections.abc import Sequence

DELIMITERS = "\t;|, "
LINES, SAMPLE = 50, 1000  # Rows that tell what the columns are.
CELLS = 50_000  # Cells looked at for that.
MOSTLY = 0.8  # A column with fewer numbers than this part of its values is one of text.
THOUSANDS = {
    ".": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"),
    ",": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}


@dataclass(frozen=True)
class Dialect:
    """How a table is written: what parts its cells, the sign in front of decimals, and whether cells begin spaced."""

    delimiter: str
    decimal: str
    spaced: bool

    def number(self, cell: str) -> float | None:
        """What a cell says, NaN where it is missing; None when it is no number. ``1,234``, ``5 %``, ``$7`` are."""
        if cell.lower() in MISSING:
            return math.nan
        try:
            return float(cell.replace(",", ".") if self.decimal == "," else cell)
        except ValueError:
            plain = cell.strip(" $€£%")
        if THOUSANDS[self.decimal].fullmatch(plain):
            plain = plain.replace("." if self.decimal == "," else ",", "")
        try:
            return float(plain.replace(",", ".") if self.decimal == "," else plain)
        except ValueError:
            return None

    def rows(self, text: str) -> _reader:
        """The rows of a text; `line_num` tells how far it is."""
        return csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, skipinitialspace=self.spaced)


def understood(text: str, where: str) -> tuple[Dialect, list[Field], bool, tuple[str, ...]]:
    """How a text is written, its columns as the first rows show them, whether the first row tells of them, and classes.

    A first row such as ``150,4,setosa,versicolor,virginica`` (rows, columns, classes; scikit-learn's files have it)
    names the classes whose numbers are the last column, here called ``class``.

    Raises
    ------
    csv.Error
        When it is no table.
    ReaderError
        When it has too many columns.
    """
    lines = list(itertools.islice(io.StringIO(text, newline=""), LINES))
    check_width(max(lines[0].count(delimiter) for delimiter in DELIMITERS) + 1 if lines else 0, where)
    delimiter = _delimiter(lines)
    comma = delimiter == ";" and _decimal_comma(lines)
    dialect = Dialect(delimiter, "," if comma else ".", any(delimiter + " " in line for line in lines))
    width = max((len(row) for row in itertools.islice(dialect.rows(text), LINES)), default=1)
    few = min(SAMPLE, max(20, 2 * CELLS // max(1, width)))
    return dialect, *_fields([row for row in itertools.islice(dialect.rows(text), few) if row], dialect)


def _delimiter(lines: Sequence[str]) -> str:
    """Tab, semicolon, bar, comma or space: the first that cuts most lines into the same number of cells."""
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
        except csv.Error:  # a cell too long for one
            continue
        counts = Counter(len(row) for row in rows if row)
        (cells, often), *_ = counts.most_common(1) or [(1, 0)]
        if cells > 1 and often > 0.7 * counts.total() and (delimiter != " " or _numbers(rows[1:])):
            return delimiter
    return ","


def _numbers(rows: list[list[str]]) -> bool:
    """Whether most cells are numbers: then spaces part them, not words."""
    cells = [Dialect(" ", ".", False).number(cell) for row in rows for cell in row]
    return 2 * sum(cell is not None for cell in cells) > len(cells)


def _decimal_comma(lines: list[str]) -> bool:
    """Whether numbers are written as ``1,5``; looked at only where semicolons part them."""
    cells = [cell.strip() for row in csv.reader(lines[1:], delimiter=";") for cell in row]
    return any(re.fullmatch(r"[-+]?(\d+|\d{1,3}(\.\d{3})+),\d+", cell) for cell in cells)


def _has_header(first: list[str], numeric: list[int], dialect: Dialect, columns: list[list[str]]) -> bool:
    """Whether the first row names the columns: text over numbers, other text over texts, or 0, 1, 2, …."""
    cells = [first[i] for i in numeric]
    if not cells:
        return all(cell and cell not in column for cell, column in zip(first, columns, strict=True)) and (
            len(set(first)) == len(first) and any(len(set(column)) < len(column) for column in columns)
        )
    if 2 * sum(dialect.number(cell) is None for cell in cells) > len(cells):
        return True
    counted = [cell for cell in first if cell.isdecimal()]
    runs = [[str(i) for i in range(start, start + len(counted))] for start in (0, 1)]
    return len(counted) > 2 and len(counted) >= len(first) - 2 and counted in runs


def _classes(rows: list[list[str]], width: int) -> tuple[str, ...]:
    """The classes that the first row names, behind how many rows and columns there are; () where it does not."""
    first, *rest = [[cell.strip() for cell in row] for row in rows]
    names = first[2:]
    told = len(names) > 1 and first[0].isdecimal() and first[1] == str(width - 1)
    if not told or len(set(names)) < len(names) or not all(re.search(r"[^\W\d]", name) for name in names):
        return ()
    found = {row[-1] for row in rest if len(row) == width}
    return tuple(names) if found and found <= {str(i) for i in range(len(names))} else ()


def _fields(rows: list[list[str]], dialect: Dialect) -> tuple[list[Field], bool, tuple[str, ...]]:
    """The columns as the first rows show them, whether the first tells of them, and the classes that it names."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    classes = _classes(rows, width)
    if classes:
        rows = [[*[""] * (width - 1), "class"], *rows[1:]]
    good = [[cell.strip() for cell in row] for row in rows if len(row) == width]

    def known(some: list[list[str]]) -> list[list[str]]:
        return [[cell for cell in column if cell.lower() not in MISSING] for column in zip(*some, strict=True)]

    def numbers(cells: list[str]) -> bool:
        return bool(cells) and sum(dialect.number(cell) is not None for cell in cells) >= MOSTLY * len(cells)

    columns = known(good[1:] or good)
    numeric = [i for i, column in enumerate(columns) if numbers(column)]
    header = len(good) > 1 and (bool(classes) or _has_header(good[0], numeric, dialect, columns))
    if not header:
        columns = known(good)
    named = good[0] if header else [""] * width
    fields = [
        Field(name, columns[i], numbers(columns[i]), header and not (named[i] or classes))
        for i, name in enumerate(distinct(named))
    ]
    return fields, header, classes
