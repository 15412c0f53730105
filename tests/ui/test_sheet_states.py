"""The data sheet when it opens late, and while other data comes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.main_window import MainWindow
    from vae_desktop.ui.sheet import DataSheet

SOON = 20_000


@pytest.fixture
def sheet(window: MainWindow, pictures: Dataset, qtbot: QtBot) -> DataSheet:
    """Of a window that holds pictures; the map is shown."""
    window._painted = True  # nothing is opened at the start
    window.show()
    qtbot.waitExposed(window)
    window.workspace.set_dataset(pictures)
    return window.centre.sheet


def test_counts_of_classes_are_in_sight_whenever_it_opens(window: MainWindow, sheet: DataSheet, qtbot: QtBot) -> None:
    window.workspace.reading.changed.emit()
    assert sheet.dataset is None  # nothing is worked out for nobody
    window.centre.show_sheet()
    qtbot.waitUntil(lambda: sheet.classes.model().rowCount() == 2, timeout=SOON)
    for width in (1440, 1024):
        window.resize(width, 800)
        qtbot.waitUntil(
            lambda: 0 < sheet.classes.horizontalHeader().length() <= sheet.classes.viewport().width(), timeout=SOON
        )


def test_beside_what_is_open_it_says_what_it_waits_for(window: MainWindow, sheet: DataSheet, qtbot: QtBot) -> None:
    workspace, go = window.workspace, threading.Event()
    window.centre.show_sheet()
    for name, text in (("other.csv", "Reading other…"), ("bars", "Reading it anew…")):
        job = workspace.jobs.run("work", go.wait)
        workspace.reading.follow([name], job)
        workspace.reading._glance.stop()
        shown = sheet.state.text()
        with qtbot.waitSignal(job.done, timeout=SOON):
            go.set()
        go.clear()
        assert shown == text
    assert not sheet.state.isVisible()
