"""The notebook's door, as README shows it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pytest

import vae_desktop as vd
from vae_desktop.core.errors import RunError, SettingError, UserError

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.training.run_folder import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("api") / "runs" / "digits"
    return vd.train(vd.read("digits"), model="vae", latent=3, epochs=2, out=out, hidden=16, threads=1)


def test_train_open_and_walk(run: Run) -> None:
    assert run.status == "finished"
    assert run.record["config"]["hidden"] == [16]
    data = vd.read("digits")
    space = vd.open(run.path, data)
    assert isinstance(space, vd.Space)
    assert space.posterior.mu.shape == (1797, 3)
    assert space.dataset is data
    assert space.sample(4).shape == (4, 8, 8, 1)
    assert space.interpolate(0, 7, steps=9).shape == (9, 8, 8, 1)
    assert space.traverse(space.posterior.mu[5]).shape == (3, 9, 8, 8, 1)
    assert space.decode(np.zeros(3)).shape == (8, 8, 1)


def test_what_open_takes(run: Run, tmp_path: Path) -> None:
    whole = vd.open(str(run.path))
    assert whole.dataset is not None
    assert len(whole.dataset) == 1797
    alone = vd.open(run.path / "model.safetensors")
    assert (len(alone.posterior), alone.latent, alone.dataset) == (0, 3, None)
    assert alone.sample(2).dtype == np.uint8
    placed = vd.open(run.path / "model.safetensors", "digits")
    np.testing.assert_allclose(placed.posterior.mu, whole.posterior.mu, atol=1e-5)
    part = vd.read("digits")
    few = vd.open(run.path, type(part)("image", part.x[:7]))
    assert len(few.posterior) == 7
    with pytest.raises(RunError, match="not a run folder"):
        vd.open(tmp_path)


def test_a_run_opens_without_its_data(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).integers(0, 255, (30, 5, 5), np.uint8))
    vd.train(tmp_path / "x.npy", out=tmp_path / "run", epochs=1, threads=1)
    (tmp_path / "x.npy").unlink()
    space = vd.open(tmp_path / "run")
    assert space.dataset is None
    assert space.reconstruct([0, 3]).shape == (2, 5, 5, 1)
    (tmp_path / "run" / "posterior.safetensors").unlink()
    with pytest.raises(UserError, match="there is no such file"):
        vd.open(tmp_path / "run")


def test_wrong_words(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"unknown setting 'epoch'; known are: latent, .*epochs"):
        vd.train("digits", out=tmp_path / "a", epoch=3)
    with pytest.raises(SettingError, match=r"free_bits=0.2: not for iwae: its bound"):
        vd.train("digits", "iwae", out=tmp_path / "a", free_bits=0.2)
    with pytest.raises(AttributeError, match="has no attribute 'fit'"):
        vd.fit  # noqa: B018
    assert not (tmp_path / "a").exists()


def test_the_door_is_light_and_knows_its_version() -> None:
    assert vd.__version__ == version("vae-desktop")
    assert {"open", "read", "train", "Space"} <= set(dir(vd))
    code = "import sys, vae_desktop; sys.exit(any(name in sys.modules for name in ('torch', 'PySide6', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
