"""Docks that stand beside the map, left of the right column: hidden at first, side by side as tabs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.ui.main_window import MainWindow

SHARE = 0.45  # of the room between the columns
LEAST = 220  # pixels
SEAM = 5  # between two docks


class Beside(QObject):
    """Places these docks, and gives them room when they are shown."""

    def __init__(self, window: MainWindow, docks: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window = window
        self.docks = tuple(docks)
        self._columns = window.columns()
        self._widths: list[int] = []  # of the columns, before a dock is shown or hidden
        self._room = 0  # and of the map
        self._width = 0  # of these docks, when they were last seen
        if docks and "right" in self._columns:
            window.splitDockWidget(docks[0], self._columns["right"], Qt.Orientation.Horizontal)
        for first, second in itertools.pairwise(docks):
            window.tabifyDockWidget(first, second)
        for dock in docks:
            dock.hide()
            action = dock.toggleViewAction()
            # The first comes before the dock is shown or hidden, the second after it, only when a person asked for it.
            action.toggled.connect(lambda shown, dock=dock: self._before(dock, shown))
            action.triggered.connect(lambda shown, dock=dock: self._after(dock, shown))

    def _placed(self) -> list[QDockWidget]:
        """Those that stand there, seen or below another's tab."""
        area = Qt.DockWidgetArea.RightDockWidgetArea
        there = [dock for dock in self.docks if not dock.isHidden() and not dock.isFloating()]
        return [dock for dock in there if self._window.dockWidgetArea(dock) == area]

    def _before(self, dock: QDockWidget, shown: bool) -> None:
        self._widths = [column.width() for column in self._columns.values()]
        self._room = self._window.centralWidget().width()
        if not shown and dock in self._placed():
            self._width = dock.width()

    def _after(self, dock: QDockWidget, shown: bool) -> None:
        """The map gives the room and takes it back; the columns keep their own."""
        dock.raise_()
        if self._placed() != ([dock] if shown else []):
            return
        docks, sizes = list(self._columns.values()), list(self._widths)
        if shown:
            most = self._room - self._window.centralWidget().minimumSizeHint().width() - SEAM
            docks.append(dock)
            sizes.append(max(LEAST, min(self._width or round(SHARE * self._room), most)))
        self._window.resizeDocks(docks, sizes, Qt.Orientation.Horizontal)


def title_bar(dock: QDockWidget) -> QWidget:
    """A dock's name, to take hold of it by, and a button that hides it."""
    bar = QWidget(dock)
    bar.setObjectName("dockTitle")
    bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    bar.setToolTip(f"Drag to move {dock.windowTitle()}, double click to let it float")
    name = QLabel(dock.windowTitle().upper())
    name.setProperty("role", "title")
    close = QToolButton()
    close.setText("×")
    close.setObjectName(f"{dock.objectName()}Close")
    close.setAccessibleName(f"Hide {dock.windowTitle()}")
    close.setToolTip(f"Hide {dock.windowTitle()}; View brings it back")
    close.clicked.connect(dock.toggleViewAction().trigger)
    row = QHBoxLayout(bar)
    row.setContentsMargins(12, 2, 4, 0)
    row.addWidget(name)
    row.addStretch(1)
    row.addWidget(close)
    return bar
