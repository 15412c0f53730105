"""What the form offers, hides, draws and tells."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from vae_desktop.core.settings import Setting
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import Progress
from vae_desktop.ui.families import OTHERS, SECTIONS, count, find_families, pace
from vae_desktop.ui.panels.model import ModelPanel
from vae_desktop.ui.state import Plan
from vae_desktop.ui.theme import LIGHT
from vae_desktop.ui.trying import TRY_AFTER
from vae_desktop.ui.widgets.family_choice import FamilyChoice
from vae_desktop.ui.widgets.schedule_curves import Schedule, ScheduleCurves
from vae_desktop.ui.widgets.settings_form import SettingRow, SettingsForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 60_000  # ms: torch may have to be loaded, and a trial takes its time on a busy machine


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, pictures: Dataset, qtbot: QtBot) -> ModelPanel:
    panel = ModelPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(290, 1100)
    panel.show()
    panel.more_link.setChecked(True)
    workspace.set_dataset(pictures)
    qtbot.waitUntil(lambda: bool(panel.families), timeout=SOON)
    return panel


@pytest.fixture
def rows() -> Dataset:
    x = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    return Dataset("table", x, columns=tuple(map(Column, "abc")))


def row(panel: ModelPanel, name: str) -> SettingRow:
    return next(found for found in panel.findChildren(SettingRow) if found.setting.name == name)


def choose(panel: ModelPanel, name: str, choice: str) -> None:
    field: Any = row(panel, name).field
    field.setCurrentIndex(field.findData(choice))


def offered(panel: ModelPanel, name: str) -> list[str]:
    field: Any = row(panel, name).field
    return [field.itemData(i) for i in range(field.count())]


def text(panel: ModelPanel, name: str) -> str:
    found: QLabel = panel.findChild(QLabel, name)
    return found.text() if not found.isHidden() else ""


def test_only_what_makes_a_difference_is_shown(panel: ModelPanel) -> None:
    assert row(panel, "warmup").isVisible()
    for name in ("sigma", "width", "depth", "components", "cycles", "lr_final", "lr_steps"):
        assert not row(panel, name).isVisible(), name
    choose(panel, "likelihood", "gaussian-fixed")
    assert row(panel, "sigma").isVisible()
    choose(panel, "network", "residual")
    assert row(panel, "width").isVisible()
    assert row(panel, "depth").isVisible()
    choose(panel, "anneal", "cyclical")
    assert row(panel, "cycles").isVisible()
    assert not row(panel, "warmup").isVisible()
    choose(panel, "lr_schedule", "cosine")
    assert row(panel, "lr_final").isVisible()
    assert not row(panel, "lr_steps").isVisible()
    headings = {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}
    assert {"Encoder and decoder", "Prior", "Learning", "Stopping", "Seed and machine"} <= headings


def test_auto_counts_as_what_it_comes_to(panel: ModelPanel) -> None:
    assert not row(panel, "width").isVisible()  # small images: fully connected
    panel.workspace.set_dataset(Dataset("image", np.zeros((20, 40, 40, 1), np.uint8)))
    assert row(panel, "network").value == "auto"
    assert row(panel, "width").isVisible()
    assert text(panel, "resolved") == "For this data: convolutional, Bernoulli"


def test_what_is_wrong_where_nobody_sees_it_stops_nobody(panel: ModelPanel, qtbot: QtBot) -> None:
    choose(panel, "anneal", "cyclical")
    field: Any = row(panel, "cycles").field
    field.selectAll()
    qtbot.keyClicks(field, "0")
    assert panel.workspace.plan.fault.startswith("Cycles")
    choose(panel, "anneal", "linear")
    assert panel.workspace.plan.fault == ""
    assert panel.workspace.plan.config["cycles"] == 4


def test_what_cannot_be_had_on_the_data_is_not_offered(panel: ModelPanel, rows: Dataset, qtbot: QtBot) -> None:
    assert offered(panel, "network") == ["auto", "mlp", "conv", "residual"]
    assert "logistic" in offered(panel, "likelihood")
    choose(panel, "network", "conv")
    choose(panel, "likelihood", "logistic")
    told: list[str] = []
    panel.workspace.told.connect(told.append)
    panel.workspace.set_dataset(rows)
    assert offered(panel, "network") == ["auto", "mlp"]
    assert offered(panel, "likelihood") == ["auto", "gaussian", "gaussian-fixed", "laplace"]
    assert (panel.workspace.plan.config["network"], panel.workspace.plan.config["likelihood"]) == ("auto", "auto")
    assert "Network: Convolutional is not for VAE on this data, now Auto" in told[-1]
    assert "Likelihood: Logistic (256 levels)" in told[-1]
    panel.workspace.set_plan(Plan("vae", {**panel.workspace.plan.config, "network": "conv"}, {}))
    qtbot.waitUntil(
        lambda: panel.workspace.plan.config["network"] == "auto"
    )  # a plan that comes from elsewhere is mended, too


def test_a_plan_that_comes_just_before_its_data_is_left_as_it_is(
    panel: ModelPanel, rows: Dataset, pictures: Dataset, qtbot: QtBot
) -> None:
    panel.workspace.set_dataset(rows)
    panel.workspace.set_plan(Plan("vae", {**panel.workspace.plan.config, "network": "conv"}, {}))
    panel.workspace.set_dataset(pictures)
    assert row(panel, "network").value == "conv"
    with qtbot.waitSignal(panel.workspace.plan_changed, raising=False, timeout=50):
        pass
    assert panel.workspace.plan.config["network"] == "conv"


def test_early_stopping_without_validation_is_told(panel: ModelPanel, qtbot: QtBot) -> None:
    for name, value in (("patience", "3"), ("validation", "0")):
        field: Any = row(panel, name).field
        field.selectAll()
        qtbot.keyClicks(field, value)
    assert panel.workspace.plan.fault.startswith("Patience: ")


def test_what_an_epoch_takes_is_told(panel: ModelPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "an epoch" in text(panel, "cost"), timeout=SOON)
    assert text(panel, "cost").startswith("331 k parameters · ")
    choose(panel, "likelihood", "bernoulli")
    assert text(panel, "cost") == " "  # that was of other settings
    qtbot.waitUntil(lambda: "grey values" in text(panel, "modelNote"), timeout=SOON)


def test_nothing_is_tried_while_something_trains(panel: ModelPanel, qtbot: QtBot) -> None:
    go = threading.Event()

    def training() -> Iterator[Progress]:
        go.wait(20)
        yield Progress(1, 1, "")

    job = panel.jobs.run("train", training)
    choose(panel, "likelihood", "laplace")
    with qtbot.waitSignal(panel._trying.told, raising=False, timeout=TRY_AFTER + 400) as tried:
        pass
    assert not tried.signal_triggered
    assert text(panel, "cost") == " "
    with qtbot.waitSignal(job.done, timeout=SOON):
        go.set()
    qtbot.waitUntil(lambda: "an epoch" in text(panel, "cost"), timeout=SOON)


def test_the_form_says_what_each_family_is(panel: ModelPanel) -> None:
    for name in panel.family.names():
        panel.family.setCurrentIndex(panel.family.findData(name))
        assert text(panel, "familySummary") == panel.families[name].summary


def test_families_stand_from_plain_to_special_under_headings(qtbot: QtBot) -> None:
    families, _ = find_families()
    known = [name for names in SECTIONS.values() for name in names if name in families]
    assert [name for name in families if families[name].section != OTHERS] == known
    choice = FamilyChoice()
    qtbot.addWidget(choice)
    choice.fill([("Plain", "a", "A", "An a."), ("Special", "b", "B", "A b."), ("Special", "c", "C", "A c.")])
    choice.setCurrentIndex(choice.findData("a"))
    assert choice.names() == ["a", "b", "c"]
    choice.show()
    choice.setFocus()
    seen = []
    for _ in range(3):
        qtbot.keyClick(choice, Qt.Key.Key_Down)
        seen.append(choice.currentData())
    assert seen == ["b", "c", "c"]  # over the heading


def test_schedules_are_drawn_as_they_are_set(panel: ModelPanel, themes: Themes) -> None:
    assert [curve.name for curve in panel.curves.curves] == ["Weight of the KL"]
    assert panel.curves.curves[0].values[[0, 10, 20, 200]].tolist() == [0, 0.5, 1, 1]
    choose(panel, "lr_schedule", "cosine")
    assert [curve.name for curve in panel.curves.curves] == ["Weight of the KL", "Learning rate"]
    assert panel.curves.curves[1].values[[0, -1]] == pytest.approx([1e-3, 1e-5])
    assert panel.curves.accessibleDescription() == "Weight of the KL 0 → 1, Learning rate 0.001 → 0.00001"
    height = panel.curves.sizeHint().height()
    panel.workspace.set_plan(Plan("vae", {**panel.workspace.plan.config, "warmup": 0.0}, panel.workspace.plan.training))
    assert [curve.name for curve in panel.curves.curves] == ["Learning rate"]
    assert panel.curves.sizeHint().height() < height
    choose(panel, "lr_schedule", "constant")
    assert panel.curves.isHidden()  # nothing changes
    themes.choose("light")
    assert panel.curves._theme is LIGHT


def test_a_curves_value_is_told_under_the_pointer_and_with_the_keys(qtbot: QtBot) -> None:
    curves = ScheduleCurves()
    qtbot.addWidget(curves)
    curves.resize(202, 80)
    curves.set_curves([Schedule("Rate", np.linspace(1, 0, 101)), Schedule("Same", np.ones(101))])
    curves.show()
    assert curves.told() == "Rate 1 → 0"
    qtbot.mouseMove(curves, QPoint(51, 20))
    assert curves.told() == "at 25 %: Rate 0.75"
    curves.setFocus()
    qtbot.keyClick(curves, Qt.Key.Key_Right)
    assert curves.told() == "at 27 %: Rate 0.73"
    qtbot.keyClick(curves, Qt.Key.Key_Left)
    qtbot.keyClick(curves, Qt.Key.Key_Escape)
    assert curves.told() == "Rate 1 → 0"
    assert curves.accessibleDescription() == "Rate 1 → 0"
    picture = curves.grab().toImage()
    assert len({picture.pixel(x, 40) for x in range(0, 200, 3)}) > 2
    curves.set_curves([])
    assert curves.told() == ""
    qtbot.mouseMove(curves, QPoint(60, 20))
    curves.set_curves([Schedule("Broken", np.array([0, np.nan]))])
    assert not curves.curves


def test_rows_that_stay_the_same_are_kept(qtbot: QtBot) -> None:
    a, b = Setting("a", "A", "", 1, low=0), Setting("b", "B", "", 0.5, more=True, group="G")
    form = SettingsForm([a, b])
    qtbot.addWidget(form)
    kept = form.rows["a"]
    form.set_values({"a": 7, "b": 0.75})
    form.show_settings([Setting("b", "B", "", 0.25), a])
    assert form.rows["a"] is kept
    assert form.values() == {"b": 0.75, "a": 7}
    assert not [label for label in form.findChildren(QLabel) if label.text() == "G"]  # no heading is left over
    form.show_settings([Setting("b", "B", "", 0.1, high=0.2)])
    assert form.values() == {"b": 0.1}  # what was set is out of its range


def test_figures_in_words() -> None:
    assert [count(n) for n in (812, 331_000, 1_240_000, 25_600_000)] == ["812", "331 k", "1.2 M", "26 M"]
    words = [pace(seconds) for seconds in (None, 0.01, 0.44, 4.2, 95)]
    assert words == [
        "too large to be tried", "under 0.1 s an epoch", "about 0.4 s an epoch", "about 4 s an epoch",
        "about 1 min 35 s an epoch",
    ]  # fmt: skip
