"""Tables as text: CSV of numbers and categories; or images, one a row, as MNIST is often passed on."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import math
import re
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.columns import MISSING, Layout, laid_out, listed
from vae_desktop.readers.convert import size_text
from vae_desktop.readers.dialect import Dialect, understood
from vae_desktop.readers.rows import Block, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path
    from typing import BinaryIO

    from pandas import DataFrame

    from vae_desktop.readers.streams import Stream

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
THREADS, AHEAD = 2, 4
PIECE = 1 << 18  # Bytes read at once.
BLOCK = 2 << 20  # Bytes parsed at once.
LINE = 16 << 20  # Bytes of the longest line.
EXPANSION, UNPACKED = 200, 256 << 20  # A packed file may unpack to so many times its size, or so many bytes.
SPELLED = sorted({way for word in MISSING for way in (word, word.upper(), word.title(), word.capitalize())} | {"NaN"})
NEWLINE, QUOTE = 10, 34
MOST = float(np.finfo(np.float32).max)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19]")


def _pieces(file: Stream, path: Path) -> Iterator[bytes]:
    """The file's text in UTF-8, whatever it is written in."""
    packed = path.stat().st_size
    head = file.read(PIECE)
    if not head.strip():
        raise ReaderError(f"{path}: the file is empty; save it again")
    decoder: codecs.IncrementalDecoder | None = None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
    else:
        head = head.removeprefix(codecs.BOM_UTF8)
        if 100 * len(CONTROL.findall(head)) > len(head):
            raise ReaderError(f"{path}: not text; save the table as CSV")
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            decoder = codecs.getincrementaldecoder("cp1252")("replace")
    old_mac = b"\n" not in head and b"\r" in head and not decoder
    done = len(head)
    while head:
        text = decoder.decode(head).encode("utf-8", "replace") if decoder else head
        if b"\0" in text:
            raise ReaderError(f"{path}: not text; save the table as CSV")
        yield text.replace(b"\r", b"\n") if old_mac else text
        head = file.read(PIECE)
        done += len(head)
        if done > max(UNPACKED, EXPANSION * packed):
            raise ReaderError(f"{path}: unpacks to more than {size_text(done)}, too much for its size; unpack it first")


class Lines:
    """Cuts a text into blocks of whole rows, each of about `size` bytes."""

    def __init__(self, pieces: Iterator[bytes], path: Path) -> None:
        self.pieces, self.path, self.size = pieces, path, BLOCK

    def __iter__(self) -> Iterator[bytes]:
        gathered: list[bytes] = []
        size, wanted = 0, self.size
        for piece in self.pieces:
            gathered.append(piece)
            size += len(piece)
            if size < wanted:
                continue
            rest = b"".join(gathered)
            end = _end_of_rows(rest, len(rest) >= 4 * self.size)
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif size > LINE:
                raise ReaderError(f"{self.path}: has a line of more than {size_text(LINE)}; this is no table")
            gathered, size = [rest], len(rest)
            wanted = self.size if end else 2 * size
        rest = b"".join(gathered)
        if rest.strip():
            yield rest if rest.endswith(b"\n") else rest + b"\n"


def _end_of_rows(text: bytes, anywhere: bool) -> int:
    """Where the last whole row ends: a newline outside of quotes, or `anywhere`; 0 when there is none."""
    if b'"' not in text or anywhere:
        return text.rfind(b"\n") + 1
    data = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero((data == NEWLINE) & ~_quoted(data))
    return int(ends[-1]) + 1 if len(ends) else 0


def _quoted(data: np.ndarray) -> np.ndarray:
    """Which bytes stand within quotes: after an odd number of them."""
    odd: np.ndarray = (np.cumsum(data == QUOTE, dtype=np.uint8) & 1).view(bool)
    return odd


class Parser:
    """Makes blocks of rows of a table's text."""

    def __init__(self, layout: Layout, dialect: Dialect) -> None:
        self.layout, self.dialect = layout, dialect
        self.places, self.numbers, self.factors = layout.places, layout.of("number"), layout.of("factor")
        self.gapless = not layout.words  # until a gap is met
        self.plain = [layout.roles[i] == "number" for i in self.places]
        self.types: dict[int, object] = dict.fromkeys(layout.words, "category")
        self.types |= dict.fromkeys(self.numbers, np.float32) | dict.fromkeys(self.factors, np.float64)

    def __call__(self, text: bytes, start: int, count: int) -> tuple[Block, dict[int, str]]:
        """Rows of a text of `count` lines after line `start`, and what is wrong with others, by line."""
        # pandas takes some 10 µs a column, whatever the rows.
        if 50 * count >= len(self.layout.fields):
            with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is found as such
                if (block := self._fast(text)) is not None:
                    return block, {}
        return self._careful(text, start)

    def _regular(self, text: bytes) -> bool:
        """Whether every row has all its cells, and quotes stand only around cells."""
        data = np.frombuffer(text, np.uint8)
        parts = (data == NEWLINE) | (data == ord(self.dialect.delimiter))
        if b'"' in text:
            beside = parts | (data == QUOTE) | (data == 13)
            at, inside = np.flatnonzero(data == QUOTE), _quoted(data)
            outer = np.concatenate([at[::2] - 1, at[1::2] + 1])
            if not beside[outer[(outer >= 0)] % len(data)].all():
                return False
            parts &= ~inside
        ends = np.flatnonzero(parts)
        width = len(self.layout.fields)
        rows = int((data[ends] == NEWLINE).sum())
        return len(ends) == rows * width and bool((data[ends[width - 1 :: width]] == NEWLINE).all())

    def _frame(self, text: bytes, gaps: bool) -> DataFrame | None:
        """All rows; None when one is too long, or a cell is no number. Without `gaps` none may be missing: faster."""
        import pandas

        plain = len(self.numbers) == len(self.types)
        try:
            return pandas.read_csv(
                io.BytesIO(text), sep=self.dialect.delimiter, decimal=self.dialect.decimal, header=None,
                dtype=np.float32 if plain else self.types, na_values=SPELLED, keep_default_na=False,
                na_filter=gaps, low_memory=False, skipinitialspace=self.dialect.spaced, encoding_errors="replace",
                engine="c",
            )  # fmt: skip
        except (ValueError, OverflowError):
            return None

    def _fast(self, text: bytes) -> Block | None:
        """All rows by pandas; None when one has a fault."""
        frame = self._frame(text, gaps=False) if self.gapless else None
        short = False
        if frame is None:
            self.gapless = False
            frame = self._frame(text, gaps=True)
            # A row too short ends in cells that are missing.
            short = frame is not None and frame.iloc[:, -1].isna().any() and not self._regular(text)
        width = len(self.layout.fields)
        if frame is None or short or frame.shape[1] != width:
            return None
        words = {}
        for i in self.layout.words:
            column = frame[i].cat
            words[i] = (column.codes.to_numpy(np.intp), [str(value) for value in column.categories])
        if len(self.numbers) == width:
            x = np.ascontiguousarray(frame.to_numpy(np.float32))
        else:
            x = np.zeros((len(frame), len(self.places)), np.float32)
            x[:, self.plain] = frame[self.numbers].to_numpy(np.float32)
        for place, i in enumerate(self.places):
            if not self.plain[place]:
                x[words[i][0] < 0, place] = np.nan
        block = Block(x, words, {i: frame[i].to_numpy(np.float64) for i in self.factors})
        faulty = not block.known and (np.isinf(x).any() or np.isnan(x).all(axis=1).any())
        return None if faulty else block

    def _careful(self, text: bytes, start: int) -> tuple[Block, dict[int, str]]:
        """Row by row."""
        number = self.dialect.number
        values: list[list[float | None]] = []
        words: dict[int, list[str]] = {i: [] for i in self.layout.words}
        factors: dict[int, list[float | None]] = {i: [] for i in self.factors}
        faults: dict[int, str] = {}
        reader = self.dialect.rows(text.decode("utf-8", "replace"))
        for row in reader:
            if not row:
                continue
            if len(row) != len(self.layout.fields):
                faults[start + reader.line_num] = f"has {len(row)} values, not {len(self.layout.fields)}"
                continue
            cells = [cell.strip() for cell in row]
            made = [
                number(cells[i]) if plain else math.nan if cells[i].lower() in MISSING else 0
                for i, plain in zip(self.places, self.plain, strict=True)
            ]
            if fault := self._fault(made, cells):
                faults[start + reader.line_num] = fault
                continue
            values.append(made)
            for i, column in words.items():
                column.append("" if cells[i].lower() in MISSING else cells[i])
            for i, numbers in factors.items():
                numbers.append(number(cells[i]))
        x = np.array(values, np.float32).reshape(len(values), len(self.places))
        further = {i: np.array(column, np.float64) for i, column in factors.items()}  # None becomes NaN
        return Block(x, {i: _coded(column) for i, column in words.items()}, further), faults

    def _fault(self, made: list[float | None], cells: list[str]) -> str:
        """Why this row is no row of numbers."""
        for i, value in zip(self.places, made, strict=True):
            if value is None:
                return f"{self.layout.fields[i].name} is not a number: {cells[i][:40]!r}"
            if abs(value) > MOST:
                return f"{self.layout.fields[i].name} is infinite or too large"
        return "" if any(value == value for value in made) else "holds no value"


def _coded(column: list[str]) -> tuple[np.ndarray, list[str]]:
    """Which of its different values each row has, -1 where it is empty."""
    index: dict[str, int] = {}
    codes = np.array([index.setdefault(cell, len(index)) if cell else -1 for cell in column], np.intp)
    return codes, list(index)


def _read_open(file: Stream, raw: BinaryIO, request: Request) -> Reading:
    path = request.path
    size, where = path.stat().st_size, str(path)
    lines = Lines(_pieces(file, path), path)
    blocks = iter(lines)
    first = next(blocks, b"")
    start = len(first) - len(first.lstrip(b"\r\n"))
    first, start = first[start:], first[:start].count(b"\n")
    text = first.decode("utf-8", "replace")
    dialect, fields, header, named = understood(text, where)
    layout = laid_out(fields, request.options, where)
    if header:
        rows = dialect.rows(text)
        next(filter(None, rows))
        first = first.split(b"\n", rows.line_num)[-1]
        start += rows.line_num
    lines.size = BLOCK * min(8, max(1, len(fields) // 1000))

    table, parse = Table(layout, request.store), Parser(layout, dialect)
    faults: dict[int, str] = {}
    waiting: deque[Future[tuple[Block, dict[int, str]]]] = deque()
    pool = ThreadPoolExecutor(THREADS, "reader")

    def add() -> Progress:
        block, wrong = waiting.popleft().result()
        table.add(block)
        faults.update(wrong)
        return Progress(raw.tell(), size, "Reading rows", counted=False)

    try:
        for block in itertools.chain([first], blocks):
            count = int(np.count_nonzero(np.frombuffer(block, np.uint8) == NEWLINE))
            waiting.append(pool.submit(parse, block, start, count))
            start += count
            if len(waiting) > AHEAD:
                yield add()
            if request.options.limit and len(table) >= request.options.limit:
                break
        while waiting:
            yield add()
    finally:
        pool.shutdown(cancel_futures=True)
    skipped = [(f"line {line}", fault) for line, fault in faults.items()]
    if not len(table):
        told = f" ({skipped[0][0]}: {skipped[0][1]})" if skipped else ""
        raise ReaderError(f"{path}: none of its {len(skipped)} rows can be used{told}; mend or fill in the values")
    notes = ["no header: columns are numbered"] if not header else []
    notes += [f"the first line names the classes: {listed(named)}; columns are numbered"] if named else []
    dataset = yield from table.dataset(where, request.source, request.options, notes=notes, skipped=skipped)
    if named and [fields[i].name for i in layout.of("label")] == ["class"]:
        names = {str(i): name for i, name in enumerate(named)}
        dataset = replace(dataset, classes=tuple(names.get(number, number) for number in dataset.classes))
    return dataset


def read(request: Request) -> Reading:
    """Read a table (N, D) float32, NaN where a value is missing, or images; rows with other values are skipped."""
    path = request.path
    try:
        with path.open("rb") as raw:
            if not path.name.lower().endswith(".gz"):
                return (yield from _read_open(raw, raw, request))
            with gzip.open(raw) as file:
                return (yield from _read_open(file, raw, request))
    except csv.Error as error:
        raise ReaderError(f"{path}: not a table ({error}); save it as CSV") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ReaderError(f"{path}: cut short or damaged ({error}); fetch it again") from error


readers.add("tables")(
    Reader("tables (.csv, .tsv)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES)
)
