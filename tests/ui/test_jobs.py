from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.jobs import Job, Jobs


class Ends:
    """Counts how a job ended, and on which thread that was told."""

    def __init__(self, job: Job) -> None:
        self.ends: list[str] = []
        self.threads: set[int] = set()
        job.done.connect(lambda _: self._end("done"))
        job.failed.connect(lambda _: self._end("failed"))
        job.cancelled.connect(lambda: self._end("cancelled"))

    def _end(self, how: str) -> None:
        self.ends.append(how)
        self.threads.add(threading.get_ident())


def test_a_function_is_done_on_the_windows_thread(jobs: Jobs, qtbot: QtBot) -> None:
    job = jobs.run("work", lambda a, b: (a + b, threading.get_ident()), 2, 3)
    ends = Ends(job)
    with qtbot.waitSignal(job.done) as told:
        pass
    total, thread = told.args[0]
    assert total == 5
    assert thread != threading.get_ident()
    assert ends.threads == {threading.get_ident()}


@pytest.mark.parametrize("error", [RuntimeError("of torch"), UserError("say what"), KeyboardInterrupt(), MemoryError()])
def test_whatever_is_raised_is_told_once(jobs: Jobs, qtbot: QtBot, error: BaseException) -> None:
    def fails() -> Generator[Progress, None, None]:
        yield Progress(0)
        raise error

    job = jobs.run("work", fails)
    ends = Ends(job)
    with qtbot.waitSignal(job.failed) as told:
        pass
    assert told.args == [error]
    qtbot.waitUntil(lambda: not jobs.running)
    assert ends.ends == ["failed"]


def test_cancel_ends_a_generator_between_two_yields(jobs: Jobs, qtbot: QtBot) -> None:
    closed = threading.Event()

    def endless() -> Generator[Progress, None, None]:
        try:
            while True:
                yield Progress(0)
        finally:
            closed.set()

    job = jobs.run("work", endless)
    ends = Ends(job)
    with qtbot.waitSignal(job.progress):
        pass
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
    assert closed.is_set()
    assert ends.ends == ["cancelled"]


def test_a_paused_job_waits_and_goes_on(jobs: Jobs, qtbot: QtBot) -> None:
    steps: list[int] = []

    def counts() -> Generator[str, None, None]:
        while True:
            steps.append(len(steps))
            yield "step"

    job = jobs.run("train", counts)
    with qtbot.waitSignal(job.progress):
        pass
    job.pause(True)
    assert job.paused
    with qtbot.waitSignal(jobs.run("work", time.sleep, 0.05).done):  # time for the step that was under way
        pass
    held = len(steps)
    with qtbot.waitSignal(jobs.run("work", time.sleep, 0.05).done):
        pass
    assert len(steps) == held
    job.pause(False)
    qtbot.waitUntil(lambda: len(steps) > held)
    with qtbot.waitSignal(job.cancelled):
        job.cancel()


def test_work_is_queued_and_never_dropped(jobs: Jobs, qtbot: QtBot) -> None:
    order: list[int] = []
    queued = [jobs.run("work", order.append, i) for i in range(20)]
    with qtbot.waitSignals([job.done for job in queued]):
        pass
    assert order == list(range(20))


def test_of_waiting_live_requests_the_latest_wins(jobs: Jobs, qtbot: QtBot) -> None:
    began, gate = threading.Event(), threading.Event()

    def hold() -> None:
        began.set()
        gate.wait(20)

    first = jobs.run("live:test", hold)
    qtbot.waitUntil(began.is_set)
    waiting = [jobs.run("live:test", int, i) for i in range(5)]
    ends = [Ends(job) for job in waiting]
    with qtbot.waitSignals([first.done, waiting[-1].done]):
        gate.set()
    assert [end.ends for end in ends] == [["cancelled"]] * 4 + [["done"]]


def test_a_live_request_does_not_wait_for_work(jobs: Jobs, qtbot: QtBot) -> None:
    gate = threading.Event()
    slow = jobs.run("work", gate.wait, 20)
    with qtbot.waitSignal(jobs.run("live:test", int, 7).done) as told:
        pass
    assert told.args == [7]
    with qtbot.waitSignal(slow.done):
        gate.set()


def test_shutdown_ends_what_runs_and_what_waits(jobs: Jobs, qtbot: QtBot) -> None:
    def endless() -> Generator[Progress, None, None]:
        while True:
            yield Progress(0)

    running, waiting = jobs.run("work", endless), jobs.run("work", int)
    ends = [Ends(running), Ends(waiting)]
    with qtbot.waitSignal(running.progress):
        pass
    jobs.shutdown()
    assert [end.ends for end in ends] == [["cancelled"], ["cancelled"]]
    assert not jobs.running


def test_after_the_end_nothing_is_run(jobs: Jobs, qtbot: QtBot) -> None:
    jobs.shutdown()
    ran: list[int] = []
    with qtbot.waitSignal(jobs.run("live:late", ran.append, 1).cancelled):
        pass
    assert not ran
    assert not jobs.running
