from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from vae_desktop.ui.widgets.cells_table import Cells, CellsTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def cells(rows: int, mark: str = "", columns: int = 20) -> Cells:
    heads = [f"c{j}\nnumber\n{mark}" for j in range(columns)]
    return Cells(heads, [[f"{i}{mark}" if j else None for j in range(columns)] for i in range(rows)])


def test_what_is_told_later_leaves_the_hand_where_it_is(qtbot: QtBot) -> None:
    table = CellsTable("rows", "Rows", "The rows")
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show()
    table.set_cells(cells(40))
    assert table.model().index(3, 0).data() == "–"
    table.setCurrentIndex(table.model().index(30, 15))
    table.scrollTo(table.currentIndex())
    there = table.horizontalScrollBar().value(), table.verticalScrollBar().value()
    table.set_cells(cells(40, "!"))
    assert table.currentIndex().data() == "30!"
    assert (table.horizontalScrollBar().value(), table.verticalScrollBar().value()) == there
    assert table.model().headerData(2, Qt.Orientation.Horizontal).endswith("!")
    table.set_cells(cells(12, columns=3))
    assert table.model().rowCount() == 12
    assert table.horizontalScrollBar().value() == 0
    table.set_cells(Cells())
    assert table.model().columnCount() == 0
