"""``train_window_cost``: what the open window takes from a training, beside the same training on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data import digits
from benchmarks.figures import Figure, Result
from benchmarks.screen import screen
from benchmarks.window import App, epochs_done, home, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.screen import Screen

GIVE_UP = 600  # seconds
LIMIT = 10.0  # per cent
REST = 0.1  # seconds between two moves of a hand that looks around a little


def measure(quick: bool) -> Result:
    """Items a second by the wall clock, from the end of one epoch to the end of a later one."""
    items, epochs, pairs = (5_000, 3, 2) if quick else (60_000, 5, 4)
    alone, beside = [], []
    with TemporaryDirectory() as name, screen() as display:
        folder = Path(name)
        data = folder / "digits.npz"
        np.savez(data, x=digits(items))
        for pair in range(pairs):
            alone.append(on_the_command_line(folder / f"alone-{pair}", data, epochs))
            beside.append(in_the_window(display, folder / f"window-{pair}", data, epochs))
    costs = [(1 - b / a) * 100 for a, b in zip(alone, beside, strict=True)]
    cost = (1 - median(beside) / median(alone)) * 100
    detail = {"unit": "items/s", "alone": alone, "with the window": beside, "pairs (%)": costs}
    return Result((Figure("cost of the open window", cost, "%", LIMIT),), median(beside) / median(alone), detail)


def on_the_command_line(folder: Path, data: Path, epochs: int) -> float:
    """Items a second of ``vae-desktop train``."""
    command = [
        sys.executable,
        "-m",
        "vae_desktop",
        "train",
        str(data),
        "--out",
        str(folder / "run"),
        "--epochs",
        "1000",
    ]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=home(folder), stdout=quiet, stderr=quiet)
    try:
        return rate(folder / "run", epochs, lambda: None)
    finally:
        process.terminate()
        process.wait()


def in_the_window(display: Screen, folder: Path, data: Path, epochs: int) -> float:
    """Items a second of the same training in the window, whose map follows, under a hand that looks around a little."""
    rng = np.random.default_rng(0)
    with App(display, folder, data) as app:
        wait_for("data", lambda: app.ask("workspace")["data"])
        run = app.train(1000)
        left, top, width, height = app.box("mapView")

        def look_around() -> None:
            x, y = rng.uniform(0.3, 0.7, 2)
            display.move(left + x * width, top + y * height)

        return rate(run, epochs, look_around)


def rate(run: Path, epochs: int, meanwhile: Callable[[], None]) -> float:
    """Training items a second over `epochs` epochs after the first."""
    times: list[float] = []
    moved = 0.0
    end = time.monotonic() + GIVE_UP
    while len(times) <= epochs:
        while epochs_done(run) > len(times):
            times.append(time.perf_counter())
        if (now := time.perf_counter()) > moved + REST:
            moved = now
            meanwhile()
        if time.monotonic() > end:
            raise TimeoutError(f"{run} does not go on")
        time.sleep(0.005)
    record = json.loads((run / "run.json").read_text("utf-8"))
    items = record["data"]["items"] * (1 - record["settings"]["validation"])
    return float(items * epochs / (times[-1] - times[0]))
