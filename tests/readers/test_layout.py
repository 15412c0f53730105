"""Images and tables of any layout, told by their shape or by their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read
from vae_desktop.readers.layout import Pixels, axes_of, pixels_of

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)


def smooth(n: int, height: int, width: int, channels: int = 1) -> np.ndarray:
    """Blurred noise, (N, H, W, C) uint8: neighbours are alike."""
    out = np.empty((n, height, width, channels), np.uint8)
    for i in range(n):
        for c in range(channels):
            noise = Image.fromarray(RNG.integers(0, 256, (height // 2, width // 2), np.uint8))
            large = noise.resize((width, height), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1))
            out[i, ..., c] = np.asarray(large)
    return out


def npy(folder: Path, x: np.ndarray) -> Path:
    np.save(folder / "x.npy", x)
    return folder / "x.npy"


@pytest.mark.parametrize(
    ("shape", "items", "axes"),
    [
        ((100, 28, 28), None, (0, 1, 2)),
        ((28, 28, 100), None, (2, 0, 1)),
        ((28, 20, 100), None, (0, 1, 2)),
        ((28, 20, 100), 100, (2, 0, 1)),
        ((28, 28, 100), 28, (0, 1, 2)),
        ((28, 100), 100, (1, 0)),
        ((100, 100), 100, (0, 1)),
        ((100, 32, 32, 3), None, (0, 1, 2, 3)),
        ((100, 3, 32, 32), None, (0, 2, 3, 1)),
        ((32, 32, 3, 100), None, (3, 0, 1, 2)),
        ((32, 32, 3, 4), None, (3, 0, 1, 2)),
        ((32, 32, 1, 100), None, (3, 0, 1, 2)),
        ((3, 3, 32, 32), None, (0, 2, 3, 1)),
        ((100, 4, 9, 7), None, (0, 2, 3, 1)),
        ((100, 9, 7, 2), None, (0, 1, 2, 3)),
        ((100, 9, 7, 5), None, None),
    ],
)
def test_axes(shape: tuple[int, ...], items: int | None, axes: tuple[int, ...] | None) -> None:
    assert axes_of(shape, items) == axes


@pytest.mark.parametrize(
    ("height", "width", "channels", "planar"),
    [
        (28, 28, 1, False),
        (28, 20, 1, False),
        (20, 28, 1, False),
        (62, 47, 1, False),
        (32, 32, 3, True),
        (32, 32, 3, False),
    ],
)
def test_flat_pixels(height: int, width: int, channels: int, planar: bool) -> None:
    images = smooth(30, height, width, channels)
    rows = (images.transpose(0, 3, 1, 2) if planar else images).reshape(30, -1)
    found = pixels_of(rows.astype(np.float32), True)
    assert found == Pixels(height, width, channels, planar)
    assert (found.images(rows) == images).all()


def test_whole_numbers_and_parts_of_one_are_pixels_and_measurements_are_not(tmp_path: Path) -> None:
    images = smooth(20, 16, 16)
    rows = images.reshape(20, -1)
    for x in (rows, rows.astype(np.int64), rows.astype(np.float64), rows.T.copy()):
        data = read(npy(tmp_path, x))
        assert data.x.dtype == np.uint8
        assert (data.x == images).all()
        assert any("256 whole numbers in 0–255 per row: read as images of 16×16" in note for note in data.notes)
    data = read(npy(tmp_path, rows / 255))
    assert (data.x == (images / 255).astype(np.float32)).all()
    assert data.notes == ("256 numbers in 0–1 per row: read as images of 16×16",)
    for table in (RNG.random((20, 256)), RNG.normal(size=(20, 256)), RNG.integers(0, 256, (20, 70)), rows - 300.0):
        assert read(npy(tmp_path, table)).kind == "table"


def test_the_order_of_flat_colours_is_told_by_what_is_alike(tmp_path: Path) -> None:
    images = smooth(20, 16, 16, 3)
    planar = images.transpose(0, 3, 1, 2).reshape(20, -1)
    for rows, word in ((planar, "16×16×3, channel after channel"), (images.reshape(20, -1), "16×16×3")):
        data = read(npy(tmp_path, rows))
        assert (data.x == images).all()
        assert data.notes == (f"768 whole numbers in 0–255 per row: read as images of {word}",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_what_is_transparent_is_laid_on_white(tmp_path: Path, dtype: type) -> None:
    top = 1 if dtype is np.float32 else np.iinfo(dtype).max
    x = np.zeros((2, 9, 7, 4), dtype)
    x[..., 0], x[0, ..., 3] = top, top
    for given in (x, x.transpose(0, 3, 1, 2), x[..., [0, 3]]):
        data = read(npy(tmp_path, given))
        assert (data.x[0, 0, 0] == ([top] if given.shape[-1] == 2 else [top, 0, 0])).all()
        assert (data.x[1] == top).all()
        assert "what is transparent was laid on white" in data.notes


def test_four_channels_that_are_no_colours_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"has 4 channels of values outside 0–1; give 1 channel \(grey\) or 3"):
        read(npy(tmp_path, RNG.normal(size=(3, 9, 7, 4))))


def test_grey_stored_as_colour_is_kept_as_grey_unless_colour_is_asked_for(tmp_path: Path) -> None:
    grey = smooth(5, 9, 7)
    path = npy(tmp_path, np.repeat(grey, 3, axis=3))
    data = read(path)
    assert (data.x == grey).all()
    assert data.notes == ("grey pictures stored as colour: kept as grey",)
    assert read(path, colour="colour").x.shape == (5, 9, 7, 3)
    one = np.repeat(grey, 3, axis=3)
    one[4, 8, 6, 2] ^= 1
    assert read(npy(tmp_path, one)).x.shape == (5, 9, 7, 3)


def test_axes_of_one_are_left_out_and_volumes_refused(tmp_path: Path) -> None:
    assert read(npy(tmp_path, np.zeros((5, 1, 9, 7, 1), np.uint8))).x.shape == (5, 9, 7, 1)
    with pytest.raises(ReaderError, match="its shape 5 × 3 × 9 × 7 × 2 has 5 axes, as films or volumes have"):
        read(npy(tmp_path, np.zeros((5, 3, 9, 7, 2), np.uint8)))


def test_a_tables_gaps_are_kept_and_its_infinities_skipped(tmp_path: Path) -> None:
    x = RNG.normal(size=(9, 3))
    x[2, 1], x[5, 0] = np.nan, -np.inf
    data = read(npy(tmp_path, x))
    assert np.isnan(data.x[2, 1])
    assert data.skipped == (("#5", "holds infinite values"),)
    assert data.notes == ("1 values are missing",)
    assert (data.x[5:] == x[6:].astype(np.float32)).all()
