"""``map_1m``: panning a million points, beside pyqtgraph's ScatterPlotItem in the same window system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.figures import Figure, Result, spread
from benchmarks.screen import screen

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT, TIMES_LIMIT = 20.0, 6.0  # ms; times as fast as pyqtgraph, at least
SIZES = (10_000, 100_000, 1_000_000)
WIDTH, HEIGHT = 1200, 850
STEP = 7  # pixels a move


def measure(quick: bool) -> Result:
    """Run :func:`main` on a screen of its own."""
    with screen() as display:
        environment = os.environ | {"DISPLAY": display.name, "QT_QPA_PLATFORM": "xcb"}
        command = [sys.executable, "-m", "benchmarks.map_points", "8" if quick else "60"]
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(said)
    largest = found[str(SIZES[-1])]
    times = largest["pyqtgraph"]["median"] / largest["map"]["median"]
    figures = (
        Figure("event to pixels, median", largest["map"]["median"], "ms", LIMIT),
        Figure("event to pixels, p99", largest["map"]["p99"], "ms"),
        Figure("times as fast as pyqtgraph", times, "×", TIMES_LIMIT, at_least=True),
        Figure("pixels are those of the view", float(largest["true"]), "of 1", 1.0, at_least=True),
    )
    return Result(figures, times, found)


def main() -> None:
    """Pan both in turn at each size; print what was measured."""
    import pyqtgraph as pg
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from vae_desktop.ui.app import make_app
    from vae_desktop.ui.theme import DARK, class_colour
    from vae_desktop.ui.widgets.map_view import MapView
    from vae_desktop.ui.widgets.point_raster import PointRaster

    app = make_app([])
    pg.setConfigOptions(antialias=False, mouseRateLimit=10_000)

    class Stage(QWidget):
        """A window that knows when it has painted and handed its pixels to the screen."""

        painted = 0

        def event(self, event: QEvent) -> bool:
            done = super().event(event)
            self.painted += event.type() == QEvent.Type.UpdateRequest
            return done

    def stage(shown: QWidget) -> Stage:
        window = Stage()
        layout = QVBoxLayout(window)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(shown)
        window.resize(WIDTH, HEIGHT)
        window.show()
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            app.processEvents()
        return window

    def pan(window: Stage, target: QWidget, moves: int, button: Qt.MouseButton, check: Callable[[], bool]) -> Any:
        """Drag back and forth; ms from each move's event to its painted pixels, and whether those were right."""
        taken, right = [], True
        at = QPointF(WIDTH / 2, HEIGHT / 2)

        def send(kind: QEvent.Type, point: QPointF, buttons: Qt.MouseButton) -> None:
            place = target.mapToGlobal(point.toPoint()).toPointF()
            app.sendEvent(target, QMouseEvent(kind, point, place, button, buttons, Qt.KeyboardModifier.NoModifier))

        send(QEvent.Type.MouseButtonPress, at, button)
        for move in range(moves + 3):
            at += QPointF(STEP if move // 15 % 2 == 0 else -STEP, STEP / 2 if move % 2 else -STEP / 2)
            before, began = window.painted, time.perf_counter()
            send(QEvent.Type.MouseMove, at, button)
            while window.painted == before:
                app.processEvents()
            if move >= 3:  # the first ones begin the drag
                taken.append((time.perf_counter() - began) * 1e3)
            if move % 10 == 5:
                right = right and check()
        send(QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.NoButton)
        return taken, right

    found: dict[str, Any] = {}
    for n in SIZES:
        rng = np.random.default_rng(0)
        groups = rng.integers(0, 10, n).astype(np.uint8)
        xy = (rng.normal(size=(n, 2)) * 0.3 + rng.normal(size=(10, 2))[groups]).astype(np.float32)

        view = MapView()
        view.set_theme(DARK)
        view.set_colours([class_colour(DARK, i) for i in range(10)])
        view.set_points(PointRaster(xy, groups))
        ours = stage(view)

        plot = pg.PlotWidget()
        item = pg.ScatterPlotItem(pxMode=True, size=3, pen=None, brush=pg.mkBrush(DARK.accent))
        plot.disableAutoRange()
        plot.addItem(item)
        item.setData(x=xy[:, 0], y=xy[:, 1])
        plot.setRange(xRange=(-3, 3), yRange=(-2, 2), padding=0)
        theirs = stage(plot)
        box = plot.getViewBox()

        def true_pixels(view: MapView = view) -> bool:
            """Whether what was painted is what a fresh painting of the same view gives."""
            shown = view.grab().toImage()
            view.set_theme(DARK)  # forgets what was painted
            return bool(view.grab().toImage() == shown)

        def follows(box: Any = box, seen: list[Any] = []) -> bool:  # noqa: B006
            seen.append(box.viewRange())
            return len(seen) < 2 or seen[-1] != seen[-2]

        samples: dict[str, list[float]] = {"map": [], "pyqtgraph": []}
        right = True
        moves = int(sys.argv[1])
        for _ in range(3):
            ours.raise_()
            taken, good = pan(ours, view, moves, Qt.MouseButton.RightButton, true_pixels)
            samples["map"] += taken
            right = right and good
            theirs.raise_()
            taken, good = pan(theirs, plot.viewport(), max(5, moves // 4), Qt.MouseButton.LeftButton, follows)
            samples["pyqtgraph"] += taken
            right = right and good
        found[str(n)] = {name: spread(values) for name, values in samples.items()} | {"unit": "ms", "true": right}
        found[str(n)]["times"] = median(samples["pyqtgraph"]) / median(samples["map"])
        ours.close()
        theirs.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
