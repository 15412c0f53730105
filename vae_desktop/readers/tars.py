"""Tar archives of pictures, read as a stream: one, or the shards of a data set in the WebDataset convention.

There the files of one sample share their name up to its first dot: ``000001.jpg``, ``000001.cls``, ``000001.json``
(https://github.com/webdataset/webdataset).
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import struct
import tarfile
import zlib
from typing import IO, TYPE_CHECKING, Any, cast

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import Reader, Reading, Request, is_beside, is_file_named, readers, split_source
from vae_desktop.readers.archives import LARGEST, Contents, dataset
from vae_desktop.readers.convert import natural_key, size_text
from vae_desktop.readers.pictures import Entry, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
FREE, PROPORTION = 256 << 20, 200  # bytes that may be unpacked of any archive, and in proportion to its own
BESIDE_LARGEST = 1 << 20  # bytes of a file that tells about a picture
TELLING = {b"L", b"K", b"x", b"g", b"X"}  # types of members that tell of others: long names, pax headers
MOST_COLUMNS, LONGEST = 100, 100
MOST_SHARDS = 100_000
SIDES = (".cls", ".json", ".txt", ".text", ".index", ".id")
INDEX = (".json", ".txt", ".md", ".idx", ".index", ".csv", ".tsv")  # what may lie beside shards
# What tarfile and the decompressors raise on archives that are broken, whatever is wrong in them.
BROKEN = (
    ArithmeticError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError, lzma.LZMAError,
    struct.error, tarfile.TarError, zlib.error, gzip.BadGzipFile,
)  # fmt: skip


class _Bounded:
    """A stream of which no more is unpacked than its file is good for."""

    def __init__(self, stream: IO[bytes], room: int) -> None:
        self._stream, self._room = stream, room
        self.last = b""  # what was read last

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        data = self._stream.read(size)
        self._room -= len(data)
        self.last = data or self.last
        if self._room < 0:
            raise ReaderError("unpacks to far more than its size; it is not read, to be safe")
        return data


class _Info(tarfile.TarInfo):
    """A member; what tells only of another's name and such must be short, for tarfile reads it whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:  # may be overridden, says tarfile
        if self.size > BESIDE_LARGEST and self.type in TELLING:
            raise tarfile.ReadError(f"a name of {size_text(self.size)}")
        return super()._proc_member(archive)  # type: ignore[misc]


class _Members:
    """Goes through the pictures of all shards, from the first; `contents` is what was found on the way."""

    def __init__(self, shards: Sequence[str]) -> None:
        self.shards = shards
        self.contents = Contents()
        self._grouped = False  # whether files of one sample belong together; found out by peeking
        self._sample, self._number = "", -1
        self._told: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    def __call__(self) -> Iterator[Entry]:
        self.contents, self._sample = Contents(), ""
        for shard in self.shards:
            try:
                yield from self._shard(shard)
            except (*BROKEN, ReaderError, OSError) as error:
                why = " ".join(str(error).split())[:200]
                if len(self.shards) == 1:
                    raise ReaderError(
                        f"{shard}: not a tar archive, cut short or damaged ({why}); fetch it again"
                    ) from error
                self.contents.skipped.append((printable(shard), f"not a tar archive, cut short or damaged ({why})"))

    def _shard(self, shard: str) -> Iterator[Entry]:
        with open(shard, "rb") as file:
            head = file.read(6)
            file.seek(0)
            opener = next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), None)
            room = max(FREE, PROPORTION * os.fstat(file.fileno()).st_size)
            stream = _Bounded(opener(file) if opener else file, room)
            with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", bufsize=1 << 18, tarinfo=_Info) as tar:
                while (member := tar.next()) is not None:
                    cast("Any", tar).members.clear()  # it would keep all of them
                    if (entry := self._entry(tar, member)) is not None:
                        yield entry
                rest = cast("IO[bytes]", tar.fileobj)
                while data := rest.read(1 << 20):  # what is compressed is checked to its end
                    if data.strip(b"\0"):
                        raise tarfile.ReadError("it goes on behind its end")
            if stream.last[-tarfile.BLOCKSIZE :].strip(b"\0"):  # nothing marks its end
                self.contents.skipped.append((printable(shard), "cut short: what came behind is lost; fetch it again"))

    def _entry(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry | None:
        """The entry of a picture; None of anything else."""
        name = member.name.removeprefix("./")
        if member.isdir() or not name:
            return None
        plain = member.isreg() and not member.issparse()
        kind = self.contents.kind(name, plain)
        folder, _, last = name.rpartition("/")
        if (sample := f"{folder}/{last.partition('.')[0]}") != self._sample:
            self._sample, self._number, self._told = sample, -1, {}
        if kind == "picture" and member.size > LARGEST:
            self.contents.skipped.append((printable(name), f"too large to be read safely: {size_text(member.size)}"))
        elif kind == "picture" and not (self._grouped and self._number >= 0):
            self._number = len(self.contents.names)
            self.contents.names.append(name)
            self._tell(self._told)
            return Entry(name, _bytes(tar, member))
        elif kind == "table" and plain and member.size <= LARGEST:
            self.contents.tables.append((name, _bytes(tar, member)))
        elif kind == "other" and plain and member.size <= BESIDE_LARGEST and last.lower().endswith(SIDES):
            told = _told(last.partition(".")[2], _bytes(tar, member))
            self._told |= told
            self._tell(told)
        return None

    def _tell(self, told: dict[str, str]) -> None:
        """Keep what is known of the sample's picture, once this has come."""
        for title, text in told.items() if self._number >= 0 else ():
            self._grouped = True
            if title in self.contents.columns or len(self.contents.columns) < MOST_COLUMNS:
                column = self.contents.columns.setdefault(title, [])
                column.extend([""] * (self._number + 1 - len(column)))
                column[self._number] = self._texts.setdefault(text, text)  # most are the same few


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file is not None else b""


def _told(ending: str, data: bytes) -> dict[str, str]:
    """What a file beside a picture says: columns and their values as text."""
    text = data.decode("utf-8", "replace").strip()
    if not ending.endswith("json"):
        return {printable(ending): text[:LONGEST]}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        values = {ending: values}
    return {
        printable(str(title))[:LONGEST]: str(value)[:LONGEST]
        for title, value in values.items()
        if isinstance(value, str | int | float)
    }


def expanded(source: str) -> list[str]:
    """The shards that ``shards-{000..009}.tar`` stands for; any other source as it is."""
    found = re.search(r"\{(\d{1,9})\.\.(\d{1,9})\}", source)
    if not found or os.path.lexists(os.path.expanduser(source)):
        return [source]
    first, last = int(found[1]), int(found[2])
    if not first <= last < first + MOST_SHARDS:
        raise ReaderError(f"{source}: stands for no shards; the first number must be below the last")
    return [
        part
        for number in range(first, last + 1)
        for part in expanded(f"{source[: found.start()]}{number:0{len(found[1])}}{source[found.end() :]}")
    ]


def shards(source: str) -> list[str]:
    """The archives that a source stands for, in order."""
    path = str(split_source(source)[0])
    if not os.path.isdir(path):
        return [path]
    with os.scandir(path) as entries:
        names = [entry.name for entry in entries if entry.is_file() and _is_shard(entry.name)]
    return [os.path.join(path, name) for name in sorted(names, key=lambda name: (natural_key(name), name))]


def _is_shard(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and name[0] != "."


def read(request: Request) -> Reading:
    """Read all pictures of all shards as one stream, in order, with what is told beside them."""
    archives = [shard for source in request.sources if not is_beside(source) for shard in shards(source)]
    members = _Members(archives)
    return (yield from dataset(members, None, request, request.source, lambda: members.contents))


def takes(source: str) -> bool:
    """Whether it is a tar archive, or a folder of nothing but such."""
    path = split_source(source)[0]
    if not os.path.isdir(path):
        return is_file_named(source, SUFFIXES)
    try:
        with os.scandir(path) as entries:
            told = (entry for entry in entries if entry.name[0] != "." and not entry.name.lower().endswith(INDEX))
            first = next(told, None)
            shard = first is not None and _is_shard(first.name) and first.is_file()
            return shard and all(_is_shard(entry.name) and entry.is_file() for entry in told)
    except OSError:
        return False


readers.add("tars")(
    Reader(
        "tar archives of images (.tar, .tar.gz), WebDataset shards", takes, read, suffixes=SUFFIXES, together=True,
        tables=True, files=shards,
    )
)  # fmt: skip
