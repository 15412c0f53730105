"""Several sources are one dataset."""

from pathlib import Path

import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Column, Dataset, source_of, sources_of
from vae_desktop.core.work import finish
from vae_desktop.readers import read
from vae_desktop.readers.join import joined
from vae_desktop.readers.store import Store

RNG = np.random.default_rng(0)


def save(path: Path, n: int, shape: tuple[int, ...] = (8, 9), **further: np.ndarray) -> Path:
    np.savez(path, images=RNG.integers(0, 256, (n, *shape), np.uint8), **further)
    return path


def test_a_source_of_many_is_one_text() -> None:
    for sources in (["a"], ["a", "b"], ['["', "x\ny", "ü"]):
        assert sources_of(source_of(sources)) == sources
    for odd in ('["a', '["a", 1]', "[]"):
        assert sources_of(odd) == [odd]


def test_files_of_the_same_form(tmp_path: Path) -> None:
    one = save(tmp_path / "one.npz", 4, labels=np.array(["cat", "dog", "cat", "dog"]), size=np.arange(4.0))
    two = save(tmp_path / "two.npz", 3, labels=np.array(["cow", "cat", "cow"]), size=np.arange(3.0))
    both = read([one, two])
    assert len(both) == 7
    assert np.array_equal(both.x, np.concatenate([read(one).x, read(two).x]))
    assert both.labels is not None
    assert [both.classes[label] for label in both.labels] == ["cat", "dog", "cat", "dog", "cow", "cat", "cow"]
    assert list(both.factors["size"]) == [0, 1, 2, 3, 0, 1, 2]
    assert both.name == "one and 1 more"
    assert read(both.source).fingerprint() == both.fingerprint()
    assert len(read([one, one])) == 4


def test_without_classes_each_knows_its_file(tmp_path: Path) -> None:
    both = read([save(tmp_path / "one.npz", 4), save(tmp_path / "two.npz", 3)])
    assert list(both.factors["file"]) == ["one"] * 4 + ["two"] * 3


def test_pictures_take_the_form_of_the_first(tmp_path: Path) -> None:
    both = read([save(tmp_path / "one.npz", 4), save(tmp_path / "two.npz", 3, (16, 18, 3))])
    assert both.x.shape == (7, 8, 9, 1)
    assert any("18×16" in note for note in both.notes)


def test_what_does_not_go_together(tmp_path: Path) -> None:
    one = save(tmp_path / "one.npz", 4)
    np.save(tmp_path / "two.npy", RNG.normal(size=(3, 5)).astype(np.float32))
    with pytest.raises(ReaderError, match=r"two.npy: cannot be joined: .*one.npz holds images of 9×8.* of 5 columns"):
        read([one, tmp_path / "two.npy"])
    np.save(tmp_path / "three.npy", RNG.integers(0, 60000, (3, 8, 9), np.uint16))
    with pytest.raises(ReaderError, match="uint16"):
        read([one, tmp_path / "three.npy"])


def table(rows: list[list[float]], *columns: Column, source: str = "t") -> Dataset:
    return Dataset("table", np.array(rows, np.float32), columns=columns, source=source)


def test_categories_of_the_same_name_become_one() -> None:
    a = table([[1, 0], [2, 1]], Column("x"), Column("kind", "category", ("red", "blue")))
    b = table([[3, 0], [4, np.nan], [5, 1]], Column("x"), Column("kind", "category", ("blue", "green")))
    both = finish(joined([a, b], "both", Store()))
    assert both.columns[1].categories == ("red", "blue", "green")
    assert np.array_equal(both.x[:, 1], [0, 1, 1, np.nan, 2], equal_nan=True)
    with pytest.raises(ReaderError, match="its column 'y' stands where t has 'x'"):
        finish(joined([a, table([[1, 0]], Column("y"), Column("kind", "category", ("red",)))], "both", Store()))


def test_says_which_column_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,kind\n" + "".join(f"{i}.5,{'xy'[i % 2]}\n" for i in range(20)))
    (tmp_path / "b.csv").write_text("a,kind\n" + "".join(f"{i}.5,{i % 5}.5\n" for i in range(20)))
    with pytest.raises(ReaderError, match=r"b\.csv.*'kind' holds numbers, that of .*a\.csv categories; open them"):
        read([tmp_path / "a.csv", tmp_path / "b.csv"], labels="none")
