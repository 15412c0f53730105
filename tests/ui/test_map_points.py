"""The dot, the picture and the name are always of the same item, whatever is filtered, selected or opened."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.latent.projections import Linear
from vae_desktop.latent.space import Space
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE
from vae_desktop.ui.colouring import MOST, Colouring, by_class, by_values
from vae_desktop.ui.dots import item_tip
from vae_desktop.ui.map_points import picture, prepare
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.data import DataPanel
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.widgets.item_view import drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.map_view import MapView
    from vae_desktop.ui.widgets.points import Points
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
LEFT, SHIFT, NO = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


def laid(mu: np.ndarray) -> Linear:
    return Linear("axes", mu, ("z1", "z2"), np.eye(2, mu.shape[1]), np.zeros(mu.shape[1]))


def check(points: Points, mu: np.ndarray, groups: np.ndarray, want: np.ndarray) -> None:
    """Each of the items wanted, and no other, at its own place in its own colour."""
    assert np.array_equal(np.sort(points.items), want)
    assert np.array_equal(np.stack([points.x, points.y], axis=1), mu[points.items, :2])
    assert np.array_equal(points.groups_of(np.arange(len(points))), groups[points.items])


@pytest.mark.parametrize("seed", range(12))
def test_every_point_is_its_items_after_any_filter_selection_and_colouring(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, classes = int(rng.integers(1, 4000)), tuple("abcdef")
    mu = rng.normal(size=(n, 3)).astype(np.float32)
    mu[rng.random(n) < 0.05] = np.nan
    labels = rng.integers(-1, 6, n).astype(np.int32)
    there = np.flatnonzero(np.isfinite(mu).all(axis=1))
    projection, known = laid(mu), None
    for step in range(8):
        colouring: Colouring = (
            by_class(labels, classes, n) if step % 2 else by_values("z:0", "z₁", mu[:, 0] if step % 4 else labels)
        )
        hidden, kinds = (frozenset(rng.integers(0, most, most // 3).tolist()) for most in (len(classes), MOST))
        selection = np.flatnonzero(rng.random(n) < rng.random()).astype(np.int32)
        known, base, chosen, trail = prepare(
            known, projection, colouring, labels, len(classes), hidden, kinds, selection, ["#000000", "#ffffff"]
        )
        shown = there[~np.isin(labels[there], list(hidden))]
        if colouring.key != "class":
            shown = shown[~np.isin(colouring.groups[shown], list(kinds))]
        check(base, mu, colouring.groups, shown)
        assert (chosen is None) == (len(selection) < 2)
        if chosen is not None:
            check(chosen, mu, colouring.groups, np.intersect1d(shown, selection))
        assert trail is not None
        along = shown if chosen is None else np.intersect1d(shown, selection)
        assert np.array_equal(trail.xy, mu[along, :2])  # in the order of the data
        low, high = np.float32([-0.7, -0.4]), np.float32([0.9, 0.6])
        corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
        within = ((mu[shown, :2] > low) & (mu[shown, :2] < high)).all(axis=1)
        assert np.array_equal(base.inside(corners), shown[within])


def test_a_picture_is_its_items_where_its_dot_is(pictures: Dataset) -> None:
    model = VAE(VAEConfig(latent=2, hidden=(8,)), Preparation.fit(pictures)).eval()
    mu = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    mu[7] = np.nan
    space = Space(model, Posterior(mu, np.zeros_like(mu)), pictures, laid(mu))
    colouring = by_class(pictures.labels, pictures.classes, 40)
    _, base, _, _ = prepare(None, laid(mu), colouring, pictures.labels, 2, frozenset({0}), frozenset(),
                            np.empty(0, np.int32), None)  # fmt: skip
    for kind in ("original", "reconstruction"):
        made = picture(base, (-9, -9, 9, 9), 1e-6, space, pictures, kind, ["#111111", "#222222"])
        assert len(made) == 19  # of twenty lying bars one has no place
        for one in made:
            item = int(np.flatnonzero((mu == np.float32([one.x, one.y])).all(axis=1))[0])
            shown = pictures.x[item] if kind == "original" else space.decode(mu[item])
            assert one.drawn == drawing(model.preparation.show(shown[None])[0] if kind == "original" else shown,
                                        model.preparation)  # fmt: skip
            assert one.colour == "#222222"


def dots(seed: int, n: int = 40) -> tuple[Dataset, Space]:
    """Pictures of one grey each, whose item has a code that tells its number: (number, 0)."""
    x = np.broadcast_to((np.arange(n) + seed).astype(np.uint8)[:, None, None, None], (n, 8, 8, 1)).copy()
    data = Dataset("image", x, items=[f"{seed}-{i}" for i in range(n)], source=f"{seed}")
    mu = np.stack([np.arange(n), np.zeros(n)], axis=1).astype(np.float32)
    return data, Space(None, Posterior(mu, np.zeros_like(mu)), data, laid(mu))


def opened(workspace: Workspace, data: Dataset, space: Space) -> None:
    workspace.set_opened(Opened(data, space, preparation=Preparation.fit(data)))


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> MapPanel:
    panel = MapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def at(view: MapView, item: int) -> QPoint:
    return view.to_screen(item, 0).toPoint()


def lasso(view: MapView, qtbot: QtBot, first: int, last: int) -> None:
    """Around the items from `first` to `last`."""
    (a, b), half = (at(view, item) for item in (first, last)), 8
    corners = [a + QPoint(-half, -30), b + QPoint(half, -30), b + QPoint(half, 30), a + QPoint(-half, 30)]
    qtbot.mousePress(view, LEFT, SHIFT, corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(view, corner)
    qtbot.mouseRelease(view, LEFT, SHIFT, corners[-1])


@pytest.fixture
def held(workspace: Workspace) -> Iterator[Callable[[str], threading.Event]]:
    """``held(lane)`` keeps a lane busy until the event is set."""
    events: list[threading.Event] = []

    def hold(lane: str) -> threading.Event:
        began, go = threading.Event(), threading.Event()
        events.append(go)

        def wait() -> None:
            began.set()
            go.wait(SOON / 1000)

        workspace.jobs.run(lane, wait)
        assert began.wait(SOON / 1000)  # else what is asked next takes its place
        return go

    yield hold
    for event in events:
        event.set()


def test_the_dot_under_the_pointer_has_its_own_name_and_picture(
    panel: MapPanel, workspace: Workspace, qtbot: QtBot
) -> None:
    data, space = dots(3)
    model = VAE(VAEConfig(latent=2, hidden=(8,)), Preparation.fit(data)).eval()
    opened(workspace, data, replace(space, model=model))
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    for item in (0, 17, 39):
        qtbot.mouseMove(panel.view, at(panel.view, item))
        qtbot.waitUntil(lambda: panel.view.tip is not None and len(panel.view.tip.pictures) == 2, timeout=SOON)
        assert panel.view.tip is not None
        assert panel.view.tip.lines[0] == f"3-{item}"
        original = panel.view.tip.pictures[0][1]
        assert isinstance(original, QImage)
        assert original.pixelColor(2, 2).red() == item + 3
        assert workspace.pointer is not None
        assert workspace.pointer.item == item
        qtbot.mouseMove(panel.view, QPoint(3, 3))
        assert panel.view.tip is None


@pytest.mark.parametrize("n", [40, 5])
def test_dots_of_other_data_are_nobodys(
    panel: MapPanel, workspace: Workspace, qtbot: QtBot, held: Callable[[str], threading.Event], n: int
) -> None:
    opened(workspace, *dots(1))
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    go = held("live:points")
    opened(workspace, *dots(2, n))
    assert panel.view.item_at(at(panel.view, 30).toPointF()) == 30  # the old dots are still painted
    qtbot.mouseMove(panel.view, QPoint(5, 5))
    qtbot.mouseMove(panel.view, at(panel.view, 30))
    assert workspace.pointer is not None
    assert workspace.pointer.item == -1
    qtbot.mouseClick(panel.view, LEFT, NO, at(panel.view, 2))
    qtbot.mouseClick(panel.view, LEFT, Qt.KeyboardModifier.ControlModifier, at(panel.view, 2))
    lasso(panel.view, qtbot, 1, 3)
    qtbot.keyClick(panel.view, Qt.Key.Key_F)
    qtbot.keyClick(panel.view, Qt.Key.Key_A)
    assert workspace.anchors["A"].item == -1
    assert workspace.selection.tolist() == []
    go.set()
    qtbot.waitUntil(lambda: panel.points.current and panel.view.counts == (n, n), timeout=SOON)
    panel.view.fit()
    qtbot.mouseClick(panel.view, LEFT, NO, at(panel.view, 2))
    assert workspace.selection.tolist() == [2]
    assert workspace.called(2) == "2-2"


def test_a_lasso_of_data_that_was_closed_selects_nothing(
    panel: MapPanel, workspace: Workspace, qtbot: QtBot, held: Callable[[str], threading.Event]
) -> None:
    opened(workspace, *dots(1))
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    go = held("live:lasso")
    lasso(panel.view, qtbot, 10, 20)
    opened(workspace, *dots(2))
    go.set()
    qtbot.waitUntil(lambda: panel.points.current, timeout=SOON)
    with qtbot.waitSignal(workspace.selection_changed, timeout=SOON):
        lasso(panel.view, qtbot, 3, 5)
    assert workspace.selection.tolist() == [3, 4, 5]
    assert workspace.undo.count() == 1


def test_f_shows_what_is_selected_and_else_everything(panel: MapPanel, workspace: Workspace, qtbot: QtBot) -> None:
    opened(workspace, *dots(1))
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    whole = panel.view.view
    workspace.select([10, 20])
    panel.view.setFocus()
    with qtbot.waitSignal(panel.view.view_changed, timeout=SOON):
        qtbot.keyClick(panel.view, Qt.Key.Key_F)
    assert panel.view.view.x == pytest.approx(15)
    assert panel.view.view.scale > 2 * whole.scale
    workspace.select(())
    with qtbot.waitSignal(panel.view.view_changed, timeout=SOON):
        qtbot.keyClick(panel.view, Qt.Key.Key_F)
    assert panel.view.view == whole


@pytest.mark.parametrize("tool", ["hand", "lasso", "box"])
def test_with_a_key_held_a_click_keeps_what_is_selected(
    panel: MapPanel, workspace: Workspace, qtbot: QtBot, tool: str
) -> None:
    opened(workspace, *dots(1))
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
    panel.tools.tool.chosen.emit(tool)
    workspace.select([1, 2])
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    qtbot.mouseClick(panel.view, LEFT, control, at(panel.view, 9))
    assert workspace.selection.tolist() == [1, 2, 9]
    qtbot.mouseClick(panel.view, LEFT, control, QPoint(5, 5))  # beside all dots
    assert workspace.selection.tolist() == [1, 2, 9]
    qtbot.mouseClick(panel.view, LEFT, alt, at(panel.view, 2))
    assert workspace.selection.tolist() == [1, 9]
    qtbot.mouseClick(panel.view, LEFT, NO, at(panel.view, 4))
    assert workspace.selection.tolist() == [4]


def test_the_tip_says_name_class_code_and_what_the_colour_says(
    workspace: Workspace, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    space = open_untrained(pictures, 5)
    name, code = item_tip(workspace, space, 3)
    assert name == "#3 · class lying"
    first, sigma = space.posterior.mu[3, 0], space.posterior.sigma[3, 0]
    assert code.startswith(f"z = ({first:.2f}, ")
    assert f", …) · σ = ({sigma:.2f}, " in code
    with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
        workspace.set_look(colour="order")
    assert item_tip(workspace, space, 3)[2] == "Order in the data: 3"


def test_a_kind_of_a_value_is_hidden_by_its_chip(panel: MapPanel, workspace: Workspace, qtbot: QtBot) -> None:
    data, space = dots(1)
    sizes = np.arange(40) % 3
    data = replace(data, factors={"size": sizes})
    opened(workspace, data, replace(space, dataset=data))
    with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
        workspace.set_look(colour="factor:size")
    assert panel.legend.isVisible()
    qtbot.mouseClick(panel.legend.kinds.chips[1], LEFT)
    qtbot.waitUntil(lambda: panel.view.counts == (27, 40), timeout=SOON)
    assert np.array_equal(np.sort(panel.view.points.items), np.flatnonzero(sizes != 1))
    qtbot.mouseDClick(panel.legend.kinds.chips[2], LEFT)
    qtbot.waitUntil(lambda: panel.view.counts == (13, 40), timeout=SOON)
    assert np.array_equal(np.sort(panel.view.points.items), np.flatnonzero(sizes == 2))


def test_the_classes_chips_hide_classes_whatever_the_colours_say(
    panel: MapPanel, workspace: Workspace, open_untrained: Callable[..., Space], pictures: Dataset, themes: Themes,
    qtbot: QtBot,
) -> None:  # fmt: skip
    classes = DataPanel(workspace, themes)
    qtbot.addWidget(classes)
    classes.show()
    open_untrained(pictures, 2)
    with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
        workspace.set_look(colour="kl", hidden=frozenset())
    qtbot.mouseClick(classes.legend.chips[1], LEFT)
    qtbot.waitUntil(lambda: panel.view.counts == (20, 40), timeout=SOON)
    assert pictures.labels is not None
    assert np.array_equal(np.sort(panel.view.points.items), np.flatnonzero(pictures.labels == 0))
    workspace.undo.undo()
    assert workspace.look.colour == "kl"
    assert all(chip.isChecked() for chip in classes.legend.chips)
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40), timeout=SOON)
