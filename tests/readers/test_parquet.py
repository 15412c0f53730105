import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.readers.samples import IMAGES, hub, parted, png
from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import parquet_parts, read, reader_of

RNG = np.random.default_rng(0)


def written(path: Path, columns: dict[str, Any], **how: Any) -> Path:
    pq.write_table(pa.table(columns), path, **how)
    return path


def test_columns_of_every_type(tmp_path: Path) -> None:
    columns = {
        "int": pa.array([1, None, 3, 4], pa.int16()),
        "float": pa.array([0.5, 1.5, np.nan, None], pa.float32()),
        "money": pa.array([Decimal(i) for i in range(1, 5)], pa.decimal128(20, 2)),
        "yes": [True, False, None, True],
        "kind": pa.array(["b", "a", "b", "a"]).dictionary_encode(),
        "text": pa.array(["t1", "t2", "t3", None], pa.large_string()),
        "day": pa.array([0, 1, None, 10], pa.date32()),
        "time": pa.array([0, 12, 24, 36], pa.timestamp("s", "UTC")),
        "inner": [{"u": 1.0, "v": "x"}, {"u": 2.0, "v": "y"}, None, {"u": 4.0, "v": "x"}],
        "pair": [[1.0, 2.0], None, [3.0, 4.0], [5.0]],
        "odd": [b"1", b"2", b"3", b"4"],
        "none": pa.nulls(4),
    }
    data = read(written(tmp_path / "data.parquet", columns))
    values = {c.name: data.x[:, j] for j, c in enumerate(data.columns)}
    expected = {
        "int": [1, np.nan, 3, 4],
        "float": [0.5, 1.5, np.nan, np.nan],
        "money": [1, 2, 3, 4],
        "yes": [1, 0, np.nan, 1],
        "kind": [1, 0, 1, 0],
        "inner.u": [1, 2, np.nan, 4],
        "pair 1": [1, np.nan, 3, np.nan],
        "pair 2": [2, np.nan, 4, np.nan],
    }
    assert list(values) == list(expected)
    for name, column in expected.items():
        assert np.array_equal(values[name], column, equal_nan=True), name
    assert data.classes == ("x", "y")
    assert data.factors["text"].tolist() == ["t1", "t2", "t3", ""]
    assert np.array_equal(data.factors["day"], [0, 1, np.nan, 10], equal_nan=True)
    assert data.factors["time"].tolist() == pytest.approx([0, 12 / 86400, 24 / 86400, 36 / 86400])
    assert "left out columns that hold neither numbers nor text: odd" in data.notes
    assert "left out empty columns: none" in data.notes


def test_values_that_no_row_has_are_no_categories(tmp_path: Path) -> None:
    kinds = pa.DictionaryArray.from_arrays(pa.array([2, 0, 2, 0]), pa.array(["a", "unused", "c"]))
    data = read(written(tmp_path / "data.parquet", {"x": [1.0, 2.0, 3.0, 4.0], "kind": kinds}), labels="none")
    assert data.columns[1].categories == ("a", "c")
    assert data.x[:, 1].tolist() == [1, 0, 1, 0]


def test_classes_of_the_hub(tmp_path: Path) -> None:
    told = {"info": {"features": {"kind": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}}}}
    table = pa.table({"x": [1.0, 2.0, 3.0, 4.0], "kind": [2, 0, 2, -1], "label": ["a", "b", "a", "b"]})
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(told)}), tmp_path / "data.parquet")
    data = read(tmp_path / "data.parquet", labels="kind")
    assert data.classes == ("cat", "owl")
    assert data.labels is not None
    assert data.labels.tolist() == [1, 0, 1, -1]


def test_a_folder_parted_by_a_column_is_one_dataset(tmp_path: Path) -> None:
    source = parted(tmp_path)
    assert reader_of(source).name.startswith("Parquet")
    data = read(source)
    assert data.classes == ("cat", "dog")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert [c.name for c in data.columns] == ["size", "kind"]


def test_shards_keep_their_order(tmp_path: Path) -> None:
    for i in (10, 2, 1):
        written(tmp_path / f"train-{i}.parquet", {"x": [float(i)] * 3, "y": [0.5, 1.5, 2.5]})
    (tmp_path / "README.md").write_text("about it")
    assert read(tmp_path).x[::3, 0].tolist() == [1, 2, 10]
    both = read([tmp_path / "train-10.parquet", tmp_path / "train-2.parquet"])
    assert both.x[::3, 0].tolist() == [10, 2]
    written(tmp_path / "train-3.parquet", {"x": [1.0]})
    with pytest.raises(ReaderError, match=r"train-3\.parquet: lacks the column 'y'"):
        read(tmp_path)


def test_a_folder_of_pictures_stays_one(tmp_path: Path) -> None:
    Image.fromarray(IMAGES[0]).save(tmp_path / "a.png")
    written(tmp_path / "metadata.parquet", {"x": [1.0]})
    assert "images" in reader_of(str(tmp_path)).name


def test_pictures_of_bytes_and_of_paths(tmp_path: Path) -> None:
    data = read(hub(tmp_path))
    assert (data.x[..., 0] == IMAGES).all()
    assert data.classes == ("a", "b")
    assert list(data.items) == [f"{i}.png" for i in range(6)]
    plain = written(tmp_path / "plain.parquet", {"png": [png(image) for image in IMAGES], "size": [*range(6)]})
    data = read(plain)
    assert (data.x[..., 0] == IMAGES).all()
    assert data.factors["size"].tolist() == [*range(6)]
    (tmp_path / "in").mkdir()
    Image.fromarray(IMAGES[0]).save(tmp_path / "in" / "a.png")
    Image.fromarray(IMAGES[1]).save(tmp_path / "b.png")
    paths = ["a.png", "../b.png", str(tmp_path / "b.png"), "gone.png", None]
    images = pa.array(
        [{"bytes": None, "path": path} for path in paths], pa.struct({"bytes": pa.binary(), "path": pa.string()})
    )
    data = read(written(tmp_path / "in" / "beside.parquet", {"image": images}))
    assert (data.x[0, ..., 0] == IMAGES[0]).all()
    assert len(data) == 1
    assert len(data.skipped) == 4


@pytest.mark.parametrize("nested", [False, True])
def test_lists_of_pixels(tmp_path: Path, nested: bool) -> None:
    pixels = RNG.integers(0, 256, (20, 8, 8), np.uint8)
    lists = pixels.tolist() if nested else pixels.reshape(20, 64).tolist()
    data = read(written(tmp_path / "data.parquet", {"image": lists, "label": [0, 1] * 10, "age": RNG.normal(size=20)}))
    assert data.kind == "image"
    assert (data.x[..., 0] == pixels).all()
    assert data.classes == ("0", "1")
    assert len(data.factors["age"]) == 20


def test_what_is_infinite_or_empty_is_left_out(tmp_path: Path) -> None:
    columns = {"a": [1.0, np.inf, None, 4.0, 1e300], "b": [1.0, 2.0, None, None, 5.0]}
    data = read(written(tmp_path / "data.parquet", columns))
    assert np.array_equal(data.x, [[1, 1], [4, np.nan]], equal_nan=True)
    assert data.skipped == (
        ("row 2", "holds infinite values"),
        ("row 3", "holds no value"),
        ("row 5", "holds infinite values"),
    )


def test_a_limit_reads_no_further(tmp_path: Path) -> None:
    path = written(tmp_path / "data.parquet", {"a": RNG.normal(size=100_000)}, row_group_size=1000)
    assert len(read(path, limit=10)) == 10


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": pa.array([], pa.float64())}, "holds no rows"),
        ({"a": [b"x", b"y"]}, "holds no column of numbers"),
        ({"a": [np.inf, np.inf]}, "none of its 2 rows can be used"),
        ({}, "holds no rows"),
    ],
)
def test_refuses_with_one_line(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ReaderError, match=message) as caught:
        read(written(tmp_path / "data.parquet", columns))
    assert "\n" not in str(caught.value)


def test_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "data.parquet", {"a": [1.0]})
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ReaderError, match=r'pip install "vae-desktop\[formats\]"'):
        read(path)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6, width=32) | st.none(), st.sampled_from(["x", "y", "zü"]) | st.none()),
        max_size=50,
    ),
    st.sampled_from(["none", "snappy", "gzip", "zstd"]),
)  # fmt: skip
def test_round_trips(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]], compression: str
) -> None:
    table = pd.DataFrame([(1.0, "x"), (2.0, "y"), (3.0, "zü")] * 2 + rows, columns=["a", "word"]).astype({"a": float})
    path = tmp_path_factory.mktemp("round") / "data.parquet"
    table.to_parquet(path, compression=None if compression == "none" else compression)
    data = read(path, labels="none")
    kept = table[table.notna().any(axis=1)]
    assert np.array_equal(data.x[:, 0], kept["a"].astype(np.float32), equal_nan=True)
    names = np.array([*data.columns[1].categories, ""])
    codes = np.where(np.isnan(data.x[:, 1]), -1, data.x[:, 1]).astype(int)
    assert names[codes].tolist() == kept["word"].fillna("").tolist()


@pytest.mark.parametrize("shape", ["plain", "list", "struct"])
def test_a_value_repeated_by_a_dictionary_costs_no_more_than_the_file(tmp_path: Path, shape: str) -> None:
    value = b"\x89PNG" + b"a" * 12_000_000
    column: Any = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), pa.array([value]))
    if shape == "list":
        column = pa.ListArray.from_arrays(pa.array(range(1001), pa.int32()), column)
    if shape == "struct":
        column = pa.StructArray.from_arrays([column], ["bytes"])
    columns = {"t": column, "x": np.arange(1000.0)}
    path = written(tmp_path / "bomb.parquet", columns, compression="zstd", store_schema=False)
    assert path.stat().st_size < 20_000
    with pytest.raises(ReaderError, match=r"bomb\.parquet: (repeats a value of 12 MB|unpacks to far more)"):
        read(path)


def test_long_values_are_read_a_few_rows_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_parts, "ROOM", 1000)
    words = ["x" * 150, "y", None] * 20
    path = written(tmp_path / "long.parquet", {"word": words, "a": np.arange(60.0)}, row_group_size=25)
    data = read(path, labels="word")
    assert (data.x[:, 0] == np.arange(60)).all()
    assert data.classes == ("x" * 150, "y")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, -1] * 20
