"""``start_window``: from the start of the process to the painted window, and to the first decoded picture."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.figures import Figure, Result
from benchmarks.screen import screen
from benchmarks.window import App, home

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.screen import Box, Screen

FROZEN = Path(__file__).resolve().parents[1] / "dist" / "VAE Desktop" / "vae-desktop"
LIMIT, DECODE_LIMIT, FROZEN_LIMIT = 0.8, 2.5, 1.2  # seconds
GIVE_UP = 300  # seconds


def measure(quick: bool) -> Result:
    """Start it several times, from a warm cache, each time as at the very first start."""
    times = 2 if quick else 7
    commands = {"python": [sys.executable, "-m", "vae_desktop"]}
    if FROZEN.exists():
        commands["frozen"] = [str(FROZEN)]
    with TemporaryDirectory() as folder, screen() as display:
        with App(display, Path(folder) / "look") as app:  # also warms the cache
            app.ready()
            boxes = app.box("mapView"), app.picture()
        time.sleep(1)
        for name, command in commands.items():
            start(display, Path(folder) / f"{name}-warm", command, *boxes)
        taken: dict[str, list[Sequence[float]]] = {name: [] for name in commands}
        for turn, (name, command) in itertools.product(range(times), commands.items()):
            taken[name].append(start(display, Path(folder) / f"{name}-{turn}", command, *boxes))
    painted, decoded = (median(part) for part in zip(*taken["python"], strict=True))
    figures = [
        Figure("painted window", painted, "s", LIMIT),
        Figure("first decode", decoded, "s", DECODE_LIMIT),
    ]
    if "frozen" in taken:
        painted, decoded = (median(part) for part in zip(*taken["frozen"], strict=True))
        figures += [
            Figure("painted window, frozen", painted, "s", FROZEN_LIMIT),
            Figure("first decode, frozen", decoded, "s"),
        ]
    return Result(tuple(figures), detail={"starts (painted, decoded)": taken, "frozen": FROZEN.exists()})


def start(display: Screen, folder: Path, command: list[str], the_map: Box, picture: Box) -> tuple[float, float]:
    """Seconds until the map's dots are to be seen, and until a pointer that moves over them shows a decoded item."""
    left, top, width, height = the_map
    display.move(left + width / 2, top + height - 5)
    environment = home(folder) | {"DISPLAY": display.name}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        painted = until_seen(display, the_map, began, lambda pixels: coloured(pixels) > 500)
        empty = display.look(picture).astype(int)
        turns = itertools.count()

        def decoded(pixels: np.ndarray) -> bool:
            if (turn := next(turns)) % 6 == 0:  # some thirty times a second
                display.move(left + (0.4 + 0.02 * (turn % 11)) * width, top + height / 2)
            return float((np.abs(pixels - empty).max(axis=2) > 24).mean()) > 0.05

        return painted, until_seen(display, picture, began, decoded)
    finally:
        process.terminate()
        process.wait()
        wait_dark(display, the_map)


def until_seen(display: Screen, box: Box, began: float, seen: Callable[[np.ndarray], bool]) -> float:
    """Seconds from `began` until ``seen(pixels of box)``."""
    while not seen(display.look(box)):
        if time.perf_counter() - began > GIVE_UP:
            raise TimeoutError("the window does not show what it should")
        time.sleep(0.005)
    return time.perf_counter() - began


def coloured(pixels: np.ndarray) -> int:
    """Number of pixels that are far from grey: the map's dots."""
    return int((np.ptp(pixels[..., :3], axis=2) > 60).sum())


def wait_dark(display: Screen, box: Box) -> None:
    """Wait until the window is gone."""
    while display.look(box)[..., :3].any():
        time.sleep(0.05)
