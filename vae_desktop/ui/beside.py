"""Docks that stand beside the map, left of the right column: hidden at first, side by side as tabs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.ui.main_window import MainWindow
    from vae_desktop.ui.panels import Panel

SHARE = 0.45  # of the room between the columns
LEAST = 260  # pixels
FLOATING = QSize(520, 440)
SEAM = 5  # between two docks


class Beside(QObject):
    """Places these docks, and gives them room when they are shown."""

    def __init__(self, window: MainWindow, docks: Mapping[QDockWidget, Panel]) -> None:
        super().__init__(window)
        self._window = window
        self.docks = tuple(docks)
        self._columns = window.columns()
        self._floated: frozenset[QDockWidget] = frozenset()  # for want of room
        self._width = 0  # of these docks, when they were last seen
        if self.docks and "right" in self._columns:
            window.splitDockWidget(self.docks[0], self._columns["right"], Qt.Orientation.Horizontal)
        for first, second in itertools.pairwise(self.docks):
            window.tabifyDockWidget(first, second)
        self.actions = {dock: self._action(dock) for dock in docks}  # that show and hide them
        for dock in docks:
            dock.hide()
            dock.setTitleBarWidget(title_bar(dock, self.actions[dock]))
            # Behind another's tab Qt only moves a dock out of sight; truly hidden, its panel rests.
            dock.visibilityChanged.connect(docks[dock].setVisible)

    def _action(self, dock: QDockWidget) -> QAction:
        action = QAction(dock.windowTitle(), self)
        action.setCheckable(True)
        dock.toggleViewAction().toggled.connect(action.setChecked)
        action.triggered.connect(lambda shown: self._toggle(dock, shown))
        return action

    def _placed(self) -> list[QDockWidget]:
        """Those that stand there, seen or below another's tab."""
        area = Qt.DockWidgetArea.RightDockWidgetArea
        there = [dock for dock in self.docks if not dock.isHidden() and not dock.isFloating()]
        return [dock for dock in there if self._window.dockWidgetArea(dock) == area]

    def _toggle(self, dock: QDockWidget, shown: bool) -> None:
        """Show or hide one: the map gives the room and takes it back, the columns keep their own."""
        docks = list(self._columns.values())
        widths, centre = [column.width() for column in docks], self._window.centralWidget()
        room = centre.width()
        if not shown and dock in self._placed():
            self._width = dock.width()
        most = room - centre.minimumSizeHint().width() - SEAM
        if shown and not self._placed() and (most < LEAST or dock in self._floated):
            self._float(dock, most < LEAST)
            if dock in self._floated:
                return
        dock.setVisible(shown)
        dock.raise_()
        if self._placed() != ([dock] if shown else []):
            return
        if shown:
            docks.append(dock)
            widths.append(max(LEAST, min(self._width or round(SHARE * room), most)))
        self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def settle(self) -> None:
        """Let those float that leave the window no room, as on a smaller screen than they were placed on."""
        window, least = self._window, self._window.minimumSizeHint().width()
        if window.width() <= least > window.screen().availableSize().width():
            for dock in self._placed():
                self._float(dock, True)

    def _float(self, dock: QDockWidget, floats: bool) -> None:
        """Without room beside the map it is a window of its own; with room again it is beside the map."""
        dock.setFloating(floats)
        self._floated = self._floated | {dock} if floats else self._floated - {dock}
        if floats:
            window = self._window
            dock.resize(FLOATING)
            middle = QPoint(FLOATING.width() // 2, FLOATING.height() // 2)
            dock.move(window.mapToGlobal(window.rect().center()) - middle)
            dock.show()


def title_bar(dock: QDockWidget, toggle: QAction) -> QWidget:
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
    close.clicked.connect(toggle.trigger)
    row = QHBoxLayout(bar)
    row.setContentsMargins(12, 2, 4, 0)
    row.addWidget(name)
    row.addStretch(1)
    row.addWidget(close)
    return bar
