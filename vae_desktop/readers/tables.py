"""Tables as text: CSV of numbers, with classes and names; or images, one a row, as MNIST is often passed on."""

from __future__ import annotations

import csv
import itertools
import math
import re
from array import array
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.convert import classes_of, dataset_of, keep

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path
    from typing import TextIO

SUFFIXES = (".csv", ".tsv")
SAMPLE = 1000  # Rows that tell what the columns are.
CELLS = 50_000  # Cells read between two signs of progress.
LONGEST = 200  # Characters kept of a text.
MOST_CLASSES = 100  # A text column with more different values, or mostly different ones, is no class.
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
LABEL_NAMES = ("label", "labels", "class", "classes", "target", "species", "y", "category")
ITEM_NAMES = ("id", "name", "index", "item", "file", "filename", "", "unnamed: 0")
PIXEL_VALUES = {str(value) for value in range(256)}
PIXEL = re.compile(r"(?:pixel|px)[ _]?\d+|(?:r|row)?(\d+)[x_c](\d+)")


@dataclass(frozen=True)
class Layout:
    """What the columns are, by index: numbers, the labels, the items' names and further text."""

    names: list[str]
    numeric: set[int]
    numbers: list[int]
    label: int | None
    item: int | None
    factors: list[int]
    size: tuple[int, int] | None
    notes: list[str]


def _number(cell: str, decimal: str) -> float | None:
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return None


def _encoding(path: Path) -> str:
    """The text's encoding, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.strip():
        raise ReaderError(f"{path}: the file is empty; save it again")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in head:
        raise ReaderError(f"{path}: not text; save the table as CSV")
    return "utf-8-sig"


def _delimiter(lines: Sequence[str]) -> str:
    """Tab, semicolon or comma: the first that cuts most lines into the same number of cells."""
    for delimiter in "\t;,":
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        (cells, often), *_ = counts.most_common(1) or [(1, 0)]
        if cells > 1 and often > 0.7 * counts.total():
            return delimiter
    return ","


def _has_header(first: list[str], numeric: list[int], decimal: str) -> bool:
    """Whether the first row names the columns: text over numbers, or 0, 1, 2, … beside other text."""
    cells = [first[i] for i in numeric]
    if not cells:
        return False
    text = [cell for cell in cells if _number(cell, decimal) is None and cell.lower() not in MISSING]
    if 2 * len(text) > len(cells):
        return True
    counted = [cell for cell in first if cell.isdecimal()]
    runs = [[str(i) for i in range(start, start + len(counted))] for start in (0, 1)]
    return len(counted) > 2 and len(counted) >= len(first) - 2 and counted in runs


def _is_label(name: str, cells: list[str], decimal: str) -> bool:
    """Whether a column so named, with these values, names classes."""
    if name.lower() not in LABEL_NAMES:
        return False
    numbers = [_number(cell, decimal) for cell in cells]
    return len(set(cells)) <= MOST_CLASSES and all(n is None or (math.isfinite(n) and n % 1 == 0) for n in numbers)


def _label_beside(columns: list[list[str]], numbers: list[int]) -> int | None:
    """The first or last of the columns, where all others are the 0–255 of a square image and it is a small number."""
    if not numbers:
        return None
    side = math.isqrt(len(numbers) - 1)
    if side < 8 or side * side != len(numbers) - 1:
        return None
    for i in (numbers[0], numbers[-1]):
        others = (cell for j in numbers if j != i for cell in columns[j])
        values = set(columns[i])
        if 1 < len(values) <= MOST_CLASSES and values | set(others) <= PIXEL_VALUES:
            return i
    return None


def _pixels(names: list[str], numbers: list[int]) -> tuple[list[int], tuple[int, int] | None]:
    """Columns named as pixels (``pixel0``, ``1x1``, ``r0c0``) and the (H, W) that they make, or None."""
    found = {i: match for i in numbers if (match := PIXEL.fullmatch(names[i].lower()))}
    if len(found) < 2:
        return [], None
    places = [(int(match[1]), int(match[2])) for match in found.values() if match[1]]
    if len(places) == len(found):
        height, width = (max(axis) - min(axis) + 1 for axis in zip(*places, strict=True))
        if height * width == len(found) and places == sorted(places):
            return list(found), (height, width)
    side = math.isqrt(len(found))
    return list(found), (side, side) if side * side == len(found) else None


def _layout(rows: list[list[str]], where: str, decimal: str) -> tuple[Layout, bool]:
    """Find out what the columns are from the first rows, and whether the first is a header."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    good = [[cell.strip() for cell in row] for row in rows if len(row) == width]

    def mostly_numbers(cells: list[str]) -> bool:
        return bool(cells) and 2 * sum(_number(cell, decimal) is not None for cell in cells) >= len(cells)

    def known(rows: list[list[str]]) -> list[list[str]]:
        return [[cell for cell in column if cell.lower() not in MISSING] for column in zip(*rows, strict=True)]

    columns = known(good[1:] or good)
    numeric = [i for i, column in enumerate(columns) if mostly_numbers(column)]
    header = len(good) > 1 and _has_header(good[0], numeric, decimal)
    if not header:
        columns = known(good)
        numeric = [i for i, column in enumerate(columns) if mostly_numbers(column)]
    names = good[0] if header else [f"column {i + 1}" for i in range(width)]
    text = [i for i in range(width) if columns[i] and i not in numeric]
    notes = [] if header else ["no header: columns are numbered"]
    if empty := [names[i] for i in range(width) if not columns[i]]:
        notes.append(f"left out empty columns: {', '.join(empty[:5])}{', …' if len(empty) > 5 else ''}")

    label = next((i for i in range(width) if columns[i] and _is_label(names[i], columns[i], decimal)), None)
    few = [i for i in text if len(set(columns[i])) <= min(MOST_CLASSES, max(2, len(columns[i]) // 2))]
    if label is None and few:
        label = few[-1]
    item = next(
        (i for i in range(width) if header and columns[i] and i != label and names[i].lower() in ITEM_NAMES), None
    )
    numbers = [i for i in numeric if i not in (label, item)]
    if label is None:
        label = _label_beside(columns, numbers)
        numbers = [i for i in numbers if i != label]

    pixels, size = _pixels(names, numbers) if header else ([], None)
    factors = [i for i in text if i not in (label, item)]
    if size:
        factors += [i for i in numbers if i not in pixels]
        numbers = pixels
        notes.append(f"columns {names[numbers[0]]} to {names[numbers[-1]]}: read as images of {size[1]}×{size[0]}")
    if not numbers:
        raise ReaderError(f"{where}: holds no column of numbers; give a table with at least one")
    notes += [f"took the labels from {names[label]!r}"] if label is not None else []
    notes += [f"took the items' names from {names[item]!r}"] if item is not None else []
    return Layout(names, set(numeric), numbers, label, item, factors, size, notes), header


def _fault(row: list[str], layout: Layout, decimal: str) -> str:
    """Why this row is no row of numbers."""
    if len(row) != len(layout.names):
        return f"has {len(row)} values, not {len(layout.names)}"
    for i in layout.numbers:
        cell, name = row[i].strip(), layout.names[i]
        if cell.lower() in MISSING:
            return f"{name} is missing"
        value = _number(cell, decimal)
        if value is None:
            return f"{name} is not a number: {cell[:40]!r}"
        if not abs(value) <= np.finfo(np.float32).max:
            return f"{name} is infinite or too large: {cell[:40]!r}"
    return ""


def _column(cells: list[str], decimal: str) -> np.ndarray:
    """Numbers as float64, NaN where missing, when all of `cells` are; otherwise text, "" where missing."""
    known = ["" if cell.lower() in MISSING else cell[:LONGEST] for cell in cells]
    numbers = [_number(cell, decimal) if cell else math.nan for cell in known]
    return np.array(known if None in numbers else numbers)


def _images(x: np.ndarray, named: bool) -> Generator[Progress, None, np.ndarray]:
    """`x` as uint8 where it is pixels: all whole numbers in 0–255, and so named or of a square number."""
    side = math.isqrt(x.shape[1])
    if not named and (side < 8 or side * side != x.shape[1]):
        return x
    pixels = np.empty(x.shape, np.uint8)
    for start in range(0, len(x), 256):
        part = x[start : start + 256]
        if part.min() < 0 or part.max() > 255:
            return x
        pixels[start : start + 256] = part
        if (pixels[start : start + 256] != part).any():
            return x
        yield Progress(start, len(x), "Looking at the values")
    return pixels


class _Rows:
    """The rows collected so far: numbers, the lines they stand in, cells of further columns, faults by line."""

    def __init__(self, layout: Layout, delimiter: str, decimal: str) -> None:
        self.layout, self.delimiter, self.decimal = layout, delimiter, decimal
        self.values, self.lines = array("f"), array("q")
        further = (layout.label, layout.item, *layout.factors)
        self.texts: dict[int, list[str]] = {i: [] for i in further if i is not None}
        self.faults: dict[int, str] = {}

    def add_block(self, block: list[str], start: int) -> bool:
        """Add lines of nothing but numbers, four times as fast as row by row; False when they are not."""
        try:
            cells = np.loadtxt(block, np.float64, delimiter=self.delimiter, comments=None, ndmin=2)
        except ValueError:
            return False
        if cells.shape != (len(block), len(self.layout.names)):
            return False
        with np.errstate(over="ignore"):
            self.values.frombytes(cells[:, self.layout.numbers].astype(np.float32).tobytes())
        self.lines.extend(range(start + 1, start + 1 + len(block)))
        for i, text in self.texts.items():
            text.extend(f"{value:.15g}" for value in cells[:, i].tolist())
        return True

    def add_row(self, row: list[str], line: int) -> None:
        """Add one row, or its fault."""
        if not row:
            return
        try:
            if len(row) != len(self.layout.names):
                raise ValueError
            cells = [row[i] for i in self.layout.numbers]
            self.values.extend(map(float, [cell.replace(",", ".") for cell in cells] if self.decimal == "," else cells))
        except ValueError:
            del self.values[len(self.lines) * len(self.layout.numbers) :]
            self.faults[line] = _fault(row, self.layout, self.decimal)
            return
        self.lines.append(line)
        for i, text in self.texts.items():
            text.append(row[i].strip())

    def table(self) -> np.ndarray:
        """The numbers, (N, D) float32; rows that are not finite become faults and leave."""
        layout = self.layout
        x: np.ndarray = np.frombuffer(self.values, np.float32).reshape(len(self.lines), len(layout.numbers))
        finite = np.isfinite(x).all(axis=1)
        for i in np.flatnonzero(~finite).tolist():
            bad = int(np.argmin(np.isfinite(x[i])))
            what = "missing" if np.isnan(x[i, bad]) else "infinite or too large"
            self.faults[self.lines[i]] = f"{layout.names[layout.numbers[bad]]} is {what}"
        if not finite.all():
            x = keep(x, finite)
            self.texts = {i: list(itertools.compress(text, finite)) for i, text in self.texts.items()}
        return x


def _collect(file: TextIO, rows: _Rows, header: bool) -> Generator[Progress, None, None]:
    """Read all rows of an open file."""
    layout = rows.layout
    step = max(1, CELLS // len(layout.names))
    # Names are kept as they are written, so that rows with names are read cell by cell.
    plain = rows.decimal == "." and set(rows.texts) <= layout.numeric and layout.item is None
    start = 0
    while block := list(itertools.islice(file, step)):
        quoted, blank = any('"' in line for line in block), any(map(str.isspace, block))
        # A quoted cell may run on over several lines: from the first one on, no more blocks.
        reader = csv.reader(itertools.chain(block, file) if quoted else block, delimiter=rows.delimiter)
        if header:
            next(filter(None, reader), None)
            header = False
        elif plain and not (quoted or blank) and rows.add_block(block, start):
            reader = csv.reader(())
        for count, row in enumerate(reader, 1):
            rows.add_row(row, start + reader.line_num)
            if count % step == 0:
                yield Progress(len(rows.lines), 0, "Reading rows")
        start += len(block)
        yield Progress(len(rows.lines), 0, "Reading rows")


def _read_open(file: TextIO, path: Path, source: str) -> Reading:
    lines = list(itertools.islice(file, 50))
    file.seek(0)
    delimiter = _delimiter(lines)
    decimal = "," if delimiter == ";" and _decimal_comma(lines) else "."
    width = max((len(row) for row in csv.reader(lines, delimiter=delimiter)), default=1)
    few = min(SAMPLE, max(20, 2 * CELLS // max(1, width)))
    sample = [row for row in itertools.islice(csv.reader(file, delimiter=delimiter), few) if row]
    layout, header = _layout(sample, str(path), decimal)
    file.seek(0)
    rows = _Rows(layout, delimiter, decimal)
    yield from _collect(file, rows, header)

    x, texts = rows.table(), rows.texts
    skipped = [(f"line {line}", rows.faults[line]) for line in sorted(rows.faults)]
    if not len(x):
        first = f" ({skipped[0][0]}: {skipped[0][1]})" if skipped else ""
        raise ReaderError(f"{path}: none of its {len(skipped)} rows can be used{first}; mend or fill in the values")
    factors = {layout.names[i]: _column(texts[i], decimal) for i in layout.factors}
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    if layout.label is not None:
        column = _column(texts[layout.label], decimal)
        if named := classes_of(column):
            labels, classes = named
        else:
            factors[layout.names[layout.label]] = column
    x = yield from _images(x, layout.size is not None)
    dataset = yield from dataset_of(
        x, str(path), source=source, labels=labels, classes=classes,
        columns=[layout.names[i] for i in layout.numbers], factors=factors, notes=layout.notes, size=layout.size,
    )  # fmt: skip
    items = texts[layout.item] if layout.item is not None else ()
    return replace(dataset, items=items, skipped=tuple(skipped))


def _decimal_comma(lines: list[str]) -> bool:
    """Whether numbers are written as ``1,5``; looked at only where semicolons part them."""
    cells = [cell.strip() for row in csv.reader(lines[1:], delimiter=";") for cell in row]
    return any(re.fullmatch(r"[-+]?\d+,\d+", cell) for cell in cells)


def read(request: Request) -> Reading:
    """Read a table (N, D) float32, or images; rows with missing or other values in them are skipped."""
    path, source = request.path, request.source
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            return (yield from _read_open(file, path, source))
    except csv.Error as error:
        raise ReaderError(f"{path}: not a table ({error}); save it as CSV") from error


readers.add("tables")(
    Reader("tables (.csv, .tsv)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES)
)
