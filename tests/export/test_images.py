"""Images and films read back by Pillow."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vae_desktop.core.errors import UserError
from vae_desktop.export.films import FILMS, save_film
from vae_desktop.export.images import save_images, save_picture, sheet
from vae_desktop.export.items import save_items

if TYPE_CHECKING:
    from pathlib import Path


def images(n: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 6, 8, channels), np.uint8)


def pixels(path: Path, channels: int) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L" if channels == 1 else "RGB")).reshape(picture.height, picture.width, -1)


@pytest.mark.parametrize("channels", [1, 3])
class TestImages:
    @pytest.mark.parametrize("ending", [".png", ".webp", ".PNG"])
    def test_one_image_is_that_image(self, tmp_path: Path, ending: str, channels: int) -> None:
        x = images(1, channels)
        save_images(tmp_path / f"x{ending}", x)
        np.testing.assert_array_equal(pixels(tmp_path / f"x{ending}", channels), x[0])

    @pytest.mark.parametrize("ending", [".jpg", ".jpeg"])
    def test_jpeg_is_close(self, tmp_path: Path, ending: str, channels: int) -> None:
        x = np.full((1, 16, 16, channels), 90, np.uint8)
        save_images(tmp_path / f"x{ending}", x)
        assert np.abs(pixels(tmp_path / f"x{ending}", channels).astype(int) - 90).max() <= 2

    def test_several_make_a_sheet(self, tmp_path: Path, channels: int) -> None:
        x = images(5, channels)
        save_images(tmp_path / "x.png", x, columns=3)
        page = pixels(tmp_path / "x.png", channels)
        assert page.shape == (2 * 6 + 2, 3 * 8 + 4, channels)
        np.testing.assert_array_equal(page[:6, :8], x[0])
        np.testing.assert_array_equal(page[8:14, 10:18], x[4])
        assert (page[6:8] == 255).all()
        assert (page[8:, 18:] == 255).all()

    def test_a_folder_holds_one_file_each(self, tmp_path: Path, channels: int) -> None:
        x = images(12, channels)
        save_images(tmp_path / "out", x)
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{i:03}.png" for i in range(12)]
        np.testing.assert_array_equal(pixels(tmp_path / "out" / "007.png", channels), x[7])
        assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["out"]

    def test_an_array(self, tmp_path: Path, channels: int) -> None:
        save_images(tmp_path / "x.npz", images(5, channels))
        with np.load(tmp_path / "x.npz") as file:
            np.testing.assert_array_equal(file["images"], images(5, channels))

    @pytest.mark.parametrize("ending", FILMS)
    def test_several_make_a_film(self, tmp_path: Path, ending: str, channels: int) -> None:
        x = images(5, channels)
        save_images(tmp_path / f"x{ending}", x)
        with Image.open(tmp_path / f"x{ending}") as film:
            assert film.n_frames == 5
            assert film.info["loop"] == 0
            mode = "L" if channels == 1 else "RGB"
            frames = [np.asarray(frame.convert(mode)) for frame in ImageSequence.Iterator(film)]
        assert frames[0].shape[:2] == (192, 256)  # 6×8, 32-fold
        for frame, image in zip(frames, x, strict=True):
            restored = frame.reshape(192, 256, channels)
            np.testing.assert_array_equal(restored[::32, ::32], restored[31::32, 31::32])  # no blur
            np.testing.assert_array_equal(restored[::32, ::32], image)


def test_a_grid_keeps_its_columns(tmp_path: Path) -> None:
    save_items(tmp_path / "x.png", images(6).reshape(2, 3, 6, 8, 1))
    assert pixels(tmp_path / "x.png", 1).shape == (14, 28, 1)


def test_a_sheet_is_about_as_wide_as_high() -> None:
    assert sheet(images(9), gap=0).shape == (18, 24, 1)
    assert sheet(images(2), columns=9, gap=1).shape == (6, 17, 1)


def test_a_file_is_replaced_and_a_full_folder_is_not(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"old")
    save_images(tmp_path / "x.png", images(1))
    assert pixels(tmp_path / "x.png", 1).shape == (6, 8, 1)
    (tmp_path / "empty").mkdir()
    save_images(tmp_path / "empty", images(2))
    with pytest.raises(UserError, match="already holds files"):
        save_images(tmp_path / "empty", images(3))
    assert len(list((tmp_path / "empty").iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x.mp4", "the ending .mp4 is not known here; use .png, .jpg"),
        ("missing/x.png", "missing does not exist"),
        ("missing/folder", "missing does not exist"),
        ("file.txt/x.png", "does not exist"),
        ("file", "cannot be written"),
        ("x" * 300 + ".png", "File name too long"),
    ],
)
def test_bad_places(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "file.txt").write_text("kept")
    with pytest.raises(UserError, match=says) as error:
        save_images(tmp_path / name, images(2))
    assert "\n" not in str(error.value)
    assert (tmp_path / "file").read_text() == "kept"


def test_what_cannot_be_an_image(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no images"):
        save_images(tmp_path / "x.png", images(0))
    with pytest.raises(UserError, match="no images"):
        save_film(tmp_path / "x.gif", images(0))
    with pytest.raises(UserError, match=r"use \.png"):
        save_picture(tmp_path / "x.webp", np.zeros((2, 16_384, 1), np.uint8))
    with pytest.raises(UserError, match="fps=0"):
        save_film(tmp_path / "x.gif", images(2), fps=0)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("ending", FILMS)
def test_there_and_back_once(tmp_path: Path, ending: str) -> None:
    save_film(tmp_path / f"x{ending}", images(4), fps=20, loop=False, ping_pong=True, least=1)
    with Image.open(tmp_path / f"x{ending}") as film:
        assert film.size == (8, 6)
        assert film.info.get("loop") == (None if ending == ".gif" else 1)
        frames, times = [], []
        for frame in ImageSequence.Iterator(film):
            frames.append(np.asarray(frame.convert("L")))
            times.append(frame.info["duration"])
    assert len(frames) == 6  # 0 1 2 3 2 1
    np.testing.assert_array_equal(frames[4], frames[2])
    np.testing.assert_array_equal(frames[5], frames[1])
    assert all((a != b).any() for a, b in pairwise(frames))
    assert set(times) <= {50, 0} or ending == ".webp"
