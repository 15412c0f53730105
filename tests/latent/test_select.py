from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import Column, Dataset, Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.search import found_none, search
from vae_desktop.latent.select import (
    How,
    Known,
    columns_of,
    combine,
    gate,
    gated,
    grow,
    histogram,
    statistics,
)

N = 30


def make(n: int = N) -> tuple[Dataset, Posterior]:
    """Rows with two columns, a number and a text beside them, three classes, names, some values missing."""
    rng = np.random.default_rng(0)
    x = rng.normal((170, 60), (10, 8), (n, 2)).astype(np.float32)
    x[3, 0] = np.nan
    labels = (np.arange(n) % 3).astype(np.int32)
    labels[5] = -1
    further = MappingProxyType({"age": rng.integers(1, 90, n), "town": np.array(["Bern", "Basel", "Chur"])[labels % 3]})
    columns = (Column("height"), Column("weight"))
    names = [f"person {i:02}.txt" for i in range(n)]
    data = Dataset("table", x, labels, ("cat", "dog", "hot dog"), columns, further, names, "rows.csv")
    return data, Posterior(*rng.normal(size=(2, n, 2)).astype(np.float32))


def known(n: int = N) -> Known:
    data, posterior = make(n)
    return Known.of(data, posterior, data.labels, data.classes)


@pytest.mark.parametrize("n", [40, 40_000])  # masks are joined, or numbers
@pytest.mark.parametrize("how", ["replace", "add", "take", "within", "flip"])
def test_choices_are_joined_as_sets_are(how: How, n: int) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        old = np.unique(rng.integers(0, 40, rng.integers(0, 40))).astype(np.int32)
        new = rng.integers(-5, 45, rng.integers(0, 40))
        a, b = set(old.tolist()), set(new[(new >= 0) & (new < n)].tolist())
        want = {"replace": b, "add": a | b, "take": a - b, "within": a & b, "flip": a ^ b}[how]
        got = combine(old, new, how, n)
        assert got.tolist() == sorted(want)
        assert got.dtype == np.int32
        assert not got.flags.writeable
        mask = np.zeros(n, bool)
        mask[list(b)] = True
        np.testing.assert_array_equal(combine(old, mask, how, n), got)


def test_a_mask_given_is_not_changed() -> None:
    mask = np.zeros(10, bool)
    combine(np.array([1], np.int32), mask, "add", 10)
    assert not mask.any()


@pytest.mark.parametrize("n", [3, 20])
def test_a_mask_of_other_data_chooses_what_there_is(n: int) -> None:
    mask = np.arange(10) % 2 == 0
    old = np.array([1], np.int32)
    assert combine(old, mask, "add", n).tolist() == [i for i in range(10) if i < n and (i % 2 == 0 or i == 1)]


def test_gates_include_their_ends_and_nan_never_passes() -> None:
    values = np.array([np.nan, -np.inf, 0, 1, 2, np.inf])
    assert gate(values, 0, 1).tolist() == [False, False, True, True, False, False]
    assert not gate(values, -np.inf, np.inf)[0]
    assert gate(values, 2, 1).sum() == 0


def test_gates_combine_with_and() -> None:
    data, posterior = make()
    columns = columns_of(data, posterior, data.labels)
    got = gated(columns, [("height", 165, 180), ("z1", -1, 0.5), ("age", 20, 80)], N)
    want = [
        165 <= data.x[i, 0] <= 180 and -1 <= posterior.mu[i, 0] <= 0.5 and 20 <= data.factors["age"][i] <= 80
        for i in range(N)
    ]
    assert got.tolist() == want
    assert gated(columns, [], N).all()


def test_columns_are_those_of_the_data_and_of_the_code() -> None:
    data, posterior = make()
    columns = columns_of(data, posterior, data.labels)
    assert list(columns) == ["height", "weight", "age", "z1", "z2", "KL", "class"]
    np.testing.assert_array_equal(columns["weight"](), data.x[:, 1])
    np.testing.assert_array_equal(columns["z2"](), posterior.mu[:, 1])
    assert np.isnan(columns["class"]()[5])
    np.testing.assert_allclose(columns["KL"]().mean(), posterior.kl_per_dimension.sum(), rtol=1e-5)


def test_categories_are_found_by_name_and_are_no_numbers() -> None:
    x = np.array([[0, 1], [1, 2], [np.nan, 3], [1, np.nan]], np.float32)
    data = Dataset("table", x, columns=(Column("Sex", "category", ("Female", "male")), Column("age")))
    about = Known.of(data, None)
    assert list(about.columns) == ["age"]
    assert search(about, "sex = MALE").tolist() == [False, True, False, True]
    assert search(about, "sex != male").tolist() == [True, False, False, False]
    assert search(about, "sex = male and age < 3").tolist() == [False, True, False, False]
    with pytest.raises(UserError, match=r"^Sex is never cat; it is Female, male$"):
        search(about, "sex = cat")
    with pytest.raises(UserError, match=r"^Sex < 1: it holds categories; ask for Sex = …$"):
        search(about, "sex < 1")
    with pytest.raises(UserError, match=r"there are age, Sex$"):
        search(about, "size = 1")


def test_a_column_called_as_a_dimension_keeps_its_name() -> None:
    data = Dataset("table", np.ones((4, 1), np.float32), columns=(Column("z1"),))
    columns = columns_of(data, Posterior(np.zeros((4, 1), np.float32), np.zeros((4, 1), np.float32)))
    assert list(columns) == ["z1", "z1 (code)", "KL"]
    assert columns["z1"]().tolist() == [1] * 4


def test_a_histogram_counts_what_is_finite() -> None:
    values = np.array([0, 0, 1, 4, np.nan, np.inf], np.float32)
    counts, low, high = histogram(values, 4)
    assert (counts.tolist(), low, high) == ([2, 1, 0, 1], 0, 4)
    assert histogram(np.full(3, np.nan))[0].sum() == 0
    assert histogram(np.full(5, 7.0), 3)[0].sum() == 5


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("person 07", {7}),
        ("PERSON 1", set(range(10, 20))),
        ("dog", {i for i in range(N) if i % 3 == 1}),
        ("hot", {i for i in range(N) if i % 3 == 2} - {5}),
        ('"hot dog"', {i for i in range(N) if i % 3 == 2} - {5}),
        ("class = Cat", {i for i in range(N) if i % 3 == 0}),
        ("#4", {4}),
        ("#4-6", {4, 5, 6}),
        ("#99", set()),
        ("town = bern", {i for i in range(N) if i % 3 == 0}),
        ("  ", set()),
        ("nothing like it", set()),
    ],
)
def test_items_are_found_by_words(text: str, wanted: set[int]) -> None:
    assert set(np.flatnonzero(search(known(), text)).tolist()) == wanted


def test_items_are_found_by_values() -> None:
    data, posterior = make()
    all_of = known()
    height = data.x[:, 0]
    np.testing.assert_array_equal(search(all_of, "height > 171.5"), height > 171.5)
    np.testing.assert_array_equal(search(all_of, "Height<=171.5"), height <= 171.5)
    np.testing.assert_array_equal(search(all_of, "height != 0"), ~np.isnan(height))
    np.testing.assert_array_equal(search(all_of, "z2 < 0"), posterior.mu[:, 1] < 0)
    both = search(all_of, "height > 165 AND dog and age >= 30")
    labels = np.asarray(data.labels)
    np.testing.assert_array_equal(both, (height > 165) & (labels == 1) & (data.factors["age"] >= 30))


@pytest.mark.parametrize("value", ["1e39", "1e400", "-1e400"])
@pytest.mark.filterwarnings("error")
def test_values_beyond_all_numbers_are_compared(value: str) -> None:
    height = make()[0].x[:, 0]
    known_values = set(np.flatnonzero(~np.isnan(height)).tolist())
    above = set(np.flatnonzero(search(known(), f"height > {value}")).tolist())
    below = set(np.flatnonzero(search(known(), f"height < {value}")).tolist())
    assert (above, below) == ((known_values, set()) if value.startswith("-") else (set(), known_values))


@pytest.mark.parametrize(
    ("text", "told"),
    [("nobody", "No item is called so"),
     ('"a > b"', "No item is called so"),
     ("mass g > 9000", "No item has mass g > 9000"),
     ("#99", "No item has the number #99"),
     ("cat and z1 > 9", "No item is all of that"),
     ("height > 1" + "0" * 90, "No item has height > 1" + "0" * 22 + "…")],
)  # fmt: skip
def test_nothing_found_is_said_as_it_was_asked(text: str, told: str) -> None:
    assert found_none(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("heigth > 1", "there is no column heigth; there are height, weight, age, z1, …"),
     ("height > tall", "height > tall: that is no number"),
     ("x" * 90 + " > 1", f"there is no column {'x' * 32}…; there are height, weight, age, z1, …"),
     ("class = cow", "there is no class called cow")],
)  # fmt: skip
def test_a_bad_query_tells_one_line(text: str, told: str) -> None:
    with pytest.raises(UserError) as error:
        search(known(), text)
    assert str(error.value) == told


def test_growing_adds_the_nearest_of_the_others() -> None:
    rng = np.random.default_rng(2)
    for d, k in ((1, 1), (2, 1), (2, 3), (5, 2)):
        mu = rng.normal(size=(60, d)).astype(np.float32)
        mask = rng.random(60) < 0.2
        want = set(np.flatnonzero(mask).tolist())
        outside = np.flatnonzero(~mask)
        for i in np.flatnonzero(mask):
            far = np.linalg.norm(mu[outside] - mu[i], axis=1)
            want |= set(outside[np.argsort(far)[:k]].tolist())
        assert set(np.flatnonzero(grow(mu, mask, k)).tolist()) == want


@pytest.mark.parametrize("chosen", ["none", "all", "nan"])
def test_growing_lives_through_bad_codes(chosen: str) -> None:
    mu = np.zeros((8, 2), np.float32)
    mu[4:] = np.nan
    mask = {"none": np.zeros(8, bool), "all": np.ones(8, bool), "nan": np.arange(8) == 5}[chosen]
    np.testing.assert_array_equal(grow(mu, mask), mask)
    assert grow(mu, np.arange(8) == 0, 100).sum() == 4


def test_statistics_are_those_of_the_items() -> None:
    data, posterior = make()
    items = np.array([1, 3, 4, 5, 8, 20], np.int32)
    found = finish(statistics(known(), items))
    assert (found.chosen, found.total) == (6, N)
    assert [(one.name, one.chosen, one.total) for one in found.shares] == [
        ("dog", 2, 10), ("hot dog", 2, 9), ("cat", 1, 10), ("unknown", 1, 1),
    ]  # fmt: skip
    moments = {one.title: one for one in found.moments}
    height, some = data.x[:, 0].astype(float), data.x[items, 0].astype(float)
    assert moments["height"].mean == pytest.approx(np.nanmean(some))
    assert moments["height"].sd == pytest.approx(np.nanstd(some))
    assert moments["height"].mean_of_all == pytest.approx(np.nanmean(height))
    assert moments["z1"].sd_of_all == pytest.approx(posterior.mu[:, 0].std(dtype=float))
    shifts = [abs(one.shift) for one in found.moments]
    assert shifts == sorted(shifts, reverse=True)


def test_nothing_known_is_calm() -> None:
    nothing = Known.of(None, None)
    assert search(nothing, "cat").shape == (0,)
    found = finish(statistics(nothing, np.empty(0, np.int32)))
    assert (found.chosen, found.shares, found.moments) == (0, (), ())
    alone = known()
    empty = finish(statistics(alone, np.empty(0, np.int32)))
    assert all(one.shift == 0 for one in empty.moments)
