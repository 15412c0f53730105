"""Arrays in safetensors files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read, safetensors_arrays

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"])
def test_types(tmp_path: Path, dtype: str) -> None:
    x = RNG.integers(0, 2, (6, 9, 7)).astype(dtype)
    x[0, 0, 0] = 1
    safetensors.numpy.save_file({"x": x}, tmp_path / "x.safetensors")
    data = read(tmp_path / "x.safetensors")
    assert (data.x[..., 0] > 0).tolist() == (x > 0).tolist()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2])
def test_types_that_numpy_has_not(tmp_path: Path, dtype: torch.dtype) -> None:
    x = torch.randn(6, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    safetensors.torch.save_file({"x": x}, tmp_path / "x.safetensors")
    assert (read(tmp_path / "x.safetensors").x == x.float().numpy()).all()


def test_a_small_one_may_be_written_anew_while_it_is_open(tmp_path: Path) -> None:
    images = RNG.integers(0, 256, (6, 9, 7), np.uint8)
    safetensors.numpy.save_file({"x": images}, tmp_path / "x.safetensors")
    x = read(tmp_path / "x.safetensors").x
    (tmp_path / "x.safetensors").write_bytes(b"")
    assert (x[..., 0] == images).all()


def test_it_is_mapped_and_never_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safetensors_arrays, "SMALL", 0)
    path = tmp_path / "x.safetensors"
    safetensors.numpy.save_file({"x": RNG.integers(0, 2, (6, 9, 7), np.uint8)}, path)
    before = path.read_bytes()
    assert read(path).x.max() == 255
    assert path.read_bytes() == before
    safetensors.numpy.save_file({"x": RNG.integers(0, 256, (6, 9, 7), np.uint8)}, path)
    x = read(path).x
    while x.base is not None and not isinstance(x, np.memmap):
        x = x.base
    assert isinstance(x, np.memmap)


def test_refuses_what_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    safetensors.numpy.save_file({"x": RNG.integers(0, 256, (6, 9, 7), np.uint8)}, path)
    whole = path.read_bytes()
    for length in (0, 4, 20, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ReaderError, match=r"x\.safetensors: not a safetensors file, cut short or damaged"):
            read(path)
