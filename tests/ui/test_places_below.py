from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QInputDialog, QPushButton

from vae_desktop.core.errors import UserError
from vae_desktop.latent.interpolate import interpolate
from vae_desktop.ui.finding import find_item
from vae_desktop.ui.panels.generate import GeneratePanel
from vae_desktop.ui.panels.interpolate import InterpolatePanel
from vae_desktop.ui.panels.traverse import TraversePanel
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.panels import Panel
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.item_grid import ItemGrid
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
A, B = np.array([-1, 0.5], np.float32), np.array([1, 2], np.float32)


@pytest.fixture
def make(workspace: Workspace, themes: Themes, qtbot: QtBot) -> Callable[[type[Panel]], Panel]:
    def made(kind: type[Panel]) -> Panel:
        panel = kind(workspace, themes)
        qtbot.addWidget(panel, before_close_func=lambda panel: panel.shutdown())
        panel.resize(760, 240)
        panel.show()
        return panel

    return made


@pytest.fixture
def space(open_untrained: Callable[[Dataset, int], Space], pictures: Dataset) -> Space:
    return open_untrained(pictures, 2)


@pytest.fixture
def film(make: Callable, workspace: Workspace, space: Space, qtbot: QtBot) -> InterpolatePanel:
    """Interpolates from A to B, nine frames."""
    panel = make(InterpolatePanel)
    workspace.set_anchor("A", Place(A))
    workspace.set_anchor("B", Place(B))
    wait_for(qtbot, panel.strip, space, interpolate(A, B, 9))
    return panel


def wait_for(qtbot: QtBot, grid: ItemGrid, space: Space, codes: np.ndarray) -> None:
    """Until `grid` shows what `codes` decode to."""
    wanted = space.decode(codes)
    wanted = wanted.reshape(-1, *wanted.shape[codes.ndim - 1 :])
    qtbot.waitUntil(lambda: len(grid) == len(wanted) and np.array_equal(grid.items, wanted), timeout=SOON)


def click(qtbot: QtBot, grid: ItemGrid, index: int) -> None:
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.box(index).center())


@pytest.mark.parametrize("kind", [InterpolatePanel, TraversePanel, GeneratePanel])
def test_nothing_open_is_calm(make: Callable, kind: type[Panel]) -> None:
    panel = make(kind)
    assert panel._hint.text() == "Train or open a model first."
    assert panel.exports() == []


@pytest.mark.parametrize("latent", [1, 3])
@pytest.mark.parametrize("kind", [InterpolatePanel, TraversePanel, GeneratePanel])
def test_tables_are_shown_and_saved(
    make: Callable,
    kind: type[Panel],
    latent: int,
    workspace: Workspace,
    open_untrained: Callable,
    table: Dataset,
    qtbot: QtBot,
    answer: Callable,
    tmp_path: Path,
) -> None:
    panel = make(kind)
    open_untrained(table, latent)
    workspace.set_anchor("A", workspace.place_of(0))
    workspace.set_anchor("B", workspace.place_of(1))
    qtbot.waitUntil(lambda: len(panel.exports()) >= 2, timeout=SOON)
    grid = panel.strip if kind is InterpolatePanel else panel.grid
    qtbot.waitUntil(lambda: len(grid) > 0, timeout=SOON)
    assert not panel.grab().isNull()
    answer(tmp_path / "rows.csv")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        panel.exports()[0][1]()
    lines = (tmp_path / "rows.csv").read_text("utf-8").splitlines()
    assert lines[0] == "a,b,c"
    assert len(lines) == 1 + len(grid)


# Interpolate


def test_two_anchors_make_a_film(film: InterpolatePanel, workspace: Workspace, space: Space, qtbot: QtBot) -> None:
    assert list(film.strip.captions) == ["0.00", "0.12", "0.25", "0.38", "0.50", "0.62", "0.75", "0.88", "1.00"]
    np.testing.assert_array_equal(workspace.path, interpolate(A, B, 9))
    film.count.setValue(5)
    qtbot.mouseClick(film.findChild(QPushButton, "way-slerp"), Qt.MouseButton.LeftButton)
    wait_for(qtbot, film.strip, space, interpolate(A, B, 5, "slerp"))
    np.testing.assert_array_equal(workspace.path, interpolate(A, B, 5, "slerp"))
    workspace.set_anchor("A", None)
    assert workspace.path is None
    assert film._hint.isVisible()


def test_scrubbing_is_one_step_and_ends_at_the_anchor(
    film: InterpolatePanel, workspace: Workspace, qtbot: QtBot
) -> None:
    steps, slider = workspace.undo.count(), film.slider
    start = QPoint(7, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for x in (100, 200):
        qtbot.mouseMove(slider, QPoint(x, start.y()))
    between = workspace.cursor
    assert between is not None
    t = slider.value() / 1000
    np.testing.assert_allclose(between.z, (1 - t) * A + t * B, rtol=1e-5)
    qtbot.mouseMove(slider, QPoint(slider.width() + 50, start.y()))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() + 50, start.y()))
    assert workspace.cursor is workspace.anchors["B"]
    assert workspace.undo.count() == steps + 1


def test_a_frame_is_gone_to_by_click_and_by_keys(film: InterpolatePanel, workspace: Workspace, qtbot: QtBot) -> None:
    codes = interpolate(A, B, 9)
    click(qtbot, film.strip, 3)
    np.testing.assert_allclose(workspace.cursor.z, codes[3], rtol=1e-6)
    qtbot.keyClick(film.strip, Qt.Key.Key_Right)
    np.testing.assert_allclose(workspace.cursor.z, codes[4], rtol=1e-6)
    film.step_actions[0].trigger()
    np.testing.assert_allclose(workspace.cursor.z, codes[3], rtol=1e-6)
    assert film.slider.value() == 375


def test_the_film_plays_without_a_trace(film: InterpolatePanel, workspace: Workspace, qtbot: QtBot) -> None:
    steps, seen = workspace.undo.count(), []
    workspace.pointer_changed.connect(lambda by: seen.append(workspace.pointer))
    film.strip.setFocus()
    qtbot.keyClick(film.strip, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(seen) > 3, timeout=SOON)
    assert film.play_action.text() == "Pause"
    qtbot.mouseClick(film._play, Qt.MouseButton.LeftButton)
    assert film.play_action.text() == "Play"
    along = [(place.z - A) / (B - A) for place in seen if place is not None]
    assert all(np.ptp(part) < 1e-4 and 0 <= part[0] <= 1 for part in along)
    assert len({float(part[0]) for part in along}) > 1
    assert workspace.pointer is None
    assert workspace.cursor is None
    assert workspace.undo.count() == steps


def test_a_hidden_film_stops(film: InterpolatePanel, workspace: Workspace) -> None:
    film.toggle()
    film.hide()
    assert film.play_action.text() == "Play"
    assert workspace.pointer is None


def test_anchors_are_set_from_the_cursor_and_by_name(
    make: Callable, workspace: Workspace, space: Space, qtbot: QtBot
) -> None:
    panel = make(InterpolatePanel)
    from_cursor, choose, _, clear = panel.anchors["A"].menu().actions()
    assert not from_cursor.isEnabled()
    workspace.set_cursor(Place(A))
    from_cursor.trigger()
    assert workspace.anchors["A"] is workspace.cursor
    choose.trigger()
    dialog = panel.findChild(QInputDialog, "chooseItem")
    dialog.setTextValue("#7")
    with qtbot.waitSignal(workspace.anchors_changed, timeout=SOON):
        dialog.accept()
    assert workspace.anchors["A"].item == 7
    assert panel.anchors["A"].text() == "A #7"
    qtbot.waitUntil(lambda: not panel.anchors["A"].icon().isNull(), timeout=SOON)
    clear.trigger()
    assert workspace.anchors == {}
    with qtbot.waitSignal(workspace.failed, timeout=SOON) as failed:
        panel.anchors["B"].item_named.emit("B", "40")
    assert str(failed.args[0]) == "40: there is no such item; give a number from 0 to 39 or a name"


def test_items_are_found_by_name_number_and_part() -> None:
    from vae_desktop.core.values import Dataset

    x = np.zeros((3, 2, 2, 1), np.uint8)
    dataset = Dataset("image", x, items=("cat.png", "1", "dog.png"))
    assert [find_item(dataset, 3, text) for text in ("1", "2", "#0", " Dog", "cat.png")] == [1, 2, 0, 2, 0]
    for text in ("", "bird", "-1", "3"):
        with pytest.raises(UserError, match="there is no such item"):
            find_item(dataset, 3, text)


def test_the_film_is_saved_each_way(
    film: InterpolatePanel, workspace: Workspace, space: Space, qtbot: QtBot, answer: Callable, tmp_path: Path
) -> None:
    for (_, save), name in zip(film.exports(), ("film.gif", "sheet.png", "folder", "all.npz"), strict=True):
        answer(tmp_path / name)
        with qtbot.waitSignal(workspace.told, timeout=SOON):
            save()
    frames = space.decode(interpolate(A, B, 9))
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 16  # there and back, the ends once
        assert gif.size == (256, 256)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (9 * 10 - 2, 8)
    with Image.open(tmp_path / "folder/003.png") as frame:
        np.testing.assert_array_equal(frame, frames[3, :, :, 0])
    with np.load(tmp_path / "all.npz") as saved:
        np.testing.assert_array_equal(saved["items"][0], frames)
        np.testing.assert_array_equal(saved["z"], interpolate(A, B, 9))
        np.testing.assert_array_equal(saved["t"], np.linspace(0, 1, 9))


# Traverse


def test_a_traversal_has_a_row_for_each_dimension(
    make: Callable, workspace: Workspace, space: Space, qtbot: QtBot
) -> None:
    panel = make(TraversePanel)
    workspace.set_cursor(Place(A))
    panel.steps.setValue(5)
    panel.range.setValue(2)
    kl = space.posterior.kl_per_dimension
    order = np.argsort(-kl)
    codes = np.tile(A, (2, 5, 1))
    for row, j in enumerate(order):
        codes[row, :, j] = [-2, -1, 0, 1, 2]
    wait_for(qtbot, panel.grid, space, codes)
    assert list(panel.grid.row_names) == [f"z{'₁₂'[j]} · {kl[j]:.2f} nats" for j in order]
    click(qtbot, panel.grid, 8)
    np.testing.assert_array_equal(workspace.cursor.z, codes[1, 3])
    panel.steps.setValue(6)
    assert panel.steps.value() == 5


def test_a_hidden_traversal_waits(make: Callable, workspace: Workspace, space: Space, qtbot: QtBot) -> None:
    panel = make(TraversePanel)
    qtbot.waitUntil(lambda: len(panel.grid) == 18, timeout=SOON)
    before = panel.grid.items
    panel.hide()
    workspace.set_cursor(Place(B))
    qtbot.waitUntil(lambda: not panel._later.isActive(), timeout=SOON)
    assert panel.grid.items is before
    panel.show()
    codes = np.tile(B, (2, 9, 1))
    for row, j in enumerate(np.argsort(-space.posterior.kl_per_dimension)):
        codes[row, :, j] = np.linspace(-3, 3, 9)
    wait_for(qtbot, panel.grid, space, codes)


# Generate


def test_the_same_seed_draws_the_same(make: Callable, workspace: Workspace, space: Space, qtbot: QtBot) -> None:
    panel = make(GeneratePanel)
    panel.count.setValue(7)
    qtbot.waitUntil(lambda: len(panel.grid) == 7, timeout=SOON)
    first = panel._codes
    panel.seed.setValue(5)
    qtbot.waitUntil(lambda: not np.array_equal(panel._codes, first), timeout=SOON)
    panel.seed.setValue(0)
    qtbot.waitUntil(lambda: np.array_equal(panel._codes, first), timeout=SOON)
    wait_for(qtbot, panel.grid, space, first)
    click(qtbot, panel.grid, 2)
    np.testing.assert_array_equal(workspace.cursor.z, first[2])
    panel.temperature.setValue(50)
    qtbot.waitUntil(lambda: np.allclose(panel._codes, first / 2), timeout=SOON)
    assert panel._degree.text() == "temperature 0.50"


def test_a_new_seed_is_another(make: Callable, space: Space, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = make(GeneratePanel)
    monkeypatch.setattr("secrets.randbelow", lambda most: most - 1)
    qtbot.mouseClick(panel.new_seed, Qt.MouseButton.LeftButton)
    assert panel.seed.value() == 9999
