"""Whatever the codes are, the map shows what can be shown, and whatever the hand does there is no error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from vae_desktop.core.values import Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened, projecting
from vae_desktop.ui.panels.map import MapPanel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
RNG = np.random.default_rng(0)
SOME_NAN = RNG.normal(size=(60, 3))
SOME_NAN[::7] = np.nan
CODES = {
    "none": np.empty((0, 2)),
    "one": np.array([[0.5, -1]]),
    "two": np.array([[0.0, 0], [1, 1]]),
    "alike": np.full((50, 2), 0.3),
    "on a line": np.linspace(0, 1, 40)[:, None] * [[1.0, 0]],
    "some nan": SOME_NAN,
    "all nan": np.full((30, 2), np.nan),
    "huge": RNG.normal(size=(30, 2)) * 1e15,
    "one dimension": RNG.normal(size=(200, 1)),
    "many dimensions": RNG.normal(size=(200, 64)),
}


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> Iterator[MapPanel]:
    errors: list[object] = []
    workspace.failed.connect(errors.append)
    panel = MapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(700, 500)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    qtbot.waitActive(panel)
    yield panel
    assert not errors


def space_of(codes: np.ndarray) -> Space:
    mu = codes.astype(np.float32)
    return finish(projecting(Space(None, Posterior(mu, np.full_like(mu, -2.0))), None))


def show(panel: MapPanel, codes: np.ndarray, qtbot: QtBot) -> int:
    """Open these codes; returns how many are finite."""
    n = len(codes)
    labels = (np.arange(n) % 3 - 1).astype(np.int32)
    panel.workspace.set_opened(Opened(space=space_of(codes), labels=labels, classes=("a", "b")))
    finite = int(np.isfinite(codes).all(axis=1).sum())
    qtbot.waitUntil(lambda: panel.view.counts == (finite, n), timeout=SOON)
    panel.view.setFocus()  # it can have it once there is something to see
    return finite


def use(panel: MapPanel, qtbot: QtBot) -> None:
    """All that a hand does on a map."""
    view, left = panel.view, Qt.MouseButton.LeftButton
    middle = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mouseMove(view, middle)
    qtbot.mouseClick(view, left, pos=middle)
    qtbot.mousePress(view, left, pos=QPoint(200, 200))
    for x in (220, 240):
        qtbot.mouseMove(view, QPoint(x, 210))
    qtbot.mouseRelease(view, left, pos=QPoint(240, 210))
    turn = QWheelEvent(
        QPointF(middle), QPointF(view.mapToGlobal(middle)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, turn)
    for key in (Qt.Key.Key_A, Qt.Key.Key_Left, Qt.Key.Key_Plus, Qt.Key.Key_F, Qt.Key.Key_Home, Qt.Key.Key_Escape):
        qtbot.keyClick(view, key)
    assert not view.grab().isNull()


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES.keys())
def test_any_codes_can_be_looked_at_coloured_and_selected(panel: MapPanel, codes: np.ndarray, qtbot: QtBot) -> None:
    workspace, view = panel.workspace, panel.view
    finite = show(panel, codes, qtbot)
    use(panel, qtbot)
    for key in workspace.colours.choices if len(codes) else ():
        if key != workspace.colours.current.key:
            with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
                workspace.set_look(colour=key)
        assert len(workspace.colours.current.groups) == len(codes)
    workspace.select(np.arange(len(codes)))
    qtbot.keyClick(view, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: np.isfinite([view.view.x, view.view.y, view.view.scale]).all())
    workspace.set_look(colour="class", hidden=frozenset({0}))
    shown = int((np.isfinite(codes).all(axis=1) & (np.arange(len(codes)) % 3 != 1)).sum())
    qtbot.waitUntil(lambda: view.counts == (shown, len(codes)), timeout=SOON)
    workspace.set_look(hidden=frozenset())
    qtbot.waitUntil(lambda: view.counts == (finite, len(codes)), timeout=SOON)
    use(panel, qtbot)


def test_without_data_the_hand_finds_nothing(panel: MapPanel, qtbot: QtBot) -> None:
    panel.view.setEnabled(True)
    use(panel, qtbot)
    assert panel.workspace.cursor is None
    assert panel.view.counts == (0, 0)


def test_f_frames_what_is_selected_and_nothing_that_is_nowhere(panel: MapPanel, qtbot: QtBot) -> None:
    codes = RNG.normal(size=(100, 2))
    codes[:2] = [[5, 5], [7, 6]]
    codes[2] = np.nan
    show(panel, codes, qtbot)
    panel.workspace.select([0, 1, 2])
    with qtbot.waitSignal(panel.view.view_changed, timeout=SOON):
        qtbot.keyClick(panel.view, Qt.Key.Key_F)
    view = panel.view.view
    assert (view.x, view.y) == pytest.approx((6, 5.5))
    assert panel.view.to_screen(5, 5).x() == pytest.approx(panel.view.width() * 0.037, abs=1)
    panel.workspace.select([2])
    with qtbot.waitSignal(panel.view.view_changed, timeout=SOON) as told:
        qtbot.keyClick(panel.view, Qt.Key.Key_F)
    assert told.args[0] is None  # everything


def test_another_model_comes_while_the_codes_are_laid_out(panel: MapPanel, qtbot: QtBot) -> None:
    workspace = panel.workspace
    show(panel, RNG.normal(size=(3000, 16)), qtbot)
    workspace.set_look(projection="tsne", settings=())  # takes seconds
    other = space_of(RNG.normal(size=(70, 2)))
    workspace.set_opened(Opened(space=other))
    qtbot.waitUntil(lambda: panel.view.counts == (70, 70), timeout=SOON)
    qtbot.waitUntil(lambda: not workspace.jobs.running, timeout=SOON)
    assert workspace.space is not None
    assert workspace.space.posterior is other.posterior
    assert workspace.look.projection == "axes"
    assert panel.view.counts == (70, 70)
    use(panel, qtbot)


def test_the_exact_picture_comes_at_rest_and_is_given_up_when_the_view_moves(
    panel: MapPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_desktop.ui.widgets.points_layer.DOTS_UP_TO", 100)
    view, jobs = panel.view, panel.workspace.jobs
    begun: list[Job] = []
    run = jobs.run

    def noting(lane: str, *work: Any) -> Job:
        job = run(lane, *work)
        if lane == "live:exact":
            begun.append(job)
        return job

    monkeypatch.setattr(jobs, "run", noting)
    show(panel, RNG.normal(size=(5000, 2)), qtbot)
    qtbot.waitUntil(lambda: view._layer.exact, timeout=SOON)
    before = view.view
    with qtbot.waitSignal(view.rested, timeout=SOON):
        view.zoom(1.2)
    assert not view._layer.exact
    view.pan(10, 0)
    assert begun[-1].stopping
    view.pan(-10, 0)  # the same view as when it rested
    qtbot.waitUntil(lambda: view._layer.exact, timeout=SOON)
    assert view.view != before
    assert view.counts == (5000, 5000)
