"""Rows and codes read back."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import Posterior
from vae_desktop.export.items import save_items
from vae_desktop.export.tables import save_codes

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
POSTERIOR = Posterior(RNG.normal(size=(4, 2)).astype(np.float32), RNG.normal(size=(4, 2)).astype(np.float32))
LABELS = np.array([1, 0, -1, 1], np.int32)
NAMES = ["a,b", 'say "c"', "d\ne", "ü"]


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_codes_as_csv(tmp_path: Path) -> None:
    save_codes(tmp_path / "x.csv", POSTERIOR, LABELS, ("zero", "one"), NAMES)
    header, *rows = read(tmp_path / "x.csv")
    assert header == ["item", "label", "mu_0", "mu_1", "logvar_0", "logvar_1"]
    assert [row[0] for row in rows] == NAMES
    assert [row[1] for row in rows] == ["one", "zero", "", "one"]
    numbers = np.array([row[2:] for row in rows], np.float32)
    np.testing.assert_array_equal(numbers, np.hstack([POSTERIOR.mu, POSTERIOR.logvar]))  # to the bit


def test_codes_as_npz(tmp_path: Path) -> None:
    save_codes(tmp_path / "x.npz", POSTERIOR, LABELS, ("zero", "one"), NAMES)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        assert set(file) == {"mu", "logvar", "labels", "classes", "items"}
        np.testing.assert_array_equal(file["mu"], POSTERIOR.mu)
        np.testing.assert_array_equal(file["logvar"], POSTERIOR.logvar)
        np.testing.assert_array_equal(file["labels"], LABELS)
        assert file["items"].tolist() == NAMES
        assert file["classes"].tolist() == ["zero", "one"]


def test_codes_without_labels_and_names(tmp_path: Path) -> None:
    save_codes(tmp_path / "x.csv", POSTERIOR)
    assert [row[:2] for row in read(tmp_path / "x.csv")[1:]] == [[f"#{i}", ""] for i in range(4)]
    save_codes(tmp_path / "x.npz", POSTERIOR)
    with np.load(tmp_path / "x.npz") as file:
        assert file["labels"].tolist() == [-1] * 4
        assert file["items"].tolist() == ["#0", "#1", "#2", "#3"]


def test_the_same_codes_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_codes(tmp_path / name, POSTERIOR, LABELS, ("zero", "one"))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_rows(tmp_path: Path) -> None:
    rows = RNG.normal(1e6, 1, size=(2, 3, 4)).astype(np.float32)
    save_items(tmp_path / "x.csv", rows, names=("a", "b", "c", "d"))
    header, *body = read(tmp_path / "x.csv")
    assert header == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(np.array(body, np.float32), rows.reshape(6, 4))
    save_items(tmp_path / "x.npz", rows)
    with np.load(tmp_path / "x.npz") as file:
        np.testing.assert_array_equal(file["rows"], rows.reshape(6, 4))
        assert file["columns"].tolist() == ["column 1", "column 2", "column 3", "column 4"]


def test_categories_stand_by_name_and_what_is_missing_is_empty(tmp_path: Path) -> None:
    rows = np.array([[1, 0], [np.nan, 1], [0.1, np.nan]], np.float32)
    save_items(tmp_path / "x.csv", rows, names=("a", "b"), categories=((), ("yes", "n,o")))
    assert read(tmp_path / "x.csv") == [["a", "b"], ["1.0", "yes"], ["", "n,o"], ["0.1", ""]]


@pytest.mark.parametrize("name", ["x.png", "x", "missing/x.csv"])
def test_bad_places(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"use \.csv, \.npz|does not exist"):
        save_codes(tmp_path / name, POSTERIOR)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
