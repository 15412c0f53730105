"""What is written as a dataset is read back as the same one."""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pyarrow import parquet

from vae_desktop.core.errors import ReaderError, UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset
from vae_desktop.export.datasets import decoded_set, export, exporting
from vae_desktop.readers import read

if TYPE_CHECKING:
    from pathlib import Path

N = 70
LABELS = (np.arange(N) % 3 - 1).astype(np.int32)
ANGLES = np.linspace(0, 1, N)
COLUMNS = (Column("height, cm"), Column("sex", "category", ("männlich", 'w"x', "d")), Column("label"))


def pictures(dtype: Any = np.uint8, channels: int = 1, **more: Any) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.random((N, 6, 5, channels))
    x = x.astype(np.float32) * 3 - 1 if dtype is np.float32 else (x * np.iinfo(dtype).max).astype(dtype)
    x[:, 0, 0, 0] = np.arange(N) if dtype is not np.float32 else x[:, 0, 0, 0]
    factors = {"angle": ANGLES, "file_name": np.array([f"f,{i}" for i in range(N)])}
    given = {"labels": LABELS, "classes": ("a/b", "CON"), "factors": factors, **more}
    return Dataset("image", x, source="p", **given)


def table(seed: int = 0, n: int = N) -> Dataset:
    rng = np.random.default_rng(seed)
    x = np.stack([rng.normal(170, 9, n), rng.integers(0, 3, n), rng.normal(0, 1e-7, n)], 1).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    factors = {"note": np.array([f"line\n{i}" if i % 2 else "" for i in range(n)]), "when": np.arange(n) * 0.5}
    items = [f"row {i}" for i in range(n)]
    return Dataset("table", x, LABELS[:n], ("yes", "no"), COLUMNS, factors, items, "t.csv", {"normalise": "range"})


def same(one: Dataset, other: Dataset, items: np.ndarray | None = None) -> None:
    """All but the source are alike."""
    chosen = np.arange(len(other)) if items is None else items
    assert (one.kind, one.classes, one.columns) == (other.kind, other.classes, other.columns)
    assert one.x.dtype == other.x.dtype
    np.testing.assert_array_equal(one.x, other.x[chosen])
    np.testing.assert_array_equal(one.labels, None if other.labels is None else other.labels[chosen])
    assert [*one.factors] == [*other.factors]
    for name, values in one.factors.items():
        np.testing.assert_array_equal(values, other.factors[name][chosen])
    assert [one.item_name(i) for i in range(len(one))][: len(one.items)] == [
        other.item_name(i) for i in chosen.tolist() if other.items
    ]


@pytest.mark.parametrize(
    "data",
    [
        pictures(), pictures(np.uint16), pictures(np.float32, 3), table(),
        pictures(labels=None, classes=(), factors={}), replace(table(), items=(), factors={}, labels=None, classes=()),
        pictures(items=[f"sub/ä {i}\n.png" for i in range(N)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("items", [None, np.array([3, 4, 5, 69, 0])])
def test_arrays_come_back_as_they_were(data: Dataset, items: np.ndarray | None, tmp_path: Path) -> None:
    assert export(data, tmp_path / "x.npz", items) == ()
    same(read(tmp_path / "x.npz"), data, items)
    with np.load(tmp_path / "x.npz") as arrays:  # nothing in it is pickled
        np.testing.assert_array_equal(arrays["x"], data.x if items is None else data.x[items])
        assert {name.partition("/")[0] for name in arrays} <= {
            "x", "labels", "classes", "items", "columns", "factors", "about",
        }  # fmt: skip


def test_an_array_may_still_be_named(tmp_path: Path) -> None:
    export(pictures(), tmp_path / "x.npz")
    assert len(read(f"{tmp_path / 'x.npz'}::x")) == N
    with pytest.raises(ReaderError, match="holds no array 'y'"):
        read(f"{tmp_path / 'x.npz'}::y")


@pytest.mark.parametrize(
    "told",
    [
        "", "[]", "{}", '{"kind": "image"}', '{"kind": "image", "columns": [], "classes": ["a"], "factors": {}}',
        '{"kind": "table", "columns": [["a", "number", []]], "classes": [], "factors": {"q": "q"}}',
        '{"kind": "table", "columns": [["a", "category", ["u"]]], "classes": [], "factors": {}}',
        '{"kind": "table", "columns": [["a", "odd", []]], "classes": [], "factors": {}}',
        '{"kind": "table", "columns": 5, "classes": [], "factors": {}}',
        '{"kind": "table", "columns": [["a", "number", []]], "classes": ["u"], "factors": [], "labels": 3}',
    ],
)  # fmt: skip
def test_a_wrong_description_is_refused(told: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.array([[2.0]], np.float32), labels=np.array([7]), about=np.array(told))
    with pytest.raises(ReaderError, match=r"x\.npz: ") as error:
        read(tmp_path / "x.npz")
    assert "\n" not in str(error.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of its own, with nothing in it."""
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def stored(folder: Path) -> dict[str, dict[str, str]]:
    """What metadata.csv says of each file."""
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return {row.pop("file_name"): row for row in csv.DictReader(file)}


def test_a_folder_has_classes_factors_and_every_pixel(tmp_path: Path) -> None:
    data = pictures(channels=3)
    assert export(data, tmp_path / "out") == ()
    rows = stored(tmp_path / "out")
    assert len(rows) == N
    for i, (name, row) in enumerate(rows.items()):
        with Image.open(tmp_path / "out" / name) as image:
            np.testing.assert_array_equal(np.asarray(image), data.x[i])
        assert row == {"label": ["", "a/b", "CON"][LABELS[i] + 1], "angle": str(ANGLES[i]), "file_name 2": f"f,{i}"}
    again = read(tmp_path / "out")
    assert len(again) == N
    assert again.x.shape == data.x.shape
    assert len(again.classes) >= 2


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_sixteen_bits_stay_and_decimals_are_scaled(dtype: Any, tmp_path: Path) -> None:
    data = pictures(dtype, labels=None, classes=(), factors={})
    notes = export(data, tmp_path / "out")
    with Image.open(tmp_path / "out" / "000007.png") as image:
        found = np.asarray(image)
    if dtype is np.uint16:
        assert notes == ()
        np.testing.assert_array_equal(found, data.x[7, :, :, 0])
    else:
        low, high = data.x.min(), data.x.max()
        np.testing.assert_allclose(found / 65535 * (high - low) + low, data.x[7, :, :, 0], atol=3e-5)
        assert "written as whole numbers from 0 to 65535" in notes[0]


def test_sixteen_bits_of_colour_are_said_to_be_lost(tmp_path: Path) -> None:
    data = pictures(np.uint16, 3)
    assert export(data, tmp_path / "out") == ("16 bits of colour are written as 8",)
    again = read(tmp_path / "out")
    assert again.x.dtype == np.uint8


def test_a_table_as_text_is_in_its_own_units(tmp_path: Path) -> None:
    data = table()
    export(data, tmp_path / "x.csv", [5, 1, 2])
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["item", "height, cm", "sex", "label 2", "label", "note", "when"]
    for i, row in zip([5, 1, 2], rows, strict=True):
        height, sex, small = data.x[i].tolist()
        assert row[0] == f"row {i}"
        assert row[1] == ("" if np.isnan(height) else str(data.x[i, 0]))
        assert row[2] == ("" if np.isnan(sex) else COLUMNS[1].categories[int(sex)])
        assert row[3] == "" if np.isnan(small) else np.float32(row[3]) == data.x[i, 2]
        assert row[4:] == [["", "yes", "no"][LABELS[i] + 1], f"line\n{i}" if i % 2 else "", str(i * 0.5)]


@pytest.mark.parametrize("items", [None, [7, 3, 69]])
def test_parquet_of_pictures_is_as_the_hub_has_it(items: list[int] | None, tmp_path: Path) -> None:
    data = pictures()
    export(data, tmp_path / "x.parquet", items)
    found = parquet.read_table(tmp_path / "x.parquet")
    features = json.loads(found.schema.metadata[b"huggingface"])["info"]["features"]
    assert features == {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": ["a/b", "CON"]},
        "angle": {"_type": "Value", "dtype": "float64"},
        "file_name": {"_type": "Value", "dtype": "string"},
    }
    rows = found.to_pylist()
    for i, row in zip(items or range(N), rows, strict=True):
        (tmp_path / "one.png").write_bytes(row["image"]["bytes"])
        with Image.open(tmp_path / "one.png") as image:
            np.testing.assert_array_equal(np.asarray(image), data.x[i, :, :, 0])
        assert row["image"]["path"] == f"{i:06}.png"
        assert row["label"] == (None if LABELS[i] < 0 else LABELS[i])
        assert (row["angle"], row["file_name"]) == (ANGLES[i], f"f,{i}")


def test_parquet_of_a_table_has_names_and_nulls(tmp_path: Path) -> None:
    data = table()
    export(data, tmp_path / "x.parquet")
    found = parquet.read_table(tmp_path / "x.parquet")
    assert found.column_names == ["item", "height, cm", "sex", "label 2", "label", "note", "when"]
    x = np.stack([found["height, cm"].to_numpy(), data.x[:, 1], found["label 2"].to_numpy()], 1)
    np.testing.assert_array_equal(x, data.x)
    sexes = [None if np.isnan(j) else COLUMNS[1].categories[int(j)] for j in data.x[:, 1]]
    assert found["sex"].to_pylist() == sexes
    assert found["label"].to_pylist() == [[None, "yes", "no"][label + 1] for label in LABELS]
    assert found["height, cm"].null_count == np.isnan(data.x[:, 0]).sum()
    assert found["note"].to_pylist()[:2] == [None, "line\n1"]


@pytest.mark.parametrize("ending", [".npz", ".parquet", ".csv"])
@pytest.mark.parametrize(("seed", "n"), [(1, 1), (2, 2), (3, 69)])
def test_any_table_can_be_written(seed: int, n: int, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{ending}"
    data = table(seed, n)
    export(data, path)
    if ending == ".npz":
        same(read(path), data)


def test_decoded_items_are_a_dataset(tmp_path: Path) -> None:
    data = pictures()
    codes = np.arange(2 * N, dtype=np.float32).reshape(N, 2)
    made = decoded_set(Preparation.fit(data), data.x, LABELS, codes)
    export(made, tmp_path / "out")
    row = stored(tmp_path / "out")["CON-/000005.png"]
    assert row == {"label": "CON", "z_1": "10.0", "z_2": "11.0"}
    rows = table()
    made = decoded_set(Preparation.fit(rows), rows.x.reshape(7, 10, 3), None, codes)
    assert made.columns == COLUMNS
    assert (len(made), made.labels, dict(made.factors)) == (N, None, {})


@pytest.mark.parametrize("name", ["out", "x.npz", "x.parquet", "x.csv"])
def test_what_is_cancelled_or_fails_leaves_nothing(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = table() if name == "x.csv" else pictures()
    work = exporting(data, folder / name)
    next(work)
    assert list(folder.iterdir())
    work.close()
    assert list(folder.iterdir()) == []
    before = b"as it was"
    if name != "out":
        (folder / name).write_bytes(before)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vae_desktop.export.images.shutil.move", full)
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(UserError, match="No space left on device"):
        export(data, folder / name)
    assert [path.name for path in folder.iterdir()] == ([] if name == "out" else [name])
    assert name == "out" or (folder / name).read_bytes() == before


def test_faults_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for data, name, items, told in (
        (pictures(), "full", None, "already holds files"),
        (pictures(), "x.png", None, "the ending .png is not known here"),
        (table(), "x", None, "a file name needs an ending here"),
        (pictures(), "x.csv", None, "the ending .csv is not known here"),
        (pictures(), "x.npz", [3, N], f"item {N}: p has {N} items"),
        (pictures(), "x.npz", [], "there are no items to write"),
        (table(), os.path.join("no", "x.csv"), None, "does not exist"),
    ):
        with pytest.raises(UserError, match=told) as error:
            export(data, tmp_path / name, items)
        assert "\n" not in str(error.value)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_without_pyarrow_the_way_to_get_it_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ReaderError, match=r'pyarrow.*install it with: pip install "vae-desktop\[formats'):
        export(table(), folder / "x.parquet")
    assert list(folder.iterdir()) == []


def test_a_table_comes_back_from_text_and_parquet(tmp_path: Path) -> None:
    columns = (Column("height"), Column("sex", "category", ("female", "male")))
    x = table().x[:, :2].copy()
    x[:, 1] = np.where(np.isnan(x[:, 1]) & ~np.isnan(x[:, 0]), np.nan, np.nan_to_num(x[:, 1]) % 2)
    data = Dataset("table", x, LABELS, ("no", "yes"), columns)
    for name in ("x.csv", "x.parquet"):
        export(data, tmp_path / name)
        same(read(tmp_path / name), data)


def test_pictures_come_back_from_folder_and_parquet(tmp_path: Path) -> None:
    data = pictures(np.uint16, factors={"angle": ANGLES})
    for name in ("x", "x.parquet"):
        export(data, tmp_path / name)
        again = read(tmp_path / name)
        order = np.argsort([int(item.rpartition("/")[2].removesuffix(".png")) for item in again.items])
        np.testing.assert_array_equal(again.x[order], data.x)
        np.testing.assert_array_equal(again.labels[order], LABELS)
        np.testing.assert_allclose(again.factors["angle"][order], ANGLES)
        assert again.classes == data.classes
