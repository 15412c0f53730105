"""How the window's room is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication

from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.panels.map import LEAST
from vae_desktop.ui.room import LOWEST, NARROWEST, shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 30_000
LEFT = ("data", "model", "training")


@pytest.fixture
def begun(window: MainWindow, workspace: Workspace, qtbot: QtBot) -> MainWindow:
    window.begin([])
    window.show()
    qtbot.waitUntil(lambda: workspace.dataset is not None and not workspace.jobs.running, timeout=SOON)
    QApplication.processEvents()
    return window


def whole(window: MainWindow, name: str) -> bool:
    """Whether all of a panel is in sight, across."""
    panel, view = window.panel(name), window.docks[name].widget().viewport()
    return panel.width() <= view.width()


@pytest.mark.parametrize(
    ("needs", "room", "heights"),
    [
        ([100, 200, 300], 600, [100, 200, 300]),
        ([100, 200, 300], 700, [100, 200, 400]),
        ([100, 200, 300], 520, [100, 120, 300]),  # the spare one gives first
        ([100, 200, 300], 400, [100, 100, 200]),  # then the highest
    ],
)
def test_heights_follow_needs(needs: list[int], room: int, heights: list[int]) -> None:
    assert shared(needs, room, 1) == heights


def test_none_gets_lower_than_can_be_used() -> None:
    assert min(shared([100, 100], 20, 0)) == LOWEST


def test_what_is_opened_first_shares_the_left_column_by_need(begun: MainWindow, qtbot: QtBot) -> None:
    begun.resize(1440, 1000)
    qtbot.waitUntil(lambda: begun.height() == 1000)
    begun._share_left()
    QApplication.processEvents()
    for name in ("data", "training"):
        dock = begun.docks[name]
        assert dock.height() >= begun._needed(dock) - 2, name


def test_the_first_data_shares_out_and_a_hand_forbids_it(
    window: MainWindow, workspace: Workspace, qtbot: QtBot
) -> None:
    window.begin([])
    window.show()
    qtbot.waitUntil(lambda: window._painted)
    assert not window._placed
    seam = window.docks["model"].geometry().bottomLeft() + QPoint(60, 3)
    assert window.childAt(seam) is None
    qtbot.mousePress(window, Qt.MouseButton.LeftButton, pos=seam)
    qtbot.mouseRelease(window, Qt.MouseButton.LeftButton, pos=seam)
    assert window._placed
    qtbot.waitUntil(lambda: workspace.dataset is not None and not workspace.jobs.running, timeout=SOON)


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
def test_columns_keep_their_width_whatever_is_opened(
    begun: MainWindow, qtbot: QtBot, pictures: Dataset, open_untrained: Callable[[Dataset, int], Space],
    size: tuple[int, int],
) -> None:  # fmt: skip
    open_untrained(pictures, 8)
    begun.resize(*size)
    QApplication.processEvents()
    assert (begun.width(), begun.height()) == size
    for name in ("second", "turn"):
        begun.beside.actions[begun.docks[name]].trigger()
        QApplication.processEvents()
        assert all(whole(begun, left) for left in LEFT)
    begun.workspace.set_dataset(pictures)
    QApplication.processEvents()
    begun.resize(begun.minimumSizeHint())
    QApplication.processEvents()
    begun.resizeDocks([begun.docks["data"]], [10], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    assert all(whole(begun, left) for left in LEFT)
    assert begun.docks["data"].width() >= NARROWEST
    assert begun.docks["inspector"].width() >= NARROWEST
    assert begun.centralWidget().width() >= LEAST.width()


def test_a_narrow_window_has_room_for_all(begun: MainWindow, workspace: Workspace) -> None:
    assert begun.minimumSizeHint().width() <= 1000
    assert begun.minimumSizeHint().height() <= 640


def test_on_a_smaller_screen_the_map_keeps_its_room(
    begun: MainWindow, workspace: Workspace, themes: Themes, qtbot: QtBot
) -> None:
    begun.resize(1440, 1400)
    begun.resizeDocks([begun.docks["interpolate"]], [1100], Qt.Orientation.Vertical)
    QApplication.processEvents()
    begun.close()
    QSettings().remove("geometry")
    again = MainWindow(workspace, themes)
    again.resize(1024, 620)
    again.show()
    qtbot.waitExposed(again)
    qtbot.waitUntil(lambda: again.centralWidget().height() >= LEAST.height(), timeout=SOON)
    assert again.height() <= 640
    again.close()
    again.deleteLater()
