"""``map_10m`` and ``map_memory``: ten million points through the app's own map panel, workspace and jobs."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.figures import Figure, Result, spread
from benchmarks.screen import on_screen

if TYPE_CHECKING:
    from benchmarks.map_stage import Stage

WORST_LIMIT, EXACT_LIMIT = 33.0, 400.0  # ms
LEAST, SHARE_LIMIT = 500_000, 2.0  # points while moving; % that a class may have too many or too few
FEW = 0.05  # of all in view
BYTES_LIMIT = 16.0  # a point
MANY, QUICK = 10_000_000, 2_000_000


def measure(quick: bool) -> Result:
    """Pan and zoom; rest; count what is drawn meanwhile."""
    found = on_screen("benchmarks.map_many", "moving", QUICK if quick else MANY, 20 if quick else 120)
    figures = (
        Figure("pan to pixels, p99", found["pan"]["p99"], "ms", WORST_LIMIT),
        Figure("pan to pixels, median", found["pan"]["median"], "ms"),
        Figure("zoom to pixels, p99", found["zoom"]["p99"], "ms", WORST_LIMIT),
        Figure("zoom to pixels, median", found["zoom"]["median"], "ms"),
        Figure("last event to exact, worst", found["exact"]["worst"], "ms", EXACT_LIMIT),
        Figure("points while moving, least", found["least"], "", LEAST, at_least=True),
        Figure("a class's share, furthest off", found["off"], "%", SHARE_LIMIT),
        Figure("pixels are those of the view", float(found["true"]), "of 1", 1.0, at_least=True),
    )
    return Result(figures, detail=found)


def measure_memory(quick: bool) -> Result:
    """Show them, and compare the process with what it was with a few."""
    found = on_screen("benchmarks.map_many", "memory", QUICK if quick else MANY, 0)
    figures = (
        Figure("beyond codes and labels", found["bytes"], "B", BYTES_LIMIT),
        Figure("of these the index", found["index"], "B"),
    )
    return Result(figures, detail=found)


def main() -> None:
    """Do one of both; print what was measured."""
    from benchmarks.map_stage import Stage

    task, n, moves = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    stage = Stage()
    found = moving(stage, n, moves) if task == "moving" else memory(stage, n)
    stage.end()
    print(json.dumps(found))


def moving(stage: Stage, n: int, moves: int) -> dict[str, Any]:
    """Times of events, and what was drawn between them."""
    from benchmarks.map_stage import RIGHT, cloud, opened, pan, settle, wait, zoom

    xy, labels = cloud(n)
    stage.show(opened(xy, labels))
    view, window = stage.view, stage.window
    samples: dict[str, list[float]] = {"pan": [], "zoom": [], "exact": []}
    least, off, right = float(n), 0.0, True
    for _ in range(3):
        for name, movement in (("pan", pan(window, view, moves, RIGHT)), ("zoom", zoom(window, view, moves))):
            for move, taken in enumerate(movement):
                samples[name].append(taken)
                least = min(least, view.counts[0])
                if move % 40 == 5:
                    right = right and stage.pictured() == stage.fresh(view.view)
                    off = max(off, furthest_off(stage, labels))
            # The last event was painted just now, so long after it came.
            exact = wait(lambda: view.counts[0] == n)
            before = window.painted
            samples["exact"].append(taken + exact + wait(lambda before=before: window.painted > before))  # type: ignore[misc]
            settle(0.2)
    counted = {name: spread(values) for name, values in samples.items()}
    return counted | {"unit": "ms", "least": least, "off": off, "true": right, "points": n}


def furthest_off(stage: Stage, labels: np.ndarray) -> float:
    """By how many % the part of a class that is drawn differs from that of all, within the view; at the most.

    Classes of which there are few in view are left out: their parts differ by chance.
    """
    from PySide6.QtCore import QPointF

    from benchmarks.map_stage import GROUPS

    points, view = stage.view.points, stage.view
    (x0, y1), (x1, y0) = view.to_place(QPointF(0, 0)), view.to_place(QPointF(view.width(), view.height()))
    drawn, everything = np.zeros(GROUPS, int), np.zeros(GROUPS, int)
    for level in points.within(x0, y0, x1, y1):
        enough = drawn.sum() >= LEAST
        for one in level:
            x, y = points.x[one], points.y[one]
            inside = points.items[one][(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)]
            counts = np.bincount(labels[inside], minlength=GROUPS)
            everything += counts
            drawn += 0 if enough else counts
    parts = drawn / np.maximum(everything, 1)
    mean = drawn.sum() / everything.sum()
    many = everything > FEW * everything.sum()
    return float(np.abs(parts[many] / mean - 1).max() * 100)


def memory(stage: Stage, n: int) -> dict[str, Any]:
    """Resident bytes a point, less the codes and labels themselves, which were there before."""
    from benchmarks.map_stage import cloud, opened

    xy, labels = cloud(n)
    logvar = np.full_like(xy, -4.0)
    stage.show(opened(*cloud(200_000)))  # pictures take what they take however many points there are
    before = resident()
    stage.show(opened(xy, labels, logvar))
    after = resident()
    return {"bytes": (after - before) / n, "index": stage.view.points.nbytes / n, "unit": "B", "points": n}


def resident() -> int:
    """Bytes of this process that are in memory once it has settled, less what the C library keeps for later."""
    from benchmarks.map_stage import settle
    from vae_desktop.core.memory import give_back

    settle(2.0)
    gc.collect()
    give_back()
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


if __name__ == "__main__":
    main()
