"""What is wrong with a training stands in its card, and a remedy fills in the form."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea

from vae_desktop.models import models
from vae_desktop.training.run_folder import Run, open_run
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.panels.model import ModelPanel
from vae_desktop.ui.panels.training import TrainingPanel
from vae_desktop.ui.state import Plan, runs_folder

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.diagnosis import Diagnosis
    from vae_desktop.ui.workspace import Workspace

SOON = 60_000  # ms: torch may have to be loaded


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> TrainingPanel:
    panel = TrainingPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(290, 620)
    panel.show()
    return panel


@pytest.fixture
def form(workspace: Workspace, themes: Themes, qtbot: QtBot) -> ModelPanel:
    form = ModelPanel(workspace, themes)
    qtbot.addWidget(form)
    form.load()
    qtbot.waitUntil(lambda: bool(form.families), timeout=SOON)
    return form


def collapsed(model: str = "beta-vae", **config: Any) -> Run:
    """A run whose last lines tell of codes that tell nothing."""
    chosen = {**asdict(models[model].Config()), **config}
    record = {
        "model": model, "config": {name: list(v) if isinstance(v, tuple) else v for name, v in chosen.items()},
        "settings": asdict(TrainSettings()), "status": "finished",
        "data": {"kind": "image", "items": 2000, "shape": [8, 8, 1], "source": "bars", "fingerprint": ""},
    }  # fmt: skip
    seen = {"explained": 0.0, "linear": 0.4, "needed": 4.0, "sharpness": 0.2, "perplexity": None}
    lines = [
        {"epoch": epoch + 1, "loss": 20.0, "elbo": -20.0, "reconstruction": 20.0, "kl": 0.0, "active_units": 0,
         "kl_per_dimension": [0.0, 0.0], "weight": 4.0, "validation": None, "watched": seen, "seconds": 1.0}
        for epoch in range(30)
    ]  # fmt: skip
    return Run(Path("none"), record, tuple(lines))


def show(panel: TrainingPanel, run: Run, qtbot: QtBot) -> Diagnosis:
    panel.workspace.begin_run(run)
    view = panel.diagnosing.view
    qtbot.waitUntil(lambda: view.isVisible() and bool(remedies(view)), timeout=SOON)
    return view


def remedies(view: Diagnosis) -> list[QPushButton]:
    return [button for button in view.findChildren(QPushButton, "remedy") if not button.isHidden()]


def test_nothing_is_said_of_no_run(panel: TrainingPanel) -> None:
    assert not panel.diagnosing.view.isVisible()


def test_a_click_fills_in_the_form_and_starts_nothing(panel: TrainingPanel, form: ModelPanel, qtbot: QtBot) -> None:
    workspace = panel.workspace
    workspace.set_plan(Plan("beta-vae", asdict(models["beta-vae"].Config(beta=4.0, latent=5)), workspace.plan.training))
    before = workspace.plan
    view = show(panel, collapsed(beta=4.0), qtbot)
    assert view.findChild(QLabel, "findingText").text().startswith("The codes tell nothing about the items")
    lower, warmer = remedies(view)[:2]
    assert lower.text() == "Lower β from 4 to 1"
    assert "Fills in the form; nothing is started" in lower.toolTip()
    with qtbot.waitSignal(workspace.told) as told:
        qtbot.mouseClick(lower, Qt.MouseButton.LeftButton)
    assert told.args == ["β 4 → 1"]
    assert workspace.plan.config == {**before.config, "beta": 1.0}  # what else was set stays
    assert form._config_front.values()["beta"] == 1.0
    assert view.changed.text() == "β 4 → 1; press Train to try it."
    assert view.changed.isVisible()
    assert not workspace.jobs.running
    qtbot.keyClick(view.back, Qt.Key.Key_Space)
    assert workspace.plan == before
    assert form._config_front.values()["beta"] == 4.0
    assert not view.back.isVisible()
    warmer.setFocus()
    qtbot.keyClick(warmer, Qt.Key.Key_Space)
    assert view.changed.text() == "KL warm-up 0.1 → 0.3, Free bits 0 → 0.25; press Train to try it."
    workspace.set_plan(before)  # set by somebody else: there is nothing to take back
    assert not view.back.isVisible()


def test_a_remedy_mends_what_was_wrong_in_the_form(
    panel: TrainingPanel, form: ModelPanel, pictures: Dataset, qtbot: QtBot
) -> None:
    workspace = panel.workspace
    workspace.set_dataset(pictures)
    view = show(panel, collapsed(beta=4.0), qtbot)
    qtbot.mouseClick(remedies(view)[0], Qt.MouseButton.LeftButton)
    field = form._training_front.rows["epochs"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "x")
    assert "whole number" in workspace.plan.fault
    assert not panel.train_button.isEnabled()
    qtbot.mouseClick(remedies(view)[0], Qt.MouseButton.LeftButton)
    assert (workspace.plan.fault, field.text()) == ("", str(workspace.plan.training["epochs"]))
    assert panel.train_button.isEnabled()
    assert view.back.isVisible()


def test_what_was_changed_is_in_view(panel: TrainingPanel, qtbot: QtBot) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    area.resize(290, 300)
    area.show()
    view = show(panel, collapsed(beta=4.0), qtbot)
    qtbot.mouseClick(remedies(view)[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not view.back.visibleRegion().isEmpty())
    area.takeWidget()


def test_another_run_of_the_same_illness_brings_its_own_remedy(panel: TrainingPanel, qtbot: QtBot) -> None:
    view = show(panel, collapsed(model="vae"), qtbot)
    told = remedies(view)[0].text()
    panel.workspace.begin_run(collapsed(model="vae", free_bits=0.25))
    qtbot.waitUntil(lambda: any(dict(remedy.changes).get("free_bits") == 0.5 for remedy in view.findings[0].remedies))
    qtbot.mouseClick(remedies(view)[0], Qt.MouseButton.LeftButton)
    assert remedies(view)[0].text() == told
    assert panel.workspace.plan.config["free_bits"] == 0.5


def test_a_remedy_is_of_the_run_even_when_another_family_is_chosen(
    panel: TrainingPanel, form: ModelPanel, qtbot: QtBot
) -> None:
    assert panel.workspace.plan.model == "vae"
    view = show(panel, collapsed(beta=6.0, hidden=(32, 16)), qtbot)
    qtbot.mouseClick(remedies(view)[0], Qt.MouseButton.LeftButton)
    plan = panel.workspace.plan
    assert (plan.model, plan.config["beta"], plan.config["hidden"]) == ("beta-vae", 1.0, (32, 16))


def test_another_run_is_another_verdict(panel: TrainingPanel, qtbot: QtBot) -> None:
    view = show(panel, collapsed(beta=4.0), qtbot)
    first = remedies(view)[0]
    show(panel, collapsed(beta=8.0), qtbot)
    qtbot.waitUntil(lambda: "β of 8" in view.accessibleDescription() and bool(remedies(view)), timeout=SOON)
    assert remedies(view)[0] is not first
    panel.workspace.begin_run(None)
    assert not view.isVisible()


def test_it_widens_no_dock(panel: TrainingPanel, qtbot: QtBot) -> None:
    before = panel.minimumSizeHint().width()
    show(panel, collapsed(beta=4.0), qtbot)
    assert panel.minimumSizeHint().width() <= max(before, 260)


def test_a_training_that_broke_is_told_at_once(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    config = {**asdict(models["vae"].Config()), "hidden": (8,), "network": "mlp"}
    panel.workspace.set_plan(Plan("vae", config, {"epochs": 50, "threads": 1, "lr": 1e30, "batch": 4}))
    qtbot.mouseClick(panel.train_button, Qt.MouseButton.LeftButton)
    view = panel.diagnosing.view
    qtbot.waitUntil(view.isVisible, timeout=SOON)
    assert view.findings[0].illness == "diverged"
    qtbot.waitUntil(lambda: not panel.jobs.running, timeout=SOON)
    assert open_run(runs_folder() / "bars-1").status == "diverged"
    qtbot.mouseClick(remedies(view)[0], Qt.MouseButton.LeftButton)
    assert panel.workspace.plan.training["lr"] == 1e-3
    panel.workspace.set_plan(Plan("vae", config, {"epochs": 2, "threads": 1}))
    qtbot.mouseClick(panel.train_button, Qt.MouseButton.LeftButton)
    assert not view.isVisible()  # a new training is a new start
    qtbot.waitUntil(lambda: panel.train_button.isVisible() and not panel.jobs.running, timeout=SOON)
    assert not view.isVisible()
