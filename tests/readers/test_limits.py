"""A limit ends reading early: the rest of a source is neither unpacked nor checked."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pyarrow
import pytest
from pyarrow.parquet import write_table

from tests.readers.samples import SAMPLES, png
from vae_desktop import readers as readers_
from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read, readers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N = 3000
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 16, 16), np.uint8)
LABELS = np.arange(N, dtype=np.uint8) % 7


@pytest.fixture(autouse=True)
def no_more_than_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_, "LOOKED_AT", 0)


@pytest.mark.parametrize("name", list(readers))
def test_a_limit_takes_items_with_all_that_is_known_of_them(name: str, tmp_path: Path) -> None:
    source = SAMPLES[name](tmp_path)
    whole, few = read(source), read(source, limit=2)
    assert len(few) == 2
    assert dict(few.options) == {"limit": 2}
    for i in range(2):
        (of_all,) = [k for k in range(len(whole)) if np.array_equal(whole.x[k], few.x[i], equal_nan=True)]
        assert not whole.items or whole.items[of_all] == few.items[i]
        assert list(few.factors) == list(whole.factors)
        assert all(few.factors[key][i] == values[of_all] for key, values in whole.factors.items())
        if whole.labels is not None and few.labels is not None:
            assert few.classes[few.labels[i]] == whole.classes[whole.labels[of_all]]


def spoilt(path: Path, near: bytes | int, length: int = 3000) -> Path:
    """With noise over some bytes in its second half."""
    data = bytearray(path.read_bytes())
    at = near if isinstance(near, int) else data.rindex(near)
    data[at : at + length] = np.random.default_rng(1).bytes(length)
    path.write_bytes(data)
    return path


def npz(folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", x=IMAGES, y=LABELS)
    return spoilt(folder / "a.npz", 500_000)


def npz_by_columns(folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", x=np.asfortranarray(IMAGES.transpose(1, 2, 0)), y=LABELS)
    return spoilt(folder / "a.npz", 500_000)


def hdf5(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        kept = file.create_dataset("x", data=IMAGES, chunks=(100, 16, 16), compression="gzip")
        file["y"] = LABELS
        at = kept.id.get_chunk_info(29).byte_offset
    return spoilt(folder / "a.h5", at)


def idx(folder: Path) -> Path:
    for name, values in (("t-images-idx3-ubyte.gz", IMAGES), ("t-labels-idx1-ubyte.gz", LABELS)):
        head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
        (folder / name).write_bytes(gzip.compress(head + values.tobytes()))
    return cut(folder / "t-images-idx3-ubyte.gz")


def cut(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def tar(folder: Path) -> Path:
    with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
        for i, image in enumerate(IMAGES):
            for name, data in ((f"{i:05}.cls", b"%d" % LABELS[i]), (f"{i:05}.png", png(image))):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return cut(folder / "a.tar.gz")


def csv(folder: Path) -> Path:
    text = b"a,b\n" + b"1.5,2.5\n3.5,0.5\n" * 1_500_000
    (folder / "a.csv.gz").write_bytes(gzip.compress(text, 1))
    return cut(folder / "a.csv.gz")


def parquet(folder: Path) -> Path:
    table = pyarrow.table({"a": np.random.default_rng(0).normal(size=200_000), "b": np.arange(200_000)})
    write_table(table, folder / "a.parquet", row_group_size=50_000, compression="gzip")
    return spoilt(folder / "a.parquet", (folder / "a.parquet").stat().st_size * 3 // 4)


def hub(folder: Path) -> Path:
    images = [{"bytes": png(image), "path": f"{i}.png"} for i, image in enumerate(IMAGES)]
    table = pyarrow.table({"image": images, "label": LABELS.tolist()})
    write_table(table, folder / "a.parquet", row_group_size=500, compression="gzip")
    return spoilt(folder / "a.parquet", (folder / "a.parquet").stat().st_size * 3 // 4)


@pytest.mark.parametrize("write", [npz, npz_by_columns, hdf5, idx, tar, csv, parquet, hub])
def test_what_comes_after_the_limit_is_not_read(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    source = write(tmp_path)
    few = read(source, limit=24)
    assert len(few) == 24
    if few.kind == "image":
        assert (few.x[..., 0] == IMAGES[:24]).all()
        assert few.labels is not None
        assert few.labels.tolist() == LABELS[:24].tolist()
    with pytest.raises(ReaderError):
        read(source)


def test_of_several_sources_together_no_more_are_read_either(tmp_path: Path) -> None:
    for i in range(3):
        np.save(tmp_path / f"{i}.npy", IMAGES[100 * i : 100 * i + 50])
    joined = read([tmp_path / f"{i}.npy" for i in range(3)], limit=12)
    assert len(joined) == 12
    assert set(joined.factors["file"].tolist()) == {"0", "1", "2"}


def test_what_is_guessed_of_a_few_is_guessed_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    values = np.zeros((N, 64), np.float32)  # rows of numbers in 0–255, which are pixels, but the first look binary
    values[:, :32], values[50] = 1, 200
    np.savez(tmp_path / "a.npz", x=values)
    assert read(tmp_path / "a.npz", limit=4).x.max() == read(tmp_path / "a.npz").x[:4].max() == 1
