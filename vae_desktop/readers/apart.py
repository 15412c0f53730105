"""Files whose libraries crash or hang when they are broken are touched by a process apart."""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers.convert import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_name("apart_child.py")
WORD = "--read-apart"  # what the built app is called with to be that process
PATIENCE = 10  # seconds that a library may take over one part
FRESH = 30  # seconds that the process waits for another file
GAVE_UP = {"fault": "its library gave up on it"}


class Child:
    """The process that touches files, and what is said to it and by it."""

    def __init__(self) -> None:
        script = [sys.executable, "-P", str(SCRIPT)]
        program = [sys.executable, WORD] if getattr(sys, "frozen", False) else script
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.ready, self.since, self.what = True, 0.0, ""

    def tell(self, **order: Any) -> None:
        """Give an order; until all its answers were heard it is not `ready` for another."""
        self.ready = False
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # that it has ended is heard
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def hear(self, where: str, out: np.ndarray | None = None) -> dict[str, Any]:
        """An answer, whose bytes go into `out`, uint8, or else under ``data``.

        Raises
        ------
        ReaderError
            When the file is broken, be it that the library does not come back from it.
        """
        stream = self._process.stdout
        assert stream is not None
        watch = threading.Timer(PATIENCE, self._process.kill)
        watch.start()
        try:
            line = stream.readline()
            answer: dict[str, Any] = json.loads(line) if line else GAVE_UP
            self.ready = "fault" in answer and bool(line)
            data = out if out is not None else np.empty(answer.get("size", 0), np.uint8)
            if "fault" not in answer and answer.get("size", 0) != data.nbytes:
                answer = {"fault": "it is not as long as it says"}
            done = 0
            while "fault" not in answer and done < data.nbytes:
                block = stream.read(min(CHUNK, data.nbytes - done))
                data[done : done + len(block)] = np.frombuffer(block, np.uint8)
                done += len(block)
                answer = answer if block else GAVE_UP
        finally:
            watch.cancel()
            watch.join()
        if "fault" in answer:
            reason = " ".join(answer["fault"].split())[:160]
            raise ReaderError(f"{where}: not {self.what}, cut short or damaged ({reason}); fetch it again")
        return {**answer, "data": data}

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


_spare: list[Child] = []  # one waits for the next file: what is chosen about data is read again and again


@contextlib.contextmanager
def child_for(what: str) -> Iterator[Child]:
    """A process that touches one file, `what` in messages; nobody else speaks to it meanwhile."""
    while _spare:
        child = _spare.pop()
        if child.since > time.monotonic() - FRESH:
            break
        child.close()
    else:
        child = Child()
    child.what = what
    try:
        yield child
    finally:
        if child.ready and not _spare:
            child.tell(close=True)
            child.since = time.monotonic()
            _spare.append(child)
        else:
            child.close()


@atexit.register
def close() -> None:
    """End what waits."""
    while _spare:
        _spare.pop().close()
