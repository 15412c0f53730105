"""Data for a model is read as the model wants it."""

from pathlib import Path

import numpy as np

import vae_desktop as vd
from vae_desktop.training.notebook import as_for


def test_a_notebook_reads_for_its_model(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name, shape in (("small", (20, 8, 8)), ("large", (7, 20, 12, 3))):
        np.save(tmp_path / f"{name}.npy", generator.integers(0, 256, shape, np.uint8))
    small, large = tmp_path / "small.npy", tmp_path / "large.npy"
    run = vd.train(vd.read(small, labels="none"), out=tmp_path / "run", epochs=1, hidden="16", threads=1)
    assert as_for(run.path) == {"labels": "none", "size": "8x8", "colour": "gray"}
    assert as_for(run.path / "model.safetensors") == {"size": "8x8", "colour": "gray"}
    space = vd.open(run.path, large)
    assert space.dataset is not None
    assert space.dataset.x.shape == (7, 8, 8, 1)
    assert len(vd.open(run.path, [small, large]).posterior) == 27
