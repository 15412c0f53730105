"""What the Evaluation panel is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from vae_desktop.latent.disentangle import Disentanglement
from vae_desktop.ui.widgets.evaluation_pages import EvaluationPages
from vae_desktop.ui.widgets.figure_rows import FigureRows, Line
from vae_desktop.ui.widgets.information_map import InformationMap
from vae_desktop.ui.widgets.pair_grid import PairGrid
from vae_desktop.ui.widgets.share_bar import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(qtbot: QtBot) -> Callable:
    def shown(widget: object) -> object:
        qtbot.addWidget(widget)
        widget.resize(300, 200)
        widget.show()
        return widget

    return shown


def test_a_grid_of_pairs(shown: Callable, qtbot: QtBot) -> None:
    grid = shown(PairGrid())
    cell = (np.zeros(5), np.ones(5))
    grid.set_cells([cell] * 9, ["1"] * 9, [f"item {i}" for i in range(9)])
    chosen: list[int] = []
    grid.chosen.connect(chosen.append)
    for index in range(9):
        assert grid.index_at(grid.box(index).center()) == index
    qtbot.mouseClick(grid, LEFT, pos=grid.box(5).center())
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Space):
        QTest.keyClick(grid, key)
    assert chosen == [5, 0]  # four in a row: from 5 to 4, up to 0, and there it ends
    assert grid.index_at(QPoint(grid.width() - 1, 500)) == -1
    assert grid.heightForWidth(60) > grid.heightForWidth(600)
    grid.set_cells(())
    QTest.keyClick(grid, Qt.Key.Key_Space)
    assert chosen == [5, 0]


def test_a_map_of_information(shown: Callable) -> None:
    widget = shown(InformationMap())
    widget.set_information(("size", "hue"), np.array([[0.1, 0.2], [0.9, 0.0], [0.0, 0.0]]))
    assert widget.told_at(widget.cell(0, 0).center().toPoint()).startswith("z2 tells 90 % of size")
    assert widget.told_at(widget.cell(-1, 1).center().toPoint()) == "hue"
    assert widget.told_at(QPoint(2, 30)) == ""
    assert widget.accessibleDescription() == "size: z2 0.90, hue: z1 0.20"
    assert not widget.grab().isNull()
    widget.set_information((), np.zeros((0, 0)))
    assert not widget.grab().isNull()


def test_figures_say_the_term_alone_where_there_is_little_room(shown: Callable) -> None:
    rows = shown(FigureRows())
    rows.set_lines([Line("Strays from the prior (KL)", "2.82 nats", "How much")])
    label = rows.findChild(type(rows._rows[0][0]))
    assert label.text() == "Strays from the prior (KL)"
    rows.resize(110, 40)
    assert label.text() == "KL"
    rows.set_lines([])
    assert not label.isVisible()


def test_percent() -> None:
    assert [percent(share) for share in (0, 0.046, 0.0999, 0.31, 1)] == ["0 %", "4.6 %", "10 %", "31 %", "100 %"]


def test_what_needs_two_factors_is_a_dash(shown: Callable) -> None:
    pages = shown(EvaluationPages())
    pages.set_factors(Disentanglement(("class",), np.array([[0.5]]), 0.5, None, None, 0.4, 0.3, None), "")
    assert [line.value for line in pages.factor_rows.lines] == ["0.50", "—", "—", "0.40", "0.30", "—"]
