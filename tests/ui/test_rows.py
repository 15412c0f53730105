"""Rows of tables: as small pictures, and column by column beside a real row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset
from vae_desktop.latent.decode import decode, expected
from vae_desktop.ui.inspector_jobs import decode_one
from vae_desktop.ui.theme import DARK, LIGHT, class_colour
from vae_desktop.ui.widgets.decoded_view import LINES, DecodedView
from vae_desktop.ui.widgets.item_view import item_pixmap
from vae_desktop.ui.widgets.row_paint import row_of
from vae_desktop.ui.widgets.row_view import CAPTION, HEAD, LEGEND, LINE, SEEN, Beside, Decoded, short
from vae_desktop.ui.workspace import Place

from tests.ui.test_items import pixels  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

NAN = np.nan
COLUMNS = (Column("length"), Column("kind", "category", ("ant", "bee", "cicada")), Column("mass"))


def mixed(extra: int = 0) -> Dataset:
    """Rows of numbers and a category, some missing."""
    rng = np.random.default_rng(0)
    x = np.stack([rng.normal(50, 10, 40), rng.integers(0, 3, 40), rng.normal(0, 1, 40)], 1)
    x = np.hstack([x, rng.normal(0, 1, (40, extra))]).astype(np.float32)
    x[::4, 0], x[1::5, 1] = NAN, NAN
    return Dataset("table", x, columns=(*COLUMNS, *(Column(f"more {i}") for i in range(extra))))


PREPARATION = Preparation.fit(mixed())
MEANS = np.array([1.0, 0.125, 0.75, 0.125, -0.5], np.float32)  # in the network's layout


@pytest.fixture
def view(qtbot: QtBot) -> DecodedView:
    view = DecodedView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    return view


def colours(pixmap_row: np.ndarray) -> set[str]:
    return {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in pixmap_row.reshape(-1, 3).tolist()}


def test_a_small_row_has_categories_by_place_and_gaps_empty(qtbot: QtBot) -> None:
    shown = pixels(item_pixmap(np.array([NAN, 1, 0], np.float32), 60, 1.0, PREPARATION, DARK))
    assert colours(shown[2:18]) == {DARK.field}
    field, bee = DARK.field, class_colour(DARK, 1)
    assert [colours(shown[25:35, at : at + 16]) for at in (2, 22, 42)] == [{field}, {bee}, {field}]


@pytest.mark.parametrize("values", [[NAN, NAN, NAN], [1e30, 2, -1e30], [NAN, 0, 3]])
@pytest.mark.parametrize("extra", [0, 300])
def test_any_row_can_be_drawn(qtbot: QtBot, values: list[float], extra: int) -> None:
    preparation = Preparation.fit(mixed(extra))
    row = np.array(values + [NAN] * extra, np.float32)
    for known in (preparation, None):
        assert not item_pixmap(row, 40, 1.0, known, LIGHT).isNull()


def test_a_curve_is_interrupted_where_values_are_missing(qtbot: QtBot) -> None:
    row = np.zeros(300, np.float32)
    row[100:200] = NAN
    row[150] = 2
    shown = pixels(item_pixmap(row, 60, 1.0, None, DARK))
    accent = np.array(list(bytes.fromhex(DARK.accent_text[1:])))
    drawn = (shown == accent).all(2).any(0)
    assert drawn[:18].all()
    assert drawn[42:].all()
    assert 1 <= drawn[22:38].sum() <= 2


@pytest.mark.parametrize(
    ("value", "scale", "told"),
    [
        (5.8433, 0.82, "5.84"), (4201.7, 801, "4202"), (-0.001, 1, "0.00"), (0.00004, 1e-6, "4e-05"),
        (NAN, 1, "–"), (3e9, 1, "3e+09"), (210.04, 14, "210.0"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, scale: float, told: str) -> None:
    assert short(value, scale) == told


def test_a_row_is_told_in_words() -> None:
    beside = Beside(np.array([NAN, 2, 1.25], np.float32), "#7", own=True)
    row = PREPARATION.restore(MEANS[None])[0]
    decoded = Decoded(row, PREPARATION, MEANS, beside)
    assert [decoded.real(j) for j in range(3)] == ["missing", "cicada", "1.25"]
    assert decoded.text(0) == f"≈ {short(float(row[0]), 10)}"
    assert decoded.text(1) == "bee"
    assert decoded.told(1) == "kind\ndecoded: bee 75%, ant 12%, cicada 12%\n#7: cicada"
    assert decoded.told(0).endswith("#7: missing\n≈ the model's value for the one that is missing")
    near = replace(decoded, beside=replace(beside, own=False))
    assert near.told(1).endswith("\nnearest, #7: cicada")
    assert not near.text(0).startswith("≈")  # what is missing there is not what is decoded here
    assert replace(decoded, means=None).shares(1).tolist() == [0, 1, 0]


def test_the_likeliest_fills_most_of_its_bar_and_the_real_one_is_marked(view: DecodedView) -> None:
    view.set_theme(DARK)
    row = PREPARATION.restore(MEANS[None])[0]
    view.set_item(row, PREPARATION, ("here", "0.1 ms"), MEANS, Beside(np.array([60, 2, NAN], np.float32), "#7"))
    QApplication.processEvents()
    line = pixels(view.row.viewport().grab())[HEAD + LINE + LINE // 2]
    counts = [(line == list(bytes.fromhex(class_colour(DARK, i)[1:]))).all(1).sum() for i in range(3)]
    assert counts[1] > 4 * counts[0] > 0
    ticked = (line == list(bytes.fromhex(DARK.text[1:]))).all(1)
    bee = np.flatnonzero((line == list(bytes.fromhex(class_colour(DARK, 1)[1:]))).all(1))
    assert ticked[bee[-1] :][:14].sum() == 2
    assert view.caption == ("here", "0.1 ms")
    np.testing.assert_array_equal(view.item, row)


def test_moving_lays_nothing_out(view: DecodedView, qtbot: QtBot) -> None:
    asked = []
    rows = PREPARATION.restore(np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32))
    view.set_item(rows[0], PREPARATION)
    qtbot.waitExposed(view)
    QApplication.processEvents()
    view.row.updateGeometry = lambda: asked.append(1)
    heights = set()
    for row in rows:
        view.set_item(row, PREPARATION, means=MEANS)
        heights.add(view.sizeHint().height())
    assert len(heights) == 1
    assert not asked


def test_many_columns_are_scrolled_found_and_ordered(view: DecodedView, qtbot: QtBot) -> None:
    data = mixed(60)
    preparation = Preparation.fit(data)
    row = np.array([preparation.low[j] for j in range(63)], np.float32)
    row[1], row[40], row[7] = 2, 5, -4
    beside = Beside(row.copy(), "#1")
    beside.row[20], beside.row[30] = 9, NAN
    view.set_item(row, preparation, beside=beside)
    view.resize(300, view.sizeHint().height())
    QApplication.processEvents()
    bar = view.row.verticalScrollBar()
    assert view.search.isVisible()
    assert bar.maximum() == 63 * LINE - (view.row.viewport().height() - HEAD - CAPTION - 1)
    assert view.row.column_at(HEAD + 1) == 0
    view.row.setFocus()
    qtbot.keyClick(view.row, Qt.Key.Key_PageDown)
    assert view.row.column_at(HEAD + 1) >= SEEN - 2
    view.order.setCurrentIndex(1)
    assert view.row.columns[:2] == [40, 7]
    view.order.setCurrentIndex(2)
    assert view.row.columns[0] == 20
    assert view.row.columns[-1] == 30  # what is missing cannot be compared
    again = row.copy()
    again[50] = 90
    view.set_item(again, preparation, beside=beside)
    assert view.row.columns[0] == 20  # lines stay while the pointer moves
    view.settle()
    assert view.row.columns[0] == 50
    assert view.row.accessibleDescription().startswith("more 47, decoded: 90, nearest, #1: ")
    qtbot.keyClicks(view.search, "More 1")
    assert sorted(view.row.columns) == [4, *range(13, 23)]
    view.search.clear()
    assert len(view.row.columns) == 63
    assert not view.grab().isNull()


def test_the_tool_tip_tells_the_column(view: DecodedView, qtbot: QtBot) -> None:
    view.set_item(PREPARATION.restore(MEANS[None])[0], PREPARATION, means=MEANS)
    QApplication.processEvents()
    for y, told in ((HEAD + LINE + 3, "kind\ndecoded: bee 75%, ant 12%, cicada 12%"), (3, LEGEND)):
        at = QPoint(20, y)
        event = QHelpEvent(QHelpEvent.Type.ToolTip, at, view.row.viewport().mapToGlobal(at))
        QApplication.sendEvent(view.row.viewport(), event)
        assert QToolTip.text() == told
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_very_long_row_stays_a_curve_and_a_picture_a_picture(view: DecodedView) -> None:
    wide = Preparation.fit(mixed(LINES))
    view.set_item(np.zeros(LINES + 3, np.float32), wide)
    assert view.whole.isVisible()
    assert not view.row.isVisible()
    view.set_item(PREPARATION.restore(MEANS[None])[0], PREPARATION)
    assert view.row.isVisible()
    view.set_item(np.zeros((4, 4, 1), np.uint8), None)
    assert view.whole.isVisible()
    assert view.row.decoded is None
    view.set_item(None)
    assert view.item is None


def test_the_nearest_real_row_stands_beside_a_place(open_untrained: Callable, table: Dataset) -> None:
    space = open_untrained(table, 2)
    z = space.posterior.mu[5] + np.float32(1e-4)
    here = decode_one(space, Place(z))
    assert here.number == 5
    np.testing.assert_array_equal(here.beside, table.x[5])
    np.testing.assert_array_equal(here.item, decode(space.model, z[None])[0])
    np.testing.assert_array_equal(here.means, expected(space.model, z[None])[0])
    assert decode_one(space, Place(z, item=9)).number == 9
    assert decode_one(replace(space, dataset=None), Place(z)).beside is None


@pytest.mark.parametrize("normalise", ["standard", "range", "none"])
def test_the_middle_of_a_bar_is_the_mean_however_columns_were_brought_to_scale(normalise: str) -> None:
    data = replace(mixed(), options={"normalise": normalise})
    means = np.nanmean(data.x, axis=0)
    scores = row_of(means, Preparation.fit(data)).scores
    np.testing.assert_allclose(scores[[0, 2]], 0, atol=1e-5)
    further = row_of(means + np.nanstd(data.x, axis=0), Preparation.fit(data)).scores
    np.testing.assert_allclose(further[[0, 2]], 1, rtol=1e-4)
