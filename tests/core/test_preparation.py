from __future__ import annotations

import json

import numpy as np
import pytest

from vae_desktop.core.errors import MismatchError, ReaderError
from vae_desktop.core.preparation import Preparation, resize
from vae_desktop.core.values import Column, Dataset

RNG = np.random.default_rng(0)


def table(x: np.ndarray, names: str = "ab") -> Dataset:
    return Dataset("table", x.astype(np.float32), columns=tuple(map(Column, names)), source="t.csv")


@pytest.mark.parametrize(
    "x",
    [
        RNG.integers(0, 256, (5, 3, 4, 1), np.uint8),
        RNG.integers(0, 65536, (5, 3, 4, 3), np.uint16),
        RNG.random((5, 3, 4, 1), np.float32),
        (RNG.random((5, 3, 4, 3), np.float32) * 900 - 300),
        np.zeros((5, 3, 4, 1), np.float32),
        np.full((5, 3, 4, 1), 7, np.float32),
    ],
)
def test_images_go_to_0_to_1_and_back(x: np.ndarray) -> None:
    preparation = Preparation.fit(Dataset("image", x))
    y = preparation.apply(x)
    assert (y.dtype, y.shape) == (np.float32, (5, x.shape[3], 3, 4))
    assert y.flags.c_contiguous
    assert y.min() >= 0
    assert y.max() <= 1 + 1e-6
    shown = preparation.restore(y)
    assert (shown.dtype, shown.shape) == (np.uint8, x.shape)
    np.testing.assert_array_equal(shown, preparation.show(x))
    if x.dtype == np.uint8:
        np.testing.assert_array_equal(shown, x)


def test_restored_pixels_are_rounded_and_clipped() -> None:
    preparation = Preparation("image", (1, 1, 4), (0.0,), (255.0,))
    out = preparation.restore(np.array([[[[-0.5, 0.4999 / 255, 0.5001 / 255, 1.7]]]], np.float32))
    np.testing.assert_array_equal(out.ravel(), [0, 0, 1, 255])


def test_tables_are_standardised_and_restored() -> None:
    x = RNG.normal((3, 1e6), (0.01, 50), (400, 2)).astype(np.float32)
    preparation = Preparation.fit(table(x))
    y = preparation.apply(x)
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-2)
    np.testing.assert_allclose(y.std(0), 1, atol=1e-2)
    np.testing.assert_allclose(preparation.restore(y), x, rtol=1e-5)


def test_extreme_and_constant_columns_stay_finite() -> None:
    x = np.array([[3e37, 5], [-3e37, 5], [1e37, 5]], np.float32)
    y = Preparation.fit(table(x)).apply(x)
    assert np.isfinite(y).all()
    assert np.abs(y).max() < 2
    np.testing.assert_array_equal(y[:, 1], 0)


def test_images_of_nan_are_refused() -> None:
    x = np.zeros((2, 2, 2, 1), np.float32)
    x[0, 0, 0] = np.nan
    with pytest.raises(ReaderError, match=r"x\.npy: the images hold NaN"):
        Preparation.fit(Dataset("image", x, source="x.npy"))


def test_it_survives_json() -> None:
    for dataset in (table(RNG.normal(size=(9, 2))), Dataset("image", RNG.random((4, 3, 2, 1), np.float32) * 1.1)):
        preparation = Preparation.fit(dataset)
        assert Preparation.from_json(json.loads(json.dumps(preparation.to_json()))) == preparation


def test_what_does_not_fit_is_named() -> None:
    images = Dataset("image", np.zeros((2, 3, 4, 1), np.uint8), source="pets")
    rows = table(np.zeros((2, 2)))
    of_images, of_rows = Preparation.fit(images), Preparation.fit(rows)
    of_images.check(Dataset("image", np.zeros((1, 3, 4, 1), np.uint8)))
    of_rows.check(rows)
    for preparation, data, word in (
        (of_images, rows, "t holds a table; the model was trained on images"),
        (of_rows, images, "pets holds images; the model was trained on a table"),
        (of_images, Dataset("image", np.zeros((2, 4, 3, 1), np.uint8)), "3×4×1; the model wants 4×3×1"),
        (of_images, Dataset("image", np.zeros((2, 3, 4, 3), np.uint8)), "4×3×3"),
        (of_rows, table(np.zeros((2, 3)), "abc"), "3 columns; the model wants 2"),
        (of_rows, table(np.zeros((2, 2)), "ac"), "column 'c' where the model wants 'b'"),
    ):
        with pytest.raises(MismatchError, match=word):
            preparation.check(data)


def test_resize_keeps_flat_areas() -> None:
    image = np.full((8, 8, 3), 100, np.uint8)
    image[:, 4:] = 200
    small = resize(image, 4, 2)
    assert small.shape == (4, 2, 3)
    assert abs(int(small[0, 0, 0]) - 100) < 12
    assert resize(image[:, :, :1], 3, 5).shape == (3, 5, 1)


@pytest.mark.parametrize(
    ("trained", "given", "fits"),
    [
        (np.uint8([0, 255]), np.uint8([0, 9]), True),
        (np.uint8([0, 255]), np.float32([0, 255]), True),
        (np.uint8([0, 255]), np.float32([0, 1]), False),
        (np.uint8([0, 255]), np.uint16([0, 65535]), False),
        (np.uint16([0, 9]), np.uint8([0, 255]), False),
        (np.float32([0, 1]), np.uint8([0, 255]), False),
        (np.float32([0, 1]), np.float32([0.2, 0.9]), True),
        (np.float32([0, 1]), np.float32([-3, 2]), False),
        (np.float32([-1, 1]), np.float32([-1.1, 0.8]), True),
    ],
)
def test_values_on_another_scale_are_refused(trained: np.ndarray, given: np.ndarray, fits: bool) -> None:
    def pictures(values: np.ndarray) -> Dataset:
        return Dataset("image", np.broadcast_to(values[:, None, None, None], (2, 4, 4, 1)).copy(), source="pictures")

    preparation = Preparation.fit(pictures(trained))
    if fits:
        preparation.check(pictures(given))
    else:
        with pytest.raises(MismatchError, match="trained on values from"):
            preparation.check(pictures(given))


@pytest.mark.parametrize("normalise", ["standard", "range", "none"])
def test_a_missing_value_enters_the_network_as_its_columns_mean(normalise: str) -> None:
    columns = (Column("a"), Column("kind", "category", ("u", "v")), Column("b"))
    x = np.array([[10, 0, 5], [20, 1, 5], [60, 1, 5], [np.nan, np.nan, np.nan]], np.float32)
    data = Dataset("table", x, columns=columns, options={"normalise": normalise})
    preparation = Preparation.from_json(json.loads(json.dumps(Preparation.fit(data).to_json())))
    mean = np.array([[30, 0, 5]], np.float32)
    np.testing.assert_allclose(preparation.apply(x)[3:, [0, 3]], preparation.apply(mean)[:, [0, 3]], rtol=1e-6)
    np.testing.assert_array_equal(preparation.apply(x)[3, 1:3], [0, 0])
    middle, deviation = preparation.spread
    np.testing.assert_allclose(middle, [30, 0, 5])
    np.testing.assert_allclose(deviation, [np.std([10, 20, 60]), 1, 1])


def test_a_model_of_before_fills_gaps_as_it_did() -> None:
    x = np.array([[10.0], [20.0], [60.0], [np.nan]], np.float32)
    data = Dataset("table", x, columns=(Column("a"),), options={"normalise": "range"})
    document = {
        key: value for key, value in Preparation.fit(data).to_json().items() if key not in ("mean", "deviation")
    }
    assert Preparation.from_json(document).apply(x)[3, 0] == 0
