from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from vae_desktop.core.work import Progress
from vae_desktop.readers import read
from vae_desktop.training.run_folder import open_run
from vae_desktop.ui.pace import Pace, duration
from vae_desktop.ui.panels.training import TrainingPanel
from vae_desktop.ui.state import Plan, runs_folder
from vae_desktop.ui.widgets.learning import Learning, verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.training.run_folder import Run
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 60_000  # ms: torch may have to be loaded
LONG = 1_000_000  # epochs: never reached


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> TrainingPanel:
    panel = TrainingPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(290, 420)
    panel.show()
    return panel


def plan(epochs: int, **training: Any) -> Plan:
    return Plan("vae", {"hidden": (8,), "network": "mlp"}, {"epochs": epochs, "threads": 1, **training})


def begin(panel: TrainingPanel, dataset: Dataset, epochs: int, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(dataset)
    panel.workspace.set_plan(plan(epochs))
    qtbot.mouseClick(panel.train_button, Qt.MouseButton.LeftButton)


def ended(panel: TrainingPanel) -> Callable[[], bool]:
    return lambda: panel.train_button.isVisible() and not panel.jobs.running


def message(panel: TrainingPanel) -> QLabel:
    return panel.findChild(QLabel, "trainingMessage")


def test_nothing_trains_only_the_button_is_there(panel: TrainingPanel, pictures: Dataset) -> None:
    assert panel.train_button.isVisible()
    assert not panel.learning.isVisible()
    assert not panel.pause.isVisible()
    assert not panel.train_action.isEnabled()
    assert panel.train_action.toolTip() == "Open some data first"
    panel.workspace.set_dataset(pictures)
    assert panel.train_action.isEnabled()
    panel.workspace.set_plan(Plan(fault="Latent dimensions: must be at least 1"))
    assert not panel.train_button.isEnabled()
    assert panel.train_button.toolTip() == "Latent dimensions: must be at least 1"


def test_train(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    begin(panel, pictures, 3, qtbot)
    assert panel.train_action.toolTip() == "A training is under way"
    assert panel.stop_button.isVisible()
    qtbot.waitUntil(ended(panel), timeout=SOON)
    workspace = panel.workspace
    assert workspace.run is not None
    assert workspace.run.path == runs_folder() / "bars-1"
    assert (workspace.run.status, workspace.run.epochs) == ("finished", 3)
    saved = workspace.run.posterior()
    assert saved is not None
    assert workspace.space is not None
    np.testing.assert_allclose(workspace.space.posterior.mu, saved.posterior.mu, atol=1e-6)
    assert panel.learning.curves.told().startswith("epoch 3: reconstruction")
    assert panel.card.remark.whole.startswith("3 epochs")
    assert panel.findChild(QLabel, "verdict").isVisible()


def test_the_map_follows_and_stop_keeps_what_was_learned(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    workspace = panel.workspace
    begin(panel, pictures, LONG, qtbot)
    qtbot.waitUntil(lambda: workspace.space is not None, timeout=SOON)
    first = workspace.space
    qtbot.waitUntil(lambda: workspace.space is not first, timeout=SOON)
    qtbot.waitUntil(lambda: "left" in panel.card.remark.whole, timeout=SOON)
    qtbot.mouseClick(panel.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(ended(panel), timeout=SOON)
    assert workspace.run is not None
    assert workspace.run.status == "stopped"
    assert workspace.space is not None
    saved = workspace.run.posterior()
    assert saved is not None
    np.testing.assert_allclose(workspace.space.posterior.mu, saved.posterior.mu, atol=1e-6)
    assert panel.findChild(QLabel, "offerText").text().startswith("Stopped at epoch")
    assert panel.question.go_on.isVisible()
    panel.offer(workspace.run)  # who stopped it is not asked about it
    assert not panel.question.not_now.isVisible()


def test_pause_holds_it(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    begin(panel, pictures, LONG, qtbot)
    job = panel.jobs.running[-1]
    qtbot.waitUntil(lambda: panel.learning.curves.told() != "", timeout=SOON)
    qtbot.keyClick(panel.pause, Qt.Key.Key_Space)
    assert panel.pause.text() == "Resume"
    assert panel.card.remark.whole.startswith("paused at epoch")
    # What was on its way may still arrive; then nothing does.
    qtbot.waitUntil(lambda: quiet(job, qtbot), timeout=SOON)
    qtbot.keyClick(panel.pause, Qt.Key.Key_Space)
    with qtbot.waitSignal(job.progress, timeout=SOON):
        pass
    panel.stop()
    qtbot.waitUntil(ended(panel), timeout=SOON)


def quiet(job: Any, qtbot: QtBot) -> bool:
    with qtbot.waitSignal(job.progress, timeout=200, raising=False) as got:
        pass
    return not got.signal_triggered


def test_another_dataset_leaves_the_training_to_its_folder(
    panel: TrainingPanel, pictures: Dataset, qtbot: QtBot
) -> None:
    workspace = panel.workspace
    begin(panel, pictures, LONG, qtbot)
    qtbot.waitUntil(lambda: workspace.space is not None, timeout=SOON)
    assert workspace.run is not None
    path = workspace.run.path
    other = replace(pictures, source="others")
    workspace.set_dataset(other)
    done = len(panel._metrics)
    qtbot.waitUntil(lambda: len(panel._metrics) > done, timeout=SOON)  # it goes on
    assert workspace.space is None
    with qtbot.waitSignal(workspace.told, timeout=SOON) as told:
        panel.stop()
    assert str(path) in told.args[0]
    assert workspace.run is None
    assert workspace.space is None
    assert open_run(path).status == "stopped"
    assert not panel.learning.isVisible()


def test_a_diverged_training_says_so_and_keeps_its_map(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    panel.workspace.set_plan(plan(50, lr=1e30, batch=4))
    panel.train_action.trigger()
    qtbot.waitUntil(ended(panel), timeout=SOON)
    assert "no longer a finite number" in message(panel).text()
    assert message(panel).isVisible()
    assert panel.workspace.space is not None
    assert np.isfinite(panel.workspace.space.posterior.mu).all()


def test_a_training_that_stops_early_says_so(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    wanted = plan(500, lr=0.3, patience=1, validation=0.3)
    panel.workspace.set_plan(replace(wanted, config={**wanted.config, "warmup": 0.0}))
    qtbot.mouseClick(panel.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.note.isVisible() and "Stopped early" in panel.note.text(), timeout=SOON)
    run = panel.workspace.run
    assert run is not None
    assert run.status == "finished"
    assert panel.note.text() == run.ended
    assert "weights of epoch" in run.ended
    panel.workspace.set_dataset(pictures)
    assert not panel.note.isVisible()


def test_bad_data_is_refused_in_the_card(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    x = pictures.x.astype(np.float32)
    panel.workspace.set_dataset(replace(pictures, x=x))
    x[3, 0, 0] = np.nan
    panel.train_action.trigger()
    qtbot.waitUntil(ended(panel), timeout=SOON)
    assert "1 of 40 items hold NaN" in message(panel).text()
    assert not (runs_folder() / "bars-1").exists()
    panel.workspace.set_dataset(pictures)
    assert panel.train_action.isEnabled()


@pytest.fixture
def interrupted(pictures: Dataset, tmp_path: Path) -> Run:
    """A run of three epochs that was closed after its first."""
    from vae_desktop.training.loop import EpochEnd, training
    from vae_desktop.training.settings import TrainSettings

    np.savez(tmp_path / "bars.npz", images=pictures.x, labels=pictures.labels)
    work = training(
        read(tmp_path / "bars.npz"), "vae", {"hidden": (8,)}, TrainSettings(epochs=3, threads=1), runs_folder() / "run"
    )
    for event in work:
        if isinstance(event, EpochEnd):
            work.close()
    return open_run(runs_folder() / "run")


def test_an_interrupted_run_goes_on(panel: TrainingPanel, interrupted: Run, qtbot: QtBot) -> None:
    panel.workspace.run_offered.emit(interrupted)
    assert "A training of bars was interrupted at epoch 1 of 3" in panel.findChild(QLabel, "offerText").text()
    qtbot.mouseClick(panel.question.go_on, Qt.MouseButton.LeftButton)
    assert not panel.question.go_on.isVisible()
    qtbot.waitUntil(lambda: not panel.train_button.isVisible(), timeout=SOON)
    qtbot.waitUntil(ended(panel), timeout=SOON)
    assert panel.workspace.plan.config["hidden"] == (8,)  # as the form has it, not as the record
    run = panel.workspace.run
    assert run is not None
    assert (run.path, run.status, run.epochs) == (interrupted.path, "finished", 3)


def test_not_now_means_not_again(panel: TrainingPanel, interrupted: Run, qtbot: QtBot) -> None:
    panel.offer(interrupted)
    qtbot.keyClick(panel.question.not_now, Qt.Key.Key_Space)
    assert not panel.question.go_on.isVisible()
    panel.offer(interrupted)
    assert not panel.question.go_on.isVisible()


def test_a_run_whose_data_is_gone_says_so(panel: TrainingPanel, interrupted: Run, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "bars.npz").unlink()
    panel.resume(interrupted)
    qtbot.waitUntil(lambda: message(panel).isVisible(), timeout=SOON)
    assert "bars.npz" in message(panel).text()


def test_closing_asks_nothing_and_loses_nothing(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    begin(panel, pictures, LONG, qtbot)
    qtbot.waitUntil(lambda: len(panel._metrics) > 2, timeout=SOON)
    path = runs_folder() / "bars-1"
    panel.shutdown()
    panel.jobs.shutdown()
    run = open_run(path)
    assert run.status == "stopped"
    assert run.epochs > 2
    assert run.posterior() is not None


def test_curves_and_figures_are_exported(
    panel: TrainingPanel, pictures: Dataset, qtbot: QtBot, answer: Callable[[Path], None], tmp_path: Path
) -> None:
    assert panel.exports() == []
    begin(panel, pictures, 3, qtbot)
    qtbot.waitUntil(ended(panel), timeout=SOON)
    saves = dict(panel.exports())
    for label, name in (("Loss curves…", "curves.png"), ("Loss figures…", "figures.csv")):
        answer(tmp_path / name)
        with qtbot.waitSignal(panel.workspace.told, timeout=SOON):
            saves[label]()
    with Image.open(tmp_path / "curves.png") as image:
        assert image.size == (1440, 720)
    rows = list(csv.DictReader((tmp_path / "figures.csv").read_text().splitlines()))
    assert [float(row["epoch"]) for row in rows] == [1, 2, 3]
    assert float(rows[-1]["kl_0"]) + float(rows[-1]["kl_1"]) == pytest.approx(float(rows[-1]["kl"]), rel=1e-4)


def lines(n: int, d: int = 3) -> list[dict[str, Any]]:
    return [
        {"epoch": i + 1, "reconstruction": 100.0 - i, "kl": 1.0 + i, "kl_per_dimension": [0.1] * d, "active_units": 2,
         "validation": {"reconstruction": 101.0 - i, "kl": 1.5 + i}, "seconds": 1.0}
        for i in range(n)
    ]  # fmt: skip


def test_the_curves_tell_the_epoch_pointed_at(themes: Themes, qtbot: QtBot) -> None:
    learning = Learning()
    qtbot.addWidget(learning)
    learning.set_theme(themes.current)
    learning.resize(240, 260)
    learning.show()
    learning.set_metrics(lines(9), 9)
    curves = learning.curves
    before = curves.grab().toImage()
    qtbot.mouseMove(curves, curves.rect().center())
    assert curves.at == 4
    assert curves.told() == "epoch 5: reconstruction 96.0 (97.0), KL 5.0 (5.5)"
    assert curves.grab().toImage() != before
    qtbot.keyClick(curves, Qt.Key.Key_Right)
    assert curves.at == 5
    qtbot.keyClick(curves, Qt.Key.Key_Escape)
    assert curves.at == -1
    assert curves.told().startswith("epoch 9")


@pytest.mark.parametrize("d", [1, 2, 8, 300])
def test_bars_keep_to_their_room(d: int, themes: Themes, qtbot: QtBot) -> None:
    learning = Learning()
    qtbot.addWidget(learning)
    learning.set_metrics(lines(2, d), 2)
    assert learning.bars.sizeHint().height() <= 120
    assert not learning.bars.grab().isNull()


@pytest.mark.parametrize(
    ("active", "total", "text"),
    [(2, 2, "both dimensions used"), (8, 8, "all 8 dimensions used"), (1, 1, "the dimension is used"),
     (5, 8, "5 of 8 dimensions used")],
)  # fmt: skip
def test_verdict(active: int, total: int, text: str) -> None:
    assert verdict(active, total) == text


def test_a_dimension_that_is_not_used_is_no_alarm(themes: Themes, qtbot: QtBot) -> None:
    learning = Learning()
    qtbot.addWidget(learning)
    learning.show()
    learning.set_metrics(lines(2), 2)
    assert learning.badge.text() == "2 of 3 dimensions used"
    assert learning.longest.whole == "max 0.10 nats"
    learning.set_metrics([{**line, "active_units": 0} for line in lines(2)], 2)
    assert not learning.badge.isVisible()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (72, "1 min 12 s"), (7500, "2 h 05 min"), (59.7, "1 min 00 s")]
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_time_left_comes_from_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pace = Pace()
    assert pace.report(0, 1000)
    assert pace.left == ""
    now = 100.1
    assert not pace.report(1, 1000)
    now = 102.0
    assert pace.report(20, 1000)
    assert pace.left == "1 min 38 s left"
    pace.forget()
    assert pace.left == ""


def test_progress_is_told_while_it_trains(panel: TrainingPanel, pictures: Dataset, qtbot: QtBot) -> None:
    begin(panel, pictures, LONG, qtbot)
    job = panel.jobs.running[-1]
    with qtbot.waitSignal(job.progress, timeout=SOON, check_params_cb=lambda event: isinstance(event, Progress)):
        pass
    assert panel.bar.maximum() == LONG
    panel.stop()
    qtbot.waitUntil(ended(panel), timeout=SOON)
