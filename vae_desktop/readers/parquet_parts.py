"""The files of a Parquet source, the columns that they share, and these as numbers, words and pictures."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import Request, split_source
from vae_desktop.readers.columns import MISSING, MOST_COLUMNS, check_width
from vae_desktop.readers.convert import library, natural_key, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SUFFIXES = (".parquet", ".pq")
SAMPLE, CELLS = 1000, 100_000  # Rows, and values, that tell what the columns are.
THRIFT = 32 << 20  # Bytes, and entries, of one part of a file's description.
DENSE, FREE = 1000, 256 << 20  # A file may promise so many times its size, or so many bytes.
UNPACKED, REPEATED = 16 << 20, 1 << 30  # Bytes that a group of rows may make of any file, as it says and by repeating.
ROOM = 64 << 20  # Bytes of a column that is read at once.
MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
PARTED = re.compile(r"([^=/]+)=([^/]*)")
UNKNOWN = "__HIVE_DEFAULT_PARTITION__"
INDEX = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class Leaf:
    """A column, or a part of one.

    Parameters
    ----------
    name
        What it is called; `path` is where it stands among columns of columns.
    kind
        ``number``, ``text``, ``vector`` (lists of `dims` numbers), ``image``, or ``parted`` by `values` per file.
    names
        Of the classes that its whole numbers stand for.
    """

    name: str
    path: tuple[str, ...]
    kind: str
    dims: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """How many columns it makes."""
        return math.prod(self.dims)


def parts_of(source: str) -> list[str]:
    """The files of a source, in natural order."""
    path = split_source(source)[0]
    if not os.path.isdir(path):
        return [str(path)]
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(path)
        for name in names
        if name.lower().endswith(SUFFIXES) and not name.startswith((".", "_"))
    ]
    return sorted((part for part in found if os.path.isfile(part)), key=natural_key)


@contextlib.contextmanager
def told(part: str) -> Iterator[None]:
    """Whatever pyarrow raises of a broken file, as one line."""
    try:
        yield
    except ReaderError:
        raise
    except (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = " ".join(str(error).split())[:200]
        raise ReaderError(f"{part}: no Parquet file, cut short or damaged ({why}); write it again") from error


class Parts:
    """The files of a source, and the columns that they share."""

    def __init__(self, request: Request) -> None:
        self.pa = library("pyarrow", "Parquet files")
        self.pq = library("pyarrow.parquet", "Parquet files")
        self.compute = library("pyarrow.compute", "Parquet files")
        self.where = str(request.path)
        self.files = [part for source in request.sources for part in parts_of(source)]
        self.rows: list[int] = []
        for part in self.files:
            with told(part), self.open(part) as file:
                about = file.metadata
                promised = about.num_rows * max(1, about.num_columns) * 4
                if about.num_rows < 0 or promised > max(FREE, DENSE * os.path.getsize(part)):
                    raise ReaderError(f"{part}: promises {about.num_rows:,} rows, far more than its size can hold")
                self.rows.append(about.num_rows)
                if part == self.files[0]:
                    self.schema = file.schema_arrow
        self.left: list[str] = []

    def open(self, part: str) -> Any:
        """One of the files."""
        return self.pq.ParquetFile(part, thrift_string_size_limit=THRIFT, thrift_container_size_limit=THRIFT)

    def batches(self, columns: Sequence[str], size: int) -> Iterator[tuple[str, Any]]:
        """(file, rows) of all, up to `size` at once."""
        for part in self.files:
            with told(part), self.open(part) as file:
                lacks = [name for name in columns if name not in file.schema_arrow.names]
                if lacks:
                    raise ReaderError(f"{part}: lacks the column {lacks[0]!r} that {self.files[0]} has")
                for group in range(file.num_row_groups):
                    some = min(size, self._fits(part, file.metadata, group, set(columns)))
                    for batch in file.iter_batches(some, row_groups=[group], columns=list(columns) or None):
                        batch.validate(full=True)  # indices out of range, and what is no text
                        yield part, batch

    def _fits(self, part: str, about: Any, group: int, columns: set[str]) -> int:
        """How many rows fit in memory for certain: a file repeats a long value at no cost, by a dictionary."""
        rows = about.row_group(group)  # of its columns nothing is asked: of broken ones that would end the program
        room = DENSE * os.path.getsize(part)
        if rows.total_byte_size > max(UNPACKED, room):
            raise ReaderError(f"{part}: unpacks to far more than its size; it is not read, to be safe")
        leaves = [about.schema.column(i) for i in range(about.num_columns)]
        told = [
            leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY" and leaf.path.split(".")[0] in columns
        ]
        longest = 1
        if told:
            with self.pq.ParquetFile(part, metadata=about, read_dictionary=told) as file:
                names = list({name.split(".")[0] for name in told})
                for batch in itertools.islice(file.iter_batches(1, row_groups=[group], columns=names), 1):
                    longest = max(longest, *map(self._longest, batch.columns))
        if rows.num_rows * longest > max(REPEATED, 10 * room):
            raise ReaderError(f"{part}: repeats a value of {size_text(longest)}; it is not read, to be safe")
        return max(1, ROOM // longest)

    def _longest(self, array: Any) -> int:
        """Bytes of the longest value in any dictionary of a column."""
        if self.pa.types.is_dictionary(array.type):
            lengths = self.compute.binary_length(array.dictionary)
            return self.compute.max(lengths).as_py() or 0
        if self.pa.types.is_struct(array.type):
            return max(map(self._longest, array.flatten()), default=0)
        return self._longest(array.flatten()) if _is_list(self.pa.types, array.type) else 0

    def leaves(self) -> list[Leaf]:
        """The columns, those of columns taken apart, as the first rows show them."""
        names = self.schema.names
        check_width(len(names), self.where)
        if len(set(names)) < len(names):
            raise ReaderError(f"{self.where}: has two columns of one name; rename one")
        batch = self.sample()
        features = self._features()
        leaves = []
        for name in names:
            if not INDEX.fullmatch(name):
                leaves += self._leaf((name,), self.schema.field(name).type, batch, features.get(name, {}))
        parted: dict[str, dict[str, str]] = {}
        for part in self.files:
            below = os.path.relpath(os.path.dirname(part) or ".", self.where).replace(os.sep, "/")
            for folder in below.split("/"):
                if (found := PARTED.fullmatch(folder)) and found[2] != UNKNOWN and found[1] not in names:
                    parted.setdefault(found[1], {})[part] = unquote(found[2])
        return leaves + [Leaf(name, (), "parted", (1,), values=values) for name, values in parted.items()]

    def sample(self) -> Any:
        """The first rows."""
        size = min(SAMPLE, max(20, CELLS // max(1, len(self.schema.names))))
        for _, batch in self.batches(self.schema.names, size):
            if len(batch):
                return batch
        raise ReaderError(f"{self.where}: holds no rows; give at least one")

    def _features(self) -> dict[str, Any]:
        """What the hub's libraries say of columns."""
        try:
            features = json.loads((self.schema.metadata or {})[b"huggingface"])["info"]["features"]
            return {name: about for name, about in features.items() if isinstance(about, dict)}
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}

    def _leaf(self, path: tuple[str, ...], type_: Any, batch: Any, about: Mapping[str, Any]) -> list[Leaf]:
        types, name = self.pa.types, ".".join(path)
        if types.is_dictionary(type_):
            type_ = type_.value_type
        names = about.get("names")
        if types.is_integer(type_) and isinstance(names, list) and 0 < len(names) <= SAMPLE:
            return [Leaf(name, path, "text", (1,), tuple(map(str, names)))]
        if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
            return [Leaf(name, path, "number", (1,))]
        if _is_text(types, type_) or types.is_boolean(type_) or types.is_date(type_) or types.is_timestamp(type_):
            return [Leaf(name, path, "text", (1,))]
        if types.is_null(type_):
            return [Leaf(name, path, "text", (1,))]
        if types.is_struct(type_):
            inner = [field.name for field in type_]
            if "bytes" in inner and _is_binary(types, type_.field("bytes").type):
                return [Leaf(name, path, "image", (1,))]
            if len(path) < 4 and len(set(inner)) == len(inner):
                return [leaf for field in type_ for leaf in self._leaf((*path, field.name), field.type, batch, {})]
        if _is_binary(types, type_):
            first = next((value for value in self.column(batch, path).to_pylist() if value), b"")
            if first.startswith(MAGIC):
                return [Leaf(name, path, "image", (1,))]
        if dims := self._dims(self.column(batch, path)):
            return [Leaf(name, path, "vector", dims)]
        self.left.append(name)
        return []

    def _dims(self, array: Any) -> tuple[int, ...]:
        """How many numbers most lists hold, (k,) or (h, w) of lists of lists; () when these are no lists of numbers."""
        types, dims = self.pa.types, list[int]()
        while _is_list(types, array.type):
            lengths = Counter(self.compute.list_value_length(array).drop_null().to_pylist())
            dims.append(lengths.most_common(1)[0][0] if lengths else 0)
            array = array.flatten()
        numbers = types.is_integer(array.type) or types.is_floating(array.type) or types.is_boolean(array.type)
        return tuple(dims) if numbers and 0 < math.prod(dims) <= MOST_COLUMNS else ()

    def column(self, batch: Any, path: tuple[str, ...]) -> Any:
        """One column of some rows."""
        array = batch.column(path[0])
        for name in path[1:]:
            array = self.compute.struct_field(array, name)
        return array

    def words(self, leaf: Leaf, part: str, batch: Any) -> tuple[np.ndarray, list[str]]:
        """Which of its different values each row has, -1 where missing; and these."""
        if leaf.kind == "parted":
            return np.full(len(batch), 0 if part in leaf.values else -1), [leaf.values.get(part, "")]
        array, types = self.column(batch, leaf.path), self.pa.types
        if types.is_timestamp(array.type):
            array = array.cast(self.pa.timestamp(array.type.unit))  # without its time zone: UTC
        if not types.is_dictionary(array.type):
            array = array.dictionary_encode()
        codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
        given = array.dictionary.cast(self.pa.string()).to_pylist()
        if leaf.names:
            numbers = [int(value) if value else -1 for value in given]
            given = [leaf.names[number] if 0 <= number < len(leaf.names) else "" for number in numbers]
        values = [(value or "").strip() for value in given]
        lost = np.array([*(value.lower() in MISSING for value in values), True])
        return np.where(lost[codes], -1, codes), values

    def numbers(self, leaf: Leaf, batch: Any) -> np.ndarray:
        """Values (M, width), NaN where missing."""
        array = self.column(batch, leaf.path)
        if leaf.kind == "vector":
            return self._vectors(array, leaf.dims)
        if self.pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if self.pa.types.is_decimal(array.type):
            array = array.cast(self.pa.float64())
        values: np.ndarray = array.to_numpy(zero_copy_only=False).reshape(-1, 1)
        return values

    def _vectors(self, array: Any, dims: tuple[int, ...]) -> np.ndarray:
        lengths = self.compute.list_value_length(array).fill_null(-1).to_numpy(zero_copy_only=False)
        good = lengths == dims[0]
        inner = array.filter(self.pa.array(good)).flatten()
        values = self._vectors(inner, dims[1:]) if dims[1:] else inner.to_numpy(zero_copy_only=False)
        out = np.full((len(array), math.prod(dims)), np.nan, np.float32)
        with np.errstate(over="ignore"):  # becomes infinite, and is left out as such
            out[good] = values.reshape(int(good.sum()), -1)
        return out


def _is_text(types: Any, type_: Any) -> bool:
    return bool(types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_))


def _is_binary(types: Any, type_: Any) -> bool:
    return bool(types.is_binary(type_) or types.is_large_binary(type_) or types.is_binary_view(type_))


def _is_list(types: Any, type_: Any) -> bool:
    return bool(types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_))
