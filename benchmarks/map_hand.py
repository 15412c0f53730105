"""``map_nearest``, ``map_lasso``, ``map_recolour``: what a hand asks of a million points."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.figures import Figure, Result, spread
from benchmarks.screen import on_screen

if TYPE_CHECKING:
    from benchmarks.map_stage import Stage

N = 1_000_000
NEAREST_LIMIT, INDEX_LIMIT = 0.5, 1000.0  # ms
LASSO_LIMIT, RECOLOUR_LIMIT = 30.0, 25.0  # ms
SCALES = (120.0, 500.0, 2_000.0, 10_000.0, 100_000.0)  # pixels a unit: from everything to some ten items
CORNERS = 200


def measure_nearest(quick: bool) -> Result:
    """Look for the nearest item at places drawn by lot, among the items and beside them."""
    found = on_screen("benchmarks.map_hand", "nearest", 50 if quick else 2000)
    figures = (
        Figure("nearest item, p99", found["all"]["p99"], "ms", NEAREST_LIMIT),
        Figure("nearest item, median", found["all"]["median"], "ms"),
        Figure("index made, median", found["index"]["median"], "ms", INDEX_LIMIT),
    )
    return Result(figures, detail=found)


def measure_lasso(quick: bool) -> Result:
    """Draw a lasso of about 200 corners around about half of the items."""
    found = on_screen("benchmarks.map_hand", "lasso", 3 if quick else 25)
    figures = (
        Figure("release to selection, median", found["selected"]["median"], "ms", LASSO_LIMIT),
        Figure("release to selection, p99", found["selected"]["p99"], "ms"),
        Figure("release to highlight, median", found["highlit"]["median"], "ms"),
        Figure("part of the items selected", found["part"] * 100, "%"),
    )
    return Result(figures, detail=found)


def measure_recolour(quick: bool) -> Result:
    """Change between two known colourings."""
    found = on_screen("benchmarks.map_hand", "recolour", 4 if quick else 40)
    figures = (
        Figure("colours to pixels, median", found["painted"]["median"], "ms", RECOLOUR_LIMIT),
        Figure("colours to pixels, p99", found["painted"]["p99"], "ms"),
    )
    return Result(figures, detail=found)


def main() -> None:
    """Do one of them; print what was measured."""
    from benchmarks.map_stage import Stage, cloud, opened

    task, times = sys.argv[1], int(sys.argv[2])
    xy, labels = cloud(N)
    if task == "nearest":
        print(json.dumps(nearest(xy, labels, times)))
        return
    stage = Stage()
    stage.show(opened(xy, labels))
    print(json.dumps({"lasso": lasso, "recolour": recolour}[task](stage, times)))
    stage.end()


def nearest(xy: np.ndarray, labels: np.ndarray, times: int) -> dict[str, Any]:
    """Times of the index and of finding, by scale."""
    from vae_desktop.ui.widgets.map_view import GRAB
    from vae_desktop.ui.widgets.points import Points

    made, samples = [], {}
    for _ in range(5):
        began = time.perf_counter()
        points = Points.of(xy, labels.astype(np.uint8))
        made.append((time.perf_counter() - began) * 1e3)
    rng = np.random.default_rng(0)
    for scale in SCALES:
        places = xy[rng.integers(0, len(xy), times)] + rng.normal(size=(times, 2)) * 3 / scale
        taken = samples[scale] = np.empty(times)
        for i, (x, y) in enumerate(places.tolist()):
            began = time.perf_counter()
            points.nearest(x, y, GRAB / scale)
            taken[i] = (time.perf_counter() - began) * 1e3
    by_scale = {f"{scale:g} pixels a unit": spread(taken) for scale, taken in samples.items()}
    return by_scale | {"all": spread(np.concatenate(list(samples.values()))), "index": spread(made), "unit": "ms"}


def lasso(stage: Stage, times: int) -> dict[str, Any]:
    """From letting go to the selection, and to its pixels."""
    from PySide6.QtCore import QEvent, QPointF

    from benchmarks.map_stage import HEIGHT, LEFT, WIDTH, mouse, settle, wait

    view, workspace = stage.view, stage.workspace
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    samples: dict[str, list[float]] = {"selected": [], "highlit": []}
    part = 0.0
    for turn in range(times + 1):
        radius = 0.155 * WIDTH * (1 + 0.1 * np.sin(5 * angle + turn))
        corners = np.stack([WIDTH / 2 + radius * np.cos(angle), HEIGHT / 2 + radius * np.sin(angle)], axis=1).tolist()
        mouse(view, QEvent.Type.MouseButtonPress, QPointF(*corners[0]), LEFT, shift=True)
        for corner in corners:
            mouse(view, QEvent.Type.MouseMove, QPointF(*corner), LEFT, shift=True)
        settle(0.2)
        before, began = workspace.selection, time.perf_counter()
        stage.given = None
        mouse(view, QEvent.Type.MouseButtonRelease, QPointF(*corners[-1]), LEFT, shift=True)
        wait(lambda before=before: workspace.selection is not before)  # type: ignore[misc]
        selected = time.perf_counter() - began
        wait(lambda: stage.shown)
        assert stage.given is not None
        assert stage.given[1] is not None
        assert len(stage.given[1]) == len(workspace.selection)
        if turn:
            samples["selected"].append(selected * 1e3)
            samples["highlit"].append((time.perf_counter() - began) * 1e3)
        part = len(workspace.selection) / N
        settle(0.5)
    return {name: spread(values) for name, values in samples.items()} | {"part": part, "unit": "ms"}


def recolour(stage: Stage, times: int) -> dict[str, Any]:
    """From other colours being known to their pixels."""
    from benchmarks.map_stage import settle, wait
    from vae_desktop.ui.colouring import by_values

    workspace = stage.workspace
    space = workspace.space
    assert space is not None
    both = by_values("z:0", "z1", space.posterior.mu[:, 0]), workspace.colours.current
    taken = []
    for turn in range(times + 1):
        other = both[turn % 2]
        stage.given = None
        began = time.perf_counter()
        workspace.colours.current = other
        workspace.colours.changed.emit()
        wait(lambda: stage.shown)
        if turn:
            taken.append((time.perf_counter() - began) * 1e3)
        settle(0.3)
    return {"painted": spread(taken), "unit": "ms"}


if __name__ == "__main__":
    main()
