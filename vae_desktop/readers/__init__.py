"""One file per format: each registers a :class:`Reader` that turns a source into a :class:`Dataset`."""

from __future__ import annotations

import inspect
import os
import stat
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
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
        Whether this source, as typed, is of this format. Looks at the name and at most the first bytes;
        never raises.
    read
        ``read(source, **options)``: a generator that yields :class:`Progress` and returns the dataset;
        raises :class:`ReaderError` with one clear line, or OSError. Only an ``.npz`` is given a `source` that
        ends in ``::name``.
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


PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")

readers: Registry[Reader] = Registry("vae_desktop.readers", "reader")


def split_source(source: str) -> tuple[Path, str]:
    """Split ``file.npz::name`` into the path and the array's name ("" when none)."""
    whole = os.path.expanduser(source)
    path, _, name = ("", "", "") if os.path.lexists(whole) else whole.partition("::")
    return Path(path or whole), name


def is_file_named(source: str, suffixes: tuple[str, ...]) -> bool:
    """Whether the source's name ends in one of `suffixes`, whatever their case, and it is no folder."""
    path, _ = split_source(source)
    return path.name.lower().endswith(suffixes) and not os.path.isdir(path)


def reader_of(source: str) -> Reader:
    """The reader that takes this source.

    Raises
    ------
    ReaderError
        When there is nothing there, or nothing that any reader takes.
    OSError
        When it may not be looked at.
    """
    builtin = {reader.builtin: reader for reader in readers.values() if reader.builtin}
    if source in builtin:
        return builtin[source]
    path, name = split_source(source)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        mode = 0
    if not source or not mode:
        raise ReaderError(f"{source}: there is no such file or folder (built-in data: {', '.join(builtin)})")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ReaderError(f"{source}: neither a file nor a folder; copy its contents into a file first")
    for reader in readers.values():
        if reader.takes(source):
            if name and ".npz" not in reader.suffixes:
                raise ReaderError(f"{source}: only an .npz holds named arrays; leave out ::{name}")
            return reader
    if path.suffix.lower() in PICTURES:
        raise ReaderError(f"{source}: one picture is no dataset; put the pictures into a folder and open the folder")
    known = ", ".join(reader.name for reader in readers.values() if not reader.builtin)
    raise ReaderError(f"{source}: not a kind of data this program reads (it reads {known})")


def reading(source: str | Path, **options: Any) -> Reading:
    """Read a dataset as a generator of :class:`Progress`; see :func:`read`."""
    text = str(source)
    try:
        reader = reader_of(text)
        known = [option for option in inspect.signature(reader.read).parameters if option != "source"]
        for option in options:
            if option not in known:
                raise ReaderError(f"{text}: unknown option {option!r} (known: {', '.join(known) or 'none'})")
        yield Progress(0, 0, "Opening")
        dataset = yield from reader.read(text, **options)
    except OSError as error:
        raise ReaderError(f"{error.filename or text}: cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise ReaderError(f"{text}: too large for this computer's memory; use a part of it") from error
    return replace(dataset, options=MappingProxyType(options)) if options else dataset


def read(source: str | Path, **options: Any) -> Dataset:
    """Read a dataset from a path, or a built-in one by name (``digits``, ``shapes``).

    Raises
    ------
    ReaderError
        When it cannot be read; one line that says what, where and what to do.
    """
    return finish(reading(source, **options))
