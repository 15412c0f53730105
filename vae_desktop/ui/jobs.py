"""Long work on threads. A job is a plain function or generator that knows nothing of Qt.

Lanes: ``train``; ``work`` (queued, never dropped); ``live:<purpose>`` (of the waiting requests only the latest
is run; an answer older than one already given is dropped). Each lane is one thread. Signals are always emitted
on the thread that made the :class:`Jobs`.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from vae_desktop.core.errors import UserError
from vae_desktop.core.work import Progress

log = logging.getLogger(__name__)

PROGRESS_EVERY = 1 / 30  # seconds: a person sees no more
AT_ONCE = 0.002  # seconds of handing out after which the window has its turn
KEPT = "keep"  # what was asked to be kept is written to its end, also when the window closes
END_WITHIN = 5  # seconds that a window which closes waits for what is only looked at
BACKGROUND_NICENESS = 10  # politeness keeps the window smooth while all cores train


Report = Callable[["Task", str, Any], None]


class Cancelled(Exception):
    """Raised inside a job's thread to end it."""


class Task:
    """The part of a job that its thread sees. No Qt object: the last hold on one must not be let go on a thread."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._fn: Callable[..., Any] | None = fn
        self._args = args
        self.cancel = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def work(self, report: Report) -> None:
        """Run it on the calling thread; `report(task, signal name, payload)` hands results out."""
        fn, args = self._fn, self._args
        assert fn is not None
        self._fn, self._args = None, ()  # what was captured goes when the work is done
        try:
            self._check()
            result = fn(*args)
            if inspect.isgenerator(result):
                result = self._iterate(result, report)
        except Cancelled:
            report(self, "cancelled", None)
        except UserError as error:
            report(self, "failed", error)
        except BaseException as error:
            log.exception("a job failed")
            report(self, "failed", error)
        else:
            report(self, "done", result)

    def _check(self) -> None:
        self.go.wait()
        if self.cancel.is_set():
            raise Cancelled

    def _iterate(self, work: Any, report: Report) -> Any:
        last = 0.0
        try:
            while True:
                try:
                    value = next(work)
                except StopIteration as stop:
                    return stop.value
                if not isinstance(value, Progress):
                    report(self, "progress", value)
                elif (now := time.monotonic()) - last >= PROGRESS_EVERY:
                    last = now
                    report(self, "progress", value)
                self._check()
        finally:
            work.close()


class Job(QObject):
    """One piece of work. Emits `progress` any number of times, then exactly one of the other three."""

    progress = Signal(object)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, lane: str, task: Task, parent: QObject) -> None:
        super().__init__(parent)
        self.lane = lane
        self.latest: Progress | None = None
        self._task = task

    def cancel(self) -> None:
        """Ask it to end at its next yield; it then emits `cancelled` (unless it ends by itself before)."""
        self._task.cancel.set()
        self._task.go.set()

    def pause(self, paused: bool) -> None:
        """Hold it at its next yield, or let it go on."""
        if paused:
            self._task.go.clear()
        else:
            self._task.go.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._task.cancel.is_set()

    @property
    def paused(self) -> bool:
        """Whether it is held."""
        return not self._task.go.is_set()


class Jobs(QObject):
    """Runs jobs; `changed` tells that the list of :attr:`running` jobs (not the live ones) changed.

    Once it has :attr:`ended` each job is cancelled before it begins: who asks again when that happens asks for ever.
    """

    changed = Signal()
    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running: tuple[Job, ...] = ()
        self._lanes: dict[str, _Lane] = {}
        self._jobs: dict[Task, Job] = {}
        self.ended = False
        self._outbox: deque[tuple[Task, str, Any]] = deque()
        self._wake.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._deliver)

    def run(self, lane: str, fn: Callable[..., Any], *args: Any) -> Job:
        """Start ``fn(*args)`` on the lane's thread; connect to the returned job's signals at once."""
        task = Task(fn, args)
        job = self._jobs[task] = Job(lane, task, self)
        if self.ended:  # a window that closes may still hear that the pointer left it
            self._report(task, "cancelled", None)
            return job
        if lane not in self._lanes:
            self._lanes[lane] = _Lane(lane, self._report)
        dropped = self._lanes[lane].put(task)
        if dropped is not None:
            self._report(dropped, "cancelled", None)
        if not lane.startswith("live:"):
            self.running = (*self.running, job)
            self.changed.emit()
        return job

    def _report(self, task: Task, signal: str, payload: Any) -> None:
        self._outbox.append((task, signal, payload))
        self._wake.emit()

    def _deliver(self) -> None:
        """Hand out what was reported; what takes long is parted, so that the hand and the screen come in between."""
        until = time.perf_counter() + AT_ONCE
        while self._outbox:
            if time.perf_counter() > until and not self.ended:
                self._later.start()
                return
            task, signal, payload = self._outbox.popleft()
            job = self._jobs[task]
            if signal == "progress":
                if isinstance(payload, Progress):
                    job.latest = payload
                job.progress.emit(payload)
                continue
            del self._jobs[task]
            if job in self.running:
                self.running = tuple(other for other in self.running if other is not job)
                self.changed.emit()
            if signal == "cancelled":
                job.cancelled.emit()
            else:
                getattr(job, signal).emit(payload)
            job.deleteLater()

    def shutdown(self) -> None:
        """Cancel everything, wait for the threads to end, deliver what they said last; nothing is run from now on."""
        self.ended = True
        for job in reversed(self.running):  # what waits first, or it would begin
            if job.lane != KEPT:
                job.cancel()
        for lane in self._lanes.values():
            lane.stop()
        self._lanes.clear()
        self._deliver()


class _Lane:
    """One thread and its queue."""

    def __init__(self, name: str, report: Report) -> None:
        self.name = name
        self.live = name.startswith("live:")
        self._report = report
        self._queue: deque[Task] = deque()
        self._current: Task | None = None
        self._ready = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._loop, name=f"lane {name}", daemon=True)
        self._thread.start()

    def put(self, task: Task) -> Task | None:
        """Queue `task`; on a live lane return the waiting one it replaces."""
        with self._ready:
            dropped = self._queue.pop() if self.live and self._queue else None
            self._queue.append(task)
            self._ready.notify()
        return dropped

    def stop(self) -> None:
        with self._ready:
            self._stopped = True
            for task in () if self.name == KEPT else (*self._queue, *filter(None, (self._current,))):
                task.cancel.set()
                task.go.set()
            self._ready.notify()
        # What is only looked at need not be waited for: some of it cannot be stopped half way.
        self._thread.join(None if self.name in ("train", "work", KEPT) else END_WITHIN)

    def _loop(self) -> None:
        if not self.live and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._queue or self._stopped)
                if not self._queue:
                    return
                self._current = self._queue.popleft()
            if self.name != "train":
                _compute_on_one_core()
            self._current.work(self._report)
            self._current = None


def _compute_on_one_core() -> None:
    """Keep torch from waking all cores for one small answer: while they train, waiting for them takes 20 times longer.

    The number belongs to the calling thread, but any other thread's call can be what a new thread begins with.
    """
    set_threads = getattr(sys.modules.get("torch"), "set_num_threads", None)
    if set_threads is not None:
        set_threads(1)
