from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import Progress, finish
from vae_desktop.readers import summary
from vae_desktop.readers.summary import Summary, summarising

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject


def table(x: np.ndarray) -> Dataset:
    return Dataset("table", x, columns=tuple(Column(f"c{j}") for j in range(x.shape[1])), source="rows.csv")


def test_images_have_one_range_and_their_classes_are_counted() -> None:
    x = np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2, 1) + 3
    labels = np.array([1, -1, 1, 0, -1], np.int32)
    found = finish(summarising(Dataset("image", x, labels, ("a", "b", "never"))))
    assert (found.low.tolist(), found.high.tolist(), found.missing.tolist()) == ([3], [22], [0])
    assert found.classes.tolist() == [1, 2, 0, 2]
    assert found.duplicates is not None
    assert (found.duplicates.count, found.duplicates.among) == (0, 5)


def test_missing_values_are_counted_by_column_and_have_no_range() -> None:
    x = np.array([[1, np.nan, np.nan], [-2, np.nan, 7], [np.inf, np.nan, 9]], np.float32)
    found = finish(summarising(table(x)))
    assert found.missing.tolist() == [0, 3, 1]
    np.testing.assert_array_equal(found.low, [-2, np.nan, 7])
    np.testing.assert_array_equal(found.high, [1, np.nan, 9])
    assert not len(found.classes)


def test_duplicates_are_exact_and_name_the_first_that_they_equal() -> None:
    x = np.array([[0.0, np.nan], [1, 2], [-0.0, np.nan], [1, 2.0000002], [1, 2], [0, np.nan]], np.float32)
    duplicates = finish(summarising(table(x))).duplicates
    assert duplicates is not None
    assert duplicates.count == 3
    assert duplicates.pairs.tolist() == [[2, 0], [4, 1], [5, 0]]


def test_what_is_compared_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST", 4 * 10)
    monkeypatch.setattr(summary, "BLOCK", 4 * 3)
    duplicates = finish(summarising(table(np.zeros((20, 1), np.float32)))).duplicates
    assert duplicates is not None
    assert (duplicates.count, duplicates.among) == (9, 10)


def test_the_rest_is_told_before_the_duplicates() -> None:
    seen: list[Progress | Summary] = []
    last = finish(summarising(table(np.zeros((2, 1), np.float32))), seen.append)
    early = [value for value in seen if isinstance(value, Summary)]
    assert [value.duplicates for value in early] == [None]
    assert last.duplicates is not None
    assert {value.text for value in seen if isinstance(value, Progress)} == {
        "Looking at the values", "Looking for duplicates",
    }  # fmt: skip


@pytest.mark.parametrize("n", [0, 1])
def test_few_items(n: int) -> None:
    found = finish(summarising(Dataset("image", np.zeros((n, 2, 2, 3), np.uint16))))
    assert found.duplicates is not None
    assert found.duplicates.count == 0
    assert np.isnan(found.low).all() == (n == 0)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_duplicates_are_those_that_comparing_all_with_all_finds(data: DataObject) -> None:
    n = data.draw(st.integers(1, 12))
    x = np.array(data.draw(st.lists(st.integers(0, 3), min_size=2 * n, max_size=2 * n)), np.uint8).reshape(n, 2, 1, 1)
    duplicates = finish(summarising(Dataset("image", x))).duplicates
    wanted = [next(j for j in range(n) if (x[j] == x[i]).all()) for i in range(n)]
    assert duplicates is not None
    assert duplicates.pairs.tolist() == [[i, j] for i, j in enumerate(wanted) if j < i]
