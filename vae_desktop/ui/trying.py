"""Tries a few steps of what the plan says, while nothing trains, and tells what a training would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from vae_desktop.core.errors import UserError
from vae_desktop.ui.families import told, try_out

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset
    from vae_desktop.training.trial import Trial
    from vae_desktop.ui.jobs import Job, Jobs
    from vae_desktop.ui.state import Plan

TRY_AFTER = 600  # ms that the settings stand still before they are tried
LANE = "live:trial"

Wanted = tuple["Dataset", "Preparation", "Plan"]


class Trying(QObject):
    """Emits `told` (what it costs, and what is worth saying), and `failed` for a fault of the program."""

    told = Signal(str, str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._wanted: Wanted | None = None
        self._known = False  # what is wanted was tried, or is being tried
        self._job: Job | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TRY_AFTER)
        self._rest.timeout.connect(self._try)
        jobs.changed.connect(self._jobs_changed)

    def want(self, wanted: Wanted | None) -> None:
        """Try this plan on this data once it has stood still; None: nothing can be tried."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._leave()
        self.told.emit(" ", "")
        if wanted is not None:
            self._rest.start()

    def stop(self) -> None:
        """Try nothing more."""
        self._wanted = None
        self._leave()

    def _leave(self) -> None:
        self._known = False
        self._rest.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _jobs_changed(self) -> None:
        """Beside a training a trial would measure wrongly, and disturb it."""
        if not self._trains():
            if self._wanted is not None and not self._known and not self._rest.isActive():
                self._rest.start()
        elif self._job is not None or self._rest.isActive():
            self._leave()
            self.told.emit(" ", "")

    def _trains(self) -> bool:
        return any(job.lane == "train" for job in self._jobs.running)

    def _try(self) -> None:
        if self._wanted is None or self._trains():
            return
        dataset, preparation, plan = self._wanted
        self._known = True
        self.told.emit("Timing a few steps …", "")
        self._job = self._jobs.run(LANE, try_out, dataset, preparation, plan.model, plan.config, plan.training)
        self._job.done.connect(self._done)
        self._job.failed.connect(self._failed)

    def _done(self, trial: Trial) -> None:
        if self.sender() is self._job:
            self._job = None
            self.told.emit(told(trial), "\n".join(trial.notes))

    def _failed(self, error: BaseException) -> None:
        if self.sender() is self._job:
            self._job = None
            if isinstance(error, UserError):
                self.told.emit(" ", str(error))
            else:
                self.failed.emit(error)
