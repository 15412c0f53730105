"""``pointer_to_picture``: from a pointer event to its decoded picture on the screen, seen from outside."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data import shapes_file
from benchmarks.figures import Figure, Result, spread
from benchmarks.screen import screen
from benchmarks.window import App, epochs_done, wait_for

if TYPE_CHECKING:
    from benchmarks.screen import Box, Screen

IDLE_LIMIT, TRAINING_LIMIT = 10.0, 20.0  # ms, p99
LOST = 1.0  # seconds after which a picture is given up
SETTLE = 0.15  # seconds after which a picture is surely there
Point = tuple[float, float]


def measure(quick: bool) -> Result:
    """The bundled model and a convolutional one, idle and while the same app trains."""
    events = 60 if quick else 600
    figures, detail = [], {}
    with TemporaryDirectory() as name, screen() as display:
        folder = Path(name)
        data, run = shapes_file(folder / "shapes.npz", 500 if quick else 4000), folder / "conv"
        command = [sys.executable, "-m", "vae_desktop", "train", str(data), "--out", str(run), "--epochs", "1"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for title, paths, epochs in (("sample model", (), 20_000), ("64×64×3 conv", (run,), 1000)):
            with App(display, folder / title.split()[0], *paths) as app:
                app.ready()
                idle = timed(app, events)
                trained = app.train(epochs)
                wait_for("an epoch", partial(epochs_done, trained))
                time.sleep(3)
                before = epochs_done(trained)
                training = timed(app, events)
                training["epochs meanwhile"] = epochs_done(trained) - before
            figures += [
                Figure(f"{title}, idle, p99", idle["p99"], "ms", IDLE_LIMIT),
                Figure(f"{title}, training, p99", training["p99"], "ms", TRAINING_LIMIT),
            ]
            detail[title] = {"idle": idle, "training": training}
    return Result(tuple(figures), detail=detail)


def timed(app: App, events: int) -> dict[str, Any]:
    """Jump between two places that decode to different pictures; ms from each jump to the other's picture."""
    display, box = app.screen, app.picture()
    rng = np.random.default_rng(0)
    ends = far_apart(display, app.box("mapView"), box)
    pictures = settled(display, ends, box)
    taken: list[float] = []
    lost = 0
    for turn in range(events):
        target = turn % 2
        told = display.move(*ends[target])
        while True:
            seen = display.look(box).astype(np.int16)
            now = time.perf_counter()
            if apart(seen, pictures[target]) < apart(seen, pictures[1 - target]):
                taken.append((now - told) * 1e3)
                break
            if now - told > LOST:  # the weights have changed what is to be seen there, or it is very late
                lost += 1
                taken.append(LOST * 1e3)
                pictures = settled(display, ends, box)
                display.move(*ends[target])
                time.sleep(SETTLE)
                break
            time.sleep(0.0002)
        time.sleep(0.02 + 0.03 * rng.random())
        pictures[target] = display.look(box).astype(np.int16)  # follows a model that learns
    return {**spread(taken), "unit": "ms", "lost": lost}


def settled(display: Screen, places: list[Point], box: Box) -> list[np.ndarray]:
    """The picture that each place shows in the end."""
    pictures = []
    for place in places:
        display.move(*place)
        time.sleep(SETTLE)
        pictures.append(display.look(box).astype(np.int16))
    return pictures


def far_apart(display: Screen, the_map: Box, box: Box) -> list[Point]:
    """Two places of the map whose pictures differ most."""
    left, top, width, height = the_map
    parts = (0.3, 0.4, 0.5, 0.6, 0.7)
    places = [(left + x * width, top + y * height) for x, y in itertools.product(parts, parts)]
    pictures = settled(display, places, box)
    pairs = list(itertools.combinations(range(len(places)), 2))
    best = max(pairs, key=lambda pair: apart(pictures[pair[0]], pictures[pair[1]]))
    return [places[i] for i in best]


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference of two pictures."""
    return float(np.abs(a - b).mean())
