"""What was read once is kept in the user's cache folder, mapped into memory when it is wanted again.

An entry is known by everything that decides what is read: the names, sizes and last changes of all files, the options
and :data:`VERSION`. It is written beside its place, synced, and takes it in one step: a crash, be it of the
computer, leaves nothing that looks whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from platformdirs import user_cache_path

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Column, Dataset, Guess
from vae_desktop.core.work import Progress
from vae_desktop.readers.store import Store, file_of, reserve

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from vae_desktop.readers import Reader, Reading, Request

VERSION = 2  # to be raised when the same file is read otherwise than before
KEPT_FROM = 4 << 20  # bytes of items: less is read again in no time
FEW = 24  # items: so few are only looked at, and never kept
LIMIT = 20 << 30  # bytes of all entries
LOOKED = 4096  # files looked at between two signs of progress
FRESH = 0.1  # seconds: a file changed so shortly before could change again and keep its time
STALE = 24 * 3600  # seconds after which what an interrupted program left is removed
ABOUT, ITEMS, REST, NEW = "about.json", "items", "rest.npz", ".new-"
COPIED = 8 << 20  # bytes copied between two signs of progress


def folder() -> Path:
    """Where entries are kept; made when it is not there.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    path = user_cache_path("vae-desktop", appauthor=False) / "data"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def making() -> Iterator[Store]:
    """A store in a folder of its own beside the entries, where there can be one; it goes afterwards."""
    try:
        new = Path(tempfile.mkdtemp(prefix=NEW, dir=folder()))
    except OSError:
        yield Store()
        return
    try:
        yield Store(new)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def cached(reader: Reader, request: Request, chosen: Callable[[Dataset, Request], Reading]) -> Reading:
    """Read, and bring to what was chosen; or take what was kept of the same files and options."""
    with making() as store:
        request = replace(request, store=store)
        key = ""
        few = 0 < request.options.limit <= FEW
        if store.folder is not None and reader.cached and not reader.builtin and not few:
            key = yield from key_of(reader, request)
            if key and (found := load(store.folder.with_name(key))) is not None:
                return replace(found, source=request.source)
        dataset = yield from reader.read(request)
        dataset = yield from chosen(dataset, request)
        # A file that has changed since has another time of change: what is kept under this key is never found again.
        if key and KEPT_FROM <= dataset.x.nbytes <= LIMIT:
            dataset = yield from _keep(store, key, dataset)
    return dataset


def key_of(reader: Reader, request: Request) -> Generator[Progress, None, str]:
    """What an entry is called; "" when a file has just changed, or cannot be looked at: then it is read anew."""
    from vae_desktop.readers import split_source

    digest = hashlib.blake2b(digest_size=20)
    options = sorted({**request.options.told(), **request.own}.items())
    digest.update(repr((VERSION, reader.name, options, request.array)).encode())
    now, count = time.time(), 0
    yield Progress(0, 0, "Looking at the files")
    try:
        for source in request.sources:
            path = split_source(source)[0]
            above = os.path.join(path.parent, "")
            for file in reader.files(source) if reader.files else (str(path),):
                about, count = os.stat(file), count + 1
                if count % LOOKED == 0:
                    yield Progress(count, 0, "Looking at the files")
                if about.st_mtime > now - FRESH or about.st_ctime > now - FRESH:
                    return ""
                place = (about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino, about.st_dev)
                told = f"{os.fspath(file).removeprefix(above)!r}{place}"
                digest.update(told.encode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return ""
    return digest.hexdigest()


def load(entry: Path) -> Dataset | None:
    """The dataset of an entry, its items mapped; None when there is none that is whole."""
    try:
        about = json.loads((entry / ABOUT).read_text("utf-8"))
        x = np.memmap(entry / ITEMS, about["dtype"], "c", 0, tuple(about["shape"]))
        with (entry / REST).open("rb") as file, np.load(file, allow_pickle=False) as rest:
            factors = {name: rest[f"factor {i}"] for i, name in enumerate(about["factors"])}
            labels = rest.get("labels")
        dataset = Dataset(
            about["kind"], x, labels, tuple(about["classes"]),
            tuple(Column(c["name"], c["type"], tuple(c["categories"])) for c in about["columns"]), factors,
            about["items"], "", skipped=tuple(map(tuple, about["skipped"])), notes=tuple(about["notes"]),
            guesses=tuple(Guess(g["option"], g["value"], tuple(g["choices"])) for g in about["guesses"]),
        )  # fmt: skip
        os.utime(entry)  # used just now
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile):
        return None
    return dataset


def _keep(store: Store, key: str, dataset: Dataset) -> Reading:
    """Make an entry of the dataset; returns it mapped from there, or as it is when it cannot be kept."""
    new = store.folder
    assert new is not None
    try:
        _make_room(new.parent, dataset.x.nbytes)
        items = file_of(dataset.x)
        if items is not None and items.parent == new:
            os.truncate(items, dataset.x.nbytes)
            items.rename(new / ITEMS)
        else:
            with (new / ITEMS).open("w+b") as file:
                reserve(file, dataset.x.nbytes)
                step = max(1, COPIED // max(1, dataset.x[:1].nbytes))
                for start in range(0, len(dataset), step):
                    file.write(np.ascontiguousarray(dataset.x[start : start + step]).data)
                    yield Progress(start, len(dataset), "Keeping the items for next time")
        _write_rest(new, dataset)
        for part in new.glob("part-*"):
            part.unlink()
        yield Progress(len(dataset), len(dataset), "Keeping the items for next time")
        for name in (ITEMS, REST, ABOUT):
            with (new / name).open("rb+") as file:
                os.fsync(file.fileno())
        entry = new.with_name(key)
        shutil.rmtree(entry, ignore_errors=True)  # one that was broken
        new.rename(entry)
    except (OSError, ReaderError):
        return dataset
    found = load(entry)
    return dataset if found is None else replace(dataset, x=found.x)


def _write_rest(new: Path, dataset: Dataset) -> None:
    """Everything but the items; ``about.json`` last."""
    arrays = {f"factor {i}": np.asarray(values) for i, values in enumerate(dataset.factors.values())}
    if dataset.labels is not None:
        arrays["labels"] = dataset.labels
    np.savez(new / REST, **arrays)  # type: ignore[arg-type]
    about: dict[str, Any] = {
        "kind": dataset.kind, "shape": dataset.x.shape, "dtype": dataset.x.dtype.str, "classes": dataset.classes,
        "columns": [asdict(column) for column in dataset.columns], "factors": list(dataset.factors),
        "items": list(dataset.items), "skipped": dataset.skipped, "notes": dataset.notes,
        "guesses": [asdict(guess) for guess in dataset.guesses],
    }  # fmt: skip
    (new / ABOUT).write_text(json.dumps(about), "utf-8")


def entries(home: Path) -> Iterator[tuple[float, int, Path]]:
    """(last use, bytes, folder) of every entry, and of what was left half-way."""
    for entry in os.scandir(home):
        with contextlib.suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                size = sum(file.stat().st_size for file in os.scandir(entry))
                yield entry.stat().st_mtime, size, Path(entry)


def _make_room(home: Path, size: int) -> None:
    """Remove what was left half-way, and entries not used for longest, until `size` more bytes keep to the limit.

    What another program may be making right now stays.
    """
    found = sorted(entries(home))
    total = sum(used for _, used, _ in found)
    limit = min(LIMIT, total + shutil.disk_usage(home).free // 2)
    for when, used, path in found:
        if _is_left(path, when) or (total + size > limit and not path.name.startswith(NEW)):
            shutil.rmtree(path, ignore_errors=True)
            total -= used


def _is_left(path: Path, when: float) -> bool:
    """Whether it was left half-way by a program that is no more."""
    return path.name.startswith(NEW) and when < time.time() - STALE


def used() -> int:
    """Bytes that all entries fill."""
    try:
        return sum(size for _, size, _ in entries(folder()))
    except OSError:
        return 0


def clear() -> int:
    """Remove every entry; data that is open, or being read, stays so. Returns how many bytes became free."""
    before = used()
    with contextlib.suppress(OSError):
        for when, _, path in list(entries(folder())):
            if _is_left(path, when) or not path.name.startswith(NEW):
                shutil.rmtree(path, ignore_errors=True)
    return before - used()
