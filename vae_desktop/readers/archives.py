"""What readers of archives share: which entries are worth a look, and the dataset that comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Dataset
from vae_desktop.readers import PICTURES, is_beside, readers, split_source
from vae_desktop.readers.beside import LARGEST as TABLE
from vae_desktop.readers.beside import described
from vae_desktop.readers.pictures import NothingError, decoding, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from vae_desktop.core.work import Progress
    from vae_desktop.readers import Request
    from vae_desktop.readers.pictures import Entry

LARGEST = 128 << 20  # bytes of one picture's file
NESTED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
IGNORED = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}  # what systems leave in folders


@dataclass
class Contents:
    """What was found so far while going through an archive.

    `names` are of the pictures, `tables` (name, text) beside them, `columns` further ones of theirs; `others` and
    `nested` count what is left out.
    """

    names: list[str] = field(default_factory=list)
    tables: list[tuple[str, bytes]] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    nested: int = 0

    def kind(self, name: str, plain: bool = True) -> str:
        """Whether the entry is a ``picture``, a ``table`` or something else, which is kept in mind."""
        parts = name.split("/")
        if any((part.startswith(".") and part not in (".", "..")) or part.casefold() in IGNORED for part in parts):
            return ""
        low = name.lower()
        if not low.endswith(PICTURES):
            self.nested += low.endswith(NESTED)
            if is_beside(name):
                return "table"
            if low.endswith(tuple(end for reader in readers.values() for end in reader.suffixes)):
                self.data.append(name)
            return "other"
        if ".." in parts or name.startswith(("/", "\\")) or "\\" in name or parts[0].endswith(":"):
            self.skipped.append((printable(name), "its name leads out of the archive"))
            return ""
        if not plain:
            self.skipped.append((printable(name), "no ordinary file but a link or device"))
            return ""
        return "picture"


def dataset(
    entries: Callable[[], Iterable[Entry]], count: int | None, request: Request, where: str,
    held: Callable[[], Contents],
) -> Generator[Progress, None, Dataset]:  # fmt: skip
    """Decode the pictures of an archive; `held` is what going through `entries` found."""
    try:
        decoded = yield from decoding(entries, count, request, where)
    except NothingError as error:
        if held().names:
            raise
        raise empty(where, held()) from error
    contents = held()
    tables = [_table(source) for source in request.sources if is_beside(source)]
    about = described(
        contents.names, decoded.index, [*contents.tables, *tables], request.options.labels, contents.columns
    )
    notes = (f"left out {contents.nested:,} archives within it; unpack them to read them",) if contents.nested else ()
    return Dataset(
        "image", decoded.x, about.labels, about.classes, factors=about.factors, items=tuple(decoded.names),
        source=request.source, skipped=(*contents.skipped, *decoded.skipped),
        notes=(*decoded.notes, *about.notes, *notes), guesses=(about.guess,),
    )  # fmt: skip


def empty(where: str, contents: Contents) -> ReaderError:
    """What is said of an archive without pictures."""
    if contents.skipped:
        name, why = contents.skipped[0]
        return ReaderError(f"{where}: none of its {len(contents.skipped):,} images can be read; {name}: {why}")
    if contents.data:
        name = printable(contents.data[0])
        return ReaderError(f"{where}: the archive holds no images; unpack it, and open its {name}")
    return ReaderError(f"{where}: the archive holds no images; it wants {', '.join(PICTURES)}")


def _table(source: str) -> tuple[str, bytes]:
    """Name and text of a table that lies beside an archive."""
    path, _ = split_source(source)
    with path.open("rb") as file:
        return path.name, file.read(TABLE + 1)
