"""One file per format: each registers a :class:`Reader` that turns a source into a :class:`Dataset`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import NAMES, ReadOptions
from vae_desktop.core.registry import Registry
from vae_desktop.core.values import Dataset, source_of, sources_of
from vae_desktop.core.work import Progress, finish
from vae_desktop.readers.store import Store

Reading = Generator[Progress, None, Dataset]
Source = str | Path | Sequence[str | Path]

LOOKED_AT = 32 << 20  # bytes of items that are read whatever the limit: in a moment, and held in memory


@dataclass(frozen=True)
class Request:
    """What a reader is asked for.

    Parameters
    ----------
    sources
        What to read, as typed; several only of a reader that takes them `together`.
    options
        What was decided about it.
    store
        Where large arrays are made: see :class:`Store`.
    own
        Further options, of this reader alone.
    """

    sources: tuple[str, ...]
    options: ReadOptions = field(default_factory=ReadOptions)
    store: Store = field(default_factory=Store)
    own: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def source(self) -> str:
        """All of them as one text."""
        return source_of(self.sources)

    @property
    def path(self) -> Path:
        """Path of the first."""
        return split_source(self.sources[0])[0]

    @property
    def array(self) -> str:
        """The array that was named, as ``file.npz::name`` or as an option; "" where none was."""
        named = split_source(self.sources[0])[1]
        return named or ("" if self.options.array == "auto" else self.options.array)

    def enough(self, size: int) -> int | None:
        """How many items of `size` bytes need to be read where there is a limit, from the first; None: all.

        A few more than it, for what is guessed of them to hold of all.
        """
        limit = self.options.limit
        return max(limit, LOOKED_AT // max(1, size)) if limit else None


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
        ``read(request)``: a generator that yields :class:`Progress` and returns the dataset; raises
        :class:`ReaderError` with one clear line, or OSError. What it does not decide itself (size, colour, classes,
        missing values) is brought about afterwards, see :mod:`vae_desktop.readers.choices`.
    suffixes
        File name endings for the open dialog, e.g. ``.npz``.
    builtin
        The word that names a built-in dataset, or "".
    together
        Whether it reads several sources as one dataset; others are read one by one and joined.
    tables
        Whether a table of labels beside its pictures tells about them: one that is given with it is handed over.
    files
        All files that a source stands for, where they are not just the one that it names: by them the cache knows
        whether anything changed.
    cached
        Whether what was read is worth keeping: not where reading is opening.
    arrays
        Whether its files hold named arrays (``file::name``).
    own
        Names of options that it alone has.
    """

    name: str
    takes: Callable[[str], bool]
    read: Callable[[Request], Reading]
    suffixes: tuple[str, ...] = ()
    builtin: str = ""
    together: bool = False
    tables: bool = False
    files: Callable[[str], Sequence[str | Path]] | None = None
    cached: bool = True
    arrays: bool = False
    own: tuple[str, ...] = ()


PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
BESIDE = re.compile(r"(labels|metadata)\.[ct]sv", re.IGNORECASE)  # a table about the pictures beside it

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


def is_beside(source: str) -> bool:
    """Whether the source is a table about pictures beside it, by its name."""
    return BESIDE.fullmatch(os.path.basename(source)) is not None


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
            if name and not reader.arrays:
                holds = ", ".join(end for other in readers.values() if other.arrays for end in other.suffixes)
                raise ReaderError(f"{source}: only files of arrays ({holds}) have parts with names; leave out ::{name}")
            return reader
    known = ", ".join(reader.name for reader in readers.values() if not reader.builtin)
    raise ReaderError(f"{source}: not a kind of data this program reads (it reads {known})")


def pieces_of(sources: Sequence[str]) -> list[tuple[Reader, tuple[str, ...]]]:
    """Which reader reads which of the sources, each once; those it reads together are one piece."""
    pieces: dict[int, tuple[Reader, tuple[str, ...]]] = {}
    known_files: set[tuple[str, ...]] = set()
    for i, source in enumerate(dict.fromkeys(sources)):
        reader = reader_of(source)
        if reader.files and not reader.together:  # images and their labels, both dropped, are one dataset
            files = tuple(map(str, reader.files(source)))
            if files in known_files:
                continue
            known_files.add(files)
        number = next((k for k, (known, _) in pieces.items() if known is reader and reader.together), i)
        pieces[number] = (reader, (*pieces.get(number, (reader, ()))[1], source))
    pictures = next((k for k, (reader, _) in pieces.items() if reader.tables), None)
    if pictures is not None:
        for k in [k for k, (_, (first, *_)) in pieces.items() if is_beside(first)]:
            pieces[pictures] = (pieces[pictures][0], pieces[pictures][1] + pieces.pop(k)[1])
    return list(pieces.values())


def reading(source: Source, **options: Any) -> Reading:
    """Read a dataset as a generator of :class:`Progress`; see :func:`read`."""
    from vae_desktop.readers.cache import cached, making  # these read by what stands here
    from vae_desktop.readers.choices import chosen, taken
    from vae_desktop.readers.join import joined
    from vae_desktop.readers.tars import expanded

    given = [str(part) for part in ([source] if isinstance(source, str | Path) else source)]
    sources = [part for one in given for listed in sources_of(one) for part in expanded(listed)]
    text = source_of(sources) if sources else ""
    try:
        pieces = pieces_of(sources or [""])
        own = {name for reader, _ in pieces for name in reader.own}
        for option in options:
            if option not in (*NAMES, "gray", *own):
                raise ReaderError(f"{text}: unknown option {option!r} (known: {', '.join((*NAMES, *sorted(own)))})")
        wanted = ReadOptions.of({name: value for name, value in options.items() if name not in own})
        further = {name: value for name, value in options.items() if name in own}
        yield Progress(0, 0, "Opening")
        parts: list[Dataset] = []
        for reader, some in pieces:
            alike = _like(wanted, parts[0]) if parts else wanted
            parts.append((yield from cached(reader, Request(some, alike, own=further), chosen)))
        dataset = parts[0]
        if len(parts) > 1:
            with making() as store:
                dataset = yield from joined(parts, text, store)
            if 0 < wanted.limit < len(dataset):  # some of each
                dataset = taken(dataset, np.linspace(0, len(dataset) - 1, wanted.limit).round().astype(int))
    except ReaderError as error:
        if len(lines := str(error).splitlines()) < 2:  # a file's name may have several
            raise
        raise ReaderError(" ".join(lines)) from error
    except OSError as error:
        raise ReaderError(f"{error.filename or text}: cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise ReaderError(f"{text}: too large for this computer's memory; use a part of it") from error
    kept = wanted.told() | further
    return replace(dataset, options=MappingProxyType(kept)) if kept else dataset


def _like(options: ReadOptions, first: Dataset) -> ReadOptions:
    """Options that bring further images to the form of the first."""
    if first.kind != "image":
        return options
    _, height, width, channels = first.x.shape
    return replace(options, size=f"{width}x{height}", colour="gray" if channels == 1 else "colour")


def read(source: Source, **options: Any) -> Dataset:
    """Read a dataset from a path, several that are one dataset, or a built-in one by name (``digits``, ``shapes``).

    Parameters
    ----------
    options
        See :class:`~vae_desktop.core.read_options.ReadOptions`; for example ``size=64, fit="crop", gray=True``.

    Raises
    ------
    ReaderError
        When it cannot be read; one line that says what, where and what to do.
    """
    return finish(reading(source, **options))
