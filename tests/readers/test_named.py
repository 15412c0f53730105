"""What files of several arrays have in common: which holds the items, which the classes, which the factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import safetensors.torch
import scipy.io
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Guess
from vae_desktop.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (10, 9, 7), np.uint8)
Arrays = dict[str, np.ndarray]


def npz(folder: Path, arrays: Arrays) -> Path:
    np.savez(folder / "x.npz", **arrays)
    return folder / "x.npz"


def hdf5(folder: Path, arrays: Arrays) -> Path:
    with h5py.File(folder / "x.h5", "w") as file:
        for name, values in arrays.items():
            file[name] = values.tolist() if values.dtype.kind == "U" else values
    return folder / "x.h5"


def mat(folder: Path, arrays: Arrays) -> Path:
    scipy.io.savemat(folder / "x.mat", arrays)
    return folder / "x.mat"


def mat73(folder: Path, arrays: Arrays) -> Path:
    """As MATLAB writes it: its first axis is HDF5's last, and vectors are matrices."""
    with h5py.File(folder / "x.mat", "w", userblock_size=512) as file:
        for name, values in arrays.items():
            matrix = values[None] if values.ndim == 1 else values
            file[name] = matrix.T
            kind = {"float64": "double", "float32": "single", "bool": "logical"}.get(
                str(values.dtype), str(values.dtype)
            )
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
    with (folder / "x.mat").open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    return folder / "x.mat"


def safe(folder: Path, arrays: Arrays) -> Path:
    tensors = {name: torch.from_numpy(values.copy()) for name, values in arrays.items()}
    safetensors.torch.save_file(tensors, folder / "x.safetensors")
    return folder / "x.safetensors"


def pt(folder: Path, arrays: Arrays) -> Path:
    torch.save({name: torch.from_numpy(values.copy()) for name, values in arrays.items()}, folder / "x.pt")
    return folder / "x.pt"


FORMATS = [npz, hdf5, mat, mat73, safe, pt]
everywhere = pytest.mark.parametrize("write", FORMATS)


@everywhere
def test_items_classes_and_factors(tmp_path: Path, write: Callable[[Path, Arrays], Path]) -> None:
    labels = np.array([3, 3, 5, 5, 3, 3, 3, 3, 3, 5])
    angle, pair = RNG.random(10), RNG.random((10, 2))
    path = write(tmp_path, {"images": IMAGES, "labels": labels, "angle": angle, "pair": pair, "few": RNG.random(3)})
    data = read(path)
    assert (data.x[..., 0] == IMAGES).all()
    assert data.classes == ("3", "5")
    assert data.labels is not None
    assert data.labels.tolist() == (labels == 5).astype(int).tolist()
    assert set(data.factors) == {"angle", "pair 1", "pair 2"}
    assert (data.factors["angle"] == angle).all()
    assert (data.factors["pair 2"] == pair[:, 1]).all()
    assert data.notes[0].startswith("took the array images (10, 9, 7) uint8")
    assert data.notes[1] == "took the labels from labels"
    known = {guess.option: guess for guess in data.guesses}
    assert known["array"] == Guess("array", "images", known["array"].choices)
    assert set(known["array"].choices) == {"images", "pair"}
    assert known["labels"].value == "labels"
    assert {"labels", "none"} <= set(known["labels"].choices)
    assert "angle" not in known["labels"].choices  # it measures


@everywhere
def test_what_was_guessed_can_be_changed(tmp_path: Path, write: Callable[[Path, Arrays], Path]) -> None:
    other = np.arange(10) % 2
    table = RNG.normal(size=(10, 3))
    path = write(tmp_path, {"images": IMAGES, "labels": np.arange(10), "other": other, "table": table})
    assert read(path, labels="other").classes == ("0", "1")
    assert read(path, labels="none").labels is None
    for data in (read(path, array="table"), read(f"{path}::table")):
        assert (data.x == table.astype(np.float32)).all()
        assert len(data.classes) == 10
    with pytest.raises(ReaderError, match=r"labels=nothing: there is no such column; choose one of .*other"):
        read(path, labels="nothing")
    with pytest.raises(ReaderError, match="holds no array 'nothing'; it holds"):
        read(path, array="nothing")


@everywhere
def test_one_hot_rows_are_classes(tmp_path: Path, write: Callable[[Path, Arrays], Path]) -> None:
    numbers = np.array([0, 1, 2, 2, 1, 0, 0, 0, 1, 2])
    data = read(write(tmp_path, {"x": IMAGES, "y": np.eye(3)[numbers]}))
    assert data.labels is not None
    assert data.labels.tolist() == numbers.tolist()
    assert data.classes == ("0", "1", "2")
    assert not data.factors


@pytest.mark.parametrize("write", [npz, hdf5])
@pytest.mark.parametrize("first", [0, 1])
def test_classes_have_the_names_beside_them(tmp_path: Path, write: Callable[[Path, Arrays], Path], first: int) -> None:
    names = np.array(["cat", "dog", "ibis"])
    data = read(write(tmp_path, {"x": IMAGES, "y": np.arange(10) % 3 + first, "label_names": names}))
    assert data.classes == ("cat", "dog", "ibis")
    assert "took the classes' names from label_names" in data.notes


@pytest.mark.parametrize("write", [npz, hdf5])
def test_columns_have_the_names_beside_them(tmp_path: Path, write: Callable[[Path, Arrays], Path]) -> None:
    arrays = {"data": RNG.normal(size=(10, 3)), "target": np.arange(10) % 2, "feature_names": np.array(["a", "b", "c"])}
    data = read(write(tmp_path, arrays))
    assert [column.name for column in data.columns] == ["a", "b", "c"]
    assert data.classes == ("0", "1")


@everywhere
def test_a_networks_weights_are_no_data(tmp_path: Path, write: Callable[[Path, Arrays], Path]) -> None:
    path = write(
        tmp_path,
        {"fc/weight": RNG.random((4, 4)), "fc/bias": RNG.random(4)} if write is not mat else {"weight": IMAGES},
    )
    with pytest.raises(ReaderError, match="holds the weights of a network"):
        read(path)


@everywhere
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_is_read(tmp_path: Path, write: Callable[[Path, Arrays], Path], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([np.uint8, np.float32, np.float64]))
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=7))
    elements = st.integers(0, 255) if kind is np.uint8 else st.floats(-1e6, 1e6, width=32)
    x = data.draw(hnp.arrays(kind, shape, elements=elements))
    found = read(write(tmp_path, {"x": x}))
    assert found.kind == "table"
    assert (found.x == x.astype(np.float32)).all()


def test_names_of_several_lines_are_told_in_one(tmp_path: Path) -> None:
    for write in (npz, hdf5, safe, pt):
        with pytest.raises(ReaderError, match="holds no array 'x'; it holds a\\?b ") as caught:
            read(write(tmp_path, {"a\nb": IMAGES}), array="x")
        assert "\n" not in str(caught.value)
        assert len(read(write(tmp_path, {"a\nb": IMAGES}))) == 10


def dsprites() -> tuple[np.ndarray, np.ndarray]:
    images = np.zeros((12, 64, 64), np.uint8)
    images[:, 20:40, 20:40] = 1
    values = np.column_stack([np.ones(12), np.arange(12) % 3 + 1, *RNG.random((4, 12))])
    return images, values


def check_dsprites(path: Path, values: np.ndarray) -> None:
    data = read(path)
    assert data.x.shape == (12, 64, 64, 1)
    assert data.x.max() == 255
    assert list(data.factors) == ["color", "shape", "scale", "orientation", "posX", "posY"]
    assert (np.column_stack(list(data.factors.values())) == values).all()
    assert data.classes == ("square", "ellipse", "heart")
    assert data.labels is not None
    assert (data.labels == values[:, 1] - 1).all()


def test_dsprites(tmp_path: Path) -> None:
    images, values = dsprites()
    # Its description is pickled, and stays so.
    about = np.array({"author": "lmatthey"}, dtype=object)
    classes = values.astype(np.int64)
    np.savez_compressed(tmp_path / "d.npz", imgs=images, latents_values=values, latents_classes=classes, metadata=about)
    check_dsprites(tmp_path / "d.npz", values)
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["imgs"], file["latents/values"], file["latents/classes"] = images, values, classes
    check_dsprites(tmp_path / "d.h5", values)


def test_3d_shapes(tmp_path: Path) -> None:
    images = RNG.integers(0, 256, (8, 64, 64, 3), np.uint8)
    labels = np.column_stack([*RNG.random((4, 8)), np.arange(8) % 4, RNG.random(8)])
    with h5py.File(tmp_path / "3dshapes.h5", "w") as file:
        file.create_dataset("images", data=images, chunks=(1, 64, 64, 3), compression="gzip")
        file["labels"] = labels
    data = read(tmp_path / "3dshapes.h5")
    assert (data.x == images).all()
    names = ["floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation"]
    assert list(data.factors) == names
    assert (data.factors["orientation"] == labels[:, 5]).all()
    assert data.classes == ("0", "1", "2", "3")
    assert data.labels is not None
    assert (data.labels == labels[:, 4]).all()
    assert read(tmp_path / "3dshapes.h5", labels="none").labels is None


def test_names_of_classes_are_no_labels_of_channels(tmp_path: Path) -> None:
    images = RNG.integers(0, 256, (60, 28, 28, 3), np.uint8)
    data = read(npz(tmp_path, {"images": images, "class_names": np.array(["a", "b", "c"])}))
    assert (data.x == images).all()
    assert data.labels is None


def test_names_of_items_are_none_of_columns(tmp_path: Path) -> None:
    x, names = RNG.normal(size=(5, 20)), np.array([f"item {i}" for i in range(20)])
    data = read(npz(tmp_path, {"x": x, "labels": np.arange(20) % 3, "names": names}))
    assert (data.x == x.T.astype(np.float32)).all()
    assert [column.name for column in data.columns] == [f"column {i + 1}" for i in range(5)]
    assert data.factors["names"].tolist() == names.tolist()
