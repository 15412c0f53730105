"""HDF5 files: what they may hold, and what a hostile one may not do."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import apart, read, reading

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (10, 9, 7), np.uint8)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (3, 4, 5)},
        {"compression": "gzip", "shuffle": True},
        {"compression": "lzf"},
        {"fletcher32": True, "chunks": True},
    ],
)
@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("dtype", ["u1", ">u2", "<f4", "f2", "i8"])
def test_storage(tmp_path: Path, options: dict[str, object], version: str, dtype: str) -> None:
    x = IMAGES.astype(dtype)
    with h5py.File(tmp_path / "x.h5", "w", libver=version) as file:
        file.create_dataset("x", data=x, **options)
    assert (read(tmp_path / "x.h5").x[..., 0] == x).all()


def test_any_of_several_in_groups(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "usps.h5", "w") as file:
        for part, n in (("train", 10), ("test", 4)):
            file[f"{part}/data"] = RNG.integers(0, 256, (n, 256), np.uint8)
            file[f"{part}/target"] = np.arange(n) % 3
    assert read(tmp_path / "usps.h5").x.shape == (10, 16, 16, 1)
    test = read(f"{tmp_path / 'usps.h5'}::test/data")
    assert test.x.shape == (4, 16, 16, 1)
    assert test.classes == ("0", "1", "2")
    assert test.notes[0] == "took the labels from test/target"


def test_tables_of_records(tmp_path: Path) -> None:
    records = np.array(
        [(1.5, 2, b"a", 7), (2.5, 3, b"b", 7), (3.5, 4, b"a", 8)],
        [("u", "f8"), ("v", "i4"), ("kind", "S3"), ("label", "i2")],
    )
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["t"] = records
    data = read(tmp_path / "x.h5")
    assert data.x.tolist() == [[1.5, 2], [2.5, 3], [3.5, 4]]
    assert [column.name for column in data.columns] == ["u", "v"]
    assert data.classes == ("7", "8")
    assert read(tmp_path / "x.h5", labels="t/kind").classes == ("a", "b")


def test_texts_of_any_length_are_classes(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = IMAGES
        file["label"] = ["ä", "b" * 5000] * 5
    assert read(tmp_path / "x.h5").classes == ("b" * 200, "ä")


def test_links_and_values_elsewhere_are_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = IMAGES
    (tmp_path / "raw").write_bytes(IMAGES.tobytes())
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = h5py.ExternalLink("other.h5", "/x")
        file["b"] = h5py.SoftLink("/a")
        file["loop/round"] = h5py.SoftLink("/loop")
        file["group/again"] = file["loop"]
        file["loop/back"] = file["group"]
    with pytest.raises(ReaderError, match="holds no arrays; save arrays of numbers in it, not links"):
        read(tmp_path / "x.h5")
    layout = h5py.VirtualLayout(IMAGES.shape, "u1")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", IMAGES.shape)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_virtual_dataset("a", layout)
        file.create_dataset("b", IMAGES.shape, "u1", external=[(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)])
    for name in "ab":
        with pytest.raises(ReaderError, match=f"::{name}: its values are in other files; copy them into this one"):
            read(tmp_path / "x.h5", array=name)


def test_false_promises_cost_nothing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("fill", (10**6, 1000, 1000), "u1", chunks=(1, 1000, 1000), compression="gzip")
        file.create_dataset("late", (10**5, 100, 100), "u1", fillvalue=7)
        file.create_dataset(
            "chunk", data=np.zeros((100, 1000, 1000), np.uint8), chunks=(100, 1000, 1000), compression="gzip"
        )
        file.create_dataset("few", (10, 9, 7), "u1", fillvalue=7)
    tracemalloc.start()
    with pytest.raises(ReaderError, match=r"::fill: promises \(1000000, 1000, 1000\) uint8, 1 TB, but holds"):
        read(tmp_path / "x.h5", array="fill")
    with pytest.raises(ReaderError, match="::late: promises"):
        read(tmp_path / "x.h5", array="late")
    with pytest.raises(ReaderError, match="::chunk: packed in chunks of 100 MB"):
        read(tmp_path / "x.h5", array="chunk")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8e6
    assert (read(tmp_path / "x.h5", array="few").x == 7).all()


def test_a_filter_that_is_not_here(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((10, 9, 7))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple(IMAGES.shape)
        h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_UINT8, space, plist)
    with pytest.raises(ReaderError, match="packed by the filter 'number 32015', which is not here; pack it with gzip"):
        read(tmp_path / "x.h5")


def test_too_many_arrays(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for i in range(1001):
            file[str(i)] = i
    with pytest.raises(ReaderError, match=r"x\.h5: holds too many groups and arrays; stack the items"):
        read(tmp_path / "x.h5")


def test_without_h5py_it_says_how_to_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.h5").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ReaderError, match=r'install it with: pip install "vae-desktop\[formats\]"'):
        read(tmp_path / "x.h5")


@pytest.mark.parametrize(
    "data", [b"", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000), b"nothing of the kind"]
)
def test_refuses_other_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.h5").write_bytes(data)
    with pytest.raises(ReaderError, match=r"x\.h5: not an HDF5 file, cut short or damaged"):
        read(tmp_path / "x.h5")


def test_the_library_crashing_or_hanging_is_one_more_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = IMAGES
    apart.close()
    child = tmp_path / "child.py"
    monkeypatch.setattr(apart, "SCRIPT", child)
    monkeypatch.setattr(apart, "PATIENCE", 0.5)
    for program in ("import os; os.abort()", "while True: pass"):
        child.write_text(program)
        with pytest.raises(ReaderError, match=r"x\.h5: not an HDF5 file.*its library gave up on it"):
            read(tmp_path / "x.h5")


def test_the_process_is_kept_for_the_next_file_and_ended_when_it_is_in_the_midst(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = RNG.integers(0, 256, (40_000, 20, 20), np.uint8)
    apart.close()
    work = reading(tmp_path / "x.h5")
    while next(work).text != "Reading":
        pass
    work.close()
    assert not apart._spare
    assert len(read(tmp_path / "x.h5")) == 40_000
    (kept,) = apart._spare
    assert len(read(tmp_path / "x.h5", limit=3)) == 3
    assert apart._spare == [kept]


def test_the_app_is_that_process_when_it_is_asked(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = IMAGES
    orders = [{"open": str(tmp_path / "x.h5")}, {"read": "x", "step": 10, "rows": 10, "fields": [], "texts": False}]
    said = subprocess.run(
        [sys.executable, "-m", "vae_desktop", apart.WORD],
        input=b"".join(json.dumps(order).encode() + b"\n" for order in orders), capture_output=True, check=True,
        cwd=Path(__file__).parents[2],
    ).stdout  # fmt: skip
    assert said.endswith(b'{"size": 630}\n' + IMAGES.tobytes())
