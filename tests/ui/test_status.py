"""How far what runs is, in the status bar."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar

from vae_desktop.core.work import Progress
from vae_desktop.ui.status import StatusBar
from vae_desktop.ui.widgets.card import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.workspace import Workspace


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress(3 << 30, 4 << 30, "Reading", counted=False), "Reading 75%"),
        (Progress(3_000_000_000, 4_000_000_000, "Reading rows"), "Reading rows 3 000 000 000 of 4 000 000 000"),
    ],
)
def test_more_than_qt_can_count(workspace: Workspace, qtbot: QtBot, progress: Progress, told: str) -> None:
    end = threading.Event()

    def work() -> Generator[Progress, None, None]:
        yield progress
        end.wait(10)

    status = StatusBar(workspace)
    qtbot.addWidget(status)
    status.show()
    job = workspace.jobs.run("work", work)
    text = status.findChild(QLabel, "statusText")
    assert isinstance(text, QLabel)
    qtbot.waitUntil(lambda: text.text().replace("\u2009", " ") == told)
    bar = status.findChild(QProgressBar)
    assert isinstance(bar, QProgressBar)
    assert bar.value() == 0.75 * bar.maximum()
    with qtbot.waitSignal(job.done):
        end.set()


def test_a_long_name_gives_way_before_its_figures(qtbot: QtBot) -> None:
    label = ElidedLabel("a-very-long-name-of-a-dataset · 3 398 × 128×128 colour")
    qtbot.addWidget(label)
    label.resize(label.sizeHint().width() - 60, 20)
    label.show()
    assert label.text() != label.whole
    assert label.text().endswith(" · 3 398 × 128×128 colour")
    label.resize(60, 20)
    assert label.text().endswith("colour"[-1])
