"""The examples of CONTRIBUTING.md work as they stand there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make
from vae_desktop.core.values import Batch, Step
from vae_desktop.core.work import finish
from vae_desktop.latent.projections import projections
from vae_desktop.models import models
from vae_desktop.models.networks import initialise
from vae_desktop.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Drop = Callable[[str, str], None]


def test_examples_pass_the_linter(contributing: dict[str, str], tmp_path: Path) -> None:
    assert len(contributing) == 4
    for module, source in contributing.items():
        (tmp_path / f"{module}.py").write_text(source, "utf-8")
    arguments = ["check", "--config", "pyproject.toml", "--no-cache", "--ignore", "INP", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_model(contributing: dict[str, str], drop_in: Drop) -> None:
    drop_in("vae_desktop.models.sparse", contributing["vae_desktop.models.sparse"])
    data = read("digits")
    cls = models["sparse"]
    config = make(cls.Config, {"latent": "3", "sparsity": "5", "warmup": "0", "hidden": "64"})
    model = cls(config, Preparation.fit(data))
    initialise(model, torch.Generator().manual_seed(0))
    x = torch.from_numpy(model.preparation.apply(data.x[:128]))
    loss = model.loss(Batch(x), Step(0, 200, 128), torch.Generator().manual_seed(0))
    sparsity = 5 * model.encode(Batch(x))[0].abs().sum(1).mean()
    torch.testing.assert_close(loss.total, loss.reconstruction + loss.kl + sparsity)


def test_reader(contributing: dict[str, str], drop_in: Drop, tmp_path: Path) -> None:
    drop_in("vae_desktop.readers.numbers", contributing["vae_desktop.readers.numbers"])
    path = tmp_path / "some.numbers"
    path.write_text("1 2 3\n4 5 6\n")
    assert np.array_equal(read(path).x, [[1, 2, 3], [4, 5, 6]])
    for wrong in ("", "1 two\n"):
        path.write_text(wrong)
        with pytest.raises(ReaderError):
            read(path)


def test_projection(contributing: dict[str, str], drop_in: Drop) -> None:
    module = "vae_desktop.latent.projections.random_plane"
    drop_in(module, contributing[module])
    z = np.random.default_rng(0).standard_normal((50, 5)).astype(np.float32)
    projection = finish(projections["random-plane"].fit(z, seed=1))
    assert projection.xy.shape == (50, 2)
    np.testing.assert_allclose(projection.lift(projection.place(z[:1]), like=z[0])[0], z[0], atol=1e-5)
