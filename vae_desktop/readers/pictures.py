"""Decoding pictures of any common format on two threads: from files, archives and tables that hold them."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import warnings
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import AUTO
from vae_desktop.core.work import Progress
from vae_desktop.readers.picture import (
    BROKEN,
    Data,
    Form,
    Header,
    Picture,
    fetched,
    header_of,
    is_reduced,
    opened,
    pages_of,
    put,
    put_plain,
    reason,
)  # fmt: skip
from vae_desktop.readers.store import SMALL, full

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future

    from vae_desktop.core.read_options import ReadOptions
    from vae_desktop.readers import Request
    from vae_desktop.readers.store import Growing

THREADS = 2  # Pillow decodes without the interpreter's lock: two threads read small files twice as fast.
AHEAD = 4  # batches that are decoded or wait to be
PEEKED, PEEKED_BYTES = 64, 16 << 20  # pictures whose headers tell, nearly always, what all are like
BATCH, BATCH_PIXELS, BATCH_BYTES = 64, 1 << 20, 4 << 20  # what one thread does between two signs of progress
LARGEST, USUAL = 128, 64  # pixels: up to which a size is kept; the longest side that larger ones are brought to
# Characters that would break a line, a table or a file name: control, line separators, directions, broken UTF-8.
UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class NothingError(ReaderError):
    """None of the entries is a picture that can be read."""


class Entry(NamedTuple):
    """A picture that may be decoded: its name; its file, its bytes, or what fetches them (on a thread)."""

    name: str
    data: Data


@dataclass(frozen=True, eq=False)
class Decoded:
    """What came of many entries.

    Parameters
    ----------
    x
        (N, H, W, C), uint8, or uint16 or float32 where most are.
    names
        Of the items, fit to be printed; ``name#2`` is the second page of a file with several.
    index
        Int (N,): which of the entries each item is from.
    skipped
        (name, reason) for each picture that could not be read.
    notes
        What was changed, in plain words.
    """

    x: np.ndarray
    names: list[str]
    index: np.ndarray
    skipped: list[tuple[str, str]]
    notes: list[str]


class _Task(NamedTuple):
    """An entry, its number among all, and which pages of it."""

    entry: Entry
    number: int
    pages: range | None = None


def printable(name: str) -> str:
    """`name` on one line and in valid Unicode, with � for what cannot be shown."""
    return name if name.isprintable() else UNPRINTABLE.sub("\ufffd", name)


def decoding(
    entries: Callable[[], Iterable[Entry]], count: int | None, request: Request, where: str
) -> Generator[Progress, None, Decoded]:
    """Decode pictures of any size, format and depth into one array.

    Parameters
    ----------
    entries
        Gives all entries, from the first; called anew when it turns out that others are what most are like. A sequence
        is looked into here and there, and only as many as `request` wants are taken, evenly.
    count
        How many there are; None where it is not known.
    request
        Size, fit and colour that were asked for, and the store that the array is made in.
    where
        What to call the whole in messages.

    Raises
    ------
    NothingError
        When none can be read.
    ReaderError
        When the disk is full.
    """
    # Pillow warns of large pictures and odd metadata; what matters of it is told in `skipped`.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    taken: Sequence[int] | None = None
    limit = request.options.limit
    if count is not None and 0 < limit < count:
        if isinstance(entries(), Sequence):
            taken = np.linspace(0, count - 1, limit).round().astype(int).tolist()
        count = limit
    peeked = Counter(_peek(_peeked(entries(), taken)))
    form, shrunk = _form(peeked, request.options)
    for _ in range(3):  # from what was peeked at, with colour, from all
        reading = _Reading(form, request, where, count, _pixels(peeked))
        yield from reading.run(_some(entries(), taken))
        better, shrunk = _form(reading.headers, request.options)
        better = replace(better, channels=max(better.channels, form.channels))
        if better == form and not reading.again:
            break
        form = replace(better, channels=3) if reading.again else better
        peeked = reading.headers
        reading.grown.close()
    return (yield from reading.result(shrunk))


def _some(entries: Iterable[Entry], taken: Sequence[int] | None) -> Iterator[tuple[int, Entry]]:
    """(number, entry) of those that are taken."""
    if isinstance(entries, Sequence) and taken is not None:
        yield from ((i, entries[i]) for i in taken)
    else:
        yield from enumerate(entries)


def _peeked(entries: Iterable[Entry], taken: Sequence[int] | None) -> Iterator[Entry]:
    """Entries here and there of a sequence, the first of a stream."""
    if isinstance(entries, Sequence):
        taken = range(len(entries)) if taken is None else taken
        yield from (entries[i] for i in taken[:: max(1, len(taken) // PEEKED)])
        return
    room = PEEKED_BYTES
    for entry in itertools.islice(entries, PEEKED):
        yield entry
        room -= len(entry.data) if isinstance(entry.data, bytes) else 0
        if room < 0:
            return


def _peek(entries: Iterator[Entry]) -> Iterator[Header]:
    """Headers of those that have one."""
    for entry in entries:
        try:
            with opened(fetched(entry.data)) as (image, _):
                yield header_of(image)
        except BROKEN:
            continue


def _form(headers: Counter[Header], options: ReadOptions) -> tuple[Form, str]:
    """What all are brought to: the most common size and type, colour when one has it; and a word when shrunk."""
    if not headers:
        return Form(*(options.shape or (1, 1)), fit=options.fit), ""
    sizes: Counter[tuple[int, int]] = Counter()
    dtypes: Counter[type] = Counter()
    for header, often in headers.items():
        sizes[header.height, header.width] += often
        dtypes[header.dtype] += often
    dtype = dtypes.most_common(1)[0][0]
    channels = {"gray": 1, "colour": 3}.get(options.colour) or max(header.channels for header in headers)
    raw = any(header.raw for header in headers)
    size, shrunk = (options.shape, "") if options.shape else _size(sizes)
    return Form(*size, dtype, channels, options.fit, raw), shrunk


def _size(sizes: Counter[tuple[int, int]]) -> tuple[tuple[int, int], str]:
    """(H, W) that trains in good time, and a word when it is not the most common one."""
    all_of = sizes.total()
    small = Counter({size: often for size, often in sizes.items() if max(size) <= LARGEST})
    if 2 * small.total() >= all_of:
        return small.most_common(1)[0][0], ""
    (height, width), often = sizes.most_common(1)[0]
    more = "choose a size to see more of them"
    if 2 * often < all_of:
        return (USUAL, USUAL), f"images of {len(sizes):,} sizes: all brought to {USUAL}×{USUAL}; {more}"
    scale = USUAL / max(height, width)
    tall, wide = max(1, round(height * scale)), max(1, round(width * scale))
    most = "all" if often == all_of else "most"
    return (tall, wide), f"{most} images are {width}×{height}: brought to {wide}×{tall}; {more}"


def _pixels(headers: Counter[Header]) -> int:
    """How many pixels a picture has on average."""
    total = sum(header.width * header.height * often for header, often in headers.items())
    return max(1, total // max(1, headers.total()))


class _Reading:
    """One going through all entries, in one form."""

    def __init__(self, form: Form, request: Request, where: str, count: int | None, pixels: int) -> None:
        # How many pictures of their usual size are decoded in a short time.
        self.handful = min(BATCH, max(1, min(BATCH_PIXELS // pixels, BATCH_BYTES // form.nbytes)))
        self.form, self.where, self.count, self.store = form, where, count, request.store
        self.auto = request.options.colour == AUTO
        self.limit = request.options.limit
        self.grown: Growing = request.store.growing(form.shape, form.dtype)
        self.headers: Counter[Header] = Counter()
        self.names: list[str] = []
        self.index: list[int] = []
        self.skipped: list[tuple[str, str]] = []
        self.resized = self.on_white = self.on_black = self.seen = 0
        self.plain = Picture(Header(form.height, form.width, np.uint8, form.channels))
        self.coloured = self.again = self.over = False
        size = (count or 0) * form.nbytes
        if request.store.folder is not None and size > SMALL and size > shutil.disk_usage(request.store.folder).free:
            raise full(size, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def run(self, entries: Iterator[tuple[int, Entry]]) -> Generator[Progress, None, None]:
        """Decode all; stops early, with `again`, at the first that shows that colour is needed."""
        pool = ThreadPoolExecutor(THREADS, "reader")
        waiting: deque[Future[tuple[np.ndarray, list[tuple[_Task, str, Picture]]]]] = deque()
        batches = self._batches(entries)
        try:
            while not self.again and not (self.limit and len(self.names) >= self.limit):
                while len(waiting) < AHEAD and (batch := next(batches, None)):
                    waiting.append(pool.submit(self._decode, batch))
                yield Progress(self.seen, max(self.count or 0, self.seen) if self.count else 0, "Reading images")
                if not waiting:
                    break
                self._take(*waiting.popleft().result())
        except BaseException:
            self.grown.close()
            raise
        finally:
            self.over = True
            pool.shutdown(cancel_futures=True)

    def _batches(self, entries: Iterator[tuple[int, Entry]]) -> Iterator[list[_Task]]:
        """Entries by the handful; a file of many pages by itself, as many at a time as fit."""
        batch: list[_Task] = []
        room = BATCH_BYTES
        for number, entry in entries:
            if (pages := pages_of(entry.name, entry.data)) > 1:
                if batch:
                    yield batch
                    batch, room = [], BATCH_BYTES
                step = max(1, BATCH_BYTES // self.form.nbytes)
                for start in range(0, pages, step):
                    yield [_Task(entry, number, range(start, min(pages, start + step)))]
                continue
            batch.append(_Task(entry, number))
            room -= len(entry.data) if isinstance(entry.data, bytes) else 0
            if len(batch) >= self.handful or room < 0:
                yield batch
                batch, room = [], BATCH_BYTES
        if batch:
            yield batch

    def _decode(self, tasks: list[_Task]) -> tuple[np.ndarray, list[tuple[_Task, str, Picture]]]:
        """On a thread: pictures (M, H, W, C) that could be read, and what is to be told of each task's."""
        room = sum(len(task.pages) if task.pages else 1 for task in tasks)
        block: np.ndarray = np.empty((room, *self.form.shape), self.form.dtype)
        told: list[tuple[_Task, str, Picture]] = []
        done = 0
        for task in tasks:
            if self.over:
                break
            name = printable(task.entry.name)
            header = None
            try:
                source = fetched(task.entry.data)
                if not task.pages and isinstance(source, bytes) and put_plain(source, block[done], self.form):
                    told.append((task, name, self.plain))
                    done += 1
                    continue
                with opened(source) as (image, size):
                    for page in task.pages or (0,):
                        called = f"{name}#{page + 1}" if task.pages else name
                        header = None
                        try:
                            if task.pages:
                                image.seek(page)
                                if is_reduced(image):
                                    continue
                            header = header_of(image)
                            picture = put(image, size, header, block[done], self.form)
                        except BROKEN as error:
                            picture = Picture(header, fault=reason(error))
                        told.append((task, called, picture))
                        done += not picture.fault
            except BROKEN as error:
                told.append((task, name, Picture(header, fault=reason(error))))
        return block[:done], told

    def _take(self, block: np.ndarray, told: list[tuple[_Task, str, Picture]]) -> None:
        """Keep a batch that was decoded."""
        for task, name, picture in told:
            self.seen += 1
            if picture.header:
                self.headers[picture.header] += 1
                self.again |= self.auto and picture.header.channels > self.form.channels
            if picture.fault:
                self.skipped.append((name, picture.fault))
            else:
                self.names.append(name)
                self.index.append(task.number)
                self.resized += picture.resized
                self.on_white += picture.ground == 255
                self.on_black += picture.ground == 0
        if self.form.channels == 3 and not self.coloured:
            self.coloured = bool((block[..., 0] != block[..., 1]).any() or (block[..., 0] != block[..., 2]).any())
        if len(block):
            self.grown.append(block)

    def result(self, shrunk: str) -> Generator[Progress, None, Decoded]:
        """All together."""
        x = self.grown.array()
        n, form = len(x), self.form
        if not n:
            what = f"{self.skipped[0][0]}: {self.skipped[0][1]}" if self.skipped else "it is empty"
            if self.seen == 1 and self.skipped and os.path.basename(self.where) == self.skipped[0][0]:
                raise NothingError(f"{self.where}: {self.skipped[0][1]}; save it anew, or open another")
            raise NothingError(f"{self.where}: none of its {self.seen:,} images can be read; {what}")
        notes = [shrunk] if shrunk else []
        if form.channels == 3 and self.auto and not self.coloured:
            colour, x = x, self.store.empty((n, form.height, form.width, 1), form.dtype)
            for start in range(0, n, 1024):
                x[start : start + 1024] = colour[start : start + 1024, ..., :1]
                yield Progress(start, n, "Keeping the greys")
            notes.append("all images are grey: kept as grey")
        if self.resized and not shrunk:
            notes.append(f"{self.resized:,} of {n:,} images resized to {form.width}×{form.height}")
        if see_through := self.on_white + self.on_black:
            black = f", {self.on_black:,} that are nearly white on black" if self.on_black else ""
            notes.append(f"{see_through:,} images are partly transparent: laid on white{black}")
        return Decoded(x, self.names, np.array(self.index), self.skipped, notes)
