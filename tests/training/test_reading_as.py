"""Data for a model is read as the model wants it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import vae_desktop as vd
from vae_desktop.core.errors import MismatchError
from vae_desktop.models.model_file import read_preparation
from vae_desktop.training.form import as_for


def test_a_notebook_reads_for_its_model(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name, shape in (("small", (20, 8, 8)), ("large", (7, 20, 12, 3))):
        np.save(tmp_path / f"{name}.npy", generator.integers(0, 256, shape, np.uint8))
    small, large = tmp_path / "small.npy", tmp_path / "large.npy"
    run = vd.train(vd.read(small, labels="none"), out=tmp_path / "run", epochs=1, hidden="16", threads=1)
    preparation = read_preparation(run.path / "model.safetensors")
    assert preparation == run.model().preparation
    assert as_for(run.path, preparation) == {"labels": "none", "size": "8x8", "colour": "gray"}
    assert as_for(run.path / "model.safetensors", preparation) == {"size": "8x8", "colour": "gray"}
    space = vd.open(run.path, large)
    assert space.dataset is not None
    assert space.dataset.x.shape == (7, 8, 8, 1)
    assert len(vd.open(run.path, [small, large]).posterior) == 27


def table(path: Path, rows: int, ports: str, label: bool = True) -> Path:
    """A table of passengers, every fifth without an age."""
    lines = [
        f"{'' if i % 5 == 4 else 20 + i % 7},{9 + i % 3},{ports[i % len(ports)]},{'mf'[i % 2]}" for i in range(rows)
    ]
    ends = [["no", "yes"][i % 2] for i in range(rows)]
    lines = [f"{line},{end}" for line, end in zip(lines, ends, strict=True)] if label else lines
    path.write_text("\n".join(["age,fare,port,sex" + (",survived" if label else ""), *lines]) + "\n")
    return path


def test_further_tables_need_not_hold_every_category_nor_the_classes(tmp_path: Path) -> None:
    known = table(tmp_path / "known.csv", 90, "CQS")
    run = vd.train(vd.read(known, labels="survived"), out=tmp_path / "run", epochs=1, hidden="16", threads=1)
    whole = vd.open(run.path).dataset
    assert whole is not None
    for name, rows, ports, label in (("few", 30, "SC", True), ("one", 1, "Q", True), ("plain", 60, "CQS", False)):
        dataset = vd.open(run.path, table(tmp_path / f"{name}.csv", rows, ports, label)).dataset
        assert dataset is not None
        assert dataset.columns == whole.columns
        at = [column.name for column in dataset.columns].index("port")
        assert {"CQS"[int(i)] for i in dataset.x[:, at]} == set(ports)
        assert (dataset.labels is not None) == label
    with pytest.raises(MismatchError, match=r"new, column 'port': holds 'X', which the model does not know"):
        vd.open(run.path, table(tmp_path / "new.csv", 30, "CX"))
    whole_again = vd.open(run.path, vd.read(known, labels="sex")).dataset
    assert whole_again is not None
    np.testing.assert_array_equal(whole_again.x, whole.x)
    assert whole_again.labels is None
    assert list(whole_again.factors["survived"][:2]) == ["no", "yes"]


def test_a_run_of_numbers_alone_finds_them_among_categories(tmp_path: Path) -> None:
    """As runs of earlier versions are, which read no categories."""
    data = vd.read(table(tmp_path / "known.csv", 90, "CQS"), labels="survived")
    numbers = [j for j, column in enumerate(data.columns) if not column.categories]
    alone = replace(data, x=data.x[:, numbers].copy(), columns=tuple(data.columns[j] for j in numbers))
    run = vd.train(alone, out=tmp_path / "run", epochs=1, hidden="16", threads=1)
    space = vd.open(run.path)
    assert space.dataset is not None
    assert space.dataset.columns == alone.columns
    assert space.dataset.fingerprint() == run.fingerprint
    assert list(space.dataset.factors["port"][:3]) == ["C", "Q", "S"]
    saved = run.posterior()
    assert saved is not None
    np.testing.assert_array_equal(space.posterior.mu, saved.posterior.mu)
