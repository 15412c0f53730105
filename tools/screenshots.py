"""Draw the pictures of ``docs/``: ``python tools/screenshots.py [--data DATA] [--out FOLDER]``.

The real window, driven as a hand would, on the bundled model; with ``--data`` on a model trained on DATA first.
Nothing here sleeps: every wait ends with a signal.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image
from PySide6.QtCore import (
    QBuffer,
    QEventLoop,
    QIODevice,
    QPoint,
    QPointF,
    QRect,
    QSettings,
    QSize,
    Qt,
    QTimer,
    qInstallMessageHandler,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from shiboken6 import delete

from vae_desktop.training.loop import EpochEnd
from vae_desktop.ui.app import make_app
from vae_desktop.ui.jobs import Job, Jobs
from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.panels import Panel
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.panels.training import TrainingPanel
from vae_desktop.ui.theme import SPACE, Themes
from vae_desktop.ui.workspace import Plan, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication

P = TypeVar("P", bound=Panel)
OUT = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
THEMES = ("dark", "light")
LARGEST = 300_000  # bytes of a picture
PATIENCE = 1800  # seconds that nothing may take, not even a training
LONG = 1000  # ms: timers above this forget messages and count seconds; nobody waits for them
WALKS = ("interpolate", "traverse", "generate", "selection")


class CountedJobs(Jobs):
    """Jobs that know how many of them are under way, the live ones too."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.open: set[Job] = set()

    def run(self, lane: str, fn: Callable[..., object], *args: object) -> Job:
        """Start it, and count it until it ends; a training may go on."""
        job = super().run(lane, fn, *args)
        if lane != "train":
            self.open.add(job)
            for ended in (job.done, job.failed):
                ended.connect(lambda _, job=job: self.open.discard(job))
            job.cancelled.connect(lambda job=job: self.open.discard(job))
        return job


class Studio:
    """The window, and how it is driven and pictured."""

    def __init__(self, app: QApplication, out: Path) -> None:
        self.app = app
        self.out = out
        self.jobs = CountedJobs(app)
        self.themes = Themes(app)
        self.workspace = Workspace(self.jobs, app)
        self.workspace.failed.connect(self._fail)
        self.fault: BaseException | None = None
        self.window = MainWindow(self.workspace, self.themes)
        self.map = the(self.window, MapPanel).view
        self.training = the(self.window, TrainingPanel)

    def _fail(self, error: BaseException) -> None:
        self.fault = error

    def wait(self, reached: Callable[[], bool]) -> None:
        """Handle events until `reached`; each signal of a job wakes it."""
        end = time.monotonic() + PATIENCE
        while not reached():
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if self.fault is not None:
                raise self.fault
            if time.monotonic() > end:
                raise TimeoutError("the window did not come to rest")
        self.app.processEvents()

    def settle(self) -> None:
        """Wait until no job is under way and no widget waits to begin one."""
        self.app.processEvents()
        self.wait(lambda: not self.jobs.open and not any(
            timer.isActive() and timer.interval() < LONG for timer in self.window.findChildren(QTimer)
        ))  # fmt: skip

    def size(self, width: int, height: int) -> None:
        """Change the window's size, its docks shared out as at the first start."""
        self.window.resize(width, height)
        self.app.processEvents()
        self.window.reset_layout()
        self.settle()

    def shot(self, name: str, part: str = "") -> None:
        """Picture the window, or the part that a panel takes of it, in both themes."""
        for theme in THEMES:
            self.themes.choose(theme)
            self.settle()
            self.keep(theme, name, part)

    def keep(self, theme: str, name: str, part: str = "") -> None:
        """Picture what is there now."""
        path = self.out / theme / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        save(self.window.grab(self.place(part) if part else self.window.rect()), path)

    def place(self, name: str) -> QRect:
        """Where a panel stands in the window, without the empty room below what it shows."""
        panel = self.window.panel(name)
        parts = panel.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        below = max(part.geometry().bottom() for part in parts if part.isVisible())
        height = min(panel.height(), below + 3 * SPACE)
        return QRect(panel.mapTo(self.window, QPoint(0, 0)), QSize(panel.width(), height))

    def item_of(self, group: int) -> int:
        """The item nearest to the middle of a class whose dot no other covers; without classes, of any."""
        space, labels, classes = self.workspace.space, self.workspace.labels, self.workspace.classes
        assert space is not None
        mu = space.posterior.mu
        members = np.arange(group, len(mu), 10) if labels is None else np.flatnonzero(labels == group % len(classes))
        away = ((mu[members] - np.median(mu[members], axis=0)) ** 2).sum(axis=1)
        found = (int(item) for item in members[np.argsort(away)])
        return next(item for item in found if self.map.item_at(QPointF(self.point(item))) == item)

    def point(self, item: int) -> QPoint:
        """Where an item's dot is, in the map's pixels."""
        assert self.workspace.space is not None
        assert self.workspace.space.projection is not None
        return self.map.to_screen(*map(float, self.workspace.space.projection.xy[item])).toPoint()

    def show(self, below: str) -> None:
        """Bring a tab below the map to the front."""
        self.window.docks[below].raise_()
        self.settle()


def the(window: MainWindow, kind: type[P]) -> P:
    """The window's panel of this kind."""
    return next(panel for panel in window.panels.values() if isinstance(panel, kind))


def save(picture: QPixmap, path: Path) -> None:
    """Write a small PNG: 256 colours when all of them would make it large."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    image = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
    image.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


def train(studio: Studio, plan: Plan, at: int = 0) -> None:
    """Press Train, the form changed to `plan`; picture it when `at` epochs are done and stop it, or let it end."""
    workspace, jobs, ends = studio.workspace, studio.jobs, []

    def count(event: object) -> None:
        if isinstance(event, EpochEnd):
            ends.append(event)

    def enough(epochs: int) -> bool:
        return len(ends) >= epochs

    was = workspace.plan
    workspace.set_plan(Plan(plan.model, {**was.config, **plan.config}, {**was.training, **plan.training}))
    studio.training.start()
    job = next(job for job in jobs.running if job.lane == "train")
    job.progress.connect(count)
    for done, theme in enumerate(THEMES if at else ()):
        studio.themes.choose(theme)
        studio.wait(partial(enough, at + done))
        studio.keep(theme, "training")
        studio.keep(theme, "panel-training", "training")
    if at:
        studio.training.stop()
    studio.wait(lambda: job not in jobs.running)
    studio.settle()


def pose(studio: Studio) -> None:
    """An item under the pointer with the spread of its code, and the way between two others."""
    workspace = studio.workspace
    for letter, group in (("A", 6), ("B", 2)):
        workspace.set_anchor(letter, workspace.place_of(studio.item_of(group)))
    studio.settle()
    at = studio.point(studio.item_of(3))
    QTest.mouseMove(studio.map, at + QPoint(9, 9))
    QTest.mouseMove(studio.map, at)
    QTest.mouseClick(studio.map, Qt.MouseButton.LeftButton, pos=at)
    studio.settle()


def draw(studio: Studio, data: str, epochs: int) -> None:
    """All pictures."""
    window, workspace = studio.window, studio.workspace
    studio.themes.choose(THEMES[0])
    window.resize(1440, 900)
    window.begin([data] if data else [])
    window.show()
    studio.wait(lambda: workspace.dataset is not None)
    studio.settle()
    if data:
        train(studio, Plan(training={"epochs": epochs}))
    studio.size(1440, 900)
    pose(studio)
    studio.shot("main")
    studio.shot("panel-map", "map")
    for name in WALKS:
        if name == "selection":
            workspace.select(np.equal(workspace.labels, 3))
        studio.show(name)
        studio.shot(f"panel-{name}", name)
    workspace.select(())
    studio.show(WALKS[0])
    studio.size(1024, 700)
    studio.shot("small")
    studio.size(1440, 1200)
    for name in ("data", "model", "inspector"):
        studio.shot(f"panel-{name}", name)
    studio.size(1440, 900)
    settings = {"epochs": epochs, "threads": 1}
    train(studio, Plan("beta-vae", {"beta": 1.0, "hidden": (256, 128)}, settings), at=max(1, round(0.45 * epochs)))


def main() -> None:
    """Draw them in a settings folder of their own, so that the person's window stays as it is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="", help="data to train on first; the bundled model without")
    parser.add_argument("--epochs", type=int, default=120, help="epochs of the trainings")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the pictures")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The offscreen platform says "does not support" of every window with a smallest size.
    qInstallMessageHandler(lambda _, __, text: "does not support" in text or sys.stderr.write(f"{text}\n"))
    app = make_app([])
    with tempfile.TemporaryDirectory() as own:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, own)
        QSettings().setValue("runs", f"{own}/runs")
        studio = Studio(app, given.out)
        try:
            draw(studio, given.data, given.epochs)
        finally:
            studio.window.close()
            studio.jobs.shutdown()
            delete(studio.window)  # before the application, which Python would otherwise end first


if __name__ == "__main__":
    main()
