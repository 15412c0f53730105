"""What holds for every registered reader."""

from pathlib import Path

import numpy as np
import pytest

from tests.readers.samples import FURTHER, SAMPLES, csv, pictures
from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress, finish
from vae_desktop.readers import read, reader_of, readers, reading

RNG = np.random.default_rng(0)
FILES = [name for name, reader in readers.items() if reader.suffixes and name != "folder"]  # its sample is a folder


def test_every_reader_has_a_sample_here() -> None:
    assert set(SAMPLES) == set(readers)


@pytest.mark.parametrize("name", list(readers))
def test_reads_its_sample(name: str, tmp_path: Path) -> None:
    source = SAMPLES[name](tmp_path)
    seen: list[object] = []
    dataset = finish(reading(source), seen.append)
    assert reader_of(source) is readers[name]
    assert seen
    assert all(isinstance(progress, Progress) for progress in seen)
    assert len(dataset) >= 6
    assert dataset.source == source
    assert dataset.name
    assert not dataset.skipped
    assert dataset.fingerprint() == read(source).fingerprint()


@pytest.mark.parametrize("name", list(readers))
def test_a_name_without_a_folder_is_enough(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i, sample in enumerate((SAMPLES[name], *FURTHER.get(name, ()))):
        folder = tmp_path / str(i)
        folder.mkdir()
        source = sample(folder)
        whole = read(source)
        monkeypatch.chdir(Path(source).parent if Path(source).is_absolute() else folder)
        assert read(Path(source).name).fingerprint() == whole.fingerprint()


@pytest.mark.parametrize("name", list(readers))
def test_says_where_its_classes_are_from(name: str, tmp_path: Path) -> None:
    dataset = read(SAMPLES[name](tmp_path))
    guess = next(guess for guess in dataset.guesses if guess.option == "labels")
    assert (guess.value == "none") == (dataset.labels is None)
    assert {guess.value, "none"} <= set(guess.choices)


@pytest.mark.parametrize("name", list(readers))
def test_stops_at_any_sign_of_progress(name: str, tmp_path: Path) -> None:
    work = reading(SAMPLES[name](tmp_path))
    assert isinstance(next(work), Progress)
    work.close()


@pytest.mark.parametrize("name", list(readers))
def test_refuses_unknown_options(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="unknown option 'flavour'"):
        read(SAMPLES[name](tmp_path), flavour="red")


@pytest.mark.parametrize("name", FILES)
def test_refuses_what_is_no_data(name: str, tmp_path: Path) -> None:
    sample = Path(SAMPLES[name](tmp_path))
    whole = sample.read_bytes()
    path = tmp_path / "broken" / sample.name
    with pytest.raises(ReaderError, match="no such file"):
        read(path)
    path.parent.mkdir()
    for i in range(20):
        path.write_bytes(RNG.bytes(10 * i))
        with pytest.raises(ReaderError) as caught:
            read(path)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)
    path.unlink()
    path.mkdir()
    with pytest.raises(ReaderError, match="holds no files"):
        read(path)
    path.rmdir()
    # A table cut short is a shorter table, but for the one cut within its header.
    for length in {1, 3, 10, len(whole) // 2, len(whole) - 9, len(whole) - 1} if name != "tables" else {1, 3}:
        if name == "cifar" and length == len(whole) // 2:
            continue  # half of its items are whole items
        path.write_bytes(whole[:length])
        with pytest.raises(ReaderError) as caught:
            read(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_survives_any_flipped_byte(name: str, tmp_path: Path) -> None:
    sample = Path(SAMPLES[name](tmp_path))
    whole = sample.read_bytes()
    for at in RNG.integers(0, len(whole), 60).tolist():
        sample.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        message, count = "", 0
        try:
            count = len(read(sample))
        except ReaderError as error:
            message = str(error)
        assert "\n" not in message
        assert bool(message) != (0 < count <= 6)


@pytest.mark.parametrize(
    "source", ["", "nowhere", "nowhere/at/all.npz", "a" * 5000, "no\0thing", "~nobody-of-this-name/x"]
)
def test_refuses_what_is_not_there(source: str) -> None:
    with pytest.raises(ReaderError):
        read(source)


def test_refuses_other_files_and_says_what_it_reads(tmp_path: Path) -> None:
    (tmp_path / "letter.doc").write_text("Dear reader")
    with pytest.raises(ReaderError, match=r"it reads .*images.*in folders.*IDX.*\.npz.*\.csv"):
        read(tmp_path / "letter.doc")


def test_only_an_npz_has_named_arrays(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="leave out ::b"):
        read(csv(tmp_path) + "::b")


def test_a_path_may_hold_colons(tmp_path: Path) -> None:
    folder = tmp_path / "a::b"
    folder.mkdir()
    assert read(pictures(folder)).x.shape == (6, 9, 7, 1)


def test_options_are_kept() -> None:
    assert dict(read("shapes", n=3).options) == {"n": 3}
