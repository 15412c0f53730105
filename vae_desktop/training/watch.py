"""Run long work at a terminal: a progress bar, and Ctrl-C that lets the work save."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

R = TypeVar("R")
REFRESH = 0.1  # seconds between two looks of the bar


def watch(work: Generator[Any, None, R], each: Callable[[Any], str | None] | None = None) -> R:
    """Run `work` to its end, with a progress bar when stderr is a terminal, and return its result.

    Parameters
    ----------
    work
        Yields :class:`Progress` and other values.
    each
        Is handed every other value; what it returns is shown beside the bar.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or a request to terminate, once `work` was closed between two steps and could save; on a second
        Ctrl-C at once.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(_interrupts())
        show = stack.enter_context(_bar())
        note = ""
        while True:
            try:
                value = next(work)
            except StopIteration as stopped:
                result: R = stopped.value
                return result
            if isinstance(value, Progress):
                show(value, note)
            elif each is not None:
                note = each(value) or note
            if stop.is_set():
                work.close()
                raise KeyboardInterrupt


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; signals reach the main thread only."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar() -> Iterator[Callable[[Progress, str], None]]:
    """Draws a progress bar on a terminal, nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda progress, note: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", note="")
        shown = 0.0

        def show(progress: Progress, note: str) -> None:
            nonlocal shown
            if perf_counter() - shown > REFRESH:
                shown = perf_counter()
                total = progress.total or None
                bar.update(task, total=total, completed=progress.done, description=progress.text, note=note)

        yield show
