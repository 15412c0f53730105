import gzip
import io
import json
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.readers.samples import png, tarred
from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read, tars

RNG = np.random.default_rng(0)


def grey() -> np.ndarray:
    return RNG.integers(0, 256, (6, 5), np.uint8)


def packed(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def samples(start: int, count: int) -> dict[str, bytes]:
    """In the WebDataset convention, each with a second picture, its class, a text and further values."""
    files: dict[str, bytes] = {}
    for i in range(start, start + count):
        files[f"./{i:04}.cls"] = b"%d" % (i % 3)
        files[f"./{i:04}.jpg"] = png(grey())
        files[f"./{i:04}.json"] = json.dumps({"width": i, "name": f"n{i}", "box": [1, 2], "good": i % 2 == 0}).encode()
        files[f"./{i:04}.mask.png"] = png(grey())
        files[f"./{i:04}.txt"] = f"number {i}".encode()
    return files


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_folders_are_classes(tmp_path: Path, mode: str) -> None:
    images = {f"./{'ab'[i % 2]}/{i}.png": grey() for i in range(6)}
    ending = mode[2:]
    files = {name: png(image) for name, image in images.items()}
    source = packed(tmp_path / (f"x.tar.{ending}" if ending else "x.tar"), files, mode)
    data = read(source)
    assert data.classes == ("a", "b")
    assert all((x[..., 0] == images[f"./{name}"]).all() for x, name in zip(data.x, data.items, strict=True))


def test_samples_of_shards_are_one_stream(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    for k in range(3):
        packed(shards / f"shard-{k:03}.tar", samples(10 * k, 10))
    (shards / "index.json").write_text("{}")
    folder = read(shards)
    assert folder.items == tuple(f"{i:04}.jpg" for i in range(30))
    assert folder.classes == ("0", "1", "2")
    assert folder.labels is not None
    assert folder.labels.tolist() == [i % 3 for i in range(30)]
    assert folder.factors["width"].tolist() == list(range(30))
    assert folder.factors["txt"][7] == "number 7"
    assert set(folder.factors) == {"width", "name", "good", "txt"}
    named = read(shards / "shard-{000..002}.tar")
    dropped = read([shards / f"shard-00{k}.tar" for k in range(3)])
    assert folder.fingerprint() == named.fingerprint() == dropped.fingerprint()
    assert read(shards, labels="good").classes == ("False", "True")
    assert len(read(shards, limit=4)) == 4


def test_braces_stand_for_shards(tmp_path: Path) -> None:
    assert tars.expanded("a-{09..11}-{0..1}") == ["a-09-0", "a-09-1", "a-10-0", "a-10-1", "a-11-0", "a-11-1"]
    assert tars.expanded("{}") == ["{}"]
    (tmp_path / "x{1..2}.tar").write_bytes(b"")
    assert tars.expanded(str(tmp_path / "x{1..2}.tar")) == [str(tmp_path / "x{1..2}.tar")]
    with pytest.raises(ReaderError, match="stands for no shards"):
        read("x{1..999999999}.tar")
    with pytest.raises(ReaderError, match=r"x0\.tar: there is no such file"):
        read(str(tmp_path / "x{0..3}.tar"))


def test_what_is_no_ordinary_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (
            ("link.png", tarfile.SYMTYPE),
            ("hard.png", tarfile.LNKTYPE),
            ("pipe.png", tarfile.FIFOTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        for name in ("../up.png", "/abs.png", "good.png"):
            member = tarfile.TarInfo(name)
            member.size = len(data := png(grey()))
            archive.addfile(member, io.BytesIO(data))
    found = read(path)
    assert found.items == ("good.png",)
    assert len(found.skipped) == 5


def test_a_shard_that_is_broken_loses_only_its_own(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    for k in range(3):
        packed(shards / f"{k}.tar.gz", samples(10 * k, 10), "w:gz")
    whole = (shards / "1.tar.gz").read_bytes()
    (shards / "1.tar.gz").write_bytes(whole[: len(whole) // 2])
    data = read(shards)
    assert 20 <= len(data) < 30
    assert data.skipped[0][1].startswith("not a tar archive, cut short or damaged")
    with pytest.raises(ReaderError, match=r"1\.tar\.gz: not a tar archive, cut short or damaged .* fetch it again"):
        read(shards / "1.tar.gz")


def test_what_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "FREE", 1 << 20)
    tarred(tmp_path, "w", "x.tar")
    whole = (tmp_path / "x.tar").read_bytes()
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(whole + bytes(20 << 20)))
    with pytest.raises(ReaderError, match="unpacks to far more than its size"):
        read(tmp_path / "x.tar.gz")


def test_says_what_else_is_within(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"holds no images; unpack it, and open its a\.csv"):
        read(packed(tmp_path / "x.tar", {"a.csv": b"1,2"}))


def test_a_long_name_that_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    told = tarfile.TarInfo("././@LongLink")
    told.type, told.size = tarfile.GNUTYPE_LONGNAME, 300_000_000
    with gzip.open(tmp_path / "x.tar.gz", "wb", compresslevel=1) as file:
        file.write(told.tobuf())
        for _ in range(300):
            file.write(b"a" * 1_000_000)
    tracemalloc.start()
    with pytest.raises(ReaderError, match="a name of 300 MB"):
        read(tmp_path / "x.tar.gz")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20e6


def test_a_shard_cut_between_two_files_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {f"{i}.png": png(grey()) for i in range(4)})
    with tarfile.open(path) as archive:
        third = archive.getmembers()[2].offset
    path.write_bytes(path.read_bytes()[: third + 100])
    dataset = read(path)
    assert len(dataset) == 2
    assert dataset.skipped == ((str(path), "cut short: what came behind is lost; fetch it again"),)
