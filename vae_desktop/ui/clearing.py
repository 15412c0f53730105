"""Esc closes what lies over the map, else takes cursor and selection away, wherever in the window the focus is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit

from vae_desktop.ui.widgets.map_view import MapView
from vae_desktop.ui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vae_desktop.ui.workspace import Workspace

OWN = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, MapView, TurnView)  # what has its own use for Esc


class Clearing(QObject):
    """Gives a window the key; menus and popups, which are windows of their own, keep theirs."""

    def __init__(self, window: QWidget, workspace: Workspace, first: Callable[[], bool]) -> None:
        """`first` has its say before: whether the key was for it."""
        super().__init__(window)
        self._first = first
        self._workspace = workspace
        self._key = QShortcut(QKeySequence(Qt.Key.Key_Escape), window, self._clear)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        self._key.setEnabled(not isinstance(now, OWN))

    def _clear(self) -> None:
        if self._first():
            return
        if self._workspace.cursor is not None or len(self._workspace.selection):
            self._workspace.stand(None, text="Clear")
