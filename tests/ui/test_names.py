"""The names a person gives to classes and selections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.core.work import finish
from vae_desktop.latent.select import frozen
from vae_desktop.training.run_folder import open_run
from vae_desktop.ui.jobs import Jobs
from vae_desktop.ui.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
CLASSES = ("cat", "dog", "cow")


def test_a_class_is_called_otherwise_and_gets_its_own_name_back() -> None:
    names = Names().with_class(1, "  hound ", CLASSES)
    assert names.of(CLASSES) == ("cat", "hound", "cow")
    assert not names.with_class(1, "dog", CLASSES)
    assert not names.with_class(1, " ", CLASSES)
    for taken in ("cat", "cow"):
        with pytest.raises(UserError, match=f"another class called {taken}"):
            names.with_class(1, taken, CLASSES)
    assert names.with_class(0, "dog", CLASSES).of(CLASSES) == ("dog", "hound", "cow")


def test_selections_are_kept_renamed_and_forgotten() -> None:
    some = frozen(np.array([1, 4]))
    names = Names().with_selection("odd", some).with_selection("more", some[:1]).renamed("odd", "strange")
    assert list(names.selections) == ["strange", "more"]
    assert names.selections["strange"] is some
    assert list(names.without("strange").selections) == ["more"]
    for wrong in (lambda: names.with_selection(" ", some), lambda: names.with_selection("x", some[:0]),
                  lambda: names.renamed("more", "strange"), lambda: names.renamed("more", "")):  # fmt: skip
        with pytest.raises(UserError):
            wrong()


def test_renaming_is_undone(workspace: Workspace, pictures: Dataset, qtbot: QtBot) -> None:
    workspace.set_dataset(pictures)
    with qtbot.waitSignal(workspace.names_changed, timeout=SOON):
        workspace.set_names(workspace.names.with_class(0, "upright", workspace.own_classes), "Rename class")
    assert workspace.classes == ("upright", "lying")
    workspace.undo.undo()
    assert workspace.classes == ("standing", "lying")
    workspace.undo.redo()
    assert workspace.classes == ("upright", "lying")
    workspace.undo.undo()
    workspace.set_names(workspace.names.with_class(0, "upright", workspace.own_classes), "Rename class")
    workspace.set_dataset(pictures)
    assert workspace.classes == ("upright", "lying")  # the same data, as when a model is opened on it
    workspace.set_dataset(replace(pictures))
    assert workspace.classes == ("standing", "lying")


def test_names_are_kept_with_the_run_and_are_there_again(
    workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    from vae_desktop.training.loop import training
    from vae_desktop.training.settings import TrainSettings

    np.savez(tmp_path / "bars.npz", images=pictures.x[..., 0], labels=pictures.labels)
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        workspace.open([str(tmp_path / "bars.npz")])
    assert workspace.dataset is not None
    run, file = tmp_path / "run", tmp_path / "run/view/names.safetensors"
    finish(training(workspace.dataset, settings=TrainSettings(epochs=1, threads=1), out=run))
    named = Names().with_class(0, "upright", workspace.own_classes)
    workspace.set_names(named, "Rename class")
    assert not file.exists()  # nothing was trained by this window yet
    workspace.begin_run(open_run(run))
    qtbot.waitUntil(file.exists, timeout=SOON)
    workspace.set_names(named.with_selection("odd", frozen(np.arange(1, 40, 2))), "Name selection")
    qtbot.waitUntil(lambda: not workspace.jobs.running, timeout=SOON)

    workspace.set_dataset(pictures)
    assert not workspace.names
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        workspace.open([str(run)])
    assert workspace.classes[0] == "upright"
    assert workspace.names.selections["odd"].tolist() == [*range(1, 40, 2)]
    assert not workspace.undo.canUndo()

    np.savez(tmp_path / "bars.npz", images=pictures.x[::-1, ..., 0], labels=pictures.labels)
    workspace.set_dataset(pictures)
    with qtbot.waitSignal(
        workspace.space_changed, timeout=SOON, check_params_cb=lambda by: workspace.dataset is not pictures
    ):
        workspace.open([str(run)])
    qtbot.waitUntil(lambda: workspace.dataset is not None and not workspace.jobs.running, timeout=SOON)
    assert not workspace.names  # other data


def test_a_run_that_goes_on_has_its_names(
    workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    from vae_desktop.training.loop import training
    from vae_desktop.training.settings import TrainSettings

    workspace.set_dataset(pictures)
    finish(training(pictures, settings=TrainSettings(epochs=1, threads=1), out=tmp_path / "run"))
    workspace.begin_run(open_run(tmp_path / "run"))
    workspace.set_names(Names().with_class(1, "flat", workspace.own_classes), "Rename class")
    qtbot.waitUntil(lambda: not workspace.jobs.running, timeout=SOON)
    workspace.set_dataset(replace(pictures))
    assert workspace.classes == ("standing", "lying")
    with qtbot.waitSignal(workspace.names_changed, timeout=SOON):
        workspace.begin_run(open_run(tmp_path / "run"))
    assert workspace.classes == ("standing", "flat")


def test_the_bundled_model_keeps_nothing(open_sample: Callable[[], Workspace], qtbot: QtBot) -> None:
    workspace = open_sample()
    assert workspace.run is not None
    workspace.set_names(workspace.names.with_class(3, "drei", workspace.own_classes), "Rename class")
    assert workspace.classes[3] == "drei"
    assert workspace.own_run is None
    assert not workspace.jobs.running
    assert not (workspace.run.path / "view").exists()


def test_what_is_kept_is_written_although_the_window_closes(qtbot: QtBot) -> None:
    jobs, written = Jobs(), []
    for i in range(5):
        jobs.run("keep", written.append, i)
    jobs.shutdown()
    jobs.deleteLater()
    assert written == [0, 1, 2, 3, 4]
