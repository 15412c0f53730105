"""Pictures of every format, depth and shape; what is told of them; what is refused."""

import io
import os
import shutil
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tests.readers.samples import png
from vae_desktop.core.errors import ReaderError
from vae_desktop.core.read_options import ReadOptions
from vae_desktop.core.work import finish
from vae_desktop.readers import Request, picture, pictures, read
from vae_desktop.readers.pictures import Decoded, Entry, decoding

RNG = np.random.default_rng(0)


def grey(height: int = 6, width: int = 5) -> np.ndarray:
    return RNG.integers(0, 256, (height, width), np.uint8)


def decode(*entries: Entry, count: int | None = 0, **options: object) -> Decoded:
    request = Request(("x",), ReadOptions.of(options))
    stream = count is None
    return finish(
        decoding(lambda: iter(entries) if stream else entries, None if stream else len(entries), request, "x")
    )


def bomb(side: int, data: bytes = b"") -> bytes:
    """A PNG that says it is `side` pixels wide and high."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", data or zlib.compress(bytes(1000))), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


LOSSLESS = [("png", np.uint8), ("png", np.uint16), ("tif", np.uint8), ("tif", np.uint16), ("bmp", np.uint8)]


@pytest.mark.parametrize(("ending", "dtype"), [*LOSSLESS, ("tif", np.float32)])
@settings(max_examples=15, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_was_written_is_read(tmp_path: Path, ending: str, dtype: type, data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    finite = {"allow_nan": False, "allow_infinity": False}
    image = data.draw(arrays(dtype, shape, elements=finite if dtype is np.float32 else None))
    path = tmp_path / f"1.{ending}"
    Image.fromarray(image).save(path)
    for entry in (Entry("a", path), Entry("a", path.read_bytes()), Entry("a", path.read_bytes)):
        x = decode(entry).x
        assert x.dtype == dtype
        assert (x[0, ..., 0] == image).all()


def test_a_stream_of_unknown_length_is_gone_through_again_when_it_turns_out_otherwise() -> None:
    entries = [Entry(f"{i}", png(grey())) for i in range(pictures.PEEKED)]
    entries += [Entry("colour", png(np.dstack([grey(9, 4), grey(9, 4), grey(9, 4)]))) for _ in range(200)]
    decoded = decode(*entries, count=None)
    assert decoded.x.shape == (len(entries), 9, 4, 3)
    assert decoded.names == [entry.name for entry in entries]
    assert decoded.index.tolist() == list(range(len(entries)))
    assert len(decode(*entries, count=None, limit=70).x) >= 70


def test_a_limit_takes_some_from_all_over(tmp_path: Path) -> None:
    for i in range(100):
        (tmp_path / f"{i}.png").write_bytes(png(grey()))
    assert read(tmp_path, limit=3).items == ("0.png", "50.png", "99.png")


def test_every_page_of_a_tiff_is_an_item(tmp_path: Path) -> None:
    pages = [Image.fromarray(grey()) for _ in range(5)]
    for name in ("a.png", "c.png"):
        pages[0].save(tmp_path / name)
    pages[0].save(tmp_path / "b.tif", save_all=True, append_images=pages[1:])
    data = read(tmp_path)
    assert data.items == ("a.png", *(f"b.tif#{i}" for i in range(1, 6)), "c.png")
    assert all((x[..., 0] == np.asarray(page)).all() for x, page in zip(data.x[1:6], pages, strict=True))
    alone = read(tmp_path / "b.tif")
    assert len(alone) == 5
    assert alone.labels is None


def test_whole_numbers_outside_of_sixteen_bits_are_kept_as_decimals(tmp_path: Path) -> None:
    image = np.array([[-1000, 0], [5, 70_000]], np.int32)
    for i in range(3):
        Image.fromarray(image + i).save(tmp_path / f"{i}.tif")
    data = read(tmp_path)
    assert data.x.dtype == np.float32
    assert data.x[2, ..., 0].tolist() == [[-998, 2], [7, 70_002]]
    for i in range(5):
        Image.fromarray(grey(2, 2)).save(tmp_path / f"{i}.png")
    assert read(tmp_path).skipped[0] == ("0.tif", "its values are outside of 0–65535, unlike most of the images'")


@pytest.mark.parametrize(("fit", "corner"), [("crop", 10), ("pad", 99), ("stretch", 200), ("auto", 10)])
def test_other_shapes_are_brought_to_size(tmp_path: Path, fit: str, corner: int) -> None:
    wide = np.full((8, 24), 10, np.uint8)
    wide[:, :4] = wide[:, -4:] = 200  # cut off, unless padded or stretched
    wide[0] = wide[-1] = 99
    (tmp_path / "1.png").write_bytes(png(wide))
    x = read(tmp_path, size=24, fit=fit).x[0, ..., 0]
    assert x.shape == (24, 24)
    assert abs(int(x[12, 0]) - (200 if fit == "pad" else corner)) < 20
    assert (x[0, 0] == x[-1, -1]) or fit != "pad"


def test_transparent_ones_are_padded_with_white() -> None:
    image = np.dstack([grey(4, 8), grey(4, 8), grey(4, 8), np.zeros((4, 8), np.uint8)])
    assert (decode(Entry("a", png(image)), size="8", fit="pad").x == 255).all()


def test_lab_inks_and_turned_photographs(tmp_path: Path) -> None:
    red = Image.new("RGB", (16, 8), (250, 10, 10))
    red.convert("CMYK").save(tmp_path / "ink.jpg", quality=95)
    Image.new("LAB", (16, 8), (140, 200, 190)).save(tmp_path / "lab.tif")
    turned = Image.Exif()
    turned[picture.ORIENTATION] = 8
    red.rotate(-90, expand=True).save(tmp_path / "turned.jpg", exif=turned, quality=95)
    data = read(tmp_path)
    assert data.x.shape == (3, 8, 16, 3)
    assert not data.skipped
    assert (data.x[..., 0] > 200).all()
    assert (data.x[..., 1:] < 80).all()


def test_grey_and_colour_as_asked(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(png(np.dstack([grey()] * 3)))
    assert read(tmp_path).x.shape[3] == 1
    assert read(tmp_path, colour="colour").x.shape[3] == 3
    assert read(tmp_path, gray=True).notes == ()


@pytest.mark.parametrize("side", [20_000, 60_000, 2**31 - 1])
def test_what_would_fill_memory_is_refused(side: int) -> None:
    good = Entry("good.png", png(grey()))
    decoded = decode(good, Entry("bomb.png", bomb(side)))
    assert decoded.names == ["good.png"]
    assert decoded.skipped[0][0] == "bomb.png"


def test_names_are_fit_to_be_printed(tmp_path: Path) -> None:
    for name in (b"a\nb.png", b"\xff\xfe.png", "😀.png".encode(), b"cut\r.png"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(png(grey()) if b"cut" not in name else b"no picture")
    data = read(tmp_path)
    assert set(data.items) == {"a�b.png", "��.png", "😀.png"}
    assert data.skipped == (("cut�.png", "not an image"),)


def test_a_file_that_is_no_more_or_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    good = Entry("good", png(grey()))
    decoded = decode(good, Entry("gone", tmp_path / "gone.png"), Entry("pipe", str(tmp_path / "pipe.png")))
    assert decoded.skipped == [("gone", "it has gone"), ("pipe", "no ordinary file")]
    with pytest.raises(ReaderError, match="none of its 1 images can be read; gone: it has gone"):
        decode(Entry("gone", tmp_path / "gone.png"))


def test_a_source_that_fails_ends_the_threads() -> None:
    def entries() -> Iterator[Entry]:
        for i in range(500):
            yield Entry(f"{i}", png(grey()))
        raise ReaderError("the wire was cut")

    with pytest.raises(ReaderError, match="the wire was cut"):
        finish(decoding(entries, None, Request(("x",)), "x"))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reader")]


def test_a_large_picture_is_decoded_from_its_file(tmp_path: Path) -> None:
    noise = RNG.integers(0, 256, (900, 1300, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    assert len(file.getvalue()) > picture.WHOLE
    (tmp_path / "1.png").write_bytes(file.getvalue())
    assert (read(tmp_path, size="1300x900").x[0] == noise).all()


def test_one_picture_that_is_none_is_told_of_plainly(tmp_path: Path) -> None:
    (tmp_path / "paper.png").write_bytes(b"%PDF-1.4")
    with pytest.raises(ReaderError, match=r"paper\.png: not an image; save it anew, or open another$"):
        read(str(tmp_path / "paper.png"))


def test_few_pictures_need_no_room_for_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(grey()).save(tmp_path / "a.png")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: pytest.fail("nobody asks"))
    assert len(read(tmp_path)) == 1


def test_what_is_transparent_lies_where_it_is_seen(tmp_path: Path) -> None:
    for name, grey in (("dark", 20), ("white", 255)):
        pixels = np.zeros((16, 16, 4), np.uint8)
        pixels[4:12, 4:12] = (grey, grey, grey, 255)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    dataset = read(tmp_path)
    dark, white = dataset.x[..., 0]
    assert (dark[0, 0], dark[8, 8]) == (255, 20)
    assert (white[0, 0], white[8, 8]) == (0, 255)
    assert any("2 images are partly transparent: laid on white, 1 that are nearly white on black" in note
               for note in dataset.notes)  # fmt: skip
