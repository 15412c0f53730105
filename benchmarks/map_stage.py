"""The map panel on a screen with many points, a hand on it, and a check of what is really to be seen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from vae_desktop.core.values import Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.space import Space
from vae_desktop.ui.app import make_app
from vae_desktop.ui.jobs import Jobs
from vae_desktop.ui.opening import Opened, projecting
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.theme import Themes
from vae_desktop.ui.widgets.map_view import MapView, View
from vae_desktop.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vae_desktop.ui.widgets.points import Points

WIDTH, HEIGHT = 1200, 850  # of what shows the points
GROUPS = 10
STEP = 7  # pixels a move
EDGE = 60  # pixels above and below that tell something else than points
PATIENCE = 300  # seconds
TICK = 10  # ms between two looks at the clock where nothing else happens

NONE, LEFT, RIGHT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def cloud(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) float32 around ten centres, and which one each belongs to, int32."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, GROUPS, n).astype(np.int32)
    xy = rng.standard_normal((n, 2), np.float32)
    xy *= np.float32(0.3)
    xy += rng.normal(size=(GROUPS, 2)).astype(np.float32)[groups]
    return xy, groups


def opened(xy: np.ndarray, labels: np.ndarray, logvar: np.ndarray | None = None) -> Opened:
    """A space of these codes without a model, as it comes from a run folder."""
    posterior = Posterior(xy, np.zeros_like(xy) if logvar is None else logvar)
    space = finish(projecting(Space(None, posterior), None))
    return Opened(space=space, labels=labels, classes=tuple(map(str, range(GROUPS))))


class Window(QWidget):
    """A window around something that shows points; knows when it has painted and handed its pixels to the screen."""

    painted = 0

    def __init__(self, shown: QWidget, around: int = 0) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(shown)
        self.resize(WIDTH, HEIGHT + around)
        self.show()
        settle(1.5)

    def event(self, event: QEvent) -> bool:
        """Count what was painted."""
        done = super().event(event)
        self.painted += event.type() == QEvent.Type.UpdateRequest
        return done


class Stage:
    """The app's own map panel, workspace and jobs, in a window that shows nothing else."""

    def __init__(self) -> None:
        self.app = make_app([])
        self.jobs = Jobs()
        self.workspace = Workspace(self.jobs)
        self.themes = Themes(self.app)
        self.themes.choose("dark")
        self.panel = MapPanel(self.workspace, self.themes)
        self.view = self.panel.view
        self.window = Window(self.panel, self.panel.tools.sizeHint().height())
        self.given: tuple[int, Points | None] | None = None  # what had been painted when points came, selected ones
        self._set_points = self.view.set_points
        self.view.set_points = self._note_points  # type: ignore[method-assign]

    def _note_points(self, points: Points, chosen: Points | None = None) -> None:
        self.given = self.window.painted, chosen
        self._set_points(points, chosen)

    @property
    def shown(self) -> bool:
        """Whether points came since `given` was forgotten, and have been painted."""
        return self.given is not None and self.window.painted > self.given[0]

    def show(self, what: Opened) -> None:
        """Open it and wait until all of it is painted exactly."""
        self.workspace.set_opened(what)
        assert what.space is not None
        n = len(what.space.posterior)
        wait(lambda: self.view.counts == (n, n) and self.view.points.total == n)
        settle(0.3)

    def pictured(self) -> QImage:
        """What is to be seen of the view on the screen itself, less what stands at its edges."""
        QApplication.sync()
        seen = self.window.screen().grabWindow(0, *_place(self.view)).toImage()
        return _middle(seen)

    def fresh(self, view: View) -> QImage:
        """What another map paints of this view, quickly."""
        other = MapView()
        other.resize(self.view.size())
        other.set_theme(self.themes.current)
        other.set_colours(self.workspace.colours.current.colours(self.themes.current))
        other.set_labels(*self.workspace.space.projection.labels)  # type: ignore[union-attr]
        other.set_points(self.view.points)
        other.set_view(view)
        image = _middle(other.grab().toImage())
        other.deleteLater()
        return image

    def end(self) -> None:
        """End all threads."""
        self.window.close()
        self.jobs.shutdown()


def _place(widget: QWidget) -> tuple[int, int, int, int]:
    at = widget.mapToGlobal(QPoint(0, 0))
    return at.x(), at.y(), widget.width(), widget.height()


def _middle(image: QImage) -> QImage:
    return image.convertToFormat(QImage.Format.Format_RGB32).copy(0, EDGE, image.width(), image.height() - 2 * EDGE)


def wait(happens: Callable[[], bool]) -> float:
    """Let the window live until it happens; returns how long that was, in ms.

    It sleeps when there is nothing to do: turning round and round would keep Python's lock from the jobs' threads.
    """
    began = time.perf_counter()
    ticks = QTimer(interval=TICK)
    ticks.start()
    while not happens():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError("waited in vain")
    return (time.perf_counter() - began) * 1e3


def settle(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.perf_counter() + seconds
    wait(lambda: time.perf_counter() > end)


def mouse(target: QWidget, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, shift: bool = False) -> None:
    """Send an event of the mouse as the window system would."""
    place = target.mapToGlobal(at.toPoint()).toPointF()
    held = NONE if kind == QEvent.Type.MouseButtonRelease else button
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    cause = NONE if kind == QEvent.Type.MouseMove else button
    QApplication.sendEvent(target, QMouseEvent(kind, at, place, cause, held, keys))


def wheel(target: QWidget, at: QPointF, delta: int) -> None:
    """Turn the wheel by `delta` eighths of a degree."""
    place = target.mapToGlobal(at.toPoint()).toPointF()
    phase, keys = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QWheelEvent(at, place, QPoint(), QPoint(0, delta), NONE, keys, phase, False))


def pan(window: Window, target: QWidget, moves: int, button: Qt.MouseButton) -> Iterator[float]:
    """Drag back and forth, button held; yields the ms from each move's event to its painted pixels."""
    at = QPointF(WIDTH / 2, HEIGHT / 2)
    mouse(target, QEvent.Type.MouseButtonPress, at, button)
    for move in range(moves + 3):
        at += QPointF(STEP if move // 15 % 2 == 0 else -STEP, STEP / 2 if move % 2 else -STEP / 2)
        before, began = window.painted, time.perf_counter()
        mouse(target, QEvent.Type.MouseMove, at, button)
        wait(lambda before=before: window.painted > before)  # type: ignore[misc]
        if move >= 3:  # the first ones begin the drag
            yield (time.perf_counter() - began) * 1e3
    mouse(target, QEvent.Type.MouseButtonRelease, at, button)


def zoom(window: Window, target: QWidget, turns: int) -> Iterator[float]:
    """Turn the wheel in and out around a place beside the middle; yields the ms from each turn to its pixels."""
    at = QPointF(WIDTH * 0.45, HEIGHT * 0.55)
    for turn in range(turns):
        before, began = window.painted, time.perf_counter()
        wheel(target, at, 60 if turn // 10 % 2 == 0 else -60)
        wait(lambda before=before: window.painted > before)  # type: ignore[misc]
        yield (time.perf_counter() - began) * 1e3
