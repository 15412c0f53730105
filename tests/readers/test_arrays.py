import os
import tracemalloc
import zipfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Guess
from vae_desktop.readers import arrays, read

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (10, 9, 7), np.uint8)


def npy(folder: Path, x: np.ndarray) -> Path:
    np.save(folder / "x.npy", x)
    return folder / "x.npy"


def npz(folder: Path, **arrays: object) -> Path:
    np.savez(folder / "x.npz", **arrays)
    return folder / "x.npz"


@pytest.mark.parametrize(
    ("shape", "kind", "result"),
    [
        ((4, 9, 7), "image", (4, 9, 7, 1)),
        ((4, 9, 7, 1), "image", (4, 9, 7, 1)),
        ((4, 9, 7, 3), "image", (4, 9, 7, 3)),
        ((4, 1, 9, 7), "image", (4, 9, 7, 1)),
        ((4, 3, 9, 7), "image", (4, 9, 7, 3)),
        ((1, 9, 7), "image", (1, 9, 7, 1)),
        ((4, 784), "image", (4, 28, 28, 1)),
        ((4, 49), "table", (4, 49)),
        ((4, 65), "table", (4, 65)),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("packed", [False, True])
def test_layouts(
    tmp_path: Path, shape: tuple[int, ...], kind: str, result: tuple[int, ...], order: str, packed: bool
) -> None:
    x = np.asarray(RNG.integers(0, 256, shape, np.uint8), order=order)
    data = read(npz(tmp_path, x=x) if packed else npy(tmp_path, x))
    assert (data.kind, data.x.shape) == (kind, result)
    assert data.x.dtype == (np.uint8 if kind == "image" else np.float32)
    flat = x.transpose(0, 2, 3, 1) if x.ndim == 4 and shape[1] in (1, 3) else x
    assert (data.x.reshape(4 if shape[0] == 4 else 1, -1) == flat.reshape(shape[0], -1)).all()
    assert bool(data.notes) == (shape == (4, 784))


@pytest.mark.parametrize(
    ("dtype", "top", "result", "white"),
    [
        (np.bool_, 2, np.uint8, 255),
        (np.uint8, 2, np.uint8, 255),
        (np.int64, 2, np.uint8, 255),
        (np.int64, 256, np.uint8, 1),
        ("<i2", 256, np.uint8, 1),
        (">i4", 65536, np.uint16, 1),
        (">u2", 65536, np.uint16, 1),
        (np.int64, 10**6, np.float32, 1),
        (np.float64, 2, np.float32, 1),
        (np.float16, 100, np.float32, 1),
        (">f4", 100, np.float32, 1),
    ],
)
def test_types(tmp_path: Path, dtype: str, top: int, result: type, white: int) -> None:
    x = RNG.integers(0, top, (5, 12, 11)).astype(dtype)
    x[0, 0, 0] = top - 1
    data = read(npy(tmp_path, x))
    assert data.x.dtype == result
    assert (data.x[..., 0] == x.astype(np.float64) * white).all()
    changed = white == 255 or (x.dtype.kind in "iu" and result != x.dtype.newbyteorder("="))
    assert len(data.notes) == changed


def test_a_small_npy_may_be_written_anew_while_it_is_open(tmp_path: Path) -> None:
    path = npy(tmp_path, IMAGES)
    x = read(path).x
    path.write_bytes(b"")
    assert (x[..., 0] == IMAGES).all()


def test_a_npy_is_mapped_and_never_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "SMALL", 0)
    path = npy(tmp_path, (IMAGES > 100).astype(np.uint8))
    before = path.read_bytes()
    assert read(path).x.max() == 255
    assert path.read_bytes() == before
    x = read(npy(tmp_path, IMAGES)).x
    while x.base is not None and not isinstance(x, np.memmap):
        x = x.base
    assert isinstance(x, np.memmap)


def test_nan_is_skipped_and_counted(tmp_path: Path) -> None:
    x = RNG.random((6, 5, 4))
    x[1, 2, 3], x[4, 0, 0] = np.nan, np.inf
    data = read(npz(tmp_path, images=x, labels=np.arange(6), angle=np.arange(6) / 7))
    assert data.skipped == (("#1", "holds NaN or infinite values"), ("#4", "holds NaN or infinite values"))
    assert data.items == ("#0", "#2", "#3", "#5")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 2, 3, 5]
    assert (data.x[..., 0] == x[[0, 2, 3, 5]].astype(np.float32)).all()
    assert data.factors["angle"].tolist() == [0, 2 / 7, 3 / 7, 5 / 7]
    with pytest.raises(ReaderError, match="every item holds NaN"):
        read(npy(tmp_path, np.full((3, 4, 4), np.nan)))


def test_a_table_of_floats(tmp_path: Path) -> None:
    x = RNG.normal(size=(8, 64))
    data = read(npy(tmp_path, x))
    assert data.kind == "table"
    assert (data.x == x.astype(np.float32)).all()
    assert [column.name for column in data.columns[:2]] == ["column 1", "column 2"]


def test_the_largest_well_known_array_with_its_own_labels(tmp_path: Path) -> None:
    path = npz(
        tmp_path,
        x_test=IMAGES[:4],
        x_train=IMAGES,
        y_test=np.arange(4),
        y_val=np.zeros(10, int),
        y_train=np.array([3, 3, 5, 5, -1, 0, 0, 0, 0, 0]),
        other=RNG.random((3, 3)),
    )
    data = read(path)
    assert len(data) == 10
    assert data.classes == ("0", "3", "5")
    assert data.labels is not None
    assert data.labels.tolist() == [1, 1, 2, 2, -1, 0, 0, 0, 0, 0]
    assert data.notes == ("took the array x_train (10, 9, 7) uint8", "took the labels from y_train")
    named = read(f"{path}::x_test")
    assert len(named) == 4
    assert named.source == f"{path}::x_test"
    assert named.name == "x"
    assert named.classes == ("0", "1", "2", "3")


def test_labels_may_be_text_in_natural_order(tmp_path: Path) -> None:
    data = read(npz(tmp_path, faces=IMAGES[:3], label=np.array(["part 10", "part 9", ""])[:, None]))
    assert data.classes == ("part 9", "part 10")
    assert data.labels is not None
    assert data.labels.tolist() == [1, 0, -1]


def test_numbers_beside_become_factors(tmp_path: Path) -> None:
    data = read(npz(tmp_path, imgs=IMAGES, latents=RNG.random((10, 2)), y=RNG.random(10), big=RNG.random((10, 99))))
    assert set(data.factors) == {"latents 1", "latents 2", "y"}
    assert data.labels is None


def test_the_only_usable_array_whatever_its_name(tmp_path: Path) -> None:
    assert read(npz(tmp_path, foo=IMAGES, bar=np.arange(3))).x.shape == (10, 9, 7, 1)


@pytest.mark.parametrize("names", [("a", "b"), ("images", "x"), ("first", "second", "third")])
def test_of_arrays_that_are_alike_the_first_and_which_else_there_are(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = npz(tmp_path, **{name: IMAGES + i for i, name in enumerate(names)})
    data = read(path)
    assert data.notes == (f"took the array {names[0]} (10, 9, 7) uint8",)
    assert data.guesses[0] == Guess("array", names[0], names)
    for other in (read(f"{path}::{names[1]}"), read(path, array=names[1])):
        assert (other.x[..., 0] == IMAGES + 1).all()
        assert other.guesses[0] == Guess("array", names[1], names)


def test_refuses_unknown_names(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"holds no array 'nope'; it holds images \(10, 9, 7\) uint8"):
        read(f"{npz(tmp_path, images=IMAGES)}::nope")


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("sprung",)


def test_pickled_objects_are_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trap = np.array([Trap()], dtype=object)
    for path in (npy(tmp_path, trap), npz(tmp_path, images=trap)):
        with pytest.raises(ReaderError, match="holds pickled Python objects"):
            read(path)
    assert len(read(npz(tmp_path, images=IMAGES, metadata=trap))) == 10
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.arange(5), "its shape 5 is neither images nor a table"),
        (np.zeros((2, 5, 4, 5)), "its shape 2 × 5 × 4 × 5 is neither"),
        (np.zeros((0, 4, 4)), "holds no items"),
        (np.array(1.0), "holds no items"),
        (np.zeros((3, 4), complex), "holds values of type complex128"),
        (np.array([["a", "b"]]), "holds values of type <U1"),
    ],
)
def test_refuses_other_arrays(tmp_path: Path, x: np.ndarray, message: str) -> None:
    for path in (npy(tmp_path, x), npz(tmp_path, x=x)):
        with pytest.raises(ReaderError, match=message):
            read(path)


@pytest.mark.parametrize("shape", [(10**9, 1000, 1000), (2**62, 4, 2**40), (11, 9, 7)])
def test_false_promises_cost_nothing(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = npy(tmp_path, IMAGES)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        file.write(IMAGES.tobytes())
    with pytest.raises(ReaderError, match=r"promises .* but holds 630 bytes"):
        read(path)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.write(path, "images.npy")
    with pytest.raises(ReaderError, match=r"promises .* but holds 630 bytes"):
        read(tmp_path / "x.npz")


def test_refuses_an_archive_of_other_things(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(ReaderError, match="holds no arrays"):
        read(tmp_path / "x.npz")


def test_what_python_2_wrote_is_read(tmp_path: Path) -> None:
    x = np.arange(40, dtype=np.float32).reshape(10, 4)
    np.save(tmp_path / "old.npy", x)
    data = (tmp_path / "old.npy").read_bytes().replace(b"(10, 4), }  ", b"(10L, 4L), }")
    assert b"10L" in data
    (tmp_path / "old.npy").write_bytes(data)
    assert np.array_equal(read(tmp_path / "old.npy").x, x)


def test_infinite_values_among_whole_ones_are_never_taken_for_pixels(tmp_path: Path) -> None:
    x = RNG.integers(0, 256, (8, 9, 9)).astype(np.float32)
    x[2, 3, 3], x[5, 0, 0] = np.inf, -np.inf
    np.save(tmp_path / "x.npy", x)
    data = read(tmp_path / "x.npy")
    assert [item for item, _ in data.skipped] == ["#2", "#5"]
    assert (data.x[..., 0] == x[[0, 1, 3, 4, 6, 7]]).all()


def test_a_header_that_claims_to_be_long_is_not_read(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "x.npz", "w", ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as file:
        file.write(b"\x93NUMPY\x02\x00" + (300_000_000).to_bytes(4, "little"))
        for _ in range(300):
            file.write(b" " * 1_000_000)
    tracemalloc.start()
    with pytest.raises(ReaderError, match="its header is of 300,000,000 bytes"):
        read(tmp_path / "x.npz")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20e6
