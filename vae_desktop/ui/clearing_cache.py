"""What was kept of the data that was read: how much room it takes, and giving that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QWidget

from vae_desktop.readers import cache
from vae_desktop.readers.convert import size_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from vae_desktop.ui.workspace import Workspace

TEXT = "Clear the cache of read data"
TIP = "Data that was read is kept, so that it opens at once the next time; your own files are never touched"


class ClearingCache(QObject):
    """An action of `menu` that says how large the cache is, asks, and empties it."""

    def __init__(self, menu: QMenu, workspace: Workspace, window: QWidget) -> None:
        super().__init__(menu)
        self._workspace, self._window = workspace, window
        self._used = 0
        self.action = QAction(f"{TEXT}…", menu)
        self.action.setObjectName("clearCache")
        self.action.setToolTip(TIP)
        self.action.triggered.connect(lambda: self._ask())
        menu.addAction(self.action)
        menu.aboutToShow.connect(self._measure)

    def _measure(self) -> None:
        job = self._workspace.jobs.run("live:cache", cache.used)
        job.done.connect(self._show)
        job.failed.connect(self._workspace.failed)

    def _show(self, used: int) -> None:
        self._used = used
        self.action.setText(f"{TEXT} ({size_text(used)})…" if used else f"{TEXT} (empty)")
        self.action.setEnabled(used > 0)

    def _ask(self) -> None:
        box = QMessageBox(self._window)
        box.setObjectName("clearCacheDialog")
        box.setWindowTitle("VAE Desktop")
        box.setText(f"Remove what was kept of the data you read ({size_text(self._used)})?")
        box.setInformativeText("Your own files are not touched. Large data takes longer to open the next time.")
        clear = box.addButton("Clear", QMessageBox.ButtonRole.AcceptRole)
        clear.setObjectName("clearCacheNow")
        clear.setToolTip("Remove it now")
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.accepted.connect(self._clear)
        box.finished.connect(box.deleteLater)
        box.open()

    def _clear(self) -> None:
        job = self._workspace.jobs.run("cache", cache.clear)
        job.done.connect(lambda freed: self._workspace.told.emit(f"The cache is empty: {size_text(freed)} became free"))
        job.failed.connect(self._workspace.failed)
