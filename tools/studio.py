"""The window, driven as a hand would and pictured. Nothing here sleeps: every wait ends with a signal."""

from __future__ import annotations

import io
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QPoint, QPointF, QRect, QSize, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from vae_desktop.training.loop import EpochEnd
from vae_desktop.ui.jobs import Job, Jobs
from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.panels import Panel
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.panels.training import TrainingPanel
from vae_desktop.ui.theme import SPACE, Themes
from vae_desktop.ui.workspace import Plan, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication

P = TypeVar("P", bound=Panel)
THEMES = ("dark", "light")
LARGEST = 200_000  # bytes of a picture
PATIENCE = 1800  # seconds that nothing may take, not even a training
STEPS = 5  # that layouts within layouts need to come to rest
LONG = 1000  # ms: timers above this forget messages and count seconds; nobody waits for them


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
        panel = the(self.window, MapPanel)
        self.map, self.tools = panel.view, panel.tools
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
        for _ in range(STEPS):
            self.app.processEvents()

    def size(self, width: int, height: int) -> None:
        """Change the window's size, its docks shared out as at the first start."""
        self.window.resize(width, height)
        self.app.processEvents()
        self.window.reset_layout()
        self.settle()

    def shot(self, name: str, *parts: str) -> None:
        """Picture the window, or what some panels take of it, in both themes."""
        for theme in THEMES:
            self.themes.choose(theme)
            self.settle()
            self.keep(theme, name, *parts)

    def keep(self, theme: str, name: str, *parts: str) -> None:
        """Picture what is there now."""
        path = self.out / theme / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = QRect()
        for part in parts:
            whole = whole.united(self.place(part))
        save(self.window.grab(whole if parts else self.window.rect()), path)

    def place(self, name: str) -> QRect:
        """Where a panel or the sheet stands in the window: what is seen of it, without the empty room below."""
        if name == "sheet":
            return self.window.centre.geometry()
        panel = self.window.panel(name)
        parts = panel.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        below = max(part.geometry().bottom() for part in parts if part.isVisible())
        seen = panel.visibleRegion().boundingRect().bottom() + 1
        height = min(panel.height(), below + 3 * SPACE, seen)
        return QRect(panel.mapTo(self.window, QPoint(0, 0)), QSize(panel.width(), height))

    def hover(self, at: QPoint) -> None:
        """Rest the pointer on a place of the map."""
        QTest.mouseMove(self.map, at + QPoint(9, 9))
        QTest.mouseMove(self.map, at)
        self.settle()

    def away(self) -> None:
        """Take the pointer off the map."""
        QTest.mouseMove(self.window, QPoint(3, self.window.height() - 3))
        self.settle()

    def leave(self) -> None:
        """Clear the map of all but its items, all of them in view."""
        self.away()
        self.workspace.stand(None)
        for letter in tuple(self.workspace.anchors):
            self.workspace.set_anchor(letter, None)
        self.map.fit()
        self.settle()

    def open(self, path: Path) -> None:
        """Open a run."""
        job = self.workspace.open([str(path)])
        self.wait(lambda: job not in self.jobs.open)
        self.settle()

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

    def train(self, plan: Plan, at: int = 0) -> None:
        """Press Train, the form changed to `plan`; picture it when `at` epochs are done and stop it, or let it end."""
        workspace, jobs, ends = self.workspace, self.jobs, []

        def count(event: object) -> None:
            if isinstance(event, EpochEnd):
                ends.append(event)

        def enough(epochs: int) -> bool:
            return len(ends) >= epochs

        was = workspace.plan
        config = was.config if was.model == plan.model else {}
        workspace.set_plan(Plan(plan.model, {**config, **plan.config}, {**was.training, **plan.training}))
        self.training.start()
        job = next(job for job in jobs.running if job.lane == "train")
        job.progress.connect(count)
        if at:
            self.wait(partial(enough, at - 1))
            self.window.reset_layout()  # the card of a training that goes on is taller
        for done, theme in enumerate(THEMES if at else ()):
            self.themes.choose(theme)
            self.wait(partial(enough, at + done))
            self.keep(theme, "training")
            self.keep(theme, "panel-training", "training")
        if at:
            self.training.stop()
        self.wait(lambda: job not in jobs.running)
        self.settle()

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
        image.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
