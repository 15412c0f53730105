"""A training: start, watch, pause, stop, go on; the map follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import name_of
from vae_desktop.core.work import Progress
from vae_desktop.training.run_folder import is_run, new_run_folder, open_run
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.diagnosing import Diagnosing
from vae_desktop.ui.loss_exports import save_curves, save_figures
from vae_desktop.ui.pace import duration
from vae_desktop.ui.panels import Area, Panel, panels
from vae_desktop.ui.state import Plan, as_settings, runs_folder
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.underway import Underway, learned, train
from vae_desktop.ui.widgets.card import Card, labelled
from vae_desktop.ui.widgets.learning import Learning
from vae_desktop.ui.widgets.offer import Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.run_folder import Run
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SHOW_EVERY = 40  # ms: tiny data has hundreds of epochs a second
DECLINED = "training/declined"


@panels.add("training")
class TrainingPanel(Panel):
    """The training card."""

    name: ClassVar[str] = "training"
    title: ClassVar[str] = "Training"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 2
    help: ClassVar[str] = "How the training goes: time left, loss, and how many latent dimensions are used"

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._under: Underway | None = None
        self._job: Job | None = None
        self._offered: Run | None = None
        self._closing = False
        self._metrics: Sequence[Mapping[str, Any]] = ()
        self._epochs = 0
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(SHOW_EVERY)
        self._refresh.timeout.connect(self._follow)
        self.train_action = QAction("Train", self)
        self.train_action.setObjectName("trainAction")
        self.train_action.triggered.connect(self.start)
        self._build()
        workspace.dataset_changed.connect(self._allow)
        workspace.plan_changed.connect(self._allow)
        workspace.reading.changed.connect(self._allow)
        workspace.run_changed.connect(self._run_changed)
        workspace.run_offered.connect(self.offer)
        themes.changed.connect(self._recolour)
        self._recolour()
        self._run_changed(None)

    def _build(self) -> None:
        self.card = Card("Training")
        self.card.heading.setToolTip(self.help)
        self.card.remark.setObjectName("trainingRemark")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setObjectName("trainingProgress")
        self.bar.setAccessibleName("Training progress")
        self.bar.setToolTip("How much of the training is done")
        self.message = labelled("", "error", wrap=True)
        self.message.setObjectName("trainingMessage")
        self.note = labelled("", "quiet", wrap=True)
        self.learning = Learning()
        self.diagnosing = Diagnosing(self.workspace, self)
        self.pause = _button("Pause", "pauseTraining", "Hold the training; nothing is lost", self._pause)
        self.stop_button = _button("Stop", "stopTraining", "Stop keeps what was learned", self.stop)
        self._run_row = QWidget()
        row = _in_line(self._run_row)
        row.addWidget(self.pause, 1)
        row.addWidget(self.stop_button, 1)
        self.question = Offer()
        self.question.taken.connect(self._go_on)
        self.question.declined.connect(self._decline)
        self.train_button = _button("Train", "train", "", self.train_action.trigger)
        self.train_button.setProperty("role", "primary")
        for widget in (
            self.question, self.bar, self._run_row, self.message, self.note, self.learning,
            self.diagnosing.view, self.train_button,
        ):  # fmt: skip
            self.card.body.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        outer.addWidget(self.card)
        outer.addStretch(1)

    def top_action(self) -> QAction:
        """Train."""
        return self.train_action

    # Starting

    def start(self) -> None:
        """Train what the plan says on the data that is open, into a new run folder."""
        dataset, plan = self.workspace.dataset, self.workspace.plan
        if dataset is None or self._reason():
            return
        out = new_run_folder(runs_folder(), dataset.name)
        self._begin(dataset, plan, out, resume=False)

    def offer(self, run: Run) -> None:
        """Offer to go on with a run that was interrupted, unless the person has said no to it before."""
        if str(QSettings().value(DECLINED, "")) == str(run.path):
            return
        self._offered = run
        self._arrange()

    def _decline(self) -> None:
        if self._offered is not None:
            QSettings().setValue(DECLINED, str(self._offered.path))
        self._offered = None
        self._arrange()

    def _unfinished(self) -> Run | None:
        """The run one can go on with: the one offered, else the one shown."""
        shown = self.workspace.run
        if self._offered is None and shown is not None and shown.status in ("training", "stopped"):
            return shown
        return self._offered

    def _go_on(self) -> None:
        run = self._unfinished()
        if run is not None:
            self.resume(run)

    def resume(self, run: Run) -> None:
        """Open an unfinished run and go on with it."""
        self._offered = None
        self._arrange()
        self.workspace.open((str(run.path),)).done.connect(self._opened)

    def _opened(self, opened: Any) -> None:
        run, dataset = opened.run, opened.dataset
        if run is None or self._under is not None:
            return
        if dataset is None:
            self.message.setText(opened.notes[0])
            self._arrange()
            return
        plan = Plan(run.record["model"], as_settings(run.record["config"]), as_settings(run.record["settings"]))
        self.workspace.set_plan(plan, self)
        self._begin(dataset, plan, run.path, resume=True)

    def _begin(self, dataset: Dataset, plan: Plan, out: Path, resume: bool) -> None:
        epochs = int(plan.training.get("epochs", TrainSettings().epochs))
        self._under = Underway(dataset, out, epochs)
        self._metrics, self._epochs = (), epochs
        self.diagnosing.follow(None, ())
        self.message.setText("")
        self.note.setText("")
        self.bar.setRange(0, 0)
        job = self._job = self.jobs.run("train", train, dataset, plan.model, plan.config, plan.training, out, resume)
        job.progress.connect(self._event)
        for ended in (job.done, job.cancelled):
            ended.connect(lambda *_: self._end(""))
        job.failed.connect(self._failed)
        self._arrange()

    # While it runs

    def _event(self, event: object) -> None:
        under = self._under
        if under is None:
            return
        if isinstance(event, Progress):
            self._advance(under, event)
            return
        from vae_desktop.training.loop import EpochEnd, Started  # torch is there by now

        if isinstance(event, EpochEnd):
            under.metrics.append(event.metrics)
            under.latest = event.weights
            if not self._refresh.isActive():
                self._refresh.start()
        elif isinstance(event, Started):
            under.metrics = list(event.metrics)
            run = open_run(event.path)
            under.record = run.record
            self.note.setText("\n".join(event.notes))
            if self._follows(under):
                self.workspace.begin_run(run)
            self._follow()

    def _advance(self, under: Underway, progress: Progress) -> None:
        """Move the bar; change the time left less often, so that it can be read."""
        if self.bar.maximum() != progress.total:
            self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        if under.pace.report(progress.done, progress.total):
            self._remark(under)

    def _remark(self, under: Underway) -> None:
        epoch = min(len(under.metrics) + 1, under.epochs)
        if under.stopping:
            text = f"stopping at epoch {epoch} / {under.epochs}"
        elif self._job is not None and self._job.paused:
            text = f"paused at epoch {epoch} / {under.epochs}"
        else:
            text = " · ".join(filter(None, (f"epoch {epoch} / {under.epochs}", under.pace.left)))
        self.card.set_remark(text if self._follows(under) else f"{under.dataset.name}: {text}")

    def _follow(self) -> None:
        """Show what the last epochs brought."""
        under = self._under
        if under is None:
            return
        if under.latest is not None and self._follows(under):
            self.workspace.set_model(under.latest)
            under.latest = None
        self._show(under.metrics, under.epochs, under.record)
        self._remark(under)

    def _follows(self, under: Underway) -> bool:
        return under.following and self.workspace.dataset is under.dataset

    def _pause(self) -> None:
        under, job = self._under, self._job
        if under is None or job is None:
            return
        job.pause(not job.paused)
        under.pace.forget()
        self._arrange()
        self._remark(under)

    def stop(self) -> None:
        """End the training and keep what was learned."""
        if self._under is None or self._job is None:
            return
        self._under.stopping = True
        # Who stops it does not want to be asked about it at the next start.
        QSettings().setValue(DECLINED, str(self._under.path))
        self._job.cancel()
        self._arrange()
        self._remark(self._under)

    # When it has ended

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, UserError):
            self.workspace.failed.emit(error)
        text = str(error) if isinstance(error, UserError) else "The training ended early because of a fault."
        self._end(text[:1].upper() + text[1:])

    def _end(self, fault: str) -> None:
        under, self._under, self._job = self._under, None, None
        self._refresh.stop()
        if under is None or self._closing:
            return
        self.message.setText(fault)
        self._show(under.metrics, under.epochs, under.record)
        if is_run(under.path):
            job = self.jobs.run("work", learned, under.path)
            job.done.connect(lambda found: self._settle(under, *found))
            job.failed.connect(self.workspace.failed)
        self._arrange()

    def _settle(self, under: Underway, run: Run, model: VAE) -> None:
        """The map takes the last weights, when it still shows this run."""
        shown = self.workspace.run
        if self._follows(under) and shown is not None and shown.path == run.path:
            self.workspace.begin_run(run)
            self.workspace.set_model(model, last=True)
        else:
            self.workspace.told.emit(f"The training of {under.dataset.name} ended; it is kept in {run.path}")
            self._run_changed(None)

    def shutdown(self) -> None:
        """The window closes: the job saves itself as its thread ends, nothing is shown any more."""
        self._closing = True
        self._refresh.stop()

    # What it shows

    def _run_changed(self, _: object) -> None:
        run, under = self.workspace.run, self._under
        if under is not None:
            under.following = under.following and run is not None and run.path == under.path
            return
        metrics = () if run is None else run.metrics
        self.note.setText("" if run is None else run.ended)
        self._show(metrics, len(metrics), None if run is None else run.record)
        self._arrange()

    def _show(self, metrics: Sequence[Mapping[str, Any]], epochs: int, record: Mapping[str, Any] | None) -> None:
        had = bool(self._metrics)
        self._metrics, self._epochs = metrics, epochs
        self.learning.set_metrics(metrics, epochs)
        self.diagnosing.follow(record, metrics)
        if had != bool(metrics):
            self._arrange()

    def _arrange(self) -> None:
        """Show what there is to see and to press now."""
        under = self._under
        run = self._unfinished() if under is None else None
        text = ""
        if run is not None:
            name = name_of(run.source)
            text = "Stopped" if run is not self._offered else f"A training of {name} was interrupted"
            text += f" at epoch {run.epochs} of {run.record['settings']['epochs']}."
        self.question.ask(text, declinable=run is self._offered)
        self.bar.setVisible(under is not None)
        self.message.setVisible(bool(self.message.text()))
        self.note.setVisible(bool(self.note.text()))
        self.learning.setVisible(bool(self._metrics) or under is not None)
        self._run_row.setVisible(under is not None)
        self.stop_button.setEnabled(under is not None and not under.stopping)
        self.pause.setEnabled(under is not None and not under.stopping)
        paused = self._job is not None and self._job.paused
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.setAccessibleName("Resume the training" if paused else "Pause the training")
        self.train_button.setVisible(under is None)
        if under is None:
            done, seconds = len(self._metrics), sum(line["seconds"] for line in self._metrics)
            self.card.set_remark("")  # forgets how wide it was while it changed
            self.card.set_remark(f"{done} epoch{'s' * (done > 1)} · {duration(seconds)}" if done else "")
        self._allow()

    def _reason(self) -> str:
        """Why one cannot train now; "" when one can."""
        dataset = self.workspace.dataset
        if self._under is not None:
            return "A training is under way"
        if self.workspace.reading.coming:
            return f"{self.workspace.reading.coming} is being read"
        if dataset is None:
            return "Open some data first"
        if len(dataset) < 2:
            return "Training needs at least two items"
        return self.workspace.plan.fault

    def _allow(self, _: object = None) -> None:
        reason = self._reason()
        tip = reason or "Train the model on the data that is open, in a new run; earlier ones are kept"
        self.train_action.setEnabled(not reason)
        self.train_action.setToolTip(tip)
        self.train_button.setEnabled(not reason)
        self.train_button.setToolTip(tip)

    def _recolour(self) -> None:
        self.learning.set_theme(self.themes.current)

    # Exports

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The curves, and their figures."""
        if not self._metrics:
            return []
        metrics, epochs = list(self._metrics), self._epochs
        return [
            ("Loss curves…", lambda: save_curves(self, metrics, epochs)),
            ("Loss figures…", lambda: save_figures(self, metrics)),
        ]


def _in_line(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2 * SPACE)
    return row


def _button(text: str, name: str, tip: str, do: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.clicked.connect(lambda: do())
    return button
