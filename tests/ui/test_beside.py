"""Docks that stand beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QToolButton

from vae_desktop.ui.beside import SEAM, SHARE
from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.panels import Panel, panels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

WIDE = 1800  # the map's own tools leave room


class Other(Panel):
    name = "other"
    title = "Other"
    area = "beside"
    order = 5
    help = "One more."


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second panel that stands there."""
    assert "turn" in panels
    monkeypatch.setitem(panels._entries, "other", Other)


@pytest.fixture
def window(two: None, window: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    window.resize(WIDE, 900)
    window.show()
    qtbot.waitExposed(window)
    window.reset_layout()
    yield window
    window.close()


def menu(window: MainWindow) -> QMenu:
    button = window.findChild(QToolButton, "view")
    assert button is not None
    return button.menu()


def toggle(window: MainWindow, title: str) -> None:
    next(action for action in menu(window).actions() if action.text() == title).trigger()
    QApplication.processEvents()


def widths(window: MainWindow) -> tuple[int, int]:
    return tuple(dock.width() for dock in window.columns().values())


def test_they_are_hidden_at_first_and_head_the_view_menu(window: MainWindow) -> None:
    assert window.docks["turn"].isHidden()
    assert window.docks["other"].isHidden()
    texts = [action.text() for action in menu(window).actions()]
    assert texts[:3] == ["3-D", "Second map", "Other"]
    assert texts.index("Put all back") < texts.index("Theme")
    assert {dock.windowTitle() for dock in window.docks.values()} <= set(texts)


def test_the_map_gives_the_room_and_takes_it_back(window: MainWindow) -> None:
    columns, room = widths(window), window.centralWidget().width()
    toggle(window, "3-D")
    dock, centre = window.docks["turn"], window.centralWidget()
    wanted = min(round(SHARE * room), room - centre.minimumSizeHint().width() - SEAM)
    assert dock.width() == pytest.approx(wanted, abs=4)
    assert widths(window) == pytest.approx(columns, abs=2)
    assert centre.geometry().right() < dock.geometry().left()
    assert dock.geometry().right() < window.docks["inspector"].geometry().left()
    toggle(window, "3-D")
    assert dock.isHidden()
    assert widths(window) == pytest.approx(columns, abs=2)
    assert centre.width() == pytest.approx(room, abs=4)


def test_they_are_one_anothers_tabs(window: MainWindow, qtbot: QtBot) -> None:
    toggle(window, "3-D")
    width = window.docks["turn"].width()
    toggle(window, "Other")
    assert window.tabifiedDockWidgets(window.docks["turn"]) == [window.docks["other"]]
    assert window.panel("other").isVisible()  # what was asked for is on top
    qtbot.waitUntil(lambda: not window.panel("turn").isVisible())
    qtbot.waitUntil(lambda: abs(window.docks["other"].width() - width) <= 2)
    close = window.findChild(QToolButton, "otherDockClose")
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert window.docks["other"].isHidden()
    qtbot.waitUntil(window.panel("turn").isVisible)


def test_put_all_back_hides_them(window: MainWindow) -> None:
    toggle(window, "3-D")
    toggle(window, "Traverse")
    toggle(window, "Put all back")
    assert window.docks["turn"].isHidden()
    assert not window.docks["traverse"].isHidden()


def test_they_come_back_as_they_were(window: MainWindow, workspace: Workspace, themes: Themes, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    QApplication.processEvents()
    toggle(window, "3-D")
    window.resizeDocks([window.docks["turn"]], [333], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    width = window.docks["turn"].width()
    window.close()
    again = MainWindow(workspace, themes)
    again.resize(1440, 900)  # the screen of a test is smaller than what is remembered
    again.show()
    qtbot.waitExposed(again)
    assert not again.docks["turn"].isHidden()
    assert again.docks["other"].isHidden()
    qtbot.waitUntil(lambda: abs(again.docks["turn"].width() - width) <= 2)
    again.close()
    again.deleteLater()


def test_without_room_it_floats_and_with_room_it_is_beside(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1024, 700)
    window.show()
    qtbot.waitExposed(window)
    dock, before = window.docks["turn"], widths(window)
    action = next(action for action in menu(window).actions() if action.text() == "3-D")
    action.trigger()
    assert dock.isVisible()
    assert dock.isFloating()
    assert widths(window) == before
    action.trigger()
    assert dock.isHidden()
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: window.centralWidget().width() > 700)
    action.trigger()
    assert not dock.isFloating()
    assert dock.isVisible()
    action.trigger()
