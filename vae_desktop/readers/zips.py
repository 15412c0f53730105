"""Zip archives of pictures, read without unpacking."""

from __future__ import annotations

import stat
import struct
import threading
import zlib
from functools import partial
from typing import TYPE_CHECKING
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.archives import LARGEST, Contents, dataset, empty
from vae_desktop.readers.convert import natural_key, size_text
from vae_desktop.readers.pictures import Entry, printable

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".zip",)
FREE, PROPORTION = 32 << 20, 30  # bytes that any entry may hold, and in proportion to what it takes in the archive
# What zipfile raises on archives that are broken, whatever is wrong in them.
BROKEN = (
    BadZipFile, EOFError, LookupError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError,
    TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip


def _fetch(archive: ZipFile, lock: threading.Lock, info: ZipInfo) -> bytes:
    """The bytes of an entry, one at a time: the threads share the archive's file."""
    if info.flag_bits & 1:
        raise ReaderError("encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2):
        raise ReaderError("compressed in a way that is not read; make the archive anew")
    if info.file_size > min(LARGEST, max(FREE, PROPORTION * info.compress_size)):
        promise = f"{size_text(info.file_size)} in {size_text(info.compress_size)}"
        raise ReaderError(f"too large to be unpacked safely: {promise}")
    try:
        with lock, archive.open(info) as file:
            return file.read(info.file_size)
    except BROKEN as error:
        raise ReaderError(f"cut short or damaged ({' '.join(str(error).split())[:100]})") from error


def _read(archive: ZipFile, path: Path, request: Request) -> Reading:
    contents, lock = Contents(), threading.Lock()
    infos = []
    for i, info in enumerate(archive.infolist()):
        if i % 10_000 == 0:
            yield Progress(i, 0, "Looking for images")
        mode = info.external_attr >> 16
        plain = stat.S_IFMT(mode) in (0, stat.S_IFREG)
        kind = "" if not info.filename or info.is_dir() else contents.kind(info.filename, plain)
        if kind == "picture":
            infos.append(info)
        elif kind == "table":
            try:
                contents.tables.append((info.filename, _fetch(archive, lock, info)))
            except ReaderError as error:
                contents.skipped.append((printable(info.filename), str(error)))
    if not infos:
        raise empty(str(path), contents)
    if all(info.flag_bits & 1 for info in infos):
        raise ReaderError(f"{path}: the archive is encrypted; unpack it with its password, and open the folder")
    infos.sort(key=lambda info: (*map(natural_key, info.filename.rpartition("/")[::2]), info.filename))
    contents.names = [info.filename for info in infos]
    entries = [Entry(info.filename, partial(_fetch, archive, lock, info)) for info in infos]
    return (yield from dataset(lambda: entries, len(entries), request, str(path), lambda: contents))


def read(request: Request) -> Reading:
    """Read all pictures of an archive; its folders are classes, unless a table among them names these."""
    path = request.path
    if not path.stat().st_size:
        raise ReaderError(f"{path}: the file is empty; fetch or save it again")
    try:
        archive = ZipFile(path)
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise ReaderError(f"{path}: not a zip archive, cut short or damaged ({error}); fetch it again") from error
    with archive:
        return (yield from _read(archive, path, request))


readers.add("zips")(
    Reader(
        "zip archives of images (.zip)", lambda source: is_file_named(source, SUFFIXES), read, suffixes=SUFFIXES,
        tables=True,
    )
)  # fmt: skip
