"""What a place decodes to: a picture, a row with its columns' names, or a long row as a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from vae_desktop.ui.widgets.item_view import ItemView
from vae_desktop.ui.widgets.row_paint import row_of
from vae_desktop.ui.widgets.row_view import SEEN, Beside, Decoded, RowView

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.ui.theme import Theme

LINES = 200  # columns up to which each has a line of its own
ORDERS = {"As in the data": "data", "Furthest from the mean": "mean", "Furthest from the real row": "real"}


class DecodedView(QWidget):
    """An :class:`ItemView`, and for rows of up to :data:`LINES` columns a :class:`RowView` in its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = ItemView()
        self.whole.setObjectName("decoded")
        self.row = RowView()
        self.row.setObjectName("decodedRow")
        self.row.setAccessibleName("Decoded row, column by column")
        self.order = QComboBox()
        self.order.setObjectName("rowOrder")
        self.order.setAccessibleName("Order of the columns")
        self.order.setToolTip("In which order the columns stand; kept until the cursor moves on")
        self.order.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for text, name in ORDERS.items():
            self.order.addItem(text, name)
        self.order.currentIndexChanged.connect(self._arrange)
        self.search = QLineEdit()
        self.search.setObjectName("findColumn")
        self.search.setAccessibleName("Find columns")
        self.search.setToolTip("Show only columns whose name holds this")
        self.search.setPlaceholderText("Find columns")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._arrange)
        self._item: np.ndarray | None = None
        self._caption = ("", "")
        self._tools = QWidget()
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.order, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self._tools, self.row, self.whole):
            layout.addWidget(part)
        self._tools.hide()
        self.row.hide()

    @property
    def item(self) -> np.ndarray | None:
        """What is shown."""
        return self._item

    @property
    def caption(self) -> tuple[str, str]:
        """The line below: its left and its right text."""
        return self._caption

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.whole.set_theme(theme)
        self.row.set_theme(theme)

    def set_item(
        self,
        item: np.ndarray | None,
        preparation: Preparation | None = None,
        caption: tuple[str, str] = ("", ""),
        means: np.ndarray | None = None,
        beside: Beside | None = None,
    ) -> None:
        """Show an item, uint8 (H, W, C) or float32 (D,), or nothing.

        Parameters
        ----------
        caption
            Goes left and right below.
        means, beside
            Of a row: see :class:`Decoded`.
        """
        self._item, self._caption = item, caption
        lines = item is not None and item.ndim == 1 and preparation is not None and len(item) <= LINES
        if lines != self.row.isVisibleTo(self):
            self.row.setVisible(lines)
            self.whole.setVisible(not lines)
        if not lines or item is None or preparation is None:
            self._tools.hide()
            self.row.set_decoded(None)
            self.whole.set_item(item, preparation, caption)
            return
        before = self.row.decoded
        self.row.set_decoded(Decoded(item, preparation, means, beside), caption)
        if before is None or before.preparation is not preparation:
            self._tools.setVisible(len(item) > SEEN)
            self.search.clear()
            self._arrange()

    def settle(self) -> None:
        """The cursor has come to rest: columns stand as they were asked to for this row, and it is said in words."""
        decoded = self.row.decoded
        if decoded is None:
            return
        if self.order.currentData() != "data":
            self._arrange()
        lines = (decoded.told(column).replace("\n", ", ") for column in self.row.columns[:SEEN])
        self.row.setAccessibleDescription("; ".join(lines))

    def _arrange(self) -> None:
        """Choose the lines."""
        decoded = self.row.decoded
        if decoded is None:
            return
        wanted, names = self.search.text().strip().casefold(), decoded.preparation.columns
        columns = [j for j, name in enumerate(names) if wanted in name.casefold()]
        order = self.order.currentData()
        if order != "data":
            apart = apartness(decoded, order == "real")
            columns.sort(key=lambda j: -apart[j])
        self.row.set_columns(columns)


def apartness(decoded: Decoded, real: bool) -> np.ndarray:
    """How far each column (D,) is from its mean, or from the `real` row, in standard deviations.

    Of a category the probability that is not the mean's (an even one), or not that of the real value. What cannot be
    told comes last.
    """
    drawn = row_of(decoded.row, decoded.preparation)
    other = decoded.beside.row if real and decoded.beside is not None else None
    against = np.zeros(len(drawn)) if other is None else row_of(other, decoded.preparation).scores
    apart = np.abs(drawn.scores - against)
    for j in np.flatnonzero(drawn.values).tolist() if drawn.values is not None else ():
        shares = decoded.shares(j)
        if other is None:
            apart[j] = shares.max() - 1 / len(shares)
        else:
            apart[j] = np.nan if np.isnan(other[j]) else 1 - shares[int(other[j])]
    found: np.ndarray = np.nan_to_num(apart, nan=-1.0)
    return found
