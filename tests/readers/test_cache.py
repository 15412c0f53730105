"""What was read once is there again, and never what it was before it changed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vae_desktop.core.values import Dataset
from vae_desktop.core.work import finish
from vae_desktop.readers import cache, read, reading

RNG = np.random.default_rng(0)
Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is worth keeping, and no file too fresh."""
    monkeypatch.setattr(cache, "KEPT_FROM", 0)
    monkeypatch.setattr(cache, "FRESH", -1.0)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes an archive with images, labels, a factor of text and one of numbers."""

    def write(name: str = "data.npz", seed: int = 0) -> Path:
        path = tmp_path / name
        x = np.random.default_rng(seed).integers(0, 256, (20, 9, 7, 3), np.uint8)
        np.savez(
            path, images=x, labels=np.arange(20) % 3, place=np.array(list("abcdefghijklmnopqrst")), w=np.arange(20) / 7
        )
        return path

    return write


def entries() -> list[Path]:
    return sorted(path for _, _, path in cache.entries(cache.folder()))


def same(one: Dataset, two: Dataset) -> None:
    assert one.fingerprint() == two.fingerprint()
    assert one.kind == two.kind
    for name in ("classes", "columns", "source", "skipped", "notes", "guesses"):
        assert getattr(one, name) == getattr(two, name), name
    assert list(one.items) == list(two.items)
    assert dict(one.options) == dict(two.options)
    assert (one.labels is None) == (two.labels is None)
    assert one.labels is None or np.array_equal(one.labels, two.labels)
    assert list(one.factors) == list(two.factors)
    assert all(np.array_equal(one.factors[name], two.factors[name]) for name in one.factors)


def test_again_it_is_the_same_and_mapped(make: Make) -> None:
    path = make()
    first = read(path, size=5)
    assert len(entries()) == 1
    texts: list[str] = []
    again = finish(reading(path, size=5), lambda progress: texts.append(progress.text))
    same(first, again)
    assert isinstance(again.x, np.memmap)
    assert set(texts) == {"Opening", "Looking at the files"}
    again.x[0] = 0  # what is changed in memory never reaches the file
    same(first, read(path, size=5))


def test_other_options_and_other_files_are_other_entries(make: Make) -> None:
    read(make())
    read(make(), gray=True)
    read(make("other.npz", 1))
    assert len({path.name for path in entries()}) == 3


def test_a_file_that_changed_is_read_anew(make: Make) -> None:
    path = make()
    about = path.stat()
    first = read(path)
    make(seed=1)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))  # as if it had not changed
    assert path.stat().st_size == about.st_size
    assert read(path).fingerprint() != first.fingerprint()


def test_a_file_that_has_just_changed_is_not_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FRESH", 3600.0)
    read(make())
    assert not entries()


@pytest.mark.parametrize("part", [cache.ABOUT, cache.ITEMS, cache.REST])
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "other"])
def test_a_broken_entry_is_made_again(part: str, how: str, make: Make) -> None:
    path = make()
    first = read(path)
    (entry,) = entries()
    file = entry / part
    data = file.read_bytes()
    file.unlink()  # not in place: `first` has it mapped
    if how == "gone":
        pass
    elif part == cache.ITEMS and how == "other":
        file.write_bytes(data[:100])
    else:
        file.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "other": b"{}" * 50}[how])
    same(first, read(path))
    same(first, read(path))
    assert entries() == [entry]


def test_what_stops_half_way_leaves_nothing(make: Make) -> None:
    path = make()
    steps = len(list(_each(path)))
    cache.clear()
    for stop in range(steps):
        work = reading(path)
        for _ in range(stop + 1):
            next(work)
        work.close()
    assert not entries()


def _each(path: Path) -> list[object]:
    seen: list[object] = []
    finish(reading(path), seen.append)
    return seen


def test_the_least_recently_used_goes_first(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [make(f"{i}.npz", i) for i in range(3)]
    for path in paths:
        read(path)
        time.sleep(0.01)  # entries are ordered by the time of their last use
    read(paths[0])
    one = cache.used() // 3
    monkeypatch.setattr(cache, "LIMIT", 3 * one + one // 2)
    read(make("new.npz", 9))
    texts: list[str] = []
    for path in (*paths, make):
        if isinstance(path, Path):
            finish(reading(path), lambda progress: texts.append(progress.text))
            texts.append("|")
    assert cache.used() <= 3 * one + one // 2
    assert "Keeping" not in " ".join(texts[: texts.index("|")])  # the first was used last


def test_cleared(make: Make) -> None:
    path = make()
    data = read(path)
    assert cache.used() > data.x.nbytes
    assert cache.clear() > data.x.nbytes
    assert cache.used() == 0
    assert data.x.sum() > 0  # what is open stays open


def test_without_a_folder_to_write_to(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(read(make())) == 20
    assert cache.used() == cache.clear() == 0


def test_a_full_disk_costs_only_the_entry(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    assert len(read(make())) == 20
    assert not entries()


def test_what_is_being_read_is_not_cleared_away(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with cache.making() as store:
        assert store.folder is not None
        (store.folder / "part-1").write_bytes(bytes(1000))
        monkeypatch.setattr(cache, "LIMIT", 6000)
        read(make())
        cache.clear()
        assert (store.folder / "part-1").exists()
        os.utime(store.folder, (0, 0))  # left behind long ago
        cache.clear()
        assert not store.folder.exists()


def test_two_programs_read_the_same_at_once(make: Make, tmp_path: Path) -> None:
    path = make()
    command = "import sys; from vae_desktop.readers import cache, read; cache.KEPT_FROM, cache.FRESH = 0, -1.0\n" + (
        "for _ in range(20): cache.clear(); print(read(sys.argv[1]).fingerprint())"
    )
    root = Path(__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", command, str(path)], stdout=subprocess.PIPE, text=True, cwd=root)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert {line for lines in said for line in lines} == {read(path).fingerprint()}
    assert all(len(lines) == 20 for lines in said)
    assert not [entry for entry in entries() if entry.name.startswith(cache.NEW)]
