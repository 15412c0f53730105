"""Data that comes: a few items to look at at once, then all; and the same data once more, read otherwise."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import name_of, source_of, sources_of
from vae_desktop.ui import opening

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.workspace import Workspace

PATIENCE = 300  # ms that a choice must stand before all is read by it
SLOW = 150  # ms: what is open sooner needs no first items


class Reading(QObject):
    """What is being read for the workspace, and how; its own items come as if it had been opened."""

    sheet_asked = Signal()
    changed = Signal()  # something else is coming, or nothing any more
    previewed = Signal(object)  # Opened: the first items of what is coming
    refused = Signal(str)  # why the data cannot be read as was chosen
    taken = Signal(object)  # sources that were opened, as was chosen

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self.coming = ""  # the short name of what is being read
        self.sources: tuple[str, ...] = ()  # what is, or was last, read
        self._options: Mapping[str, Any] = {}
        self._look: Job | None = None  # reads the first items
        self._job: Job | None = None  # reads all of them
        self._own = False  # nobody else waits for it
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self._read)
        self._glance = QTimer(self)
        self._glance.setSingleShot(True)
        self._glance.setInterval(SLOW)
        self._glance.timeout.connect(self._preview)

    @property
    def options(self) -> dict[str, Any]:
        """How what comes is read, else what is open."""
        dataset = self._workspace.dataset
        return dict(self._options if self.coming or dataset is None else dataset.options)

    def follow(self, sources: Sequence[str], job: Job) -> None:
        """Show the first items of what `job` opens while it does."""
        self._stop()
        self.sources, self._options = tuple(sources), {}
        self._await(job, own=False)
        self._glance.start()

    def choose(self, options: Mapping[str, Any]) -> None:
        """Read what comes, else what is open, as `options` say: a few at once, all when no other choice follows."""
        dataset, coming, job = self._workspace.dataset, self.coming, self._job
        self._options = dict(options)
        self._stop()
        if coming:
            self.coming = coming
            if job is not None:
                job.cancel()
        elif dataset is not None:
            self.sources, self.coming = tuple(sources_of(dataset.source)), dataset.name
        if dataset is not None and dataset.source == source_of(self.sources) and dict(dataset.options) == options:
            self.coming = ""
            self.changed.emit()
            return
        self.changed.emit()
        self._preview()
        self._timer.start()

    def _stop(self) -> None:
        """Leave what was being read so far, where nobody else asked for it."""
        self._timer.stop()
        self.coming = ""
        job, self._job = self._job, None
        self._look_no_more()
        if job is not None and self._own:
            job.cancel()

    def _look_no_more(self) -> None:
        self._glance.stop()
        look, self._look = self._look, None
        if look is not None:
            look.cancel()

    def _await(self, job: Job, own: bool) -> None:
        self._job, self._own = job, own
        self.coming = name_of(source_of(self.sources)) if self.sources else ""
        for ended in (job.done, job.failed, job.cancelled):
            ended.connect(partial(self._ended, job))
        self.changed.emit()

    def _ended(self, job: Job, *_: object) -> None:
        if job is self._job:
            self._job = None
            self._look_no_more()
            self.coming = ""
            self.changed.emit()

    def _preview(self) -> None:
        job = self._look = self._workspace.jobs.run("live:sheet", opening.previewing, self.sources, self._options)
        job.done.connect(partial(self._show, job))
        job.failed.connect(partial(self._refuse_preview, job))
        job.cancelled.connect(partial(self._looked, job))

    def _looked(self, job: Job) -> bool:
        """Whether this is what was looked at last; it is done."""
        last = job is self._look
        if last:
            self._look = None
        return last

    def _show(self, job: Job, opened: object) -> None:
        if self._looked(job) and opened is not None:
            self.previewed.emit(opened)

    def _refuse_preview(self, job: Job, error: object) -> None:
        # Of data that is just being opened all of it will tell.
        if self._looked(job) and self._options:
            self._refuse(error)

    def _read(self) -> None:
        jobs = self._workspace.jobs
        job = jobs.run("work", opening.opening, self.sources, None, self._options)
        job.done.connect(partial(self._take, job))
        job.failed.connect(partial(self._fail, job))
        self._await(job, own=True)

    def _take(self, job: Job, opened: opening.Opened) -> None:
        if job is self._job:
            self._workspace.set_opened(opened)
            self.taken.emit(self.sources)

    def _fail(self, job: Job, error: object) -> None:
        if job is self._job:
            self._refuse(error)

    def _refuse(self, error: object) -> None:
        if isinstance(error, UserError):
            self.refused.emit(str(error).replace(f"{source_of(self.sources)}: ", "", 1))
        else:
            self._workspace.failed.emit(error)
