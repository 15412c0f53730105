"""Pictures, loose or in folders; sub-folders are classes, or a table beside them names these."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import Progress, finish
from vae_desktop.readers import PICTURES, Reader, Reading, Request, is_beside, is_file_named, readers, split_source
from vae_desktop.readers.archives import IGNORED
from vae_desktop.readers.beside import LARGEST, described
from vae_desktop.readers.convert import natural_key
from vae_desktop.readers.pictures import Entry, decoding, printable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

RUN = "run.json"  # what a training's folder holds


@dataclass(frozen=True)
class Found:
    """What lies under a folder: pictures, by the folder they are in, other files, and what cannot be looked at."""

    folders: dict[str, list[str]]
    others: list[str]
    faults: list[tuple[str, str]]

    @property
    def pictures(self) -> list[str]:
        """All pictures, in the order of a file manager."""
        folders = sorted(self.folders, key=_order)
        return [name for folder in folders for name in sorted(self.folders[folder], key=_order)]


def find(root: str) -> Generator[Progress, None, Found]:
    """Look for pictures under `root`.

    Hidden ones are left out; a folder that is reached twice, through links, is entered once.
    """
    folders: dict[str, list[str]] = {}
    others: list[str] = []
    faults: list[tuple[str, str]] = []
    entered = set()
    waiting, linked = [""], list[str]()
    count = 0
    while waiting or linked:
        folder = (waiting or linked).pop()
        try:
            identity = os.path.realpath(os.path.join(root, folder))
            entries = [] if identity in entered else list(os.scandir(os.path.join(root, folder)))
        except OSError as error:
            if not folder:
                raise
            faults.append((printable(folder), f"the folder cannot be read: {error.strerror}"))
            continue
        entered.add(identity)
        before = folder and folder + os.sep
        here: list[str] = []
        for i, entry in enumerate(entries):
            if i % 4096 == 0:
                yield Progress(count + len(here), 0, "Looking for images")
            name = entry.name
            if name[0] == "." or name.lower() in IGNORED:
                continue
            try:
                if entry.is_file():
                    (here if name.lower().endswith(PICTURES) else others).append(before + name)
                elif entry.is_dir():
                    (linked if entry.is_symlink() else waiting).append(before + name)
            except OSError as error:  # a link to itself
                faults.append((printable(before + name), f"cannot be looked at: {error.strerror}"))
        if here:
            count += len(here)
            folders[folder] = here
    return Found(folders, sorted(others), faults)


def _order(name: str) -> tuple[object, ...]:
    return natural_key(name), name


@dataclass(frozen=True)
class Gathered:
    """What all sources hold: pictures by their path below `root`, (name, path) of tables, other files, the faults."""

    root: str
    pictures: list[str]
    tables: list[tuple[str, str]]
    others: list[str]
    faults: list[tuple[str, str]]


def _gather(sources: Sequence[str]) -> Generator[Progress, None, Gathered]:
    """Everything that the sources stand for."""
    paths = [os.path.abspath(split_source(source)[0]) for source in sources]
    given = [path for path in paths if os.path.isdir(path) or not is_beside(path)]
    try:
        alone = len(given) == 1 and os.path.isdir(given[0])
        root = given[0] if alone else os.path.commonpath([os.path.dirname(path) for path in given])
    except ValueError as error:  # on two drives
        raise ReaderError(f"{sources[1]}: not on the same drive as {sources[0]}; copy them together") from error
    together = Gathered(root, [], [], [], [])
    for path in paths:
        before = "" if path == root else os.path.relpath(path, root)
        if path not in given:
            together.tables.append((os.path.basename(path), path))  # about all of them, wherever it lies
            continue
        if not os.path.isdir(path):
            together.pictures.append(before)
            continue
        found = yield from find(path)
        below = before and before + os.sep
        together.pictures.extend(below + name for name in found.pictures)
        for name in found.others:
            if is_beside(name):
                together.tables.append(((below + name).replace(os.sep, "/"), os.path.join(path, name)))
            else:
                together.others.append(below + name)
        together.faults.extend((below + name, why) for name, why in found.faults)
    if len(paths) > 1:
        together.pictures.sort(key=_order)
    return together


class _Files(Sequence[Entry]):
    """Entries of files, made as they are wanted: they would take more memory than some pictures do."""

    def __init__(self, root: str, names: list[str]) -> None:
        self.below, self.names = os.path.join(root, ""), names

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Entry]:
        below = self.below
        return (Entry(name.replace(os.sep, "/"), below + name) for name in self.names)

    def __getitem__(self, i: Any) -> Any:
        return Entry(self.names[i].replace(os.sep, "/"), self.below + self.names[i])


def read(request: Request) -> Reading:
    """Read all pictures: uint8, or uint16 or float32 where most are, of the most common size where that is small."""
    source = request.source
    gathered = yield from _gather(request.sources)
    names = gathered.pictures
    if not names:
        others = [os.path.join(gathered.root, name) for name in gathered.others] + [path for _, path in gathered.tables]
        if not others:
            raise ReaderError(f"{source}: the folder holds no files; give a folder of images")
        if RUN in gathered.others:
            raise ReaderError(f"{source}: this is a training's run folder, no data; it is opened where a model is")
        data = next((name for name in others if any(reader.takes(name) for reader in readers.values())), "")
        hint = f"open {os.path.relpath(data, gathered.root)} itself" if data else f"it wants {', '.join(PICTURES)}"
        raise ReaderError(f"{source}: the folder holds no images; {hint}")
    files = _Files(gathered.root, names)
    decoded = yield from decoding(lambda: files, len(files), request, source)
    tables = list[tuple[str, bytes]]()
    faults = list(gathered.faults)
    for name, path in gathered.tables:
        try:
            with open(path, "rb") as file:
                tables.append((name, file.read(LARGEST + 1)))
        except OSError as error:
            faults.append((printable(name), f"cannot be read: {error.strerror}"))
    posix = [name.replace(os.sep, "/") for name in names] if os.sep != "/" else names
    about = described(posix, decoded.index, tables, request.options.labels)
    return Dataset(
        "image", decoded.x, about.labels, about.classes, factors=about.factors, items=tuple(decoded.names),
        source=source, skipped=tuple(sorted([*faults, *decoded.skipped], key=lambda fault: _order(fault[0]))),
        notes=(*decoded.notes, *about.notes), guesses=(about.guess,),
    )  # fmt: skip


def takes(source: str) -> bool:
    """Whether it is a picture, or a folder that is no other reader's."""
    if not os.path.isdir(split_source(source)[0]):
        return is_file_named(source, PICTURES)
    return not any(reader.takes(source) for name, reader in readers.items() if name != "folder")


def files(source: str) -> list[str]:
    """All files that are looked at."""
    path = str(split_source(source)[0])
    if not os.path.isdir(path):
        return [path]
    found = finish(find(path))
    tables = [name for name in found.others if is_beside(name)]
    below = os.path.join(path, "")
    return [below + name for names in (*found.folders.values(), tables) for name in sorted(names)]


readers.add("folder")(
    Reader(
        "images (png, jpg, webp, bmp, gif, tif), loose or in folders", takes, read, suffixes=PICTURES, together=True,
        tables=True, files=files,
    )
)  # fmt: skip
