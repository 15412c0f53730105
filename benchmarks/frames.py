"""``frames_training``: how evenly the window follows a hand that never rests, while it trains; seen from outside."""

from __future__ import annotations

import itertools
import math
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data import digits
from benchmarks.figures import Figure, Result, spread
from benchmarks.screen import screen
from benchmarks.window import App, epochs_done, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.screen import Box, Screen

P99_LIMIT, WORST_LIMIT, START_LIMIT = 25.0, 60.0, 250.0  # ms
EVERY = 1 / 60  # seconds between two moves of the hand
Point = tuple[float, float]


def measure(quick: bool) -> Result:
    """The picture under a circling pointer while 60 000 digits train; and a button's rim while torch is imported."""
    with TemporaryDirectory() as name, screen() as display:
        folder = Path(name)
        data = folder / "digits.npz"
        np.savez(data, x=digits(5_000 if quick else 60_000))
        with App(display, folder / "app", data) as app:
            wait_for("data", lambda: app.ask("workspace")["data"])
            time.sleep(2)
            left, top, width, height = app.box("help")  # its rim lights up under the pointer
            rim, flicker = (left, top, width, height), itertools.cycle([(left + 9, top + 9), (left + 9, top - 60)])
            resting, _ = intervals(display, rim, flicker, 3)
            click = app.box("trainActionTopButton")
            display.click(click[0] + click[2] / 2, click[1] + click[3] / 2)
            starting, _ = intervals(display, rim, flicker, 8)
            run = app.train_begun()
            wait_for("the first epoch", lambda: epochs_done(run) >= 1)
            time.sleep(3)
            before = epochs_done(run)
            circle = around(app.box("mapView"))
            frames, sent = intervals(display, app.picture(), circle, 5 if quick else 20)
            epochs = epochs_done(run) - before
    training = spread(frames)
    figures = (
        Figure("p99", training["p99"], "ms", P99_LIMIT),
        Figure("worst", training["worst"], "ms", WORST_LIMIT),
        Figure("stall at start", spread(starting)["worst"], "ms", START_LIMIT),
    )
    detail: dict[str, Any] = {
        "training": training, "hand": spread(sent), "starting": spread(starting), "resting": spread(resting),
        "epochs meanwhile": epochs,
    }  # fmt: skip
    return Result(figures, detail=detail)


def intervals(display: Screen, box: Box, places: Iterator[Point], seconds: float) -> tuple[list[float], list[float]]:
    """Move the pointer from place to place; ms between two changes in `box`, and between two moves."""
    changes, moves = [], []
    last = display.look(box)
    due = end = time.perf_counter()
    end += seconds
    while (now := time.perf_counter()) < end:
        if now >= due:
            moves.append(display.move(*next(places)))
            due = max(due + EVERY, now)
        seen = display.look(box)
        if not np.array_equal(seen, last):
            changes.append(time.perf_counter())
            last = seen
        time.sleep(0.0005)
    return list(np.diff([*changes, end]) * 1e3), list(np.diff(moves) * 1e3)


def around(box: Box) -> Iterator[Point]:
    """A circle around the middle of `box`, some 400 pixels a second."""
    left, top, width, height = box
    radius = 0.25 * min(width, height)
    return (
        (left + width / 2 + radius * math.cos(turn / 17), top + height / 2 + radius * math.sin(turn / 17))
        for turn in itertools.count()
    )
