"""The window's centre: the map, or in its place the sheet of data that has none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from vae_desktop.ui.opening import Opened
from vae_desktop.ui.sheet import DataSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.panels import Panel
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace


class Centre(QStackedWidget):
    """Shows the map unless the sheet is asked for, or new data comes; training begins at the map."""

    def __init__(self, panel: Panel, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("centre")
        self._workspace = workspace
        self._panel = panel
        self._training: Job | None = None
        self._declined = False  # a hand closed the sheet of what is still being read
        self.sheet = DataSheet(workspace, themes)
        self.addWidget(panel)
        self.addWidget(self.sheet)
        self.setFocusProxy(panel)
        self.sheet.close_asked.connect(self.show_map)
        workspace.reading.sheet_asked.connect(self.show_sheet)
        workspace.reading.previewed.connect(self.show_sheet)
        workspace.jobs.changed.connect(self._watch)

    @property
    def shows_sheet(self) -> bool:
        """Whether the sheet is in the map's place."""
        return self.currentWidget() is self.sheet

    def show_sheet(self, opened: Opened | None = None) -> None:
        """Put the sheet in the map's place, when there is anything to tell; `opened` is what it shows, if not all."""
        if self._workspace.dataset is None and opened is None:
            return
        if not self.shows_sheet:
            self.setCurrentWidget(self.sheet)
            self.sheet.begin()
        if opened is not None:
            self.sheet.preview(opened)

    def show_map(self) -> bool:
        """Put the map back; returns whether it was not there."""
        if not self.shows_sheet:
            return False
        held_focus = self.isAncestorOf(self.window().focusWidget() or self)
        self.setCurrentWidget(self._panel)
        self.sheet.end()
        if held_focus:
            self._panel.setFocus(Qt.FocusReason.OtherFocusReason)
        self._declined = bool(self._workspace.reading.coming)
        return True

    def toggle_sheet(self) -> None:
        """Show the sheet, or the map again."""
        if not self.show_map():
            self.show_sheet()

    def follow(self, sources: Sequence[str], job: Job) -> None:
        """Show the sheet of what `job` opens, unless that comes with a map."""
        was_there, self._declined = self.shows_sheet, False
        self._workspace.reading.follow(sources, job)
        for ended in (job.failed, job.cancelled):
            ended.connect(lambda *_: None if was_there or self._workspace.reading.coming else self.show_map())
        job.progress.connect(self._arrived)
        job.done.connect(self._arrived)

    def _arrived(self, opened: object) -> None:
        if not isinstance(opened, Opened):
            return
        if opened.dataset is not None and opened.space is None and opened.run is None:
            if not self._declined:
                self.show_sheet()
        else:
            self.show_map()

    def _watch(self) -> None:
        """A training that begins is watched on the map."""
        training = next((job for job in self._workspace.jobs.running if job.lane == "train"), None)
        if training is not self._training:
            self._training = training
            if training is not None:
                self.show_map()
