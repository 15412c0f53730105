"""``map_1m``: panning and zooming a million points, beside pyqtgraph's ScatterPlotItem in the same window system."""

from __future__ import annotations

import json
import sys
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Result, spread
from benchmarks.screen import on_screen

LIMIT, WORST_LIMIT, TIMES_LIMIT = 12.0, 25.0, 10.0  # ms; ms; times as fast as pyqtgraph, at least
SIZES = (10_000, 100_000, 1_000_000)


def measure(quick: bool) -> Result:
    """Run :func:`main` on a screen of its own."""
    found = on_screen("benchmarks.map_points", 8 if quick else 60)
    largest = found[str(SIZES[-1])]
    figures = (
        Figure("pan to pixels, median", largest["map"]["median"], "ms", LIMIT),
        Figure("pan to pixels, p99", largest["map"]["p99"], "ms", WORST_LIMIT),
        Figure("zoom to pixels, median", largest["zoom"]["median"], "ms", LIMIT),
        Figure("zoom to pixels, p99", largest["zoom"]["p99"], "ms", WORST_LIMIT),
        Figure("times as fast as pyqtgraph", largest["times"], "×", TIMES_LIMIT, at_least=True),
        Figure("pixels are those of the view", float(largest["true"]), "of 1", 1.0, at_least=True),
    )
    return Result(figures, largest["times"], found)


def main() -> None:
    """Move both in turn at each size; print what was measured."""
    import pyqtgraph as pg

    from benchmarks.map_stage import LEFT, RIGHT, Stage, Window, cloud, opened, pan, zoom

    stage = Stage()
    pg.setConfigOptions(antialias=False, mouseRateLimit=10_000)
    moves = int(sys.argv[1])
    found: dict[str, Any] = {}
    for n in SIZES:
        xy, groups = cloud(n)
        stage.show(opened(xy, groups))
        plot = pg.PlotWidget()
        item = pg.ScatterPlotItem(pxMode=True, size=3, pen=None, brush=pg.mkBrush(stage.themes.current.accent))
        plot.disableAutoRange()
        plot.addItem(item)
        item.setData(x=xy[:, 0], y=xy[:, 1])
        plot.setRange(xRange=(-3, 3), yRange=(-2, 2), padding=0)
        theirs = Window(plot)
        box = plot.getViewBox()
        samples: dict[str, list[float]] = {"map": [], "zoom": [], "pyqtgraph": []}
        right = True
        for _ in range(3):
            stage.window.raise_()
            for name, movement in (
                ("map", pan(stage.window, stage.view, moves, RIGHT)),
                ("zoom", zoom(stage.window, stage.view, moves)),
            ):
                for move, taken in enumerate(movement):
                    samples[name].append(taken)
                    if move % 20 == 5:
                        right = right and stage.pictured() == stage.fresh(stage.view.view)
            theirs.raise_()
            seen = box.viewRange()
            for taken in pan(theirs, plot.viewport(), max(5, moves // 4), LEFT):
                samples["pyqtgraph"].append(taken)
                seen, before = box.viewRange(), seen
                right = right and seen != before
        found[str(n)] = {name: spread(values) for name, values in samples.items()} | {"unit": "ms", "true": right}
        found[str(n)]["times"] = median(samples["pyqtgraph"]) / median(samples["map"])
        theirs.close()
    stage.end()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
