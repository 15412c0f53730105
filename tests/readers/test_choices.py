"""What was decided about reading holds for any data."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_desktop.core.errors import ReaderError, SettingError
from vae_desktop.core.read_options import ReadOptions
from vae_desktop.readers import convert, read
from vae_desktop.readers.choices import idle, placed

RNG = np.random.default_rng(0)


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    """Ten colour pictures of 12×16."""
    path = tmp_path / "data.npz"
    x = RNG.integers(0, 256, (10, 12, 16, 3), np.uint8)
    np.savez(path, images=x, labels=np.arange(10) % 2, size=np.arange(10) % 5, weight=RNG.normal(size=10))
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table with gaps in numbers and in a category."""
    path = tmp_path / "rows.npy"
    np.save(path, RNG.normal(size=(30, 3)).astype(np.float32))
    return path


def test_sizes_are_asked_for_in_many_ways() -> None:
    assert ReadOptions().shape is None
    for size in ("64x48", "64×48", " 64 x 48 ", (64, 48)):
        assert ReadOptions.of({"size": size}).shape == (48, 64)
    assert ReadOptions.of({"size": 7}).shape == (7, 7)
    for wrong in ("", "x", "64x", "0", "5000", "1e3", "-4"):
        with pytest.raises(SettingError, match="wants 64, or 64x48"):
            ReadOptions.of({"size": wrong})


def test_only_what_was_chosen_is_kept(npz: Path) -> None:
    assert dict(read(npz).options) == {}
    assert dict(read(npz, size=8, gray=True, fit="auto").options) == {"size": "8", "colour": "gray"}


def test_grey_is_luma(npz: Path) -> None:
    x, grey = read(npz).x, read(npz, gray=True).x
    expected = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in x])
    assert np.abs(grey[..., 0].astype(int) - expected).max() <= 1
    assert read(npz, gray=False).x.shape == x.shape


def test_colour_of_grey_pictures_is_the_same_three_times(tmp_path: Path) -> None:
    np.save(tmp_path / "grey.npy", RNG.integers(0, 256, (5, 8, 8), np.uint8))
    x = read(tmp_path / "grey.npy", colour="colour").x
    assert x.shape == (5, 8, 8, 3)
    assert (x == x[..., :1]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_a_plain_picture_stays_plain_at_any_size(fit: str, dtype: type, tmp_path: Path) -> None:
    value = 0.25 if dtype == np.float32 else np.iinfo(dtype).max // 4
    np.save(tmp_path / "plain.npy", np.full((3, 10, 20), value, dtype))
    x = read(tmp_path / "plain.npy", size="7x9", fit=fit).x
    assert x.shape == (3, 9, 7, 1)
    assert x.dtype == dtype
    assert np.allclose(x, value)


def test_where_a_picture_goes() -> None:
    assert placed(10, 20, (5, 5), "stretch") == ((0, 0, 20, 10), (0, 0, 5, 5))
    assert placed(10, 20, (5, 5), "crop") == ((5, 0, 15, 10), (0, 0, 5, 5))
    assert placed(10, 20, (10, 10), "pad") == ((0, 0, 20, 10), (2, 0, 7, 10))
    assert placed(20, 10, (5, 5), "auto") == ((0, 5, 10, 15), (0, 0, 5, 5))
    assert placed(1, 4000, (1, 1), "pad") == ((0, 0, 4000, 1), (0, 0, 1, 1))


def test_classes_from_another_column(npz: Path) -> None:
    usual, other = read(npz), read(npz, labels="size")
    assert usual.classes == ("0", "1")
    assert other.classes == tuple("01234")
    assert other.labels is not None
    assert (other.labels == np.arange(10) % 5).all()
    assert "size" not in other.factors
    assert read(npz, labels="none").labels is None
    chosen = next(guess for guess in other.guesses if guess.option == "labels")
    assert chosen.value == "size"
    assert {"size", "none"} <= set(chosen.choices)
    assert "weight" not in chosen.choices  # it measures


def test_classes_that_are_none(npz: Path) -> None:
    with pytest.raises(ReaderError, match=r"labels=colour: there is no such column; choose one of .*weight"):
        read(npz, labels="colour")
    with pytest.raises(ReaderError, match=r"labels=weight: it measures"):
        read(npz, labels="weight")


def test_no_more_than_the_limit(npz: Path, table: Path) -> None:
    few = read(npz, limit=3)
    assert len(few) == len(few.factors["weight"]) == 3
    assert len(read(table, limit=100)) == 30


def test_missing_values(tmp_path: Path) -> None:
    rows = "a,b,c\n" + "".join(f"{i},{'' if i % 3 == 0 else i * 2.5},{i % 7}.5\n" for i in range(30))
    path = tmp_path / "gaps.csv"
    path.write_text(rows)
    kept, dropped, filled = (read(path, missing=how) for how in ("keep", "drop", "mean"))
    gaps = np.isnan(kept.x)
    assert gaps.sum() == 10
    assert len(dropped) == 20
    assert any("left out 10 rows" in note for note in dropped.notes)
    assert np.array_equal(filled.x[~gaps], kept.x[~gaps])
    assert np.allclose(filled.x[gaps], np.nanmean(kept.x[:, 1]))


@pytest.mark.parametrize(("how", "low", "high"), [("standard", None, None), ("range", 0, 29), ("none", 0, 1)])
def test_scales_of_columns(how: str, low: float | None, high: float | None, tmp_path: Path) -> None:
    from vae_desktop.core.preparation import Preparation

    (tmp_path / "rows.csv").write_text("a,b\n" + "".join(f"{i},{i * i}.5\n" for i in range(30)))
    data = read(tmp_path / "rows.csv", normalise=how)
    preparation = Preparation.fit(data)
    if low is None:
        assert np.allclose(preparation.apply(data.x).mean(axis=0), 0, atol=1e-5)
        assert np.allclose(preparation.apply(data.x).std(axis=0), 1, atol=1e-5)
    else:
        assert (preparation.low[0], preparation.high[0]) == (low, high)
    assert np.allclose(preparation.restore(preparation.apply(data.x)), data.x, atol=1e-3)


def test_labels_may_be_true_or_false(npz: Path) -> None:
    assert read(npz, labels=False).labels is None
    assert read(npz, labels=True).classes == ("0", "1")


def test_large_tables_are_filled_and_thinned_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "CHUNK", 64)  # a few rows at a time
    x = RNG.normal(size=(500, 3)).astype(np.float32)
    x[::7, 1] = np.nan
    gaps = np.isnan(x[:, 1])
    np.savetxt(tmp_path / "t.csv", x, delimiter=",", header="a,b,c", comments="")
    np.save(tmp_path / "t.npy", x)
    for name in ("t.csv", "t.npy"):
        dropped = read(tmp_path / name, missing="drop").x
        assert np.allclose(dropped, x[~gaps])
        filled = read(tmp_path / name, missing="mean").x
        assert np.allclose(filled[gaps, 1], x[~gaps, 1].mean(), atol=1e-6)
        assert np.allclose(filled[~gaps], x[~gaps])
    assert np.array_equal(np.load(tmp_path / "t.npy"), x, equal_nan=True)


def test_what_makes_no_difference_is_told(npz: Path, table: Path) -> None:
    options = ReadOptions.of({"size": 8, "gray": True, "limit": 3})
    assert idle(read(table), options) == "size, colour: makes no difference to a table"
    assert idle(read(npz), options) == ""
    assert idle(read(npz), ReadOptions.of({"missing": "drop"})) == "missing: makes no difference to images"


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_no_value_leaves_the_range_of_what_was_there(fit: str, tmp_path: Path) -> None:
    x = np.zeros((3, 12, 16), np.float32)
    x[:, 3:9, 4:12] = 1  # edges, beyond which Lanczos swings
    np.save(tmp_path / "edges.npy", x)
    made = read(tmp_path / "edges.npy", size="7x7", fit=fit).x
    assert made.min() == 0
    assert made.max() == 1
    (tmp_path / "pictures").mkdir()
    for i, image in enumerate(x):
        Image.fromarray(image).save(tmp_path / "pictures" / f"{i}.tif")
    made = read(tmp_path / "pictures", size="7x7", fit=fit).x
    assert made.dtype == np.float32
    assert (made.min(), made.max()) == (0, 1)
