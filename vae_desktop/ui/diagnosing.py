"""A training's figures are looked through for what is wrong, and a remedy fills in the form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from vae_desktop.training.doctor import diagnose
from vae_desktop.ui.state import Plan, as_settings
from vae_desktop.ui.widgets.diagnosis import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_desktop.training.doctor import Finding
    from vae_desktop.training.remedies import Remedy
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.workspace import Workspace

GROWN = 1.05  # times as many epochs as at the last look: all looks together stay linear in the epochs


class Diagnosing(QObject):
    """Keeps :attr:`view` up to date."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.view = Diagnosis()
        self.view.taken.connect(self._take)
        self.view.taken_back.connect(self._take_back)
        workspace.plan_changed.connect(self._plan_changed)
        self._record: Mapping[str, Any] | None = None
        self._looked = 0
        self._job: Job | None = None
        self._before: Plan | None = None
        self._after: Plan | None = None

    def follow(self, record: Mapping[str, Any] | None, metrics: Sequence[Mapping[str, Any]]) -> None:
        """Look through what a run has brought so far; None: there is no run."""
        if record is None:
            self._record, self._job = None, None
            self.view.show_findings((), {})
            return
        if record is self._record and self._looked <= len(metrics) < GROWN * self._looked:
            return
        self._record, self._looked = record, len(metrics)
        job = self._job = self.workspace.jobs.run("live:diagnosis", diagnose, record, tuple(metrics))
        job.done.connect(lambda findings: self._show(job, findings))
        job.failed.connect(self.workspace.failed)

    def _show(self, job: Job, findings: Sequence[Finding]) -> None:
        if job is self._job:
            self.view.show_findings(findings, self._values())

    def _plan(self) -> Plan:
        """What a remedy changes: the form, where it is of the same model; else the run's own settings."""
        plan, record = self.workspace.plan, self._record
        if record is None or plan.model == record["model"]:
            return plan
        return Plan(record["model"], as_settings(record["config"]), plan.training | as_settings(record["settings"]))

    def _values(self) -> dict[str, Any]:
        plan = self._plan()
        return {**plan.config, **plan.training}

    def _take(self, remedy: Remedy) -> None:
        plan = self._plan()
        config, training = remedy.apply(plan.config, plan.training)
        told = remedy.told(self._values())
        self._before = self.workspace.plan
        self._after = replace(plan, config=config, training=training, fault="")  # the form finds its own
        self.workspace.set_plan(self._after, self)
        self.view.tell(f"{told}; press Train to try it.")
        self.workspace.told.emit(told)

    def _take_back(self) -> None:
        if self._before is not None:
            self.workspace.set_plan(self._before, self)
        self.view.tell("")

    def _plan_changed(self, by: object) -> None:
        """Once something else is set, there is nothing to take back."""
        if by is not self and replace(self.workspace.plan, fault="") != self._after:
            self._before = None
            self.view.tell("")
