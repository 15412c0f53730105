"""How long something will still take, from how fast it has gone lately."""

from __future__ import annotations

import time
from collections import deque

WINDOW = 300  # reports over which the speed is taken: some ten seconds
SETTLE = 1.0  # seconds before a guess is worth telling
TELL_EVERY = 0.5  # seconds: what changes more often cannot be read


class Pace:
    """Takes reports of progress and tells the time left."""

    def __init__(self) -> None:
        self._reports: deque[tuple[float, int]] = deque(maxlen=WINDOW)
        self._told_at = 0.0
        self.left = ""

    def forget(self) -> None:
        """Start anew, as after a pause."""
        self._reports.clear()
        self.left = ""

    def report(self, done: int, total: int) -> bool:
        """Take in how far it is; return whether :attr:`left` is worth showing anew."""
        now = time.monotonic()
        self._reports.append((now, done))
        if now - self._told_at < TELL_EVERY:
            return False
        self._told_at = now
        first, before = self._reports[0]
        if now - first > SETTLE:
            self.left = f"{duration((total - done) * (now - first) / max(1, done - before))} left"
        return True


def duration(seconds: float) -> str:
    """``1 min 12 s``."""
    whole = max(1, round(seconds))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"
