"""A conditional model through its training, its run folder and the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop import cli
from vae_desktop.core.errors import RunError
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import finish
from vae_desktop.readers import read
from vae_desktop.training.loop import training
from vae_desktop.training.notebook import open_space
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = TrainSettings(epochs=1, batch=64, threads=1, device="cpu")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cvae") / "run"
    finish(training(read("digits"), "cvae", {"hidden": "16"}, SETTINGS, path))
    return path


def test_other_classes_are_other_data(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (12, 4, 4, 1), np.uint8)
    data = Dataset("image", x, np.arange(12, dtype=np.int32) % 2, ("a", "b"))
    swapped = replace(data, labels=1 - data.labels)
    more = replace(SETTINGS, epochs=2)
    for name in ("vae", "cvae"):
        finish(training(data, name, {"hidden": "8"}, SETTINGS, tmp_path / name))
    with pytest.raises(RunError, match="was told other classes"):
        finish(training(swapped, "cvae", {"hidden": "8"}, more, tmp_path / "cvae", resume=True))
    assert finish(training(data, "cvae", {"hidden": "8"}, more, tmp_path / "cvae", resume=True)).epochs == 2
    assert finish(training(swapped, "vae", {"hidden": "8"}, more, tmp_path / "vae", resume=True)).epochs == 2


def test_an_opened_space_decodes_items_as_their_own_class(run: Path) -> None:
    space = open_space(run)
    mu = space.posterior.mu[:50]
    np.testing.assert_array_equal(space.decode(mu), space.reconstruct(slice(50)))
    assert space.styles(3).shape == (3, 10, 8, 8, 1)
    assert (space.given("3").sample(8) != space.given("4").sample(8)).any()


@pytest.mark.parametrize(
    ("words", "items"),
    [
        ("sample {run} --grid -n 2", 20),
        ("sample {run} --class 3 -n 4", 4),
        ("sample {run} -n 4", 4),
        ("traverse {run} --class 3", 18),
        ("traverse {run}", 18),
        ("interpolate {run} digits --from 0 --to 3", 9),
        ("interpolate {run} digits --from 0 --to 3 --class 7", 9),
        ("reconstruct {run} digits -n 4", 4),
        ("reconstruct {run} digits -n 4 --class 7", 4),
    ],
)
def test_the_commands_take_a_class(words: str, items: int, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.npz"
    assert cli.main([*words.format(run=run).split(), "--out", str(out)]) == 0
    with np.load(out) as saved:
        assert len(next(iter(saved.values()))) == items


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("sample {run} --class ten", "class 'ten': the model does not know it; known are: 0, 1, 2"),
        ("sample {run} --grid --class 3", "--grid: shows every class"),
        ("traverse {run}/model.safetensors", "name a class with --class; known are: 0, 1, 2"),
    ],
)
def test_one_clear_line(words: str, told: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words.format(run=run).split(), "--out", str(tmp_path / "x.npz")]) == 2
    assert told in capsys.readouterr().err
