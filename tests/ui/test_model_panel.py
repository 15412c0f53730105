from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from vae_desktop.core.settings import Setting
from vae_desktop.core.work import finish
from vae_desktop.models import models
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.panels.model import ModelPanel
from vae_desktop.ui.widgets.settings_form import SettingRow, SettingsForm
from vae_desktop.ui.workspace import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 60_000  # ms: torch may have to be loaded


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> ModelPanel:
    panel = ModelPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(290, 600)
    panel.show()
    return panel


@pytest.fixture
def filled(panel: ModelPanel, pictures: Dataset, qtbot: QtBot) -> ModelPanel:
    panel.workspace.set_dataset(pictures)
    qtbot.waitUntil(lambda: bool(panel.families), timeout=SOON)
    return panel


def row(panel: ModelPanel, name: str) -> SettingRow:
    return next(found for found in panel.findChildren(SettingRow) if found.setting.name == name and found.parent())


def write(panel: ModelPanel, name: str, text: str, qtbot: QtBot) -> None:
    field = row(panel, name).field
    field.selectAll()
    qtbot.keyClicks(field, text)


def test_before_the_models_are_known_it_stands_still(panel: ModelPanel) -> None:
    assert not panel.family.isEnabled()
    assert row(panel, "epochs").isVisible()
    assert panel.workspace.plan == Plan()


def test_every_model_has_its_form(filled: ModelPanel) -> None:
    assert filled.family.names()[0] == filled.family.currentData() == "vae"
    assert set(filled.family.names()) == set(models)
    assert filled.workspace.plan.config["latent"] == 2
    assert filled.workspace.plan.training["epochs"] == 30
    assert filled.findChild(QLabel, "resolved").text() == "For this data: fully connected, Bernoulli"


def test_what_is_written_goes_into_the_plan(filled: ModelPanel, qtbot: QtBot) -> None:
    write(filled, "latent", "16", qtbot)
    assert filled.workspace.plan.config["latent"] == 16
    filled.family.setCurrentIndex(filled.family.findData("beta-vae"))
    assert filled.workspace.plan.model == "beta-vae"
    assert filled.workspace.plan.config["latent"] == 16  # what was set stays
    write(filled, "beta", "2.5", qtbot)
    assert filled.workspace.plan.config["beta"] == 2.5


def test_a_value_out_of_range_is_marked_at_once(filled: ModelPanel, qtbot: QtBot) -> None:
    write(filled, "latent", "0", qtbot)
    fault = filled.findChild(QLabel, "latentFault")
    assert fault.isVisible()
    assert fault.text().startswith("must be at least 1")
    assert row(filled, "latent").field.property("invalid") is True
    assert filled.workspace.plan.fault.startswith("Latent dimensions: must be at least 1")
    write(filled, "latent", "4", qtbot)
    assert not fault.isVisible()
    assert filled.workspace.plan.fault == ""


def test_more_settings_fold(filled: ModelPanel, qtbot: QtBot) -> None:
    assert not row(filled, "hidden").isVisible()
    qtbot.keyClick(filled.more_link, Qt.Key.Key_Space)
    assert row(filled, "hidden").isVisible()
    write(filled, "hidden", "64,32", qtbot)
    assert filled.workspace.plan.config["hidden"] == (64, 32)
    write(filled, "hidden", "64,", qtbot)
    assert "whole numbers" in row(filled, "hidden").fault


def test_a_plan_set_elsewhere_is_shown(filled: ModelPanel) -> None:
    filled.workspace.set_plan(Plan("beta-vae", {"beta": 7.0}, {"epochs": 3}))
    assert filled.family.currentData() == "beta-vae"
    assert row(filled, "beta").field.text() == "7"
    assert row(filled, "epochs").field.text() == "3"


def test_each_field_explains_itself(filled: ModelPanel) -> None:
    for found in filled.findChildren(SettingRow):
        assert found.field.toolTip() == found.setting.help
        assert found.field.accessibleName() == found.setting.label


@pytest.mark.parametrize(
    ("setting", "key", "text"),
    [
        (Setting("n", "N", "", 2, low=1, high=3), Qt.Key.Key_Up, "3"),
        (Setting("n", "N", "", 2, low=1, high=3), Qt.Key.Key_PageUp, "3"),
        (Setting("n", "N", "", 2, low=1, high=3), Qt.Key.Key_Down, "1"),
        (Setting("f", "F", "", 0.1, low=0, high=1), Qt.Key.Key_Up, "0.15"),
        (Setting("f", "F", "", 0.05, low=0), Qt.Key.Key_Down, "0"),
        (Setting("lr", "LR", "", 1e-3, low=0, above=True), Qt.Key.Key_Down, "0.0005"),
        (Setting("lr", "LR", "", 5e-3, low=0, above=True), Qt.Key.Key_Up, "0.01"),
    ],
)
def test_numbers_step_within_their_range(setting: Setting, key: Qt.Key, text: str, qtbot: QtBot) -> None:
    form = SettingsForm([setting])
    qtbot.addWidget(form)
    field = form.rows[setting.name].field
    with qtbot.waitSignal(form.changed):
        qtbot.keyClick(field, key)
    assert field.text() == text
    assert form.values() == {setting.name: setting.parse(text)}


def test_the_wheel_turns_a_field_only_when_it_has_the_focus(qtbot: QtBot) -> None:
    form = SettingsForm([Setting("n", "N", "", 2, low=1), Setting("c", "C", "", "a", choices=("a", "b"))])
    qtbot.addWidget(form)
    form.show()
    qtbot.waitExposed(form)
    for name, other, before, after in (("n", "c", 2, 1), ("c", "n", "a", "b")):
        field = form.rows[name].field
        form.rows[other].field.setFocus()
        wheel(field)
        assert form.values()[name] == before
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        wheel(field)
        assert form.values()[name] == after


def wheel(widget: object) -> None:
    middle = QPointF(5, 5)
    event = QWheelEvent(
        middle, middle, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_the_form_shows_how_the_opened_run_was_made(
    panel: ModelPanel, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    config = models["beta-vae"].Config(latent=8, beta=3.0, hidden=(16, 4))
    finish(training(pictures, "beta-vae", config, TrainSettings(epochs=1, batch=20, threads=1), tmp_path / "run"))

    workspace = panel.workspace
    workspace.open([str(tmp_path / "run")])
    qtbot.waitUntil(lambda: bool(panel.families) and workspace.space is not None, timeout=SOON)
    plan = workspace.plan
    assert plan.model == "beta-vae"
    assert (plan.config["latent"], plan.config["beta"], plan.config["hidden"]) == (8, 3.0, (16, 4))
    assert (plan.training["epochs"], plan.training["batch"]) == (1, 20)
    assert plan.training["threads"] == TrainSettings().threads  # this computer's own
    assert row(panel, "latent").value == 8
    assert panel.family.currentData() == "beta-vae"
    workspace.set_dataset(pictures)  # data says nothing of a model
    assert workspace.plan == plan


def test_the_form_shows_how_the_opened_model_was_made(
    filled: ModelPanel, open_untrained: Callable[[Dataset, int], Space], pictures: Dataset
) -> None:
    open_untrained(pictures, 5)
    assert row(filled, "latent").value == 5
    assert filled.workspace.plan.config["latent"] == 5


def test_the_bundled_model_leaves_the_plan_alone(filled: ModelPanel, open_sample: Callable[[], Workspace]) -> None:
    before = filled.workspace.plan
    open_sample()
    assert filled.workspace.plan == before
