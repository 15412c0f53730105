from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar

from vae_desktop.core.work import Progress
from vae_desktop.ui.status import StatusBar

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.mark.parametrize(
    ("done", "total", "text", "value"),
    [
        (3, 12, "Reading 3 of 12", 250),
        (6_000_000_000, 8_000_000_000, "Reading 75 %", 750),  # bytes: more than Qt counts
        (0, 0, "Reading", 0),
    ],
)
def test_what_runs_is_shown_however_much_it_is(
    done: int, total: int, text: str, value: int, workspace: Workspace, qtbot: QtBot
) -> None:
    go = threading.Event()

    def work() -> Generator[Progress, None, None]:
        yield Progress(done, total, "Reading")
        go.wait()

    bar = StatusBar(workspace)
    qtbot.addWidget(bar)
    bar.show()
    job = workspace.jobs.run("work", work)
    try:
        qtbot.waitUntil(lambda: bar.findChild(QProgressBar).isVisible(), timeout=SOON)
        shown = bar.findChild(QLabel, "statusText").text(), bar.findChild(QProgressBar).value()
    finally:
        with qtbot.waitSignal(job.done, timeout=SOON):
            go.set()
    assert shown == (text, value)
