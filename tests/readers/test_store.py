"""Arrays in memory and in files, and a disk that is full."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import store
from vae_desktop.readers.store import Store, file_of


@pytest.mark.parametrize("small", [0, 1 << 30])
def test_empty_and_growing(small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SMALL", small)
    made = Store(tmp_path)
    x = made.empty((5, 3, 2), np.uint16)
    assert not x.any()
    x[2] = 7
    assert (x[2] == 7).all()
    assert (file_of(x) is not None) == (small == 0)
    growing = made.growing((3,), np.float32)
    blocks = [np.random.default_rng(i).normal(size=(i, 3)).astype(np.float32) for i in range(5)]
    for block in blocks:
        growing.append(block)
    whole = growing.array()
    assert growing.n == len(whole) == 10
    assert np.array_equal(whole, np.concatenate(blocks))
    assert made.growing((2, 2), np.uint8).array().shape == (0, 2, 2)


def test_the_file_that_an_array_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SMALL", 0)
    x = Store(tmp_path).empty((6, 4), np.uint8)
    for same in (x, x[:3], x.reshape(4, 6), np.asarray(x)):
        assert file_of(same) == file_of(x)
    for other in (x[1:], x[:, :2], x.T, np.array(x)):
        assert file_of(other) is None


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "SMALL", 0)
    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(ReaderError, match=r"no room for the 1.05 MB"):
        Store(tmp_path).empty((1 << 20,), np.uint8)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_becomes_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("/dev/full").open("w+b", buffering=0)  # noqa: SIM115  # the array closes it
    monkeypatch.setattr(store, "SMALL", 0)
    monkeypatch.setattr(Store, "open", lambda _: file)
    with pytest.raises(ReaderError, match="no room"):
        Store(tmp_path).growing((4,), np.uint8).append(np.zeros((9, 4), np.uint8))
    assert file.closed
