import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read
from vae_desktop.readers.idx import files

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 9, 7), np.uint8)
LABELS = (np.arange(12) % 5).astype(np.uint8)


def idx(x: np.ndarray, code: int = 8, shape: tuple[int, ...] | None = None) -> bytes:
    shape = x.shape if shape is None else shape
    return bytes([0, 0, code, len(shape)]) + np.array(shape, ">u4").tobytes() + x.tobytes()


def write(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder / name


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("train-images-idx3-ubyte", "train-labels.idx1-ubyte"),
    ],
)
def test_images_and_labels_are_found_from_either(tmp_path: Path, images: str, labels: str) -> None:
    image_path, label_path = write(tmp_path, images, idx(IMAGES)), write(tmp_path, labels, idx(LABELS))
    for given in (image_path, label_path):
        data = read(given)
        assert (data.x[..., 0] == IMAGES).all()
        assert data.labels is not None
        assert (data.labels == LABELS).all()
        assert data.classes == ("0", "1", "2", "3", "4")
        assert data.source == str(image_path)
        assert data.notes == (f"took the labels from {labels}",)


def test_labels_may_be_missing_but_images_not(tmp_path: Path) -> None:
    assert read(write(tmp_path, "train-images-idx3-ubyte", idx(IMAGES))).labels is None
    with pytest.raises(ReaderError, match="holds labels only; put the images file"):
        read(write(tmp_path, "t10k-labels-idx1-ubyte", idx(LABELS)))


def test_known_by_its_first_bytes(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, "whatever.bin", idx(IMAGES)))) == 12
    assert len(read(write(tmp_path, "whatever.gz", idx(IMAGES)))) == 12


@pytest.mark.parametrize(("code", "dtype"), [(9, ">i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")])
def test_other_types(tmp_path: Path, code: int, dtype: str) -> None:
    x = RNG.integers(-100, 100, (3, 5, 4)).astype(dtype)
    data = read(write(tmp_path, "x.idx", idx(x, code)))
    assert data.x.dtype == np.float32
    assert (data.x[..., 0] == x).all()


def test_colour(tmp_path: Path) -> None:
    x = RNG.integers(0, 256, (3, 5, 4, 3), np.uint8)
    assert (read(write(tmp_path, "x.idx", idx(x))).x == x).all()


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
@pytest.mark.parametrize("change", [-1, -600, 1, 5000])
def test_refuses_the_wrong_length(tmp_path: Path, name: str, change: int) -> None:
    data = idx(IMAGES)
    path = write(tmp_path, name, data[:change] if change < 0 else data + bytes(change))
    with pytest.raises(ReaderError, match="cut short" if change < 0 else "goes on after the 756 bytes it promises"):
        read(path)


def test_refuses_a_cut_gzip(tmp_path: Path) -> None:
    path = write(tmp_path, "train-images-idx3-ubyte.gz", idx(IMAGES))
    whole = path.read_bytes()
    for length in (1, 5, 12, len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:length])
        with pytest.raises(ReaderError, match=r"cut short|damaged"):
            read(path)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
def test_a_header_of_terabytes_costs_nothing(tmp_path: Path, name: str) -> None:
    for shape in ((4_000_000_000, 28, 28), (2**32 - 1,) * 3, (1_000_000, 10, 10)):
        # Random bytes, so that gzip could not hide much more.
        path = write(tmp_path, name, idx(RNG.integers(0, 256, 300_000, np.uint8), shape=shape))
        tracemalloc.start()
        with pytest.raises(ReaderError, match=r"promises|cut short"):
            read(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8e6


def test_refuses_labels_that_do_not_fit(tmp_path: Path) -> None:
    path = write(tmp_path, "train-images-idx3-ubyte", idx(IMAGES))
    write(tmp_path, "train-labels-idx1-ubyte", idx(LABELS[:5]))
    with pytest.raises(ReaderError, match="train-labels-idx1-ubyte: holds 5 labels for the 12 images"):
        read(path)
    write(tmp_path, "train-labels-idx1-ubyte", idx(LABELS)[:-2])
    with pytest.raises(ReaderError, match="train-labels-idx1-ubyte: promises 12 values"):
        read(path)


def test_refuses_no_items(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="holds no items"):
        read(write(tmp_path, "x.idx", idx(IMAGES[:0])))


def test_colour_images_and_their_labels_find_one_another(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (10, 9, 9, 3), np.uint8)
    head = bytes([0, 0, 8, 4]) + np.array(x.shape, ">u4").tobytes()
    (tmp_path / "t-images-idx4-ubyte").write_bytes(head + x.tobytes())
    labels = bytes([0, 0, 8, 1]) + np.array([10], ">u4").tobytes() + bytes(range(10))
    (tmp_path / "t-labels-idx1-ubyte").write_bytes(labels)
    for name in ("t-images-idx4-ubyte", "t-labels-idx1-ubyte"):
        data = read(tmp_path / name)
        assert (data.x == x).all()
        assert data.labels is not None
        assert data.labels.tolist() == list(range(10))
        assert {file.name for file in files(str(tmp_path / name))} == {"t-images-idx4-ubyte", "t-labels-idx1-ubyte"}
