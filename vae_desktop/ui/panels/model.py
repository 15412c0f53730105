"""What will be trained: a form made from the models' own settings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import make, settings_of
from vae_desktop.core.values import Step
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.families import Family, find_families, resolved_for
from vae_desktop.ui.panels import Area, Panel, panels
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.trying import Trying
from vae_desktop.ui.widgets.card import Card, labelled
from vae_desktop.ui.widgets.family_choice import FamilyChoice
from vae_desktop.ui.widgets.schedule_curves import Schedule, ScheduleCurves
from vae_desktop.ui.widgets.scrolling import scrolled_by
from vae_desktop.ui.widgets.settings_form import FIELD, SettingsForm
from vae_desktop.ui.workspace import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QShowEvent

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.settings import Setting, Value
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

PLACES = ("Latent dimensions", "KL warm-up", "Likelihood")  # what stands there until the models are known
NAME = 150  # pixels: width of a family's name
ROW = 26  # pixels: height of a field
DRAWN = tuple(Step(step, 2000, 2000) for step in range(0, 2001, 10))  # where a schedule is drawn


@panels.add("model")
class ModelPanel(Panel):
    """The form; writes the workspace's plan."""

    name: ClassVar[str] = "model"
    title: ClassVar[str] = "Model"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 1
    help: ClassVar[str] = "What learns: the kind of autoencoder and its settings, and how it is trained"

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self.families: dict[str, Family] = {}
        self._asked = False
        self._config_front, self._config_more = SettingsForm(), SettingsForm(heading="Objective")
        self._training_front, self._training_more = SettingsForm(), SettingsForm()
        for form in self._all():
            form.changed.connect(self._tell)
        self._show_training(settings_of(TrainSettings)["device"].choices)
        self._trying = Trying(self.jobs, self)
        self._trying.told.connect(self._tell_cost)
        self._trying.failed.connect(workspace.failed)
        self.family = FamilyChoice()
        self.family.setObjectName("family")
        self.family.setAccessibleName("Family")
        self.family.setMinimumWidth(NAME)
        self.family.setEnabled(False)
        self.family.setToolTip("The kind of autoencoder; its models load in a moment")
        self.family.currentIndexChanged.connect(self._family_chosen)
        self._places = _places()
        self._front, self._more = QVBoxLayout(), QVBoxLayout()
        self._fold = QWidget()
        self._fold.setLayout(self._more)
        self._fold.hide()
        self.more_link = QPushButton()
        self.more_link.setProperty("role", "link")
        self.more_link.setObjectName("moreSettings")
        self.more_link.setToolTip("Show or hide the settings that matter less often")
        self.more_link.setCheckable(True)
        self.more_link.toggled.connect(self._unfold)
        self._summary = labelled(" ", "quiet", wrap=True)
        self._summary.setObjectName("familySummary")
        self._resolved = labelled(" ", "quiet", wrap=True)
        self._resolved.setObjectName("resolved")
        self._resolved.setToolTip("What “auto” comes to on the data that is open")
        self._cost = labelled(" ", "quiet", wrap=True)
        self._cost.setObjectName("cost")
        self._cost.setToolTip("Numbers that are learned, and how long an epoch takes here: a few real steps are timed")
        self._note = labelled("", "error", wrap=True)
        self._note.setObjectName("modelNote")
        self._note.hide()
        self.curves = ScheduleCurves()

        card = Card("Model")
        card.heading.setToolTip(self.help)
        for layout in (self._front, self._more):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE)
        card.body.setSpacing(SPACE)
        card.body.addSpacing(SPACE)
        card.body.addLayout(_row("Family", self.family))
        card.body.addWidget(self._summary)
        self._front.addWidget(self._places)
        self._front.addWidget(self._config_front)
        self._config_front.hide()
        self._front.addWidget(self._training_front)
        self._more.addWidget(self._config_more)
        self._more.addWidget(self.curves)
        self._more.addWidget(self._training_more)
        card.body.addLayout(self._front)
        card.body.addWidget(self._resolved)
        card.body.addWidget(self._cost)
        card.body.addWidget(self._note)
        card.body.addWidget(self.more_link, 0, Qt.AlignmentFlag.AlignLeft)
        card.body.addWidget(self._fold)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        outer.addWidget(card)
        outer.addStretch(1)
        self._unfold(False)
        workspace.space_changed.connect(self._perhaps_load)
        workspace.dataset_changed.connect(self._dataset_changed)
        workspace.plan_changed.connect(self._plan_changed)
        themes.changed.connect(self._recolour)
        self._recolour()
        self._plan_changed(None)
        self._dataset_changed(None)

    def _show_training(self, devices: tuple[str, ...]) -> None:
        """The training's settings; only devices that are there are offered."""
        settings = settings_of(TrainSettings)
        settings["device"] = dataclasses.replace(settings["device"], choices=devices)
        _divide(settings, self._training_front, self._training_more)

    # Filling it

    def load(self) -> None:
        """Ask for the models, in a job: they bring torch."""
        if not self._asked:
            self._asked = True
            job = self.jobs.run("work", find_families)
            job.done.connect(self._fill)
            job.failed.connect(self.workspace.failed)

    def showEvent(self, event: QShowEvent) -> None:
        """What was not tried while it was hidden is tried now."""
        super().showEvent(event)
        self._say()

    def _perhaps_load(self, _: object = None) -> None:
        if self.workspace.space is not None and self.workspace.space.model is not None:
            self.load()

    def _dataset_changed(self, _: object) -> None:
        if self.workspace.dataset is not None:
            self.load()
        self._mend()

    def _fill(self, found: tuple[dict[str, Family], tuple[str, ...]]) -> None:
        self.families, devices = found
        self._show_training(devices)
        self.family.blockSignals(True)
        self.family.fill((found.section, name, found.title, found.summary) for name, found in self.families.items())
        self.family.setCurrentIndex(self.family.findData("vae"))
        self.family.blockSignals(False)
        self.family.setEnabled(True)
        self._places.hide()
        self._plan_changed(None)
        self._tell()
        self._mend()

    def _family_chosen(self, _: int) -> None:
        self._show_family(str(self.family.currentData()))
        self._tell()
        self._mend()

    def _show_family(self, name: str) -> None:
        """The form of another family; what was set stays where it has the same name."""
        family = self.families[name]
        _divide(settings_of(family.config), self._config_front, self._config_more)
        self._config_front.show()
        self.family.setToolTip(family.summary)
        self._summary.setText(family.summary)
        self.family.setProperty("shown", name)

    # The plan

    def _plan_changed(self, by: object) -> None:
        if by is self:
            return
        plan = self.workspace.plan
        for form in (self._training_front, self._training_more):
            form.set_values(plan.training)
        if plan.model in self.families:
            self.family.blockSignals(True)
            self.family.setCurrentIndex(self.family.findData(plan.model))
            self.family.blockSignals(False)
            if self.family.property("shown") != plan.model:
                self._show_family(plan.model)
            for form in (self._config_front, self._config_more):
                form.set_values(plan.config)
        self._arrange(plan)
        # What was wrong in the form before stands there no more.
        self.workspace.set_plan(dataclasses.replace(plan, fault=self._fault(plan.training)), by=self)
        self._say()
        QTimer.singleShot(0, self, self._mend)  # the data that a plan is for is opened right after it

    def _tell(self) -> None:
        config = {**self._config_front.values(), **self._config_more.values()}
        training = {**self._training_front.values(), **self._training_more.values()}
        known = bool(self.families)
        plan = Plan(
            str(self.family.currentData()) if known else self.workspace.plan.model,
            config if known else self.workspace.plan.config, training,
        )  # fmt: skip
        self._arrange(plan)
        self.workspace.set_plan(dataclasses.replace(plan, fault=self._fault(training)), by=self)
        self._say()

    def _fault(self, training: Mapping[str, Value]) -> str:
        """What is wrong first among what matters, "" when nothing is."""
        if fault := next((fault for form in self._all() if (fault := form.fault())), ""):
            return fault
        if training.get("patience") and not training.get("validation"):
            return "Patience: stopping early needs items kept out of the training (Validation above 0)"
        return ""

    def _all(self) -> tuple[SettingsForm, ...]:
        return self._config_front, self._training_front, self._config_more, self._training_more

    def _preparation(self) -> Preparation | None:
        """How the open data would be prepared for a new training, its classes told."""
        dataset, found = self.workspace.dataset, self.workspace.preparation
        return None if dataset is None or found is None else dataclasses.replace(found, classes=dataset.classes)

    def _mend(self) -> None:
        """Offer only what can be had on the open data; what cannot gives way, and that is told."""
        family, preparation = self.families.get(self.workspace.plan.model), self._preparation()
        if family is None:
            return
        from vae_desktop.models.config import allowed  # torch is there by now

        there = {} if preparation is None else allowed(family.model, preparation)
        gone, config = [], self.workspace.plan.config
        for form in (self._config_front, self._config_more):
            for name, row in form.rows.items():
                if not row.setting.choices:
                    continue
                choices, wanted = there.get(name, row.setting.choices), config.get(name, row.value)
                row.offer(choices)
                if wanted in choices:
                    form.set_values({name: wanted})
                else:
                    words = row.setting.word(str(wanted)), row.setting.word(str(row.value))
                    why = f"{words[0]} is not for {family.title} on this data"
                    gone.append(f"{row.setting.label}: {why}, now {words[1]}")
        if gone:
            self._tell()
            self.workspace.told.emit("; ".join(gone))
        else:
            self._say()

    # What it comes to

    def _arrange(self, plan: Plan) -> tuple[VAEConfig | None, str]:
        """Show the settings that matter; return them as they come out on the data, or what is wrong with them."""
        family, preparation = self.families.get(plan.model), self._preparation()
        resolved, fault = None, ""
        if family is not None and preparation is not None and plan.config:
            try:
                resolved = resolved_for(family, plan.config, preparation)
            except SettingError as error:
                fault = str(error)
        known = {} if resolved is None else dataclasses.asdict(resolved)
        for form in self._all():
            form.arrange({**plan.config, **plan.training, **known})
        return resolved, fault

    def _say(self) -> None:
        """Tell what the settings come to, and have a few steps tried."""
        plan, dataset, preparation = self.workspace.plan, self.workspace.dataset, self._preparation()
        resolved, fault = self._arrange(plan)
        text = " "
        if resolved is not None:
            text = f"For this data: {self._word('network', resolved)}, {self._word('likelihood', resolved)}"
        self._resolved.setText(text)
        if plan.model in self.families:
            self._draw(self.families[plan.model].config)
        if dataset is None or preparation is None or resolved is None or plan.fault or len(dataset) < 2:
            self._trying.want(None)
        elif self.isVisible():
            self._trying.want((dataset, preparation, plan))
        if fault:
            self._tell_cost(" ", fault)

    def _word(self, name: str, resolved: VAEConfig) -> str:
        setting, value = settings_of(resolved)[name], getattr(resolved, name)
        word = setting.words.get(value, str(value))
        return word.partition(" (")[0] if name == "likelihood" else word.lower()

    def _draw(self, config: type[VAEConfig]) -> None:
        """Draw what changes over the training."""
        plan = self.workspace.plan
        try:
            schedules = make(config, plan.config).schedules()
            training = make(TrainSettings, plan.training)
        except SettingError:
            return
        curves = [Schedule(name, np.array([value(step) for step in DRAWN])) for name, value in schedules.items()]
        rate = np.array([training.lr * training.lr_factor(step.step / step.total) for step in DRAWN])
        self.curves.set_curves((*curves, Schedule("Learning rate", rate)))
        self.curves.setVisible(bool(self.curves.curves))

    def _tell_cost(self, cost: str, note: str) -> None:
        self._cost.setText(cost)
        self._note.setText(note[:1].upper() + note[1:])
        self._note.setVisible(bool(note))

    def _recolour(self) -> None:
        self.curves.set_theme(self.themes.current)

    def shutdown(self) -> None:
        """The window closes: nothing more is tried."""
        self._trying.stop()

    def _unfold(self, shown: bool) -> None:
        self._fold.setVisible(shown)
        self.more_link.setText("Fewer settings ▾" if shown else "More settings ▸")
        self.more_link.setAccessibleName("Fewer settings" if shown else "More settings")
        if shown:
            QTimer.singleShot(0, self, self._reveal)

    def _reveal(self) -> None:
        """Bring what was unfolded into view, where the panel scrolls."""
        area = scrolled_by(self)
        if area is not None:
            area.verticalScrollBar().setValue(self.more_link.mapTo(self, self.more_link.rect().topLeft()).y() - SPACE)


def _row(text: str, field: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2 * SPACE)
    label = QLabel(text)
    label.setBuddy(field)
    row.addWidget(label)
    row.addStretch(1)
    row.addWidget(field)
    return row


def _places() -> QWidget:
    """Quiet rows of a form's height, so that nothing jumps when the form comes."""
    places = QWidget()
    rows = QVBoxLayout(places)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(SPACE)
    for text in PLACES:
        empty = QFrame()
        empty.setFixedSize(FIELD, ROW)
        row = _row(text, empty)
        label = row.itemAt(0).widget()
        assert isinstance(label, QLabel)
        label.setProperty("role", "quiet")
        rows.addLayout(row)
    return places


def _divide(settings: dict[str, Setting], front: SettingsForm, more: SettingsForm) -> None:
    """Show what matters first, and the rest."""
    for form, rest in ((front, False), (more, True)):
        form.show_settings(setting for setting in settings.values() if setting.more is rest)
