from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from vae_desktop.core.values import Posterior
from vae_desktop.latent.space import Space
from vae_desktop.latent.turn import Camera
from vae_desktop.ui.jobs import Jobs
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.turn import FLAT, NOTHING, TurnPanel
from vae_desktop.ui.theme import class_colour
from vae_desktop.ui.turn_jobs import FRAMES
from vae_desktop.ui.widgets import turn_raster
from vae_desktop.ui.widgets.turn_paint import still
from vae_desktop.ui.widgets.turn_raster import DEEP, FAINTEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 30_000


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> TurnPanel:
    panel = TurnPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(460, 500)
    return panel


@pytest.fixture
def shown(panel: TurnPanel, qtbot: QtBot) -> TurnPanel:
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def space(mu: np.ndarray) -> Space:
    mu = mu.astype(np.float32)
    return Space(None, Posterior(mu, np.full_like(mu, -1)))


def spread(n: int, d: int) -> Space:
    return space(np.random.default_rng(0).normal(size=(n, d)) * np.linspace(1, 2, d))


def show_space(panel: TurnPanel, made: Space, qtbot: QtBot) -> None:
    panel.workspace.set_opened(Opened(space=made))
    qtbot.waitUntil(lambda: laid_out(panel), timeout=SOON)


def laid_out(panel: TurnPanel) -> bool:
    """Whether what is there is painted."""
    at_hand = panel.workspace.space
    panel.grab()
    return panel._laid is not None and panel._laid.posterior is at_hand.posterior and panel.view._drawn is not None


def dot(panel: TurnPanel, item: int) -> QPoint:
    return panel.view.to_screen(panel._laid.projection.xy[item]).toPoint()


def foremost(panel: TurnPanel) -> int:
    drawn = panel.view._drawn
    return int(drawn.items[drawn.near.argmax()])


def button(panel: TurnPanel, name: str) -> QPushButton:
    found = panel.findChild(QPushButton, name)
    assert found is not None
    return found


def turning(lanes: list[str]) -> list[str]:
    return [lane for lane in lanes if lane.startswith("live:turn")]


def test_dragging_turns(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    view, before = shown.view, shown.view.grab().toImage()
    start = view.camera
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(160, 130))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(160, 130))
    side = min(view.width(), view.height())
    turned = start.turned(np.pi * 60 / side, np.pi * 30 / side)
    assert (view.camera.azimuth, view.camera.elevation) == pytest.approx((turned.azimuth, turned.elevation))
    assert view.grab().toImage() != before
    assert shown.workspace.cursor is None  # a drag is no click
    qtbot.mousePress(view, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(100 + side // 4, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=QPoint(100 + side // 4, 100))
    assert view.camera.x == pytest.approx(0.25, abs=0.01)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.camera == start


def test_keys_turn_and_zoom(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    view = shown.view
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.camera == Camera().turned(np.pi / 36, np.pi / 36).closer(1.25)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.camera.zoom == pytest.approx(1)


def test_a_click_on_a_dot_goes_there_in_one_step(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    workspace, at = shown.workspace, dot(shown, 12)
    item = shown.view.item_at(at.toPointF())
    assert item >= 0
    with qtbot.waitSignal(workspace.pointer_changed):
        qtbot.mouseMove(shown.view, at)
    assert workspace.pointer.item == item
    assert shown.view._tip.lines[0] == f"#{item}"
    assert not workspace.undo.canUndo()
    qtbot.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=at)
    assert np.array_equal(workspace.cursor.z, workspace.space.posterior.mu[item])
    assert workspace.selection.tolist() == [item]
    assert np.allclose(shown.view.standing.cursor, shown._laid.projection.xy[item])
    qtbot.mouseMove(shown.view, at)
    qtbot.keyClick(shown.view, Qt.Key.Key_A)
    assert workspace.anchors["A"].item == item
    qtbot.keyClick(shown.view, Qt.Key.Key_Escape)
    assert workspace.cursor is None
    for _ in range(3):
        workspace.undo.undo()
    assert not workspace.anchors
    assert not len(workspace.selection)


def test_a_click_beside_all_dots_does_nothing(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    qtbot.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert shown.workspace.cursor is None


def test_anchors_and_the_way_stand_in_the_space(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    workspace = shown.workspace
    before = shown.view.grab().toImage()
    for letter, item in (("A", 3), ("B", 9)):
        workspace.set_anchor(letter, workspace.place_of(item))
    mu = workspace.space.posterior.mu
    workspace.set_path(np.linspace(mu[3], mu[9], 5))
    xy = shown._laid.projection.xy
    standing = shown.view.standing
    np.testing.assert_allclose(standing.path, np.linspace(xy[3], xy[9], 5), atol=1e-5)
    np.testing.assert_allclose(standing.anchors["B"], xy[9], atol=1e-5)
    assert shown.view.grab().toImage() != before
    workspace.set_pointer(workspace.place_of(7), object())
    np.testing.assert_allclose(shown.view.standing.player, xy[7], atol=1e-5)


def test_components_or_three_axes_of_ones_own(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    assert button(shown, "turn-pca").isChecked()
    boxes = [shown.findChild(QComboBox, f"turn-axis-{i}") for i in (1, 2, 3)]
    assert not boxes[0].isVisible()
    qtbot.mouseClick(button(shown, "turn-axes"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown._laid.way == "axes", timeout=SOON)
    assert boxes[0].isVisible()
    assert shown._laid.axes == shown._laid.order[:3] == (4, 3, 2)  # by KL
    qtbot.keyClick(boxes[0], Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown._laid.axes == (3, 4, 2), timeout=SOON)  # two change places
    mu = shown.workspace.space.posterior.mu
    assert np.array_equal(shown._laid.projection.xy, mu[:, [3, 4, 2]])
    qtbot.mouseClick(button(shown, "turn-pca"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown._laid.way == "pca", timeout=SOON)


def test_it_turns_by_itself_only_when_asked(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    assert not shown.view.spinning
    start = shown.view.camera
    qtbot.mouseClick(button(shown, "turnSpin"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.view.camera.azimuth != start.azimuth, timeout=SOON)
    assert shown.view.camera.elevation == start.elevation
    shown.hide()
    assert not shown.view.spinning
    assert not button(shown, "turnSpin").isChecked()


def test_hidden_it_does_nothing_and_catches_up(panel: TurnPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes: list[str] = []
    run = Jobs.run
    monkeypatch.setattr(Jobs, "run", lambda jobs, lane, *work: lanes.append(lane) or run(jobs, lane, *work))
    workspace = panel.workspace
    workspace.set_opened(Opened(space=spread(60, 5)))
    workspace.set_cursor(workspace.place_of(4))
    workspace.set_look(hidden=frozenset({0}))
    workspace.set_look(hidden=frozenset())
    panel.themes.choose("light")
    assert not turning(lanes)
    assert panel.view.standing.cursor is None
    assert panel.exports() == []
    panel.show()
    qtbot.waitUntil(lambda: laid_out(panel), timeout=SOON)
    assert turning(lanes) == ["live:turn"]
    assert np.allclose(panel.view.standing.cursor, panel._laid.projection.xy[4])
    assert panel.view.paints.theme.name == "light"
    panel.hide()
    workspace.set_opened(Opened(space=spread(30, 4)))
    assert turning(lanes) == ["live:turn"]
    panel.show()
    qtbot.waitUntil(lambda: laid_out(panel), timeout=SOON)
    assert panel.view.raster.total == 30


def test_classes_have_their_colours_and_can_be_hidden(
    shown: TurnPanel, open_sample: Callable[[], Workspace], qtbot: QtBot
) -> None:
    workspace = open_sample()
    qtbot.waitUntil(lambda: laid_out(shown), timeout=SOON)
    assert "1\u2009797 items" in shown.findChild(QLabel, "turnCount").text()
    image = shown.view.grab().toImage()
    colour = QColor(class_colour(shown.themes.current, int(workspace.labels[foremost(shown)])))
    x, y = (int(value) for value in shown.view._sight().of(shown._laid.projection.xy[foremost(shown)])[0, :2])
    nearness = shown.view._drawn.near.max() * DEEP / 2 + 0.5
    keeps = FAINTEST + (1 - FAINTEST) * min(nearness, 1)
    ground = QColor(shown.themes.current.background)
    wanted = [b + (c - b) * keeps for c, b in zip(colour.getRgb()[:3], ground.getRgb()[:3], strict=True)]
    assert image.pixelColor(x, y).getRgb()[:3] == pytest.approx(wanted, abs=3)
    hidden = int((workspace.labels == 3).sum())
    workspace.set_look(hidden=frozenset({3}))
    qtbot.waitUntil(lambda: len(shown.view.raster) == 1797 - hidden, timeout=SOON)
    qtbot.waitUntil(lambda: laid_out(shown), timeout=SOON)
    assert "of" in shown.findChild(QLabel, "turnCount").text()
    workspace.undo.undo()
    qtbot.waitUntil(lambda: len(shown.view.raster) == 1797, timeout=SOON)


def test_at_rest_all_are_drawn_and_the_label_says_how_many(
    shown: TurnPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_raster, "AT_ONCE", 500)
    show_space(shown, spread(2000, 4), qtbot)
    count = shown.findChild(QLabel, "turnCount")
    qtbot.waitUntil(lambda: count.text() == "2\u2009000 items", timeout=SOON)
    shown.view.look_from(shown.view.camera.turned(0.3))
    shown.view.grab()
    assert count.text() == "500 of 2\u2009000 items"
    qtbot.waitUntil(lambda: bool(shown.view.grab()) and count.text() == "2\u2009000 items", timeout=SOON)
    assert len(shown.view._drawn) == 2000


def test_a_picture_of_what_is_no_longer_shown_is_dropped(
    shown: TurnPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_raster, "AT_ONCE", 500)
    show_space(shown, spread(2000, 4), qtbot)
    wanted: list[Callable[[], turn_raster.Drawn]] = []
    shown.view.whole_wanted.disconnect()
    shown.view.whole_wanted.connect(wanted.append)
    shown.view.look_from(shown.view.camera.turned(0.3))
    qtbot.waitUntil(lambda: bool(shown.view.grab()) and len(wanted) == 1, timeout=SOON)
    drawn = wanted[0]()
    shown.view.set_points(shown.view.raster)  # as another colouring would
    shown.view.set_whole(wanted[0], drawn)
    shown.view.grab()
    assert len(shown.view._drawn) == 500


@pytest.mark.parametrize("d", [1, 2])
def test_fewer_dimensions_say_that_they_lie_flat(shown: TurnPanel, qtbot: QtBot, d: int) -> None:
    show_space(shown, spread(20, d), qtbot)
    assert shown.view.hint == FLAT[d]
    assert not button(shown, "turn-pca").isEnabled()
    at = dot(shown, 5)
    qtbot.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=at)
    assert shown.workspace.cursor is not None


def test_whatever_is_opened_can_be_turned(shown: TurnPanel, qtbot: QtBot) -> None:
    assert shown.view.hint == NOTHING
    qtbot.mouseMove(shown.view, QPoint(50, 50))
    qtbot.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    broken = np.random.default_rng(0).normal(size=(20, 6))
    broken[3] = np.nan
    mus = (
        np.empty((0, 3)),
        np.ones((1, 3)),
        np.ones((12, 5)),
        np.full((4, 5), np.nan),
        broken,
        np.eye(64),
        broken[:, :1],
    )
    for mu in mus:
        show_space(shown, space(mu), qtbot)
        assert shown.view.raster.total == len(mu)
        qtbot.mouseMove(shown.view, shown.view.rect().center())
        shown.view.look_from(shown.view.camera.turned(0.3, 0.2))
        if len(mu):
            shown.workspace.set_cursor(shown.workspace.place_of(0))
        assert not shown.view.grab().isNull()
    shown.workspace.set_opened(Opened())
    assert shown.view.hint == NOTHING
    assert shown.exports() == []


def test_a_space_that_changes_while_it_is_laid_out(shown: TurnPanel, qtbot: QtBot) -> None:
    for n, d in ((5000, 8), (40, 2), (3000, 5), (25, 1), (60, 4)):
        shown.workspace.set_opened(Opened(space=spread(n, d)))
    qtbot.waitUntil(lambda: laid_out(shown), timeout=SOON)
    assert shown.view.raster.total == 60


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_turn_is_saved_as_a_film(
    shown: TurnPanel, qtbot: QtBot, tmp_path: Path, answer: Callable[[Path, str], None], ending: str
) -> None:
    show_space(shown, spread(60, 5), qtbot)
    ((label, save),) = shown.exports()
    assert label == "3-D turn as GIF…"
    answer(tmp_path / f"turn.{ending}")
    with qtbot.waitSignal(shown.workspace.told, timeout=SOON):
        save()
    with Image.open(tmp_path / f"turn.{ending}") as film:
        assert film.n_frames == FRAMES
        assert film.size == (600, 480)
        first = np.asarray(film.convert("RGB"), int)
        film.seek(FRAMES // 2)
        half = np.asarray(film.convert("RGB"), int)
    assert (np.abs(first - half).max(axis=2) > 40).mean() > 0.005


def test_a_film_can_be_cancelled(
    shown: TurnPanel, qtbot: QtBot, tmp_path: Path, answer: Callable[[Path, str], None]
) -> None:
    show_space(shown, spread(60, 5), qtbot)
    answer(tmp_path / "turn.gif")
    shown.exports()[0][1]()
    job = shown.jobs.running[0]
    with qtbot.waitSignal(job.cancelled, timeout=SOON):
        job.cancel()
    assert not list(tmp_path.glob("turn*"))


def test_it_lives_beside_real_data(
    shown: TurnPanel, open_untrained: Callable[[Dataset, int], Space], pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 3)
    qtbot.waitUntil(lambda: laid_out(shown), timeout=SOON)
    qtbot.mouseMove(shown.view, dot(shown, 7))
    assert "class" in shown.view._tip.lines[0]


def test_what_is_not_selected_is_dimmed_also_in_the_film(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    workspace = shown.workspace
    whole, film = shown.view.grab().toImage(), next_frame(shown)
    workspace.select(np.arange(20))
    qtbot.waitUntil(lambda: laid_out(shown) and shown.view._drawn.over is not None, timeout=SOON)
    dimmed = shown.view.grab().toImage()
    colour = workspace.colours.current.colours(shown.themes.current)[0]
    chosen = shown.view.to_screen(shown._laid.projection.xy[5]).toPoint()
    assert dimmed.pixelColor(chosen) == QColor(colour)  # in full colour and in front
    assert dimmed != whole
    assert not np.array_equal(next_frame(shown), film)
    workspace.undo.undo()
    qtbot.waitUntil(lambda: laid_out(shown) and shown.view._drawn.over is None, timeout=SOON)
    assert shown.view.grab().toImage() == whole
    workspace.select([3])  # one item alone dims nothing
    qtbot.waitUntil(lambda: laid_out(shown) and shown._asked[-1] is workspace.selection, timeout=SOON)
    assert shown.view._drawn.over is None


def next_frame(panel: TurnPanel) -> np.ndarray:
    """First picture of a film of what is shown."""
    view = panel.view
    return still(view.raster, view.camera, (200, 200), view.paints, ("", "", ""), view.standing, panel.font())


def test_other_data_is_seen_whole(shown: TurnPanel, qtbot: QtBot) -> None:
    show_space(shown, spread(60, 5), qtbot)
    shown.view.look_from(Camera().turned(0.3).closer(20, 0.2, 0.1))
    show_space(shown, spread(50, 4), qtbot)
    assert (shown.view.camera.zoom, shown.view.camera.x, shown.view.camera.y) == (1, 0, 0)
    assert shown.view.camera.azimuth == Camera().turned(0.3).azimuth
    shown.view.look_from(Camera().closer(3))
    shown.workspace.set_space(spread(50, 4), None)  # the same data, as its model sees it later
    qtbot.waitUntil(lambda: laid_out(shown), timeout=SOON)
    assert shown.view.camera.zoom == 3
