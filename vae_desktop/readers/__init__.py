"""One file per format: each registers a :class:`Reader` that turns a source into a :class:`Dataset`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.registry import Registry
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import Progress, finish

Reading = Generator[Progress, None, Dataset]


@dataclass(frozen=True)
class Reader:
    """One format.

    Parameters
    ----------
    name
        Its name in messages: "a folder of images".
    takes
        Whether this source (as typed; not the array name after ``::``) is of this format. Looks at the name
        and at most the first bytes; never raises.
    read
        ``read(source, **options)``: a generator that yields :class:`Progress` and returns the dataset;
        raises :class:`ReaderError` with one clear line. `source` may end in ``::name``.
    suffixes
        File name endings for the open dialog, e.g. ``.npz``.
    builtin
        The word that names a built-in dataset, or "".
    """

    name: str
    takes: Callable[[str], bool]
    read: Callable[..., Reading]
    suffixes: tuple[str, ...] = ()
    builtin: str = ""


readers: Registry[Reader] = Registry("vae_desktop.readers", "reader")


def split_source(source: str) -> tuple[Path, str]:
    """Split ``file.npz::name`` into the path and the array's name ("" when none)."""
    path, _, name = source.partition("::")
    return Path(path).expanduser(), name


def reading(source: str | Path, **options: Any) -> Reading:
    """Read a dataset as a generator of :class:`Progress`; see :func:`read`."""
    text = str(source)
    for reader in readers.values():
        if reader.takes(text):
            return (yield from reader.read(text, **options))
    path, _ = split_source(text)
    builtin = ", ".join(reader.builtin for reader in readers.values() if reader.builtin)
    if not path.exists():
        raise ReaderError(f"{source}: there is no such file or folder (built-in data: {builtin})")
    known = ", ".join(sorted({suffix for reader in readers.values() for suffix in reader.suffixes}))
    raise ReaderError(f"{source}: not a kind of data this program reads (it reads folders of images, {known})")


def read(source: str | Path, **options: Any) -> Dataset:
    """Read a dataset from a path, or a built-in one by name (``digits``, ``shapes``).

    Raises
    ------
    ReaderError
        When it cannot be read; one line that says what, where and what to do.
    """
    return finish(reading(source, **options))
