"""Tables with categories and gaps, from the command line and a notebook."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import vae_desktop as vd
from vae_desktop.cli import main
from vae_desktop.core.values import Column, Dataset

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (Column("port", "category", ("Cherbourg", "Queenstown")), Column("age"), Column("fare"))
NAMES = [f"passenger {i}" for i in range(60)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of sixty rows, some of whose values are missing."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.integers(0, 2, 60), rng.normal(40, 9, 60), rng.normal(9, 3, 60)]).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    labels = (np.arange(60) % 2).astype(np.int32)
    path = tmp_path_factory.mktemp("tables") / "ship.npz"
    vd.save(Dataset("table", x, labels, ("lost", "saved"), COLUMNS, items=NAMES, source="ship"), path)
    return path


@pytest.fixture(scope="module")
def run(data: Path) -> Path:
    out = data.parent / "run"
    assert main(["train", str(data), "--out", str(out), "--epochs", "2", "--threads", "1", "--set", "hidden=16"]) == 0
    return out


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["x.csv", "x.npz", "x.parquet"])
def test_impute(name: str, data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = vd.read(data)
    gaps = np.isnan(before.x)
    capsys.readouterr()
    assert main(["impute", str(run), str(data), "--out", str(tmp_path / name), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"out": str(tmp_path / name), "items": 60, "filled": int(gaps.sum()), "notes": []}
    filled = vd.open(run, data).impute().x
    np.testing.assert_array_equal(filled[~gaps], before.x[~gaps])
    if name == "x.csv":
        rows = lines(tmp_path / name)
        assert [row["item"] for row in rows] == NAMES
        assert [row["label"] for row in rows[:2]] == ["lost", "saved"]
        assert [row["port"] for row in rows] == [COLUMNS[0].categories[int(value)] for value in filled[:, 0]]
        np.testing.assert_array_equal(np.array([row["age"] for row in rows], np.float32), filled[:, 1])
    elif name == "x.npz":
        np.testing.assert_array_equal(vd.read(tmp_path / name).x, filled)
    else:
        from pyarrow import parquet

        table = parquet.read_table(tmp_path / name).to_pydict()
        np.testing.assert_array_equal(np.array(table["fare"], np.float32), filled[:, 2])
        assert set(table["port"]) <= set(COLUMNS[0].categories)


def test_impute_says_what_it_did(data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gaps = int(np.isnan(vd.read(data).x).sum())
    out = tmp_path / "x.csv"
    assert main(["impute", str(run), str(data), "--out", str(out), "--rounds", "1"]) == 0
    assert capsys.readouterr().out == f"{out}: 60 rows, {gaps} missing values filled in\n"


def test_impute_fills_rows_that_the_training_left_out(data: Path, tmp_path: Path) -> None:
    words = ["train", str(data), "--out", str(tmp_path / "run"), "--missing", "drop", "--epochs", "1", "--threads", "1"]
    assert main(words) == 0
    assert main(["impute", str(tmp_path / "run"), str(data), "--out", str(tmp_path / "x.csv")]) == 0
    assert len(lines(tmp_path / "x.csv")) == 60


def test_impute_refuses_in_one_line(run: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, told in (
        (["impute", str(run), str(data), "--out", "x.png"], "use .npz, .parquet, .csv"),
        (["impute", str(run), "digits", "--out", "x.csv"], "holds images"),
    ):
        assert main(words) == 2
        err = capsys.readouterr().err
        assert told in err
        assert err.startswith("error: ")


def test_rows_are_written_in_their_own_units(run: Path, data: Path, tmp_path: Path) -> None:
    for words in (
        ["sample", str(run), "-n", "40"],
        ["reconstruct", str(run), str(data), "-n", "40"],
        ["interpolate", str(run), str(data), "--from", "0", "--to", "5", "--steps", "40"],
        ["traverse", str(run), str(data), "--index", "1", "--steps", "20"],
    ):
        assert main([*words, "--out", str(tmp_path / "x.csv")]) == 0
        rows = lines(tmp_path / "x.csv")
        assert len(rows) == 40
        assert list(rows[0]) == ["port", "age", "fare"]
        assert {row["port"] for row in rows} <= set(COLUMNS[0].categories)
        assert 10 < np.mean([float(row["age"]) for row in rows]) < 70


def test_evaluate_and_encode_take_gaps(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(run), str(data), "--samples", "5", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["bits_per_dim"] is None
    assert np.isfinite([report["elbo"], report["nll"], report["objective"]]).all()
    assert main(["encode", str(run), str(data), "--out", str(tmp_path / "codes.csv")]) == 0
    assert all(np.isfinite(float(row["mu_0"])) for row in lines(tmp_path / "codes.csv"))
