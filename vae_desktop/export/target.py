"""Where an export goes: its ending chooses the format, and a fault of the disk is told in one line."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from vae_desktop.core.errors import UserError
from vae_desktop.core.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def ending(path: str | Path, known: Iterable[str], folder: bool = False) -> str:
    """Return the path's lower-case ending; "" for a folder, where `folder` allows one.

    Where nothing else is `known`, every name is a folder's, whatever dots it has.

    Raises
    ------
    UserError
        When the ending is not `known`; lists those that are.
    """
    path, known = Path(path), tuple(known)
    if folder and not known:
        return ""
    with telling(path):
        found = "" if path.is_dir() else path.suffix.lower()
    if found in known or (folder and not found):
        return found
    kinds = ", ".join(known) + (", or a name without ending for a folder" if folder else "")
    what = f"the ending {found} is not known here" if found else "a file name needs an ending here"
    raise UserError(f"{path}: {what}; use {kinds}")


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn a fault of the disk into a :class:`UserError` about `path`."""
    try:
        yield
    except OSError as error:
        if path.parent.is_dir():
            reason = error.strerror or str(error)
            raise UserError(f"{path}: cannot be written ({reason}); choose another place") from None
        raise UserError(f"{path}: the folder {path.parent} does not exist; make it or choose another") from None


@contextmanager
def writing(path: str | Path) -> Iterator[BinaryIO]:
    """Open `path` for an atomic write.

    Raises
    ------
    UserError
        When it cannot be written.
    """
    path = Path(path)
    with telling(path), atomic_write(path) as file:
        yield file
