"""PyTorch's files: tensors are read, code never."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = torch.randint(0, 256, (20, 9, 7), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(20) % 3


def pt(folder: Path, found: Any, zipped: bool = True) -> Path:
    torch.save(found, folder / "x.pt", _use_new_zipfile_serialization=zipped)
    return folder / "x.pt"


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("shape", ["tensor", "tuple", "dict", "nested", "items"])
def test_what_people_save(tmp_path: Path, zipped: bool, shape: str) -> None:
    found: Any = {
        "tensor": IMAGES,
        "tuple": (IMAGES, LABELS),  # as MNIST's training.pt
        "dict": {"data": IMAGES, "targets": LABELS, "epoch": 3},
        "nested": {"train": {"x": IMAGES, "y": LABELS}, "test": {"x": IMAGES[:3], "y": LABELS[:3]}},
        "items": list(IMAGES),
    }[shape]
    data = read(pt(tmp_path, found, zipped))
    assert (data.x[..., 0] == IMAGES.numpy()).all()
    if shape in ("tuple", "dict", "nested"):
        assert data.labels is not None
        assert (data.labels == LABELS.numpy()).all()
    if shape == "nested":
        assert len(read(f"{tmp_path / 'x.pt'}::test/x")) == 3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int32, torch.float8_e5m2])
def test_types(tmp_path: Path, dtype: torch.dtype) -> None:
    x = torch.randn(6, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    assert (read(pt(tmp_path, x)).x == x.float().numpy()).all()


def test_gradients_views_and_other_layouts(tmp_path: Path) -> None:
    x = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert (read(pt(tmp_path, {"x": x.T, "s": torch.eye(3).to_sparse(), "c": x + 1j})).x == x.detach().T.numpy()).all()


class Trap:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    monkeypatch.chdir(tmp_path)
    for found in (Trap(), {"x": IMAGES, "trap": Trap()}, torch.nn.Linear(2, 2)):
        with pytest.raises(ReaderError, match="holds Python objects, which could run code: save plain tensors"):
            read(pt(tmp_path, found, zipped))
    assert not (tmp_path / "sprung").exists()


def test_a_networks_weights_are_no_data(tmp_path: Path) -> None:
    for found in (torch.nn.Linear(4, 4).state_dict(), {"model": torch.nn.Linear(4, 4).state_dict(), "epoch": 3}):
        with pytest.raises(ReaderError, match="holds the weights of a network"):
            read(pt(tmp_path, found))


def test_a_few_values_that_promise_many(tmp_path: Path) -> None:
    path = pt(tmp_path, torch.zeros(1).expand(10**6, 10**6))
    with pytest.raises(ReaderError, match=r"promises \(1000000, 1000000\), 4 TB, but holds 4 bytes"):
        read(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x02.", b"no such thing" * 50])
def test_refuses_other_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.pt").write_bytes(data)
    with pytest.raises(ReaderError, match=r"x\.pt: (the file is empty|not a file of PyTorch's|holds)"):
        read(tmp_path / "x.pt")
    assert np.fromfile(tmp_path / "x.pt", np.uint8).tobytes() == data
