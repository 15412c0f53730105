from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.preparation import Preparation
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


def place(x: float, y: float) -> Place:
    return Place(np.array([x, y], np.float32))


def test_the_bundled_model_opens_with_its_data(open_sample: Callable[[], Workspace]) -> None:
    workspace = open_sample()
    assert workspace.dataset is not None
    assert workspace.space is not None
    assert workspace.space.model is not None
    assert len(workspace.dataset) == len(workspace.space.posterior) == 1797
    assert workspace.space.projection is not None


def test_opening_the_same_run_again_keeps_where_one_stands(open_sample: Callable[[], Workspace], qtbot: QtBot) -> None:
    workspace = open_sample()
    workspace.set_cursor(place(1, 1))
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        workspace.open_sample()
    assert workspace.cursor is not None
    assert workspace.cursor.z.tolist() == [1, 1]


def test_what_cannot_be_opened_changes_nothing(
    open_sample: Callable[[], Workspace], qtbot: QtBot, tmp_path: Path
) -> None:
    workspace = open_sample()
    before = workspace.space, workspace.dataset, workspace.run
    with qtbot.waitSignal(workspace.failed, timeout=SOON) as told:
        workspace.open([str(tmp_path / "missing.npz")])
    assert "missing.npz" in str(told.args[0])
    assert "\n" not in str(told.args[0])
    assert (workspace.space, workspace.dataset, workspace.run) == before


def test_a_dataset_closes_the_last_space(open_sample: Callable[[], Workspace], pictures: Dataset) -> None:
    workspace = open_sample()
    workspace.set_cursor(place(1, 1))
    workspace.set_dataset(pictures)
    assert workspace.dataset is pictures
    assert workspace.space is None
    assert workspace.cursor is None
    assert not workspace.undo.canUndo()


def test_cursor_moves_are_undone_and_a_drag_is_one_step(open_sample: Callable[[], Workspace]) -> None:
    workspace = open_sample()
    workspace.set_cursor(place(0, 0))
    for x in range(1, 9):
        workspace.set_cursor(place(x, 0), None, ("drag", 1))
    workspace.set_cursor(place(5, 5), None, ("drag", 2))
    assert workspace.undo.count() == 3
    seen: list[float] = []
    workspace.cursor_changed.connect(lambda _: seen.append(float(workspace.cursor.z[0]) if workspace.cursor else -1))
    for _ in range(3):
        workspace.undo.undo()
    assert seen == [8, 0, -1]
    for _ in range(3):
        workspace.undo.redo()
    assert seen == [8, 0, -1, 0, 8, 5]


def test_selection_anchors_and_look_are_undone(open_sample: Callable[[], Workspace]) -> None:
    workspace = open_sample()
    workspace.select((4, 3))
    workspace.set_anchor("A", workspace.place_of(7))
    workspace.set_look(hidden=frozenset({2}))
    for _ in range(3):
        workspace.undo.undo()
    assert workspace.selection.tolist() == []
    assert workspace.anchors == {}
    assert workspace.look.hidden == frozenset()
    workspace.undo.redo()
    assert workspace.selection.tolist() == [3, 4]


def test_hover_leaves_no_trace(open_sample: Callable[[], Workspace]) -> None:
    workspace = open_sample()
    workspace.set_pointer(place(1, 2))
    assert not workspace.undo.canUndo()


def test_by_names_who_made_the_change(open_sample: Callable[[], Workspace]) -> None:
    workspace = open_sample()
    who = object()
    heard: list[object] = []
    workspace.cursor_changed.connect(heard.append)
    workspace.set_cursor(place(1, 0), who)
    workspace.undo.undo()
    workspace.undo.redo()
    assert heard == [who, None, None]


def test_another_projection_is_computed_and_undone(open_sample: Callable[[], Workspace], qtbot: QtBot) -> None:
    workspace = open_sample()
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        workspace.set_look(projection="pca")
    assert workspace.space is not None
    assert workspace.space.projection is not None
    assert workspace.space.projection.name == "pca"
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        workspace.undo.undo()
    assert workspace.space.projection.name == "axes"


def test_a_training_is_followed_and_places_go_with_their_items(
    workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    from vae_desktop.training.loop import EpochEnd, training
    from vae_desktop.training.settings import TrainSettings

    workspace.set_dataset(pictures)
    weights = [
        event.weights
        for event in training(pictures, settings=TrainSettings(epochs=3, threads=1), out=tmp_path / "run")
        if isinstance(event, EpochEnd)
    ]
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        workspace.set_model(weights[0])
    assert workspace.space is not None
    workspace.set_anchor("A", workspace.place_of(5))
    workspace.set_cursor(place(0.5, 0.5))
    first = workspace.space.posterior
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON, check_params_cb=lambda by: by is None):
        workspace.set_model(weights[2], last=True)
    second = workspace.space.posterior
    assert not np.array_equal(first.mu, second.mu)
    assert np.array_equal(workspace.anchors["A"].z, second.mu[5])
    assert workspace.cursor is not None
    assert workspace.cursor.z.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", ["model.safetensors", ""])
def test_a_model_file_and_a_run_folder_open(
    workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    from vae_desktop.core.work import finish
    from vae_desktop.training.loop import training
    from vae_desktop.training.settings import TrainSettings

    np.savez(tmp_path / "bars.npz", images=pictures.x[..., 0], labels=pictures.labels)
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        workspace.open([str(tmp_path / "bars.npz")])
    assert workspace.dataset is not None
    finish(training(workspace.dataset, settings=TrainSettings(epochs=2, threads=1), out=tmp_path / "run"))
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON):
        workspace.open([str(tmp_path / "run" / name)])
    assert workspace.space is not None
    assert workspace.space.model is not None
    assert len(workspace.space.posterior) == 40
    assert workspace.run is not None


def test_steps_of_a_space_of_another_dimension_are_gone(
    open_sample: Callable[[], Workspace], open_untrained: Callable[[Dataset, int], Space]
) -> None:
    workspace = open_sample()
    workspace.set_cursor(place(1, 1))
    assert workspace.dataset is not None
    space = open_untrained(workspace.dataset, 5)
    workspace.undo.undo()
    assert workspace.cursor is None or len(workspace.cursor.z) == space.latent == 5


def test_undo_brings_an_items_cursor_to_where_the_item_is_now(
    workspace: Workspace, pictures: Dataset, qtbot: QtBot, open_untrained: Callable[[Dataset, int], Space]
) -> None:
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE

    open_untrained(pictures, 2)
    workspace.set_cursor(workspace.place_of(3))
    workspace.set_cursor(place(0, 0))
    other = VAE(VAEConfig(latent=2, hidden=(16,)), Preparation.fit(pictures)).eval()
    with qtbot.waitSignal(workspace.space_changed, timeout=SOON, check_params_cb=lambda by: by is None):
        workspace.set_model(other, last=True)
    workspace.undo.undo()
    assert workspace.space is not None
    assert workspace.cursor is not None
    assert np.array_equal(workspace.cursor.z, workspace.space.posterior.mu[3])


def test_a_run_whose_data_changed_is_encoded_anew(
    workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    from vae_desktop.core.work import finish
    from vae_desktop.readers import read
    from vae_desktop.training.loop import training
    from vae_desktop.training.settings import TrainSettings

    np.save(tmp_path / "bars.npy", pictures.x)
    data = read(tmp_path / "bars.npy")
    finish(training(data, settings=TrainSettings(epochs=1, threads=1), out=tmp_path / "run"))
    np.save(tmp_path / "bars.npy", pictures.x[::-1])
    told: list[str] = []
    workspace.told.connect(told.append)
    with qtbot.waitSignal(
        workspace.space_changed, timeout=SOON, check_params_cb=lambda by: workspace.dataset is not None
    ):
        workspace.open([str(tmp_path / "run")])
    assert workspace.space is not None
    assert workspace.dataset is not None
    assert np.allclose(workspace.space.posterior.mu, workspace.space.encode(workspace.dataset).mu, atol=1e-5)
    assert "changed" in told[0]
