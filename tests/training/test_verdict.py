"""The verdict on a model file, by what it makes of some data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.cli import main
from vae_desktop.core.work import finish
from vae_desktop.readers import reading
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("model", ["vae", "vq-vae"])
def test_data_far_from_all_that_was_learned(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    near, far = tmp_path / "near.csv", tmp_path / "far.csv"
    rows = np.random.default_rng(0).normal(size=(40, 2))
    for path, scale in ((near, 1.0), (far, 1e30)):
        np.savetxt(path, scale * rows, delimiter=",", header="a,b", comments="")
    settings = TrainSettings(epochs=1, threads=1, device="cpu")
    run = finish(training(finish(reading(str(near))), model, {"hidden": "8"}, settings, tmp_path / "run"))
    assert main(["evaluate", str(run.path / "model.safetensors"), str(far), "--samples", "2"]) == 0
    told = capsys.readouterr().out
    assert "elbo: None" in told
    assert "figures on this data are no finite numbers" in told
    assert main(["evaluate", str(run.path), str(far), "--samples", "2"]) == 0
