"""MATLAB files, of version 7.3 and before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from tests.readers.test_named import mat73
from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (12, 11, 3, 20), np.uint8)  # (H, W, C, N), as Street View House Numbers
LABELS = np.arange(20) % 10 + 1


@pytest.mark.parametrize("version", ["5", "5 packed", "7.3"])
@pytest.mark.parametrize("column", [True, False])
def test_house_numbers(tmp_path: Path, version: str, column: bool) -> None:
    arrays = {"X": COLOURS, "y": LABELS[:, None].astype(np.uint8) if column else LABELS[None].astype(float)}
    if version == "7.3":
        path = mat73(tmp_path, arrays)
    else:
        path = tmp_path / "x.mat"
        scipy.io.savemat(path, arrays, do_compression=version == "5 packed")
    data = read(path)
    assert (data.x == COLOURS.transpose(3, 0, 1, 2)).all()
    assert data.classes == tuple(map(str, range(1, 11)))
    assert data.labels is not None
    assert (data.labels == LABELS - 1).all()
    assert "its shape 12 × 11 × 3 × 20 was taken as (H, W, C, N)" in data.notes
    assert (read(path, size="8x6").x.shape) == (20, 6, 8, 3)


def test_items_in_columns_as_many_as_there_are_labels(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (784, 20), np.uint8)
    scipy.io.savemat(tmp_path / "mnist.mat", {"data": pixels, "label": LABELS[None].astype(float)})
    data = read(tmp_path / "mnist.mat")
    assert (data.x.reshape(20, -1) == pixels.T).all()
    assert len(data.classes) == 10


@pytest.mark.parametrize("version", ["4", "5"])
def test_numbers_are_a_table(tmp_path: Path, version: str) -> None:
    x = RNG.normal(size=(20, 5))
    scipy.io.savemat(tmp_path / "x.mat", {"X": x, "y": LABELS.astype(float)}, format=version)
    data = read(tmp_path / "x.mat")
    assert (data.x == x.astype(np.float32)).all()
    assert len(data.classes) == 10


def test_truth_values(tmp_path: Path) -> None:
    masks = RNG.random((12, 12, 20)) > 0.5
    scipy.io.savemat(tmp_path / "x.mat", {"masks": masks})
    plain = read(tmp_path / "x.mat")
    (tmp_path / "new").mkdir()
    for data in (plain, read(mat73(tmp_path / "new", {"masks": masks}))):
        assert (data.x[..., 0] == masks.transpose(2, 0, 1) * 255).all()


def test_structs_cells_and_texts_are_left_out(tmp_path: Path) -> None:
    other = {"s": {"X": COLOURS}, "c": np.array([COLOURS, 1], dtype=object), "t": "text", "e": scipy.sparse.eye(5)}
    scipy.io.savemat(tmp_path / "x.mat", {**other, "faces": COLOURS})
    assert len(read(tmp_path / "x.mat")) == 20
    scipy.io.savemat(tmp_path / "x.mat", other)
    with pytest.raises(ReaderError, match=r"holds no arrays; save matrices of numbers in it \(not structs, cells"):
        read(tmp_path / "x.mat")


def test_what_is_packed_far_too_well_is_refused(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "x.mat", {"X": np.zeros((10_000, 2000), np.uint8)}, do_compression=True)
    with pytest.raises(ReaderError, match=r"::X: unpacks to 160 MB, far more than the file is; save it with -v7\.3"):
        read(tmp_path / "x.mat")


@pytest.mark.parametrize("data", [b"", b"MATLAB 5.0 MAT-file".ljust(128), b"no such thing" * 50])
def test_refuses_other_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.mat").write_bytes(data)
    with pytest.raises(ReaderError, match=r"x\.mat: (not a MATLAB file, cut short or damaged|holds no arrays)"):
        read(tmp_path / "x.mat")
