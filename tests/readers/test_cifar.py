"""CIFAR's binary files are read; its pickles are refused, and never opened."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
TEN = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def batch(path: Path, n: int, labels: int = 1) -> np.ndarray:
    rows = RNG.integers(0, 256, (n, labels + 3072), np.uint8)
    rows[:, labels - 1] = np.arange(n) % 10
    rows[:, : labels - 1] = (np.arange(n) % 3)[:, None]
    path.write_bytes(rows.tobytes())
    return rows[:, labels:].reshape(n, 3, 32, 32).transpose(0, 2, 3, 1)


def test_a_batch_with_its_classes(tmp_path: Path) -> None:
    images = batch(tmp_path / "data_batch_1.bin", 20)
    (tmp_path / "batches.meta.txt").write_text("\n".join([*TEN, ""]))
    data = read(tmp_path / "data_batch_1.bin")
    assert (data.x == images).all()
    assert data.classes == tuple(TEN)
    assert data.labels is not None
    assert (data.labels == np.arange(20) % 10).all()


def test_batches_together_and_their_folder(tmp_path: Path) -> None:
    one, two, test = (
        batch(tmp_path / f"{name}.bin", n)
        for name, n in (("data_batch_1", 12), ("data_batch_2", 11), ("test_batch", 10))
    )
    both = read([tmp_path / "data_batch_1.bin", tmp_path / "data_batch_2.bin"])
    assert (both.x == np.concatenate([one, two])).all()
    assert (read(tmp_path).x == np.concatenate([one, two, test])).all()
    assert read(tmp_path).classes == tuple("0123456789")


def test_a_hundred_classes(tmp_path: Path) -> None:
    images = batch(tmp_path / "train.bin", 12, 2)
    (tmp_path / "fine_label_names.txt").write_text("\n".join(TEN))
    (tmp_path / "coarse_label_names.txt").write_text("sea\nland\nair\n")
    data = read(tmp_path / "train.bin")
    assert (data.x == images).all()
    assert data.classes == tuple(TEN)
    assert data.factors["coarse"].tolist() == ["sea", "land", "air"] * 4
    assert set(read(tmp_path / "train.bin", labels="coarse").classes) == {"sea", "land", "air"}


def test_refuses_what_is_cut(tmp_path: Path) -> None:
    batch(tmp_path / "test_batch.bin", 3)
    whole = (tmp_path / "test_batch.bin").read_bytes()
    for length in (0, 100, len(whole) - 1):
        (tmp_path / "test_batch.bin").write_bytes(whole[:length])
        with pytest.raises(ReaderError, match=r"bytes are not items of 3,073 each; fetch it again from .*cifar\.html"):
            read(tmp_path / "test_batch.bin")


class Trap:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch", "batches.meta", "x.pkl", "y.pickle", "z.PKL"])
def test_pickles_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ReaderError, match="a Python pickle, which could run code when opened; save it as") as caught:
        read(tmp_path / name)
    assert ("cifar.html" in str(caught.value)) == ("batch" in name)
    assert not (tmp_path / "sprung").exists()


def test_a_folder_of_pickles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ReaderError, match=r"data_batch_1: a Python pickle.*CIFAR's binary version is at https://"):
        read(tmp_path)
