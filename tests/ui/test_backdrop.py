"""Atlas, density and trust beneath the dots of a real map panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QPushButton, QToolButton

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.latent.atlas import centres
from vae_desktop.latent.decode import decode
from vae_desktop.latent.local import Local
from vae_desktop.latent.space import Space
from vae_desktop.latent.trust import Density, round_trip
from vae_desktop.ui.backdrop import CELLS, AtlasMaker, Scene, TrustMaker
from vae_desktop.ui.map_backdrop import fill_of
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.theme import DARK
from vae_desktop.ui.widgets.tile_paint import atlas_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
KINDS = ("atlas", "density", "trust")


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> MapPanel:
    panel = MapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(1300, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def space(panel: MapPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot) -> Space:
    space = open_untrained(pictures, 4)
    panel.workspace.assign("look", replace(panel.workspace.look, pictures="dot"), None)
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40))
    return space


def choose(panel: MapPanel, qtbot: QtBot, kind: str) -> None:
    """Choose a backdrop by hand, and wait until it is there."""
    segment = panel.findChild(QPushButton, f"backdrop-{kind}")
    assert segment.isVisible()
    with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
        qtbot.mouseClick(segment, Qt.MouseButton.LeftButton)


def shown(panel: MapPanel) -> np.ndarray:
    """Pixels (H, W, 4) of what lies beneath the dots."""
    view = panel.view
    image = QImage(view.width(), view.height(), QImage.Format.Format_RGB32)
    image.fill(QColor(panel.themes.current.background))
    painter = QPainter(image)
    panel.backdrop.paint(painter, view.view, view.width(), view.height(), 1.0)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(view.height(), view.width(), 4).copy()


def blank(pixels: np.ndarray) -> bool:
    return bool((pixels == pixels[0, 0]).all())


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_chosen_shown_and_undone(panel: MapPanel, space: Space, qtbot: QtBot, kind: str) -> None:
    before = panel.view.grab().toImage()
    choose(panel, qtbot, kind)
    assert panel.workspace.look.backdrop == kind
    assert panel.findChild(QPushButton, f"backdrop-{kind}").isChecked()
    assert not blank(shown(panel))
    assert panel.view.grab().toImage() != before
    panel.workspace.undo.undo()
    assert blank(shown(panel))
    assert panel.findChild(QPushButton, "backdrop-none").isChecked()
    assert panel.view.grab().toImage() == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("projection", ["axes", "pca", "curved"])
def test_each_works_in_every_projection(
    panel: MapPanel, space: Space, qtbot: QtBot, kind: str, projection: str
) -> None:
    workspace = panel.workspace
    if projection == "curved":  # as t-SNE and UMAP leave it
        mu = space.posterior.mu
        curved = Local("tsne", ("t-SNE 1", "t-SNE 2"), np.tanh(mu[:, :2]) * 9, mu).indexed()
        workspace.space = replace(space, projection=curved)
        workspace.space_changed.emit(None)
    elif projection == "axes":
        with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
            qtbot.mouseClick(panel.findChild(QPushButton, "projection-axes"), Qt.MouseButton.LeftButton)
    choose(panel, qtbot, kind)
    assert not blank(shown(panel))


def test_the_atlas_shows_what_each_place_decodes_to(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    choose(panel, qtbot, "atlas")
    fill = fill_of(panel.workspace)
    assert fill is not None
    assert space.model is not None
    made = [one for one, _ in panel.backdrop.stored._kept.values()]
    assert made
    for one in made:
        xy = centres(one.tile.left, one.tile.top, one.tile.span / 4, 4)
        expected = decode(space.model, fill.lift(xy)).astype(int)
        assert np.abs(one.values.astype(int) - expected).max() <= 1
    # On the screen: the middle of a picture's cell has that picture's tone.
    one = next(one for one in made if panel.view.rect().contains(panel.view.to_screen(
        one.tile.left + one.tile.span / 2, one.tile.top - one.tile.span / 2).toPoint()))  # fmt: skip
    assert one.image == atlas_image(
        one.values, one.tile.span * one.scale, DARK, space.model.preparation, panel.backdrop._maker._ink, 4
    )


def test_trust_is_round_trip_and_density_at_the_corners(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    choose(panel, qtbot, "trust")
    fill, density = fill_of(panel.workspace), Density.fit(space.posterior.mu)
    assert fill is not None
    assert density is not None
    one, _ = next(iter(panel.backdrop.stored._kept.values()))
    steps = np.arange(CELLS + 1) * one.tile.span / CELLS
    for row, column in ((0, 0), (3, 7), (CELLS, CELLS)):
        z = fill.lift(np.array([[one.tile.left + steps[column], one.tile.top - steps[row]]]))
        assert one.values[row, column, 0] == pytest.approx(round_trip(space.model, z)[0], rel=0.02, abs=0.01)
        assert one.values[row, column, 1] == pytest.approx(density.score(z)[0], rel=0.02, abs=0.01)


def test_the_legend_stands_on_trust_only_and_in_the_corner(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    legend = panel.view.findChild(object, "backdropLegend")
    assert not legend.isVisible()
    choose(panel, qtbot, "trust")
    assert legend.isVisible()
    image = legend.grab().toImage()
    assert image.pixelColor(16, 29).blue() > image.pixelColor(16, 29).red()
    right = image.pixelColor(legend.width() - 17, 29)
    assert right.red() > right.blue()
    panel.resize(800, 400)
    assert legend.geometry().right() == panel.view.width() - 11
    panel.workspace.undo.undo()
    assert not legend.isVisible()


def test_hidden_classes_have_no_contours(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    choose(panel, qtbot, "density")
    both = shown(panel)
    with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
        panel.workspace.set_look(hidden=frozenset({0}))
    one = shown(panel)
    with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
        panel.workspace.set_look(hidden=frozenset({0, 1, 2}))
    assert blank(shown(panel))
    assert not np.array_equal(one, both)
    assert not blank(one)


def test_another_theme_gives_other_tiles(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    for kind in KINDS:
        choose(panel, qtbot, kind)
        dark = shown(panel)
        with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
            panel.themes.choose("light")
        assert shown(panel)[..., :3].mean() > dark[..., :3].mean() + 60
        panel.themes.choose("dark")


def test_a_model_that_is_switched_leaves_nothing_of_the_old_one(
    panel: MapPanel, space: Space, qtbot: QtBot, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    panel.workspace.set_look(backdrop="atlas")
    panel.view.grab()  # asks for tiles …
    upside_down = Dataset("image", 255 - pictures.x, pictures.labels, pictures.classes, source="other")
    other = open_untrained(upside_down, 3)  # … and before they are there the model is another
    panel.workspace.set_look(backdrop="atlas")
    with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
        panel.view.grab()
    shown(panel)
    fill = fill_of(panel.workspace)
    assert fill is not None
    assert other.model is not None
    for one, _ in panel.backdrop.stored._kept.values():
        xy = centres(one.tile.left, one.tile.top, one.tile.span / 4, 4)
        assert np.abs(one.values.astype(int) - decode(other.model, fill.lift(xy)).astype(int)).max() <= 1


def test_only_a_move_out_of_the_plane_asks_for_new_tiles(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    choose(panel, qtbot, "atlas")
    number = panel.backdrop._number
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(20, 30))
    assert panel.workspace.cursor is not None
    assert panel.backdrop._number == number
    before = shown(panel)
    panel.workspace.set_cursor(panel.workspace.place_of(5))
    assert panel.backdrop._number != number
    np.testing.assert_array_equal(shown(panel), before)  # the old ones until the new ones are there
    with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
        panel.view.grab()
    assert not np.array_equal(shown(panel), before)


def test_how_the_others_are_filled_in_is_chosen_and_undone(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    button = panel.findChild(QToolButton, "otherDimensions")
    assert button.isVisible()
    panel.workspace.set_cursor(panel.workspace.place_of(7))
    found = {}
    for action, others in zip(button.menu().actions(), ("cursor", "mean", "local"), strict=True):
        action.trigger()
        assert panel.workspace.look.others == others
        assert [one.isChecked() for one in button.menu().actions()].count(True) == 1
        if others == "local":  # an index of the items is made first; until then the mean stands in
            np.testing.assert_array_equal(panel.hand.lift(0.1, 0.2), found["mean"])
            qtbot.waitUntil(lambda: not np.allclose(panel.hand.lift(0.1, 0.2), found["mean"]))
        found[others] = panel.hand.lift(0.1, 0.2)
        placed = panel.hand.place(found[others][None])
        assert placed is not None
        np.testing.assert_allclose(placed[0], [0.1, 0.2], atol=1e-5)
    assert not np.allclose(found["cursor"], found["mean"])
    assert not np.allclose(found["local"], found["mean"])
    panel.workspace.undo.undo()
    assert panel.workspace.look.others == "mean"
    np.testing.assert_array_equal(panel.hand.lift(0.1, 0.2), found["mean"])


def test_two_dimensions_have_no_others(
    panel: MapPanel, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    open_untrained(pictures, 2)
    assert not panel.findChild(QToolButton, "otherDimensions").isVisible()


def test_a_selected_item_has_draws_of_its_posterior(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    panel.workspace.stand(panel.workspace.place_of(3), (3,))
    qtbot.waitUntil(lambda: panel.view.marks.draws is not None, timeout=SOON)
    draws = panel.view.marks.draws
    assert draws is not None
    assert space.projection is not None
    sigma = np.sqrt(np.diag(space.projection.spread(space.posterior.mu[3], space.posterior.sigma[3])))
    middle = space.projection.place(space.posterior.mu[3][None])[0]
    assert (np.abs(draws - middle).max(axis=0) < 5 * sigma).all()
    np.testing.assert_allclose(draws.std(axis=0), sigma, rtol=0.4)
    panel.workspace.undo.undo()
    assert panel.view.marks.draws is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("latent", [1, 2, 64])
@pytest.mark.parametrize("codes", ["none", "one", "alike", "nan"])
def test_bad_data_does_no_harm(
    panel: MapPanel, workspace: Workspace, pictures: Dataset, qtbot: QtBot, kind: str, latent: int, codes: str
) -> None:
    import torch

    from vae_desktop.core.work import finish
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.opening import projecting

    torch.manual_seed(0)
    model = VAE(VAEConfig(latent=latent, hidden=(16,)), Preparation.fit(pictures)).eval()
    mu = np.random.default_rng(0).normal(size=(40, latent)).astype(np.float32)
    if codes == "alike":
        mu[:] = 1
    elif codes == "nan":
        mu[::2] = np.nan
    mu = mu[: {"none": 0, "one": 1}.get(codes, 40)]
    failed: list[object] = []
    workspace.failed.connect(failed.append)
    workspace.set_opened(Opened(space=finish(projecting(Space(model, Posterior(mu, np.zeros_like(mu))), None))))
    with qtbot.waitSignal(panel.backdrop.settled, timeout=SOON):
        workspace.set_look(backdrop=kind, others="local")
        panel.view.grab()
    shown(panel)
    assert not failed
    workspace.set_opened(Opened())
    assert blank(shown(panel))


def test_a_table_has_an_atlas_of_bars(
    panel: MapPanel, open_untrained: Callable[..., Space], table: Dataset, qtbot: QtBot
) -> None:
    open_untrained(table, 2)
    choose(panel, qtbot, "atlas")
    assert not blank(shown(panel))


def test_while_it_trains_following_costs_little(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    choose(panel, qtbot, "trust")
    backdrop, number = panel.backdrop, panel.backdrop._number
    backdrop._trains = lambda: True  # type: ignore[method-assign]
    backdrop._rest(50.0)
    import copy

    assert space.model is not None
    workspace = panel.workspace
    workspace.space = replace(space, model=copy.deepcopy(space.model))
    workspace.space_changed.emit(None)
    assert backdrop._number == number  # the last weights' tiles for a while …
    qtbot.waitUntil(lambda: backdrop._number != number, timeout=SOON)  # … and then those of the new ones


def test_atlas_pictures_grow_with_what_is_in_them(space: Space) -> None:
    fill = None
    for size, pitch, side in ((8, 36, 4), (28, 36, 4), (64, 64, 2), (200, 96, 2)):
        preparation = Preparation("image", (1, size, 8), (0.0,), (255.0,))
        maker = AtlasMaker(type("Model", (), {"preparation": preparation}), fill, DARK)  # type: ignore[arg-type]
        assert (maker.pitch, maker.side, maker.least) == (pitch, side, side * pitch)


def test_scenes_without_a_model_show_nothing(panel: MapPanel, space: Space) -> None:
    fill = fill_of(panel.workspace)
    assert fill is not None
    bare = replace(space, model=None)
    scene = Scene("atlas", bare, fill, DARK, ("#ffffff",), lambda: np.zeros(40, int), None, frozenset())
    panel.backdrop.show_scene(scene)
    assert panel.backdrop._maker is None
    assert TrustMaker.lane != AtlasMaker.lane
