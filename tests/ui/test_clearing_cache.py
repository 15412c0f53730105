from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QToolButton

from vae_desktop.readers import cache

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.main_window import MainWindow
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
RAISE = "This plugin does not support raise"


@pytest.mark.qt_log_ignore(RAISE)
def test_the_cache_is_emptied_from_the_menu(window: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    entry = cache.folder() / "an-entry"
    entry.mkdir()
    (entry / "items").write_bytes(b"x" * 2_500_000)
    menu = window.findChild(QToolButton, "view").menu()
    action = next(action for action in menu.actions() if action.objectName() == "clearCache")
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: action.text() == "Clear the cache of read data (2.5 MB)…", timeout=SOON)
    action.trigger()
    box = window.findChild(QMessageBox, "clearCacheDialog")
    with qtbot.waitSignal(workspace.told, timeout=SOON) as said:
        qtbot.mouseClick(box.findChild(QPushButton, "clearCacheNow"), Qt.MouseButton.LeftButton)
    assert said.args == ["The cache is empty: 2.5 MB became free"]
    assert not entry.exists()
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: not action.isEnabled(), timeout=SOON)
    assert action.text() == "Clear the cache of read data (empty)"
