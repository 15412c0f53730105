from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.latent.turn import Ball, Camera, Sight
from vae_desktop.ui.widgets import turn_raster
from vae_desktop.ui.widgets.turn_raster import FAINTEST, TurnRaster, shades_of

ALL = np.ones(256, bool)
COLOURS = np.array([[255, 0, 0], [0, 200, 0], [0, 0, 100]], float)
SHADES = shades_of(COLOURS, np.zeros(3))
CORNERS = np.array([[-1, -1, -1], [1, 1, 1]], np.float32)  # so that all lies in a ball around 0
FRONT = Camera(0, 0)


def seen(camera: Camera = FRONT, size: int = 101) -> Sight:
    return Sight(camera, Ball((0, 0, 0), float(np.sqrt(3))), size, size)


def channels(pixels: np.ndarray) -> np.ndarray:
    return np.stack([pixels >> shift & 255 for shift in (24, 16, 8, 0)], axis=-1)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("away", [1, -1])
def test_of_two_dots_on_one_pixel_the_nearer_wins(order: list[int], away: int) -> None:
    places = np.array([[0, 0, 0.5 * away], [0, 0, -0.5 * away]], np.float32)[order]
    groups = np.array([0, 1], np.uint8)[order]
    drawn = TurnRaster(places, groups, ALL).paint(seen(), 3.0, SHADES)
    alpha, red, green, blue = channels(drawn.pixels)[50, 50].tolist()
    assert alpha == 255
    assert (red > 100, green > 100, blue) == (away > 0, away < 0, 0)
    assert drawn.item_at(50.5, 50.5, 6, 3) == order.index(0 if away > 0 else 1)


def test_the_nearer_covers_a_farther_dot_beside_it() -> None:
    places = np.array([[0, 0, 0.8], [0.3, 0, -0.8]], np.float32)
    drawn = TurnRaster(places, np.array([2, 0], np.uint8), ALL).paint(seen(), 5.0, SHADES)
    y, x = np.indices(drawn.pixels.shape)
    disc = np.hypot(x - 50, y - 50) <= 5
    assert (channels(drawn.pixels)[disc, 1] == 0).all()
    assert (channels(drawn.pixels)[..., 1] > 0).any()


def test_far_dots_fade_and_near_ones_are_larger() -> None:
    front, back = (
        TurnRaster(np.array([[0, 0, z]], np.float32), np.zeros(1, np.uint8), ALL).paint(seen(), 3.9, SHADES)
        for z in (1.5, -1.5)
    )
    assert channels(front.pixels)[50, 50, 1] == 255
    assert channels(back.pixels)[50, 50, 1] == pytest.approx(255 * FAINTEST, abs=1)
    assert (channels(front.pixels)[..., 0] == 255).sum() > 1.5 * (channels(back.pixels)[..., 0] == 255).sum()


def test_dots_lie_where_the_sight_says() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(-1, 1, (40, 3)).astype(np.float32)
    raster = TurnRaster(places, np.zeros(40, np.uint8), ALL)
    sight = seen(Camera(0.9, -0.5))
    drawn = raster.paint(sight, 0.6, SHADES)
    wanted = sight.of(places)
    np.testing.assert_allclose(np.stack([drawn.x, drawn.y, drawn.near], 1), wanted[drawn.items], rtol=1e-5, atol=1e-4)
    for x, y, _ in np.floor(wanted).astype(int).tolist():
        assert channels(drawn.pixels)[y, x, 0] == 255


@pytest.mark.parametrize("radius", [3.0, 6.0])
def test_a_dot_has_a_soft_rim(radius: float) -> None:
    drawn = TurnRaster(np.zeros((1, 3), np.float32), np.zeros(1, np.uint8), ALL).paint(seen(), radius, SHADES)
    alpha = channels(drawn.pixels)[..., 0]
    assert set(np.unique(alpha).tolist()) == {0, 115, 255}
    y, x = np.indices(alpha.shape)
    assert np.hypot(x - 50, y - 50)[alpha > 0].max() < radius + 1.5


def test_what_is_hidden_outside_or_nowhere_is_not_drawn() -> None:
    places = np.array([[0, 0, 0], [0.5, 0, 0], [np.nan, 0, 0], [90, 0, 0], [-0.5, 0, 0]], np.float32)
    shown = ALL.copy()
    shown[1] = False
    raster = TurnRaster(places, np.array([0, 1, 0, 0, 2], np.uint8), shown)
    drawn = raster.paint(seen(), 2.0, SHADES)
    assert sorted(drawn.items.tolist()) == [0, 3, 4]
    assert raster.total == 5
    assert not channels(drawn.pixels)[..., 2].any()
    assert drawn.item_at(float(seen().of(places)[1, 0]), 50, 4, 2) == -1


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_points(n: int) -> None:
    raster = TurnRaster(np.zeros((n, 3), np.float32), np.zeros(n, np.uint8), ALL)
    drawn = raster.paint(Sight(FRONT, raster.ball, 40, 30), raster.radius, SHADES)
    assert drawn.pixels.shape == (30, 40)
    assert bool(drawn.pixels.any()) == bool(n)
    assert drawn.item_at(20, 15, 6, 3) == n - 1


def test_a_turn_draws_a_fair_part_and_rest_draws_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_raster, "AT_ONCE", 1000)
    groups = np.repeat([0, 1, 2], [8000, 1500, 500]).astype(np.uint8)
    places = np.random.default_rng(0).normal(size=(10_000, 3)).astype(np.float32)
    raster = TurnRaster(places, groups, ALL)
    few = raster.paint(seen(), 1.0, SHADES, raster.few)
    assert np.bincount(groups[few.items]).tolist() == [800, 150, 50]
    whole = raster.paint(seen(), 1.0, SHADES)
    assert sorted(whole.items.tolist()) == list(range(10_000))


def test_many_groups_keep_their_colours() -> None:
    colours = np.stack([np.arange(255), np.arange(255)[::-1], np.full(255, 7)], axis=1).astype(float)
    shades = shades_of(colours, np.zeros(3))
    for group in (0, 100, 254):
        raster = TurnRaster(np.array([[0, 0, 1.5]], np.float32), np.array([group], np.uint8), ALL)
        assert channels(raster.paint(seen(), 2.0, shades).pixels)[50, 50].tolist() == [255, *colours[group]]


def test_selected_dots_lie_in_front_in_full_colour_and_the_others_are_a_picture_of_their_own() -> None:
    places = np.array([[0, 0, 0.9], [0, 0, -0.9], [0.5, 0, 0], [-0.5, 0, -0.9]], np.float32)
    raster = TurnRaster(places, np.array([0, 1, 2, 1], np.uint8), ALL)
    drawn = raster.selecting(np.array([1, 3])).paint(seen(), 3.0, SHADES)
    assert drawn.over is not None
    assert channels(drawn.over)[50, 50].tolist() == [255, 0, 200, 0]  # though it lies at the back
    assert channels(drawn.pixels)[50, 50, 1] > 100
    assert (channels(drawn.over)[..., 3] == 0).all()
    assert drawn.item_at(50.5, 50.5, 6, 3) == 1
    for few in (np.array([1]), np.empty(0, int)):
        assert raster.selecting(few).paint(seen(), 3.0, SHADES).over is None


def test_while_they_turn_all_of_a_few_selected_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_raster, "AT_ONCE", 100)
    places = np.random.default_rng(0).uniform(-1, 1, (1000, 3)).astype(np.float32)
    raster = TurnRaster(places, np.zeros(1000, np.uint8), ALL)
    few = raster.selecting(np.arange(700, 720)).paint(seen(), 1.0, SHADES, raster.few)
    assert set(range(700, 720)) <= set(few.items.tolist())
    assert len(few) == len(set(few.items.tolist())) == 100
    many = raster.selecting(np.arange(900)).paint(seen(), 1.0, SHADES, raster.few)
    assert (many.items < 900).sum() == 50  # the others stay
    whole = raster.selecting(np.arange(900)).paint(seen(), 1.0, SHADES)
    assert sorted(whole.items.tolist()) == list(range(1000))
