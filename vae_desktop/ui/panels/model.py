"""What will be trained: a form made from the models' own settings."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_desktop.core.settings import settings_of
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.panels import Area, Panel, panels
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import Card
from vae_desktop.ui.widgets.settings_form import FIELD, Choice, SettingsForm
from vae_desktop.ui.workspace import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.settings import Setting
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

PLACES = ("Latent dimensions", "KL warm-up", "Likelihood")  # what stands there until the models are known
ROW = 26  # pixels: height of a field


@dataclass(frozen=True)
class Family:
    """What the form needs to know of a model: its title, a line about it, its settings."""

    title: str
    summary: str
    config: type[VAEConfig]
    model: type[VAE]


def find_families() -> tuple[dict[str, Family], tuple[str, ...]]:
    """All models by name, the plain one first, and the devices this computer has; loads torch."""
    import torch

    from vae_desktop.models import models

    found = {name: Family(cls.title, cls.summary, cls.Config, cls) for name, cls in models.items()}
    there = {"auto": True, "cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    families = dict(sorted(found.items(), key=lambda item: (item[0] != "vae", item[1].title)))
    return families, tuple(device for device, is_there in there.items() if is_there)


def chosen_for(family: Family, config: Mapping[str, Any], preparation: Preparation) -> str:
    """What ``auto`` comes to on this data, in words; only once torch is loaded."""
    from vae_desktop.models.config import resolve

    resolved = resolve(family.model, family.config(**config), preparation)
    return f"For this data: {resolved.network}, {resolved.likelihood.capitalize()}"


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
        self._config_front, self._config_more = SettingsForm(()), SettingsForm(())
        self._training_front, self._training_more = self._training_forms(())
        self.family = Choice()
        self.family.setObjectName("family")
        self.family.setAccessibleName("Family")
        self.family.setMinimumWidth(FIELD)
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
        self._resolved = QLabel(" ")
        self._resolved.setProperty("role", "quiet")
        self._resolved.setObjectName("resolved")
        self._resolved.setWordWrap(True)
        self._resolved.setToolTip("What “auto” comes to on the data that is open")

        card = Card("Model")
        card.heading.setToolTip(self.help)
        for layout in (self._front, self._more):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE)
        card.body.setSpacing(SPACE)
        card.body.addSpacing(SPACE)
        card.body.addLayout(_row("Family", self.family))
        self._front.addWidget(self._places)
        self._front.addWidget(self._config_front)
        self._config_front.hide()
        self._front.addWidget(self._training_front)
        self._more.addWidget(self._config_more)
        self._more.addWidget(self._training_more)
        card.body.addLayout(self._front)
        card.body.addWidget(self._resolved)
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
        self._plan_changed(None)
        self._dataset_changed(None)

    def _training_forms(self, missing_devices: tuple[str, ...]) -> tuple[SettingsForm, SettingsForm]:
        settings = list(settings_of(TrainSettings).values())
        for index, setting in enumerate(settings):
            if setting.name == "device":
                there = tuple(choice for choice in setting.choices if choice not in missing_devices)
                settings[index] = dataclasses.replace(setting, choices=there)
        return self._forms(settings)

    def _forms(self, settings: list[Setting]) -> tuple[SettingsForm, SettingsForm]:
        forms = tuple(SettingsForm(s for s in settings if s.more is more) for more in (False, True))
        for form in forms:
            form.changed.connect(self._tell)
        return forms[0], forms[1]

    # Filling it

    def load(self) -> None:
        """Ask for the models, in a job: they bring torch."""
        if not self._asked:
            self._asked = True
            job = self.jobs.run("work", find_families)
            job.done.connect(self._fill)
            job.failed.connect(self.workspace.failed)

    def _perhaps_load(self, _: object = None) -> None:
        if self.workspace.space is not None and self.workspace.space.model is not None:
            self.load()

    def _dataset_changed(self, _: object) -> None:
        if self.workspace.dataset is not None:
            self.load()
        self._say_resolved()

    def _fill(self, found: tuple[dict[str, Family], tuple[str, ...]]) -> None:
        self.families, devices = found
        missing = tuple(c for c in settings_of(TrainSettings)["device"].choices if c not in devices)
        self._training_front, self._training_more = (
            _swap(old, new)
            for old, new in zip((self._training_front, self._training_more), self._training_forms(missing), strict=True)
        )
        self.family.blockSignals(True)
        for name, family in self.families.items():
            self.family.addItem(family.title, name)
            self.family.setItemData(self.family.count() - 1, family.summary, Qt.ItemDataRole.ToolTipRole)
        self.family.blockSignals(False)
        self.family.setEnabled(True)
        self._places.hide()
        self._plan_changed(None)
        self._tell()

    def _family_chosen(self, _: int) -> None:
        self._show_family(str(self.family.currentData()))
        self._tell()

    def _show_family(self, name: str) -> None:
        """The form of another family; what was set stays where it has the same name."""
        family = self.families[name]
        values = self._config_front.values() | self._config_more.values()
        forms = self._forms(list(settings_of(family.config).values()))
        for form in forms:
            form.set_values(values)
        self._config_front = _swap(self._config_front, forms[0])
        self._config_more = _swap(self._config_more, forms[1])
        self.family.setToolTip(family.summary)
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
        self._say_resolved()

    def _tell(self) -> None:
        forms = (self._config_front, self._training_front, self._config_more, self._training_more)
        plan = Plan(
            str(self.family.currentData()) if self.families else self.workspace.plan.model,
            {**self._config_front.values(), **self._config_more.values()}
            if self.families
            else self.workspace.plan.config,
            {**self._training_front.values(), **self._training_more.values()},
            next((fault for form in forms if (fault := form.fault())), ""),
        )
        self.workspace.set_plan(plan, by=self)
        self._say_resolved()

    def _say_resolved(self) -> None:
        plan, preparation = self.workspace.plan, self.workspace.preparation
        text = " "  # keeps the line's height
        if plan.model in self.families and preparation is not None and plan.config:
            text = chosen_for(self.families[plan.model], plan.config, preparation)
        self._resolved.setText(text)

    def _unfold(self, shown: bool) -> None:
        self._fold.setVisible(shown)
        self.more_link.setText("Fewer settings ▾" if shown else "More settings ▸")
        self.more_link.setAccessibleName("Fewer settings" if shown else "More settings")


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


def _swap(old: SettingsForm, new: SettingsForm) -> SettingsForm:
    """Put `new` where `old` stands, if it stands anywhere yet."""
    parent = old.parentWidget()
    layout = None if parent is None else parent.layout()
    if layout is not None:
        layout.replaceWidget(old, new)
    old.hide()
    old.deleteLater()
    return new
