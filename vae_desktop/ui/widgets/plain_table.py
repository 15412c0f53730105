"""A table as all of them look here."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QTableView, QWidget


class PlainTable(QTableView):
    """No grid, no wrapped words, scrolled by pixels; Tab leaves it."""

    def __init__(self, name: str, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip(tip)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        for corner in self.findChildren(QAbstractButton):
            corner.setObjectName("qt_corner")  # Qt's own, between the headers, which does nothing here
