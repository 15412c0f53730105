"""A small table to read: heads of several lines, names of the rows, gaps where a value is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.plain_table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 112, 24  # pixels of a cell
PADDING = 14  # pixels beside a head's text
GAP = "–"
ROLES = Qt.ItemDataRole
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, eq=False)
class Cells:
    """What a table shows.

    Parameters
    ----------
    heads
        Of each column.
    rows
        Texts, row by row; None: the value is missing.
    names
        Of each row; empty: they have none.
    tips
        What each head says on hover.
    numbers
        Columns that are aligned as numbers are.
    """

    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str | None]] = ()
    names: Sequence[str] = ()
    tips: Sequence[str] = ()
    numbers: frozenset[int] = frozenset()


class CellsModel(QAbstractTableModel):
    """The cells, for Qt."""

    def __init__(self, parent: PlainTable) -> None:
        super().__init__(parent)
        self._view = parent
        self.cells = Cells()
        self.theme: Theme = DARK

    def set_cells(self, cells: Cells) -> None:
        """Show these instead; where there are as many, nothing is laid out anew."""
        size = len(cells.rows), len(cells.heads)
        if size == (self.rowCount(), self.columnCount()) and all(size):
            self.cells = cells
            self.dataChanged.emit(self.index(0, 0), self.index(size[0] - 1, size[1] - 1))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, size[1] - 1)
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, size[0] - 1)
            return
        self.beginResetModel()
        self.cells = cells
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows."""
        return 0 if parent.isValid() else len(self.cells.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self.cells.heads)

    def data(self, index: Index, role: int = ROLES.DisplayRole) -> Any:
        """A cell."""
        text = self.cells.rows[index.row()][index.column()]
        if role == ROLES.DisplayRole:
            return GAP if text is None else text
        if role in (ROLES.ToolTipRole, ROLES.AccessibleTextRole):
            return "missing" if text is None else text
        if role == ROLES.TextAlignmentRole:
            return RIGHT if index.column() in self.cells.numbers else LEFT
        if role == ROLES.ForegroundRole and text is None:
            return QColor(self.theme.quiet)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLES.DisplayRole) -> Any:
        """A head, or the name of a row."""
        across = orientation == Qt.Orientation.Horizontal
        texts = self.cells.heads if across else self.cells.names
        if role == ROLES.ToolTipRole:
            texts = self.cells.tips if across else self.cells.names
        elif role == ROLES.TextAlignmentRole:
            return RIGHT if across and section in self.cells.numbers else LEFT
        elif role != ROLES.DisplayRole:
            return None
        if section >= len(texts):
            return None
        return self._fitting(texts[section], section) if across and role == ROLES.DisplayRole else texts[section]

    def _fitting(self, head: str, section: int) -> str:
        """Each of its lines, shortened on its own: Qt makes one of all."""
        header = self._view.horizontalHeader()
        metrics, room = header.fontMetrics(), header.sectionSize(section) - PADDING
        return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in head.split("\n"))


class CellsTable(PlainTable):
    """Shows cells; nothing in it can be changed."""

    def __init__(self, name: str, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(name, title, tip, parent)
        self.cells = CellsModel(self)
        self.setModel(self.cells)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        rows, heads = self.verticalHeader(), self.horizontalHeader()
        rows.setDefaultSectionSize(HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMaximumWidth(WIDTH)
        heads.setDefaultSectionSize(WIDTH)
        for header in (rows, heads):
            header.setHighlightSections(False)
        rows.setTextElideMode(Qt.TextElideMode.ElideRight)

    def set_cells(self, cells: Cells) -> None:
        """Show these instead; the same columns stay where they are."""
        there = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        same = [head.partition("\n")[0] for head in cells.heads] == [
            head.partition("\n")[0] for head in self.cells.cells.heads
        ]
        self.verticalHeader().setVisible(bool(cells.names))
        self.cells.set_cells(cells)
        for bar, value in zip((self.horizontalScrollBar(), self.verticalScrollBar()), there, strict=True):
            bar.setValue(value if same else 0)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.cells.theme = theme
        self.viewport().update()
