import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import picture, pictures, read, reading

RNG = np.random.default_rng(0)


def grey(height: int = 6, width: int = 5) -> np.ndarray:
    return RNG.integers(0, 256, (height, width), np.uint8)


def colour(height: int = 6, width: int = 5) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), np.uint8)


def save(path: Path, image: np.ndarray, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, **options)


def test_sub_folders_are_classes_in_natural_order(tmp_path: Path) -> None:
    for name in ("dog/10.png", "dog/9.png", "cat/a.png", "loose.png", "dog/.hidden.png", ".trash/x.png"):
        save(tmp_path / name, grey())
    (tmp_path / "dog" / "notes.txt").write_text("good dog")
    data = read(tmp_path)
    assert data.items == ("loose.png", "cat/a.png", "dog/9.png", "dog/10.png")
    assert data.classes == ("cat", "dog")
    assert data.labels is not None
    assert data.labels.tolist() == [-1, 0, 1, 1]


def test_classes_are_below_what_all_folders_share(tmp_path: Path) -> None:
    for name in ("set/images/a/1.png", "set/images/b/x/1.png", "set/images/b/y/1.png"):
        save(tmp_path / name, grey())
    data = read(tmp_path)
    assert data.classes == ("a", "b")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 1]


def test_one_folder_of_one_image_has_no_classes(tmp_path: Path) -> None:
    image = grey()
    save(tmp_path / "only" / "1.bmp", image)
    data = read(tmp_path)
    assert data.labels is None
    assert (data.x[0, ..., 0] == image).all()


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "tiff", "webp", "PNG"])
def test_colour_is_kept_exactly(tmp_path: Path, ending: str) -> None:
    image = colour()
    save(tmp_path / f"1.{ending}", image, lossless=True)
    assert (read(tmp_path).x[0] == image).all()


@pytest.mark.parametrize("ending", ["jpg", "jpeg", "gif"])
def test_lossy_formats_are_read(tmp_path: Path, ending: str) -> None:
    image = np.full((8, 8, 3), (200, 40, 40), np.uint8)
    save(tmp_path / f"1.{ending}", image)
    assert np.abs(read(tmp_path).x[0].astype(int) - image).max() < 8


def test_the_first_frame_of_a_film(tmp_path: Path) -> None:
    frames = [Image.new("L", (4, 4), value) for value in (10, 200)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    assert (read(tmp_path).x == 10).all()


def test_grey_stored_as_colour_becomes_grey(tmp_path: Path) -> None:
    image = grey()
    for i in range(3):
        save(tmp_path / f"{i}.png", np.repeat(image[..., None], 3, axis=2))
    data = read(tmp_path)
    assert data.x.shape == (3, 6, 5, 1)
    assert (data.x[0, ..., 0] == image).all()
    assert data.notes == ("all images are grey: kept as grey",)


def test_one_coloured_image_makes_all_coloured(tmp_path: Path) -> None:
    # More files than are peeked at, the coloured one between two of those.
    for i in range(200):
        save(tmp_path / f"{i}.png", grey())
    save(tmp_path / "1.png", image := colour())
    data = read(tmp_path)
    assert data.x.shape == (200, 6, 5, 3)
    assert (data.x[1] == image).all()


def test_sizes_become_the_most_common_even_when_first_looks_mislead(tmp_path: Path) -> None:
    step = 200 // pictures.PEEKED
    for i in range(200):
        save(tmp_path / f"{i}.png", grey(9, 4) if i % step == 0 and i < 198 else grey())
    data = read(tmp_path)
    assert data.x.shape == (200, 6, 5, 1)
    assert data.notes == ("66 of 200 images resized to 5×6",)


def test_upright_by_exif(tmp_path: Path) -> None:
    image = grey(6, 10)
    exif = Image.Exif()
    exif[picture.ORIENTATION] = 6
    save(tmp_path / "turned.tif", image, exif=exif)
    save(tmp_path / "turned.png", image, exif=exif)
    data = read(tmp_path)
    assert (data.x[..., 0] == np.rot90(image, -1)).all()
    assert not data.notes


def test_palette_transparency_and_ink(tmp_path: Path) -> None:
    image = np.dstack([colour(), np.zeros((6, 5), np.uint8)])
    image[:3, ..., 3] = 255
    save(tmp_path / "clear.png", image)
    Image.fromarray(image).quantize(4).save(tmp_path / "palette.png")
    Image.fromarray(image[..., 3]).convert("1").save(tmp_path / "two.png")
    Image.new("CMYK", (5, 6), (255, 0, 0, 0)).save(tmp_path / "ink.tif")
    Image.fromarray(image[..., :2], "LA").save(tmp_path / "la.png")
    data = read(tmp_path)
    assert not data.skipped
    shown = dict(zip(data.items, data.x, strict=True))
    assert (shown["clear.png"][:3] == image[:3, :, :3]).all()
    assert (shown["clear.png"][3:] == 255).all()
    assert (shown["palette.png"][3:] == 255).all()
    assert (shown["two.png"][:3] == 255).all()
    assert (shown["two.png"][3:] == 0).all()
    assert shown["ink.tif"][0, 0].tolist() == [0, 255, 255]
    assert data.notes == ("3 images are partly transparent: laid on white",)


def test_sixteen_bits_and_decimals_are_kept(tmp_path: Path) -> None:
    deep = RNG.integers(0, 65536, (6, 5), np.uint16)
    save(tmp_path / "a" / "1.png", deep)
    save(tmp_path / "a" / "2.tif", deep)
    data = read(tmp_path / "a")
    assert data.x.dtype == np.uint16
    assert (data.x[..., 0] == deep).all()
    decimal = RNG.normal(size=(6, 5)).astype(np.float32)
    save(tmp_path / "b" / "1.tif", decimal)
    decimal_bad = decimal.copy()
    decimal_bad[0, 0] = np.nan
    save(tmp_path / "b" / "2.tif", decimal_bad)
    data = read(tmp_path / "b")
    assert data.x.dtype == np.float32
    assert (data.x[0, ..., 0] == decimal).all()
    assert data.skipped == (("2.tif", "holds NaN or infinite values"),)


def test_mixed_depths_become_the_most_common(tmp_path: Path) -> None:
    save(tmp_path / "1.png", grey())
    save(tmp_path / "2.png", grey())
    save(tmp_path / "3.png", np.full((6, 5), 257 * 100, np.uint16))
    save(tmp_path / "4.tif", np.ones((6, 5), np.float32))
    data = read(tmp_path)
    assert data.x.dtype == np.uint8
    assert (data.x[2] == 100).all()
    assert data.skipped == (("4.tif", "holds decimal numbers, unlike most of the images"),)


def test_broken_files_are_skipped_with_a_reason(tmp_path: Path) -> None:
    image = grey(40, 40)
    for name in ("1.png", "3.png", "4.png"):
        save(tmp_path / name, image)
    whole = (tmp_path / "3.png").read_bytes()
    (tmp_path / "2.png").write_text("this is text")
    (tmp_path / "3.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "5.png").write_bytes(b"")
    data = read(tmp_path)
    assert data.items == ("1.png", "4.png")
    assert (data.x[..., 0] == image).all()
    assert [name for name, _ in data.skipped] == ["2.png", "3.png", "5.png"]
    assert data.skipped[0][1] == "not an image"
    assert data.skipped[1][1].startswith("cut short or damaged")


def test_large_pictures_are_brought_to_a_size_that_trains(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / "alike" / f"{i}.jpg", grey(400, 200))
        save(tmp_path / "mixed" / f"{i}.jpg", grey(400 + i, 200 + 10 * i))
    data = read(tmp_path / "alike")
    assert data.x.shape[1:] == (64, 32, 1)
    assert data.notes == ("all images are 200×400: brought to 32×64; choose a size to see more of them",)
    data = read(tmp_path / "mixed")
    assert data.x.shape[1:] == (64, 64, 1)
    assert data.notes == ("images of 4 sizes: all brought to 64×64; choose a size to see more of them",)
    assert read(tmp_path / "alike", size="200x400").x.shape[1:] == (400, 200, 1)


def test_links_are_followed_once(tmp_path: Path) -> None:
    save(tmp_path / "data" / "a" / "1.png", grey())
    save(tmp_path / "elsewhere" / "2.png", grey())
    (tmp_path / "data" / "a" / "loop").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert read(tmp_path / "data").items == ("a/1.png", "b/2.png")


def labelled(folder: Path, table: str, name: str = "labels.csv") -> Path:
    """Pictures a/1 to a/3 and b/1 to b/3, and a table beside them."""
    for path in ("a/1.png", "a/2.png", "a/3.png", "b/1.png", "b/2.png", "b/3.png"):
        save(folder / path, grey())
    (folder / name).write_text(table, "utf-8")
    return folder


TABLE = """path,kind,label,size
./a/1.png,x,cat,1
a/2,x,dog,2
a\\3.png,y,cat,
b/1.jpg,y,cat,4
b/2.png,y,?,5
c/9.png,y,cat,1
"""


def test_a_table_beside_them_names_the_classes(tmp_path: Path) -> None:
    data = read(labelled(tmp_path / "x", TABLE))
    assert data.classes == ("cat", "dog")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 0, 0, -1, -1]
    assert data.factors["kind"].tolist() == ["x", "x", "y", "y", "y", ""]
    assert data.factors["folder"].tolist() == ["a"] * 3 + ["b"] * 3
    np.testing.assert_equal(data.factors["size"], [1, 2, np.nan, 4, 5, np.nan])
    assert "labels.csv: 1 of its 6 rows name no picture that is here" in data.notes
    guess = next(guess for guess in data.guesses if guess.option == "labels")
    assert guess.value == "label"
    assert set(guess.choices) >= {"label", "kind", "folder", "none"}


def test_the_classes_are_from_where_one_says(tmp_path: Path) -> None:
    source = labelled(tmp_path / "x", TABLE)
    assert read(source, labels="folder").classes == ("a", "b")
    by_kind = read(source, labels="kind")
    assert by_kind.classes == ("x", "y")
    assert by_kind.factors["label"][0] == "cat"
    assert read(source, labels="none").labels is None
    with pytest.raises(ReaderError, match=r"there is no such column; choose one of .*kind, label, size, folder, none"):
        read(source, labels="colour")


@pytest.mark.parametrize(
    ("table", "classes"),
    [
        ("a/1.png;red\nb/2.png;blue\n", ("blue", "red")),  # without a header
        ("name\tcolour\na/1\tred\na/2\tred\na/3\tblue\nb/1\tblue\n", ("a", "b")),
        ("\ufeffimage,class\na/1.png,5\na/2.png,7\n", ("5", "7")),
    ],
)
def test_tables_of_other_forms(tmp_path: Path, table: str, classes: tuple[str, ...]) -> None:
    assert read(labelled(tmp_path / "x", table, "metadata.csv")).classes == classes


@pytest.mark.parametrize("table", ["", "\0\0", "a,b\n1,2\n", "x" * 3000, "file,label\n", '"', "," * 5000 + "\n"])
def test_a_table_of_no_use_is_told(tmp_path: Path, table: str) -> None:
    data = read(labelled(tmp_path / "x", table))
    assert len(data) == 6
    assert any(note.startswith("labels.csv: ") and note.endswith("left out") for note in data.notes)


def test_a_table_dropped_with_them_counts(tmp_path: Path) -> None:
    labelled(tmp_path / "x", TABLE)
    (tmp_path / "x" / "labels.csv").rename(tmp_path / "labels.csv")
    data = read([tmp_path / "x", tmp_path / "labels.csv"])
    assert len(data) == 6
    assert data.classes == ("cat", "dog")


def test_dropped_folders_are_classes(tmp_path: Path) -> None:
    labelled(tmp_path, "")
    data = read([tmp_path / "a", tmp_path / "b"])
    assert data.classes == ("a", "b")
    assert data.items[0] == "a/1.png"
    loose = read([tmp_path / "b" / "3.png", tmp_path / "b" / "1.png"])
    assert loose.items == ("1.png", "3.png")
    assert loose.labels is None
    assert len(read(tmp_path / "a" / "1.png")) == 1


def test_below_train_and_test_are_the_classes(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            save(tmp_path / split / name / "1.png", grey())
    data = read(tmp_path)
    assert data.classes == ("cat", "dog")
    assert data.factors["split"].tolist() == ["test", "test", "train", "train"]


def test_what_systems_leave_and_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    save(tmp_path / "x" / "1.png", grey())
    save(tmp_path / "x" / "__MACOSX" / "2.png", grey())
    (tmp_path / "x" / "Thumbs.db").write_bytes(b"")
    os.mkfifo(tmp_path / "x" / "pipe.png")
    (tmp_path / "x" / "itself.png").symlink_to(tmp_path / "x" / "itself.png")
    (tmp_path / "x" / "page.png").write_text("<html>")
    image = Image.fromarray(grey())
    image.save(tmp_path / "x" / "photo.png", "JPEG")
    data = read(tmp_path / "x")
    assert data.items == ("1.png", "photo.png")
    assert dict(data.skipped).keys() >= {"page.png"}


def test_messages_have_one_line(tmp_path: Path) -> None:
    (tmp_path / "two\nlines").mkdir()
    with pytest.raises(ReaderError, match=r"^[^\n]*two lines: the folder holds no files[^\n]*$"):
        read(tmp_path / "two\nlines")


def test_refuses_folders_without_images(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="holds no files"):
        read(tmp_path)
    (tmp_path / "text.txt").write_text("hello")
    with pytest.raises(ReaderError, match=r"holds no images; it wants \.png"):
        read(tmp_path)
    np.save(tmp_path / "data.npy", grey())
    with pytest.raises(ReaderError, match=r"holds no images; open data\.npy itself"):
        read(tmp_path)
    (tmp_path / "fake.png").write_text("hello")
    with pytest.raises(ReaderError, match=r"none of its 1 images can be read; fake\.png: not an image"):
        read(tmp_path)


def test_closing_half_way_ends_the_threads(tmp_path: Path) -> None:
    for i in range(300):
        save(tmp_path / f"{i}.png", grey())
    work = reading(tmp_path)
    for progress in work:
        if progress.total:
            break
    work.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reader")]


def test_a_runs_folder_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReaderError, match="a training's run folder"):
        read(tmp_path)
