"""Where reading puts items: in memory while they are few, else in files that are mapped, which no memory holds."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

SMALL = 32 << 20  # bytes up to which an array stays in memory


class Store:
    """Makes arrays; large ones in files of `folder`, whose maker removes it: what is mapped stays readable.

    Parameters
    ----------
    folder
        Where files are made; None: nameless, in the system's folder for temporary files, which may be held in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def open(self) -> IO[bytes]:
        """A new file to write and read."""
        if self.folder is None:
            return tempfile.TemporaryFile("w+b")
        return tempfile.NamedTemporaryFile("w+b", dir=self.folder, prefix="part-", delete=False)

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array of zeros.

        Raises
        ------
        ReaderError
            When the disk has no room for it.
        """
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size <= SMALL:
            return np.zeros(shape, dtype)
        with self.open() as file:
            reserve(file, size)
            return np.memmap(file, dtype, "r+", 0, shape)

    def growing(self, shape: tuple[int, ...], dtype: DTypeLike) -> Growing:
        """An array of items of `shape` that grows as they come."""
        return Growing(self, shape, np.dtype(dtype))


def reserve(file: IO[bytes], size: int) -> None:
    """Make a file of `size` bytes for which the disk has room.

    Writing to a mapped file on a disk that is full would end the program.
    """
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
    except OSError as error:
        raise full(size, error) from error


def full(size: int, error: OSError) -> ReaderError:
    """What is said when the disk does not take `size` bytes."""
    from vae_desktop.readers.convert import size_text  # which needs this module

    return ReaderError(
        f"the disk has no room for the {size_text(size)} that the items fill ({error.strerror}); free some, choose a"
        " smaller size, or a limit"
    )


class Growing:
    """Items of one shape, (…), put one block after the other into memory, and into a file once they are many."""

    def __init__(self, store: Store, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._store, self.shape, self.dtype = store, shape, dtype
        self._blocks: list[np.ndarray] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self.n = 0

    def append(self, block: np.ndarray) -> None:
        """Add items (M, …).

        Raises
        ------
        ReaderError
            When the disk has no room for them.
        """
        block = np.ascontiguousarray(block, self.dtype).reshape(-1, *self.shape)
        self.n += len(block)
        self._bytes += block.nbytes
        if self._file is None and self._bytes <= SMALL:
            self._blocks.append(block)
            return
        try:
            if self._file is None:
                self._file = self._store.open()
                for earlier in self._blocks:
                    self._file.write(earlier.data)
                self._blocks.clear()
            self._file.write(block.data)
        except OSError as error:
            self.close()
            raise full(self._bytes, error) from error

    def array(self) -> np.ndarray:
        """All items, (N, …); nothing can be added any more."""
        if self._file is None:
            blocks, self._blocks = self._blocks, []
            return np.concatenate(blocks) if blocks else np.empty((0, *self.shape), self.dtype)
        with self._file as file:
            try:
                file.flush()
            except OSError as error:
                raise full(self._bytes, error) from error
            return np.memmap(file, self.dtype, "r+", 0, (self.n, *self.shape))

    def close(self) -> None:
        """Let go of what was put in."""
        self._blocks.clear()
        if self._file is not None:
            with contextlib.suppress(OSError):  # what it still holds may find no room
                self._file.close()


def file_of(x: np.ndarray) -> Path | None:
    """The file that `x` is the beginning of, byte by byte; None when there is no such."""
    root = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not (isinstance(root, np.memmap) and root.filename and x.flags.c_contiguous and root.offset == 0):
        return None
    return Path(root.filename) if x.ctypes.data == root.ctypes.data else None
