"""What is written in any format is read as it was: items, classes, and which of them belongs to which."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING
from zipfile import ZipFile

import h5py
import numpy as np
import pyarrow
import pytest
import scipy.io
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pyarrow.parquet import write_table
from safetensors.numpy import save_file

from tests.readers.samples import png
from tests.readers.test_named import mat73
from vae_desktop.core.values import Dataset
from vae_desktop.export.datasets import export
from vae_desktop.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[[Path, np.ndarray, np.ndarray], Path]

CLASSES = ("0", "1", "2")


def npz(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    np.savez_compressed(folder / "a.npz", images=x, labels=y)
    return folder / "a.npz"


def npz_by_columns(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    np.savez(folder / "a.npz", images=np.asfortranarray(x), labels=y.astype(">i4"))
    return folder / "a.npz"


def npz_of_the_other_end(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    np.savez(folder / "a.npz", images=x.astype(x.dtype.newbyteorder(">")), labels=y.astype(float)[:, None])
    return folder / "a.npz"


def exported(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    export(Dataset("image", x if x.ndim == 4 else x[..., None], y, CLASSES), folder / "a.npz")
    return folder / "a.npz"


def hdf5(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        chunks = (2, *(max(1, n // 2) for n in x.shape[1:]))
        file.create_dataset("images", data=x, chunks=chunks, compression="gzip", fletcher32=True)
        file["labels"] = [CLASSES[i] for i in y]
    return folder / "a.h5"


def matlab(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    scipy.io.savemat(folder / "a.mat", {"X": np.moveaxis(x, 0, -1), "y": y.astype(float)}, do_compression=True)
    return folder / "a.mat"


def matlab_73(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    return mat73(folder, {"X": np.moveaxis(x, 0, -1), "y": y.astype(float)})


def safetensors(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    save_file({"images": np.ascontiguousarray(x), "labels": y}, folder / "a.safetensors")
    return folder / "a.safetensors"


def tensors(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    torch.save((torch.from_numpy(x), torch.from_numpy(y)), folder / "a.pt")
    return folder / "a.pt"


def a_list_of_tensors(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    torch.save({"images": torch.from_numpy(x).unsqueeze(0)[0].clone(), "y": torch.from_numpy(y)}, folder / "a.pth")
    return folder / "a.pth"


def idx(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    for name, values in (("images", x), ("labels", y.astype(np.uint8))):
        head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
        data = gzip.compress(head + values.tobytes())
        (folder / f"t-{name}-idx{values.ndim}-ubyte.gz").write_bytes(data)
    return folder / "t-labels-idx1-ubyte.gz"


def cifar(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    rows = np.hstack([y[:, None].astype(np.uint8), x.transpose(0, 3, 1, 2).reshape(len(x), -1)])
    (folder / "test_batch.bin").write_bytes(rows.tobytes())
    return folder / "test_batch.bin"


def named(x: np.ndarray, y: np.ndarray) -> list[tuple[str, int, bytes]]:
    """Pictures in the order in which they are read, and their classes."""
    return [(f"{i:03}", k, png(image)) for i, (image, k) in enumerate(zip(x, y.tolist(), strict=True))]


def folder_with_table(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    for name, _, data in named(x, y):
        (folder / f"{name}.png").write_bytes(data)
    told = [f"{name}.png,{k}" for name, k, _ in reversed(named(x, y))]
    (folder / "labels.csv").write_text("\n".join(["file,label", *told]))
    return folder


def tiff(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    first, *more = [Image.fromarray(image) for image in x]
    first.save(folder / "a.tif", save_all=True, append_images=more, compression="tiff_lzw")
    return folder / "a.tif"


def zipped(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    with ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("in/metadata.csv", "\n".join(["file_name,class", *(f"{n},{k}" for n, k, _ in named(x, y))]))
        for name, _, data in reversed(named(x, y)):
            archive.writestr(f"in/{name}.png", data)
    return folder / "a.zip"


def tarred(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    with tarfile.open(folder / "a.tar.xz", "w:xz") as archive:
        for name, k, data in named(x, y):
            for ending, part in (("json", json.dumps({"label": k}).encode()), ("png", data)):
                member = tarfile.TarInfo(f"{name}.{ending}")
                member.size = len(part)
                archive.addfile(member, io.BytesIO(part))
    return folder / "a.tar.xz"


def parquet(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    images = [{"bytes": data, "path": None} for _, _, data in named(x, y)]
    write_table(pyarrow.table({"image": images, "label": y}), folder / "a.parquet", row_group_size=3)
    return folder / "a.parquet"


def csv(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    titles = ",".join(["label", *(f"{r}x{c}" for r in range(1, x.shape[1] + 1) for c in range(1, x.shape[2] + 1))])
    rows = np.hstack([y[:, None], x.reshape(len(x), -1)])
    np.savetxt(folder / "a.csv", rows, "%d", ",", header=titles, comments="")
    return folder / "a.csv"


ARRAYS = [
    npz, npz_by_columns, npz_of_the_other_end, exported, hdf5, matlab, matlab_73, safetensors, tensors,
    a_list_of_tensors,
]  # fmt: skip
PICTURES = [folder_with_table, zipped, tarred, parquet]
GREY, COLOUR = (9, 12), (9, 12, 3)
CASES = [
    *((write, shape, dtype) for write in ARRAYS for shape in (GREY, COLOUR) for dtype in (np.uint8, np.float32)),
    *((write, GREY, np.uint16) for write in ARRAYS),
    *((write, shape, np.uint8) for write in (*PICTURES, idx, tiff) for shape in (GREY, COLOUR)),
    *((write, GREY, np.uint16) for write in (*PICTURES, tiff)),
    (cifar, (32, 32, 3), np.uint8),
    (csv, GREY, np.uint8),
]


@pytest.mark.parametrize(("write", "shape", "dtype"), CASES)
@settings(max_examples=3, deadline=None, database=None, phases=[Phase.generate])
@given(data=st.data())
def test_images_and_their_classes(
    tmp_path_factory: pytest.TempPathFactory, write: Write, shape: tuple[int, ...], dtype: type, data: st.DataObject
) -> None:
    n = data.draw(st.sampled_from([7, 14] if write in (matlab, matlab_73) else [7, 9, 12, 14]), "items")
    noise = np.random.default_rng(data.draw(st.integers(0, 99), "seed"))
    values = noise.random((n, *shape)) if dtype is np.float32 else noise.integers(0, np.iinfo(dtype).max, (n, *shape))
    x = values.astype(dtype)
    x[0].flat[:3] = (0, 1, 1) if dtype is np.float32 else (0, 200, np.iinfo(dtype).max)
    y = data.draw(arrays(np.int64, n - 3, elements=st.integers(0, 2)), "labels")
    y = np.concatenate([[0, 1, 2], y]).astype(np.int32)
    path = write(tmp_path_factory.mktemp("round"), x, y)
    for limit in (0, 5):
        found = read(path, limit=limit)
        kept = np.linspace(0, n - 1, 5).round().astype(int) if limit and write in (folder_with_table, zipped) else None
        items, labels = (part[:limit] if limit and kept is None else part for part in (x, y))
        items, labels = (items, labels) if kept is None else (x[kept], y[kept])
        assert found.x.dtype == dtype
        assert np.array_equal(found.x.reshape(items.shape), items)
        if write is not tiff:
            assert found.labels is not None
            assert [found.classes[k] for k in found.labels] == [CLASSES[k] for k in labels]
        assert not found.skipped


@pytest.mark.parametrize("write", [*ARRAYS[:3], hdf5, matlab, matlab_73, safetensors, tensors])
@settings(max_examples=3, deadline=None, database=None, phases=[Phase.generate])
@given(bad=st.sets(st.integers(3, 11), min_size=1, max_size=5))
def test_what_is_left_out_takes_its_class_with_it(
    tmp_path_factory: pytest.TempPathFactory, write: Write, bad: set[int]
) -> None:
    x = np.random.default_rng(0).random((12, *COLOUR), np.float32)
    y = (np.arange(12) % 3).astype(np.int32)
    x[sorted(bad), 2, 3] = np.nan
    found = read(write(tmp_path_factory.mktemp("round"), x, y))
    good = [i for i in range(12) if i not in bad]
    assert np.array_equal(found.x, x[good])
    assert found.labels is not None
    assert [found.classes[k] for k in found.labels] == [CLASSES[y[i]] for i in good]
    assert [item for item, _ in found.skipped] == [f"#{i}" for i in sorted(bad)]
    assert list(found.items) == [f"#{i}" for i in good]
