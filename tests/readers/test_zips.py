import io
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.readers.samples import png
from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read

RNG = np.random.default_rng(0)


def grey() -> np.ndarray:
    return RNG.integers(0, 256, (6, 5), np.uint8)


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_folders_are_classes_and_nothing_is_unpacked(tmp_path: Path) -> None:
    images = {f"set/{'ab'[i % 2]}/{i}.png": grey() for i in range(12)}
    source = zipped(tmp_path / "x.zip", {name: png(image) for name, image in images.items()})
    data = read(source)
    assert data.classes == ("a", "b")
    assert data.items[:3] == ("set/a/0.png", "set/a/2.png", "set/a/4.png")
    assert all((x[..., 0] == images[name]).all() for x, name in zip(data.x, data.items, strict=True))
    assert [path for path in tmp_path.iterdir() if path.name != "home"] == [source]
    assert data.fingerprint() == read(source).fingerprint()


def test_a_table_within_names_the_classes(tmp_path: Path) -> None:
    files = {f"{i}.png": png(grey()) for i in range(4)}
    table = b"image;label;weight\n0;cat;1\n1;dog;2,5\n2;cat;3\n9;dog;4\n"
    data = read(zipped(tmp_path / "x.zip", files | {"labels.csv": table}))
    assert data.classes == ("cat", "dog")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 0, -1]
    assert "labels.csv: 1 of its 4 rows name no picture that is here" in data.notes
    assert "1 pictures are in no row of the table beside them" in data.notes


def test_what_is_hostile_is_left_out(tmp_path: Path) -> None:
    good = png(grey())
    files = {"a.png": good, "../up.png": good, "/abs.png": good, "c:\\b.png": good, "__MACOSX/._a.png": good}
    source = zipped(tmp_path / "x.zip", files | {"more.zip": b"PK", "bomb.bmp": bytes(50 << 20)})
    with zipfile.ZipFile(source, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    data = read(source)
    assert data.items == ("a.png",)
    why = dict(data.skipped)
    assert why["../up.png"] == why["/abs.png"] == "its name leads out of the archive"
    assert why["link.png"] == "no ordinary file but a link or device"
    assert why["bomb.bmp"].startswith("too large to be unpacked safely: 52.4 MB in")
    assert "left out 1 archives within it; unpack them to read them" in data.notes


def test_encrypted_ones_are_refused(tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", {"a.png": png(grey())}, zipfile.ZIP_STORED)
    data = bytearray(source.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    source.write_bytes(data)
    with pytest.raises(ReaderError, match="encrypted; unpack it with its password"):
        read(source)


def test_other_contents_are_named(tmp_path: Path) -> None:
    file = io.BytesIO()
    np.savez(file, images=grey())
    with pytest.raises(ReaderError, match=r"holds no images; unpack it, and open its data/x\.npz"):
        read(zipped(tmp_path / "x.zip", {"data/x.npz": file.getvalue(), "readme": b""}))
    with pytest.raises(ReaderError, match=r"holds no images; it wants \.png"):
        read(zipped(tmp_path / "y.zip", {"readme": b""}))
    with pytest.raises(ReaderError, match=r"none of its 1 images can be read; a\.png: compressed in a way"):
        read(zipped(tmp_path / "z.zip", {"a.png": png(grey())}, zipfile.ZIP_LZMA))


def test_entries_that_are_damaged_are_skipped(tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", {f"{i}.png": png(grey()) for i in range(3)}, zipfile.ZIP_STORED)
    data = bytearray(source.read_bytes())
    data[data.index(b"IDAT") + 6] ^= 255
    source.write_bytes(data)
    read_back = read(source)
    assert read_back.items == ("1.png", "2.png")
    assert read_back.skipped[0][1].startswith("cut short or damaged")


def test_several_are_one_dataset(tmp_path: Path) -> None:
    one, two = (zipped(tmp_path / f"{k}.zip", {f"{k}{i}.png": png(grey()) for i in range(2)}) for k in "ab")
    assert list(read([one, two]).items) == ["a0.png", "a1.png", "b0.png", "b1.png"]


def test_a_table_dropped_with_an_archive_names_its_classes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for i in range(4):
            archive.writestr(f"{i}.png", png(np.full((8, 8), 50 * i, np.uint8)))
    rows = "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(4))
    (tmp_path / "labels.csv").write_text("file_name,label\n" + rows)
    for sources in (("x.zip", "labels.csv"), ("labels.csv", "x.zip")):
        dataset = read([tmp_path / source for source in sources])
        assert dataset.classes == ("a", "b")
        assert len(dataset) == 4
