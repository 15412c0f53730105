"""Bytes as they come, from files and from what is packed in them, into arrays."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers.convert import CHUNK, size_text

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType
    from typing import BinaryIO, Self

    from vae_desktop.readers.store import Store

DEFLATE = 1032  # It never makes more bytes than this of one.


class Stream(Protocol):
    """What is read from: a file, or what is unpacked from one."""

    def read(self, size: int = ..., /) -> bytes:
        """Up to `size` bytes."""

    def tell(self) -> int:
        """Bytes read so far."""


class Gunzip:
    """What is unpacked from an open gzip file, straight by zlib: half the copies of :mod:`gzip`'s."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._rest, self._done = file, b"", 0
        self._unpack = zlib.decompressobj(31)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def tell(self) -> int:
        """Bytes read so far."""
        return self._done

    def read(self, size: int = CHUNK, /) -> bytes:
        """Up to `size` bytes; none at the end.

        Raises
        ------
        EOFError
            When the file ends before what is packed does.
        zlib.error
            When it is damaged.
        """
        while True:
            if self._unpack.eof:  # several packed parts may follow one another, and zeros the last
                self._rest = (self._unpack.unused_data or self._file.read(CHUNK)).lstrip(b"\0")
                if not self._rest:
                    return b""
                self._unpack = zlib.decompressobj(31)
            self._rest = self._rest or self._file.read(CHUNK)
            out = self._unpack.decompress(self._rest, size)
            if not (out or self._rest or self._unpack.eof):
                raise EOFError("it ends too early")
            self._rest = self._unpack.unconsumed_tail
            self._done += len(out)
            if out:
                return out


def fill(
    stream: Stream, size: int, where: str, store: Store, more: bool = False
) -> Generator[Progress, None, np.ndarray]:
    """Read exactly `size` bytes into a uint8 array, whose promise is checked before.

    Raises
    ------
    ReaderError
        When the stream ends early, or goes on although there should be no `more`.
    """
    data = store.empty((size,), np.uint8)
    done = 0
    while done < size:
        chunk = stream.read(min(CHUNK, size - done))
        if not chunk:
            raise ReaderError(
                f"{where}: cut short: {size_text(done)} of the {size_text(size)} it promises; fetch it again"
            )
        data[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)
        yield Progress(done, size, "Reading", counted=False)
    if not more and stream.read(1):
        raise ReaderError(f"{where}: goes on after the {size_text(size)} it promises; fetch it again")
    return data
