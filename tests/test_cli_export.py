"""Data and decoded items, written by commands as datasets that are read back."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyarrow import parquet

import vae_desktop as vd
from vae_desktop.cli import main
from vae_desktop.cli.export import numbers
from vae_desktop.core.errors import SettingError

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--epochs", "1", "--threads", "1", "--set", "hidden=16")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_some_items_of_some_classes(capsys: pytest.CaptureFixture[str]) -> None:
    digits = vd.read("digits")
    assert digits.labels is not None
    assert main(["export", "digits", "--out", "x.npz", "--items", "0-99,5,120", "--classes", "3, 7", "--json"]) == 0
    wanted = [i for i in (*range(100), 120) if digits.classes[digits.labels[i]] in "37"]
    assert json.loads(capsys.readouterr().out) == {"out": "x.npz", "items": len(wanted)}
    found = vd.read("x.npz")
    np.testing.assert_array_equal(found.x, digits.x[wanted])
    np.testing.assert_array_equal(found.labels, digits.labels[wanted])
    assert found.classes == digits.classes


def test_what_is_lost_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    np.save("x.npy", np.random.default_rng(0).normal(0, 1, (5, 4, 4)).astype(np.float32))
    assert main(["export", "x.npy", "--out", "out"]) == 0
    told = capsys.readouterr()
    assert told.out == "out: 5 items\n"
    assert "are written as whole numbers from 0 to 65535" in told.err
    assert len(list((tmp_path / "out").glob("*.png"))) == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--out x.npz --items 3-", "--items 3-: wants numbers"),
        ("--out x.npz --items 9-3", "wants numbers"),
        ("--out x.npz --items 1800", "item 1800: digits has 1797 items"),
        ("--out x.npz --items 0,9999999999", "item 9999999999: digits has 1797 items"),
        ("--out x.npz --classes 3,x", "there is no class 'x' (known: 0, 1, 2"),
        ("--out x.npz --items 0 --classes 1", "there are no items to write"),
        ("--out x.csv", "the ending .csv is not known here"),
        ("--out no/x.npz", "does not exist"),
    ],
)
def test_one_clear_line(words: str, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["export", "digits", *words.split()]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("x*"))


def test_items_are_numbered_as_they_are_typed() -> None:
    assert numbers("7, 2 - 4 ,3,0").tolist() == [7, 2, 3, 4, 0]
    with pytest.raises(SettingError, match="wants numbers and ranges"):
        numbers("0-9999999999")


def test_a_table_keeps_its_gaps(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{'' if i % 5 == 0 else i * i % 7},{'ab'[i % 2]}" for i in range(40))
    (tmp_path / "t.csv").write_text(f"a,b,kind\n{rows}\n")
    data = vd.read("t.csv")
    for name in ("x.npz", "x.csv"):
        vd.save(data, name, range(10, 20))
        again = vd.read(name)
        np.testing.assert_array_equal(again.x, data.x[10:20])
        np.testing.assert_array_equal(again.labels, data.labels[10:20])


def test_samples_are_a_dataset(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", "digits", "--out", "run", "--model", "cvae", *QUICK]) == 0
    assert main(["sample", "run", "-n", "12", "--out", "made"]) == 0
    with (tmp_path / "made" / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == [*map(str, range(10)), "0", "1"]
    assert list(rows[0]) == ["file_name", "label", "z_1", "z_2"]
    assert vd.read("made").classes == tuple(map(str, range(10)))
    assert main(["sample", "run", "-n", "12", "--out", "made.parquet"]) == 0
    found = parquet.read_table("made.parquet")
    assert found.column_names == ["image", "label", "z_1", "z_2"]
    np.testing.assert_array_equal(found["z_1"].to_numpy(), np.array([row["z_1"] for row in rows], np.float32))


def test_rows_of_samples_are_in_original_units(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(f"{1000 + i},{i * i % 7}" for i in range(40)))
    assert main(["train", "t.csv", "--out", "run", *QUICK]) == 0
    assert main(["sample", "run", "-n", "5", "--out", "x.parquet"]) == 0
    found = parquet.read_table("x.parquet")
    assert found.column_names == ["a", "b"]
    assert 900 < found["a"].to_numpy().mean() < 1100
