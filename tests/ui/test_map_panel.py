from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QPushButton

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Posterior
from vae_desktop.core.work import Progress
from vae_desktop.latent.space import Space
from vae_desktop.ui import colouring
from vae_desktop.ui.opening import Opened, projecting
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.widgets.item_view import drawing
from vae_desktop.ui.widgets.map_view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> MapPanel:
    panel = MapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(700, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def sample(panel: MapPanel, open_sample: Callable[[], Workspace], qtbot: QtBot) -> Workspace:
    workspace = open_sample()
    qtbot.waitUntil(lambda: panel.view.counts == (1797, 1797))
    return workspace


def dot(panel: MapPanel, workspace: Workspace, item: int) -> QPoint:
    assert workspace.space is not None
    assert workspace.space.projection is not None
    x, y = workspace.space.projection.xy[item]
    return panel.view.to_screen(float(x), float(y)).toPoint()


@pytest.mark.parametrize(("n", "told"), [(1, "Training needs two items or more"), (2, "Press Train")])
def test_it_says_how_a_map_comes(panel: MapPanel, workspace: Workspace, pictures: Dataset, n: int, told: str) -> None:
    workspace.set_dataset(replace(pictures, x=pictures.x[:n], labels=None, classes=()))
    assert panel.view.hint.startswith(told)


def test_hover_previews_and_leaves_no_trace(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sample.pointer_changed):
        qtbot.mouseMove(panel.view, QPoint(20, 30))
    assert sample.pointer is not None
    assert sample.pointer.z == pytest.approx(panel.view.to_place(QPoint(20, 30).toPointF()), abs=1e-5)
    at = dot(panel, sample, 12)
    with qtbot.waitSignal(sample.pointer_changed):
        qtbot.mouseMove(panel.view, at)
    assert sample.space is not None
    item = panel.view.item_at(at.toPointF())
    assert np.array_equal(sample.pointer.z, sample.space.posterior.mu[item])  # what is named is what is decoded
    assert not sample.undo.canUndo()


def test_a_click_on_a_dot_selects_the_item_in_one_step(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    at = dot(panel, sample, 12)
    item = panel.view.item_at(at.toPointF())
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=at)
    assert sample.selection.tolist() == [item]
    assert sample.cursor is not None
    assert sample.space is not None
    assert np.array_equal(sample.cursor.z, sample.space.posterior.mu[item])
    sample.undo.undo()
    assert sample.selection.tolist() == []
    assert sample.cursor is None


def test_dragging_decodes_all_the_way_and_is_one_step(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    codes: list[tuple[float, ...]] = []
    sample.cursor_changed.connect(lambda _: codes.append(tuple(sample.cursor.z) if sample.cursor else ()))
    qtbot.mousePress(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    for x in range(210, 260, 10):
        qtbot.mouseMove(panel.view, QPoint(x, 200))
    qtbot.mouseRelease(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(250, 200))
    assert len(set(codes)) == 5
    assert sample.undo.count() == 1


def test_hiding_a_class_hides_its_dots(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    assert sample.labels is not None
    left = 1797 - int((sample.labels == 3).sum())
    sample.set_look(hidden=frozenset({3}))
    qtbot.waitUntil(lambda: panel.view.counts == (left, 1797))
    assert panel.view.note == f"1\u2009{left - 1000} of 1\u2009797 items"
    sample.undo.undo()
    qtbot.waitUntil(lambda: panel.view.counts == (1797, 1797))
    assert panel.view.note == "1\u2009797 items"


def test_keys_set_anchors_and_esc_clears(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    qtbot.mouseMove(panel.view, dot(panel, sample, 5))
    qtbot.keyClick(panel.view, Qt.Key.Key_A)
    assert sample.anchors["A"].item >= 0
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert sample.cursor is None


def test_pan_is_undone(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    before = panel.view.view
    qtbot.mousePress(panel.view, Qt.MouseButton.MiddleButton, pos=QPoint(200, 200))
    qtbot.mouseMove(panel.view, QPoint(260, 230))
    qtbot.mouseRelease(panel.view, Qt.MouseButton.MiddleButton, pos=QPoint(260, 230))
    assert panel.view.view != before
    sample.undo.undo()
    assert panel.view.view == before


def test_more_dimensions_offer_their_axes(panel: MapPanel, workspace: Workspace, qtbot: QtBot) -> None:
    from vae_desktop.core.work import finish

    rng = np.random.default_rng(0)
    mu = rng.normal(size=(50, 5)).astype(np.float32) * np.float32([0.1, 1, 3, 0.2, 2])
    space = finish(projecting(Space(None, Posterior(mu, np.zeros_like(mu))), None))
    workspace.set_opened(Opened(space=space))
    assert workspace.look.projection == "pca"
    across = panel.findChild(QComboBox, "axis-across")
    assert not across.isVisible()
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        qtbot.mouseClick(panel.findChild(QPushButton, "projection-axes"), Qt.MouseButton.LeftButton)
    assert across.isVisible()
    assert [across.itemData(i) for i in range(3)] == [2, 4, 1]  # by KL
    assert workspace.space is not None
    assert workspace.space.projection is not None
    assert np.array_equal(workspace.space.projection.xy, mu[:, [2, 4]])
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        qtbot.keyClick(across, Qt.Key.Key_Down)
    assert dict(workspace.look.settings) == {"x": 4, "y": 2}


def test_the_map_is_saved_as_picture_and_drawing(
    panel: MapPanel, sample: Workspace, qtbot: QtBot, tmp_path: Path, answer: Callable[[Path, str], None]
) -> None:
    sample.set_cursor(sample.place_of(3))
    (_, drawn), (_, seen) = panel.exports()
    for name, save in (("map.png", drawn), ("map.svg", drawn), ("seen.png", seen)):
        answer(tmp_path / name, "")
        with qtbot.waitSignal(sample.told, timeout=SOON):
            save()
        assert (tmp_path / name).stat().st_size > 10_000
    with Image.open(tmp_path / "seen.png") as picture:
        assert picture.size == (panel.view.width(), panel.view.height())


def drag(panel: MapPanel, corners: list[QPoint], keys: Qt.KeyboardModifier, qtbot: QtBot) -> None:
    """Draw with the left button held and `keys` pressed."""
    view, left = panel.view, Qt.MouseButton.LeftButton
    qtbot.mousePress(view, left, keys, corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(view, corner)
    qtbot.mouseRelease(view, left, keys, corners[-1])


def boxed(panel: MapPanel, workspace: Workspace, a: QPoint, b: QPoint) -> list[int]:
    """Items between two corners, by a plain search."""
    assert workspace.space is not None
    assert workspace.space.projection is not None
    (x0, y1), (x1, y0) = panel.view.to_place(QPointF(a)), panel.view.to_place(QPointF(b))
    x, y = workspace.space.projection.xy.T
    found: list[int] = np.flatnonzero((x > x0) & (x < x1) & (y > y0) & (y < y1)).tolist()
    return found


def test_a_lasso_selects_adds_and_takes_away(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    shift, control, alt = (
        Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    )  # fmt: skip
    a, b, c = QPoint(200, 100), QPoint(350, 300), QPoint(450, 300)

    def square(a: QPoint, b: QPoint) -> list[QPoint]:
        return [a, QPoint(b.x(), a.y()), b, QPoint(a.x(), b.y()), a]

    first, both = boxed(panel, sample, a, b), boxed(panel, sample, a, c)
    assert 20 < len(first) < len(both)
    with qtbot.waitSignal(sample.selection_changed, timeout=SOON):
        drag(panel, square(a, b), shift, qtbot)
    assert sample.selection.tolist() == first
    assert sample.cursor is None
    with qtbot.waitSignal(sample.selection_changed, timeout=SOON):
        drag(panel, square(QPoint(349, 100), c), shift | control, qtbot)
    assert sample.selection.tolist() == both
    with qtbot.waitSignal(sample.selection_changed, timeout=SOON):
        drag(panel, square(a, b), shift | alt, qtbot)
    assert sample.selection.tolist() == [item for item in both if item not in set(first)]
    for _ in range(3):
        sample.undo.undo()
    assert sample.selection.tolist() == []


def test_a_box_selects_by_a_plain_drag_and_a_hidden_class_stays_out(
    panel: MapPanel, sample: Workspace, qtbot: QtBot
) -> None:
    assert sample.labels is not None
    sample.set_look(hidden=frozenset({0, 4}))
    qtbot.waitUntil(lambda: panel.view.counts[0] < 1797)
    panel.tools.tool.chosen.emit("box")
    a, b = QPoint(150, 80), QPoint(500, 400)
    with qtbot.waitSignal(sample.selection_changed, timeout=SOON):
        drag(panel, [a, QPoint(160, 90), b], Qt.KeyboardModifier.NoModifier, qtbot)
    want = [item for item in boxed(panel, sample, a, b) if sample.labels[item] not in (0, 4)]
    assert sample.selection.tolist() == want
    assert len(want) > 50


def test_ctrl_click_adds_an_item(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    items = []
    for one in (12, 700):
        at = dot(panel, sample, one)
        items.append(panel.view.item_at(at.toPointF()))
        qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, at)
    assert sample.selection.tolist() == sorted(items)


def test_escape_forgets_a_lasso_that_is_being_drawn(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    view, shift = panel.view, Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, shift, QPoint(100, 100))
    for at in (QPoint(300, 100), QPoint(300, 300)):
        qtbot.mouseMove(view, at)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, shift, QPoint(100, 300))
    assert sample.selection.tolist() == []
    assert not sample.undo.canUndo()


def test_the_selected_stand_out(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    assert sample.labels is not None
    ones = np.flatnonzero(sample.labels == 1)
    lone = next(
        item
        for item in np.flatnonzero(sample.labels == 2)
        if panel.view.item_at(QPointF(dot(panel, sample, item))) == item
    )
    before = panel.view.grab().toImage().pixelColor(dot(panel, sample, lone))
    sample.select(ones)
    qtbot.waitUntil(lambda: panel.view.grab().toImage().pixelColor(dot(panel, sample, lone)) != before)
    after = panel.view.grab().toImage().pixelColor(dot(panel, sample, lone))
    assert after.lightness() < before.lightness()


def test_colours_say_what_is_chosen_and_the_legend_explains(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    assert not panel.legend.isVisible()
    with qtbot.waitSignal(sample.colours.changed, timeout=SOON):
        panel.tools.colour.chosen.emit("error")
    assert panel.legend.bar.isVisible()
    assert sample.colours.current.ramp
    with qtbot.waitSignal(sample.colours.changed, timeout=SOON):
        sample.undo.undo()
    assert not panel.legend.isVisible()


def test_close_items_are_shown_as_pictures(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    assert sample.space is not None
    assert sample.space.projection is not None
    x, y = sample.space.projection.xy[77].tolist()
    panel.view.set_view(View(x, y, 2000))
    qtbot.waitUntil(lambda: len(panel.view.pictures) > 0, timeout=SOON)
    picture = min(panel.view.pictures, key=lambda one: np.hypot(one.x - x, one.y - y))
    item = panel.view.points.nearest(picture.x, picture.y, 1e-4)
    assert sample.dataset is not None
    shown = picture.drawn
    assert isinstance(shown, QImage)
    assert shown == drawing(Preparation.fit(sample.dataset).show(sample.dataset.x[item][None])[0])
    sample.set_look(pictures="dot")
    qtbot.waitUntil(lambda: not panel.view.pictures)


def test_a_hovered_item_shows_its_reconstruction_beside_it(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    at = dot(panel, sample, 12)
    item = panel.view.item_at(at.toPointF())
    qtbot.mouseMove(panel.view, at)
    qtbot.waitUntil(lambda: panel.view.tip is not None and len(panel.view.tip.pictures) == 2, timeout=SOON)
    assert panel.view.tip is not None
    assert sample.space is not None
    (first, original), (second, reconstruction) = panel.view.tip.pictures
    assert (first, second) == ("original", "reconstruction")
    assert sample.dataset is not None
    assert original == drawing(Preparation.fit(sample.dataset).show(sample.dataset.x[item][None])[0])
    assert reconstruction == drawing(sample.space.reconstruct([item])[0])


def test_kinds_of_another_column_are_hidden_renamed_and_selected(
    panel: MapPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    sizes = np.array(["big", "small", "small", "tiny"] * 10)
    open_untrained(replace(pictures, factors={"size": sizes}))
    workspace = panel.workspace
    with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
        workspace.set_look(colour="factor:size")
    chips = panel.legend.kinds.chips
    assert [chip.text() for chip in chips] == ["big", "small", "tiny"]
    qtbot.mouseClick(chips[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.view.counts == (20, 40), timeout=SOON)
    workspace.set_look(hidden=frozenset({0}))  # classes and kinds are hidden each by themselves
    qtbot.waitUntil(lambda: panel.view.counts == (10, 40), timeout=SOON)
    workspace.undo.undo()
    workspace.undo.undo()
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    panel.legend.renamed.emit(0, "large")
    assert [chip.text() for chip in panel.legend.kinds.chips] == ["large", "small", "tiny"]
    assert workspace.colours.current.told(0) == "size: large"
    panel.legend.selected.emit(2)
    assert workspace.selection.tolist() == np.flatnonzero(sizes == "tiny").tolist()


def test_what_is_shown_of_an_item_goes_with_its_data(
    panel: MapPanel, sample: Workspace, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    qtbot.mouseMove(panel.view, QPoint(20, 30))
    qtbot.mouseMove(panel.view, dot(panel, sample, 12))
    qtbot.waitUntil(lambda: panel.view.tip is not None)
    open_untrained(pictures)
    assert panel.view.tip is None


def test_dots_stay_under_a_lasso_that_is_being_drawn(panel: MapPanel, sample: Workspace, qtbot: QtBot) -> None:
    view, shift, points = panel.view, Qt.KeyboardModifier.ShiftModifier, panel.view.points
    a, b = QPoint(200, 100), QPoint(350, 300)
    want = boxed(panel, sample, a, b)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, shift, a)
    qtbot.mouseMove(view, QPoint(b.x(), a.y()))
    sample.set_look(projection="pca")
    qtbot.waitUntil(lambda: sample.space.projection.name == "pca", timeout=SOON)
    for at in (b, QPoint(a.x(), b.y()), a):
        qtbot.mouseMove(view, at)
    assert view.points is points
    with qtbot.waitSignal(sample.selection_changed, timeout=SOON):
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, shift, a)
    assert sample.selection.tolist() == want
    qtbot.waitUntil(lambda: view.points is not points, timeout=SOON)


def test_a_cancelled_colouring_takes_its_step_back(
    panel: MapPanel, sample: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object) -> Iterator[Progress]:
        while True:  # until it is cancelled: a machine may be quicker than the hand
            yield Progress(0, 1, "Colouring")

    monkeypatch.setattr(colouring, "colouring", endless)
    steps = sample.undo.index()
    panel.tools.colour.chosen.emit("error")
    job = next(job for job in sample.jobs.running if job.lane == "colour")
    with qtbot.waitSignal(job.cancelled, timeout=SOON):
        job.cancel()
    qtbot.waitUntil(lambda: sample.look.colour == "class", timeout=SOON)
    assert sample.undo.index() == steps
    assert sample.colours.current.key == "class"
    assert not sample.jobs.running


def test_a_projection_that_cannot_be_says_why(
    panel: MapPanel, open_untrained: Callable[[Dataset, int], Space], pictures: Dataset
) -> None:
    open_untrained(pictures, 2)
    segment = panel.findChild(QPushButton, "projection-umap")
    assert segment is not None
    assert not segment.isEnabled()
    assert "eeds at least three latent dimensions" in segment.toolTip()
    open_untrained(pictures, 3)
    assert segment.isEnabled()
    assert "eeds at least" not in segment.toolTip()
