from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from vae_desktop.core.preparation import Preparation
from vae_desktop.ui.theme import DARK, LIGHT
from vae_desktop.ui.widgets.tile_paint import (
    AWAY,
    atlas_image,
    density_image,
    trust_colours,
    trust_image,
    trust_opacity,
)
from vae_desktop.ui.widgets.tiles import Tile


def test_ink_is_drawn_on_the_background_of_either_theme() -> None:
    items = np.zeros((16, 8, 8, 1), np.uint8)
    items[:, 2:6, 2:6] = 255
    preparation = Preparation("image", (1, 8, 8), (0.0,), (255.0,))
    for theme in (DARK, LIGHT):
        image = atlas_image(items, 200.0, theme, preparation, True, 4)
        assert image.width() == 200
        assert image.pixelColor(0, 0) == QColor(theme.background)
        ink = image.pixelColor(25, 25)
        ground, quiet = QColor(theme.background).lightness(), QColor(theme.quiet).lightness()
        assert min(ground, quiet) < ink.lightness() < max(ground, quiet)


def test_colour_pictures_are_dimmed_not_recoloured() -> None:
    items = np.zeros((16, 8, 8, 3), np.uint8)
    items[..., 0] = 255
    preparation = Preparation("image", (3, 8, 8), (0.0,), (255.0,))
    red = atlas_image(items, 200.0, DARK, preparation, False, 4).pixelColor(25, 25)
    assert red.red() > 100 > 20 > red.green()


def test_coloured_strokes_keep_their_colour_and_let_the_background_through() -> None:
    items = np.zeros((16, 8, 8, 3), np.uint8)
    items[:, 2:6, 2:6, 2] = 255
    preparation = Preparation("image", (3, 8, 8), (0.0,), (255.0,))
    for theme in (DARK, LIGHT):
        image = atlas_image(items, 200.0, theme, preparation, True, 4)
        assert image.pixelColor(8, 8) == QColor(theme.background)
        blue = image.pixelColor(25, 25)
        assert blue.blue() > blue.red() + 60
        items[:, 2:6, 2:6] = 255
        white = atlas_image(items, 200.0, theme, preparation, True, 4).pixelColor(25, 25)
        assert abs(white.lightness() - QColor(theme.background).lightness()) > 40  # is seen in the light theme, too
        items[:, 2:6, 2:6, :2] = 0


def test_trust_is_smooth_between_its_samples_and_meets_at_the_seams() -> None:
    there = np.zeros((9, 9, 2), np.float32)
    there[..., 0] = np.linspace(0, 4, 9)  # from blue to orange
    image = trust_image(there, 160.0, DARK)
    left, middle, right = (image.pixelColor(x, 80) for x in (1, 80, 158))
    assert left.blue() > left.red()
    assert right.red() > right.blue()
    assert abs(middle.red() - middle.blue()) < 12
    steps = [abs(image.pixelColor(x, 80).red() - image.pixelColor(x + 1, 80).red()) for x in range(159)]
    assert max(steps) <= 4
    next_one = trust_image(there[:, ::-1].copy(), 160.0, DARK)
    seam = image.pixelColor(159, 80), next_one.pixelColor(0, 80)
    assert abs(seam[0].red() - seam[1].red()) <= 3


def test_far_from_the_data_trust_is_faint_and_unknown_is_between() -> None:
    inside, edge, outside = trust_opacity(np.array([0.5, 1.5, 5.0]))
    assert inside > edge > outside > 0
    np.testing.assert_allclose(trust_colours()[[0, -1]], [[0x2F, 0x6F, 0xD0], [0xD9, 0x5F, 0x02]])
    assert len(AWAY) == 5
    nothing = np.full((9, 9, 2), np.nan, np.float32)
    nothing[..., 0] = np.inf
    assert trust_image(nothing, 90.0, DARK).pixelColor(40, 40).red() > 60


def test_a_tile_without_a_region_is_background() -> None:
    image = density_image((), (), Tile(0, 0, 0), 99.5, LIGHT)
    assert image.width() == 101
    assert image.pixelColor(50, 50) == QColor(LIGHT.background)
