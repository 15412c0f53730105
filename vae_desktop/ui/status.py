"""The status bar: what runs, with progress and cancel; times; device; when it was last saved."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from vae_desktop.core.resources import resource
from vae_desktop.core.work import Progress

if TYPE_CHECKING:
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.workspace import Workspace

SHOW_AFTER = 500  # ms: what is quicker needs no progress
TELL_FOR = 6000  # ms
PARTS = 1000  # of the bar
COUNTED = 10_000_000  # up to which it is told how many are done; of more, such as bytes, how much


class StatusBar(QStatusBar):
    """Follows the jobs and the times the workspace tells."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._jobs = workspace.jobs
        self._shown: Job | None = None
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self._text = QLabel()
        self._text.setObjectName("statusText")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(120)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._cancel = QToolButton()
        self._cancel.setText("Cancel")
        self._cancel.setObjectName("cancelJob")
        self._cancel.setAccessibleName("Cancel what runs")
        self._cancel.setToolTip("Stop what is running; nothing that was there before is changed")
        self._cancel.clicked.connect(self._cancel_shown)
        self._decode = QLabel()
        self._decode.setToolTip("Time to decode one place of the map into an item")
        self._map = QLabel()
        self._map.setToolTip("Time to paint the map")
        for label in (self._decode, self._map):  # as wide as any time: the texts beside it stay where they are
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("decode 888.8 ms") + 12)
        for widget in (self._text, self._bar, self._cancel, self._decode, self._map):
            self.addWidget(widget)
        device = QLabel(f"CPU · {os.cpu_count()} threads")
        device.setToolTip("Where training and decoding run")
        self._saved = QLabel()
        self._saved.setObjectName("savedText")
        self._saved.setToolTip("When the run shown was last written to disk")
        self.addPermanentWidget(device)
        self.addPermanentWidget(self._saved)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(SHOW_AFTER)
        self._patience.timeout.connect(self._show_job)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(TELL_FOR)
        self._forget.timeout.connect(self._say_default)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._age)
        self._tick.start()
        self._jobs.changed.connect(self._follow)
        workspace.told.connect(self.tell)
        workspace.timed.connect(self._time)
        workspace.space_changed.connect(self._say_default)
        self._hide_job()

    def tell(self, text: str) -> None:
        """Say one line for a while."""
        self._text.setText(text)
        self._text.setToolTip(text)
        self._forget.start()

    def _follow(self) -> None:
        job = next((job for job in self._jobs.running if job.lane != "train" and not job.stopping), None)
        if job is self._shown:
            return
        self._shown = job
        if job is None:
            self._patience.stop()
            self._hide_job()
        else:
            job.progress.connect(self._progress)
            self._patience.start()

    def _show_job(self) -> None:
        if self._shown is not None:
            self._bar.setRange(0, 0)
            self._bar.show()
            self._cancel.show()
            self._progress(self._shown.latest)

    def _hide_job(self) -> None:
        self._bar.hide()
        self._cancel.hide()
        if not self._forget.isActive():
            self._say_default()

    def _progress(self, value: object) -> None:
        if isinstance(value, Progress) and self._bar.isVisible():
            # Bytes of a large file are more than Qt counts, and more than a person wants to read.
            part = PARTS * value.done // max(value.total, 1)
            self._bar.setRange(0, PARTS if value.total else 0)
            self._bar.setValue(part)
            count = f" {value.done:,} of {value.total:,}".replace(",", "\u2009") if value.total > 1 else ""
            self._text.setText(
                f"{value.text} {100 * part // PARTS} %" if value.total > COUNTED else f"{value.text}{count}"
            )

    def _cancel_shown(self) -> None:
        if self._shown is not None:
            self._shown.cancel()
            self._follow()
            self.tell("Cancelled")

    def _say_default(self, *_: object) -> None:
        if self._bar.isVisible():
            return  # what runs says its own
        space = self._workspace.space
        n = 0 if space is None else len(space.posterior)
        self._text.setText(f"{n:,} items on the map".replace(",", "\u2009") if n else "")

    def _time(self, what: str, ms: float) -> None:
        label = self._decode if what == "decode" else self._map
        label.setText(f"{what} {ms:.1f} ms")

    def _age(self) -> None:
        run = self._workspace.run
        if run is None or run.path == resource("sample"):
            self._saved.setText("")
            return
        try:
            age = time.time() - (run.path / "model.safetensors").stat().st_mtime
        except OSError:
            return
        self._saved.setText("saved just now" if age < 5 else f"saved {_duration(age)} ago")


def _duration(seconds: float) -> str:
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
