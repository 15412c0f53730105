from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from vae_desktop.core.preparation import Preparation
from vae_desktop.ui.theme import DARK, LIGHT
from vae_desktop.ui.widgets.film_strip import FilmStrip
from vae_desktop.ui.widgets.item_grid import ItemGrid
from vae_desktop.ui.widgets.item_view import CAPTION, ItemView, item_pixmap
from vae_desktop.ui.widgets.row_paint import envelope

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset


def pixels(pixmap: QPixmap) -> np.ndarray:
    """Colours (H, W, 3)."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)[:, :, 2::-1]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_small_pictures_are_enlarged_without_blur(qtbot: QtBot, channels: int, ratio: float) -> None:
    item = np.random.default_rng(0).integers(0, 256, (5, 3, channels)).astype(np.uint8)
    pixmap = item_pixmap(item, 50, ratio)
    assert pixmap.deviceIndependentSize().toTuple() == (30, 50)
    shown = pixels(pixmap)
    big = item.repeat(round(10 * ratio), 0).repeat(round(10 * ratio), 1)
    np.testing.assert_array_equal(shown, np.broadcast_to(big, shown.shape))


def test_large_pictures_are_averaged(qtbot: QtBot) -> None:
    item = np.indices((64, 64)).sum(0)[..., None] % 2 * np.uint8(255)
    shown = pixels(item_pixmap(item.astype(np.uint8), 8, 1.0))
    assert np.abs(shown.astype(int) - 127).max() < 40


def test_a_row_becomes_bars_on_both_sides_of_its_columns_means(qtbot: QtBot, table: Dataset) -> None:
    preparation = Preparation.fit(table)
    mean, one = np.array(preparation.low), np.array(preparation.high)
    row = np.array([mean[0], 3 * one[1] - 2 * mean[1], 4 * mean[2] - 3 * one[2]], np.float32)  # 0, 3, -3 σ
    shown = pixels(item_pixmap(row, 60, 1.0, preparation, DARK))
    field = tuple(bytes.fromhex(DARK.field[1:]))
    filled = [[tuple(shown[y, x]) != field for x in (10, 50)] for y in (9, 29, 49)]
    assert filled == [[False, False], [False, True], [True, False]]


def test_a_long_row_becomes_a_curve(qtbot: QtBot) -> None:
    row = np.sin(np.linspace(0, 6, 500)).astype(np.float32)
    shown = pixels(item_pixmap(row, 60, 1.0, None, LIGHT))
    accent = np.array(list(bytes.fromhex(LIGHT.accent_text[1:])))
    assert ((shown == accent).all(2).any(0)).mean() > 0.9


def test_the_view_keeps_the_aspect(qtbot: QtBot) -> None:
    view = ItemView()
    qtbot.addWidget(view)
    view.set_item(np.full((20, 40, 1), 255, np.uint8), None, ("here", "0.1 ms"))
    assert view.heightForWidth(200) == 100 + CAPTION
    view.resize(200, 200 + CAPTION)
    shown = pixels(view.grab())
    white = (shown[: 200 - 2] == 255).all(2)
    assert white.any(1).sum() == pytest.approx(99, abs=2)
    assert white.any(0).sum() == pytest.approx(198, abs=2)


def test_every_item_is_found_where_it_stands(qtbot: QtBot) -> None:
    items = np.zeros((11, 8, 8, 1), np.uint8)
    for grid in (ItemGrid(20, 40), ItemGrid(20, 40, 4)):
        qtbot.addWidget(grid)
        grid.set_items(items, captions=["x"] * 11, rows=["z₁", "z₂", "z₃"])
        grid.resize(300, grid.heightForWidth(300))
        assert [grid.index_at(grid.box(index).center()) for index in range(11)] == list(range(11))
        assert grid.index_at(QPoint(2, 2)) == -1
        assert grid.box(10).bottom() < grid.height()


def test_keys_walk_and_choose(qtbot: QtBot) -> None:
    grid = ItemGrid(20, 40, 3)
    qtbot.addWidget(grid)
    grid.set_items(np.zeros((5, 4, 4, 1), np.uint8))
    walked, chosen = [], []
    grid.walked.connect(walked.append)
    grid.chosen.connect(chosen.append)
    keys = Qt.Key
    for key in (keys.Key_Right, keys.Key_Down, keys.Key_Right, keys.Key_Down, keys.Key_Up, keys.Key_Return):
        qtbot.keyClick(grid, key)
    assert walked == [1, 4, 1]  # nothing lies right of the last, nor below it
    assert chosen == [1]


def test_only_frames_in_sight_are_drawn(qtbot: QtBot) -> None:
    strip = FilmStrip()
    qtbot.addWidget(strip)
    strip.resize(300, 100)
    strip.set_items(np.zeros((64, 8, 8, 1), np.uint8), captions=["t"] * 64)
    strip.show()
    strip.grab()
    drawn = [index for index, one in enumerate(strip.frames._drawn) if one is not None]
    assert drawn == list(range(len(drawn)))
    assert 5 < len(drawn) < 12
    strip.stand_on(63)
    assert strip.horizontalScrollBar().value() > 1500


def test_a_curve_of_many_columns_keeps_its_peaks_and_its_gaps() -> None:
    scores = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    scores[41_234], scores[70_001], scores[20_000:30_000] = 9, -9, np.nan
    made = envelope(scores, 800)
    assert 700 <= len(made) <= 800
    assert np.nanmax(made) == 9
    assert np.nanmin(made) == -9
    assert np.nanargmax(made) / len(made) == pytest.approx(0.41234, abs=0.01)
    assert np.isnan(made).mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_array_equal(envelope(scores[:800], 800), scores[:800])
