"""Measures of disentanglement on codes whose figures are known: perfect, random, rotated."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from vae_desktop.core.values import Dataset
from vae_desktop.core.work import Progress
from vae_desktop.latent.disentangle import (
    Disentanglement,
    dci,
    disentangle,
    disentangling,
    factor_vae_score,
    informed,
    mig,
)
from vae_desktop.latent.factors import equal_bins, known_factors

KINDS = 3
GRID = np.array(list(itertools.product(range(KINDS), range(6), range(8), range(8)))).repeat(2, axis=0)
N = len(GRID)
PERFECT = ((GRID - GRID.mean(0)) / GRID.std(0)).astype(np.float32)
MIX = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2  # orthogonal


def grid() -> Dataset:
    factors = {name: GRID[:, j].astype(np.float32) for j, name in enumerate(("shape", "scale", "x", "y"))}
    factors["shape"] = GRID[:, 0].astype(np.int32)
    x = np.zeros((N, 1, 1, 1), np.uint8)
    return Dataset("image", x, GRID[:, 0].astype(np.int32), ("a", "b", "c"), factors=factors)


def measured(mu: np.ndarray) -> Disentanglement:
    found = disentangle(mu.astype(np.float32), grid())
    assert found is not None
    json.dumps(found.to_json(), allow_nan=False)
    return found


def test_perfect_codes_in_any_order_and_sign() -> None:
    found = measured(PERFECT[:, [2, 0, 3, 1]] * np.array([-1, 2, 1, -0.5]))
    assert found.factors == ("shape", "scale", "x", "y")  # the class repeats the shape
    assert found.mig == pytest.approx(1)
    assert found.disentanglement == pytest.approx(1, abs=1e-6)
    assert found.completeness == pytest.approx(1, abs=1e-6)
    assert found.informativeness == pytest.approx(1, abs=1e-6)
    # Of three kinds the second best dimension still guesses one in three.
    assert found.sap == pytest.approx((3 + 1 - 1 / KINDS) / 4, abs=0.015)
    assert found.factor_vae == 1
    np.testing.assert_allclose(found.information, np.eye(4)[[2, 0, 3, 1]], atol=1e-9)


def test_random_codes_are_at_chance() -> None:
    found = measured(np.random.default_rng(0).normal(size=(N, 4)))
    assert found.mig < 0.01
    assert found.disentanglement is not None
    assert found.disentanglement < 0.1
    assert found.completeness is not None
    assert found.completeness < 0.1
    assert found.informativeness < 0.05
    assert found.sap < 0.03
    assert found.factor_vae == pytest.approx(1 / 4, abs=0.06)


def test_rotated_codes_tell_all_but_no_dimension_stands_for_one_factor() -> None:
    found = measured(PERFECT @ MIX)
    assert found.mig < 0.01
    assert found.disentanglement is not None
    assert found.disentanglement < 0.1
    assert found.completeness is not None
    assert found.completeness < 0.1
    assert found.informativeness > 0.9
    assert found.sap < 0.03
    assert found.factor_vae is not None
    assert found.factor_vae < 0.4


def test_dimensions_that_are_not_used_change_nothing() -> None:
    noise = 1e-3 * np.random.default_rng(0).normal(size=(N, 2))
    found = measured(np.hstack([PERFECT, noise, np.zeros((N, 1))]))
    assert found.mig > 0.97
    assert found.disentanglement == pytest.approx(1, abs=1e-3)
    assert found.sap == pytest.approx((3 + 1 - 1 / KINDS) / 4, abs=0.02)
    assert found.factor_vae == 1


def test_identical_codes_tell_nothing() -> None:
    found = measured(np.ones((N, 2)))
    assert found.to_json() == {
        "mig": 0, "dci": {"disentanglement": 0, "completeness": 0, "informativeness": pytest.approx(0, abs=1e-3)},
        "sap": 0, "factor_vae": 0,
    }  # fmt: skip


def test_one_dimension_has_no_completeness() -> None:
    found = measured(PERFECT[:, :1])
    assert found.completeness is None
    assert found.mig == pytest.approx(1 / 4)


def test_information_of_a_known_joint() -> None:
    """A bit that is flipped one time in four: ln 2 − H(¼) nats of ln 2."""
    v = np.repeat([0, 1], 400)
    z = np.where(np.arange(800) % 4 == 0, 1 - v, v)[:, None].astype(float)
    data = Dataset("image", np.zeros((800, 1, 1, 1), np.uint8), factors={"v": v})
    known = 1 - (-0.25 * np.log2(0.25) - 0.75 * np.log2(0.75))
    information = informed(z, known_factors(data)[1])
    np.testing.assert_allclose(information, [[known]], rtol=1e-9)
    assert mig(np.array([[0.7, 0.1], [0.5, 0.4]])) == pytest.approx((0.2 + 0.3) / 2)


def test_importances_of_known_entropy() -> None:
    assert dci(np.eye(3)) == (pytest.approx(1), pytest.approx(1))
    assert dci(np.full((3, 2), 0.5)) == (pytest.approx(0), pytest.approx(0))
    alone, one = dci(np.array([[0.9, 0.0], [0.1, 0.0], [0.0, 1.0]]))
    assert alone == pytest.approx(1)  # each dimension matters to one factor
    assert one == pytest.approx((1 - (-0.9 * np.log(0.9) - 0.1 * np.log(0.1)) / np.log(3) + 1) / 2)


def test_votes_need_two_factors() -> None:
    data = Dataset("image", np.zeros((N, 1, 1, 1), np.uint8), factors={"shape": GRID[:, 0]})
    assert factor_vae_score(PERFECT, known_factors(data)[1], np.random.default_rng(0)) is None
    found = disentangle(PERFECT, data)
    assert found is not None
    assert (found.disentanglement, found.factor_vae) == (None, None)
    assert found.mig == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 5, 40])
def test_few_items(n: int) -> None:
    rng = np.random.default_rng(0)
    data = Dataset("image", np.zeros((n, 1, 1, 1), np.uint8), factors={"a": rng.random(n), "b": np.arange(n) % 2})
    found = disentangle(rng.normal(size=(n, 3)).astype(np.float32), data)
    assert (found is None) == (n < 16)


def test_items_without_a_code_or_a_factor_are_left_out() -> None:
    data = grid()
    mu = PERFECT.copy()
    mu[:10] = np.nan
    scale = data.factors["scale"].copy()
    scale[-20:] = np.nan
    found = disentangle(mu, Dataset("image", data.x, factors={**data.factors, "scale": scale}))
    assert found is not None
    assert found.mig > 0.98


def test_it_can_be_left_between_trees() -> None:
    work = disentangling(PERFECT, grid())
    told = [next(work) for _ in range(4)]
    assert all(isinstance(one, Progress) for one in told)
    assert told[-1].text == "Learning shape"
    work.close()


# Which factors there are


def factors_of(**columns: np.ndarray) -> dict[str, bool]:
    n = len(next(iter(columns.values())))
    data = Dataset("image", np.zeros((n, 1, 1, 1), np.uint8), factors=columns)
    return {factor.name: factor.kinds for factor in known_factors(data)[1]}


def test_what_counts_as_a_factor() -> None:
    n = 300
    amount, word = np.linspace(0, 1, n), np.array(["red", "blue", "green"])[np.arange(n) % 3]
    names = np.array([f"item {i}" for i in range(n)])
    found = factors_of(amount=amount, word=word, names=names, same=np.ones(n), number=np.arange(n))
    assert found == {"amount": False, "word": True}


def test_amounts_of_many_values_are_put_into_ranges() -> None:
    data = Dataset("image", np.zeros((300, 1, 1, 1), np.uint8), factors={"amount": np.linspace(0, 1, 300)})
    (factor,) = known_factors(data)[1]
    np.testing.assert_array_equal(np.bincount(factor.states), np.full(20, 15))


def test_classes_alone_are_a_factor_and_unknown_ones_are_left_out() -> None:
    labels = np.array([0, 1, -1, 0, 1] * 8, np.int32)
    data = Dataset("image", np.zeros((40, 1, 1, 1), np.uint8), labels, ("a", "b"))
    items, (factor,) = known_factors(data)
    assert factor.name == "class"
    np.testing.assert_array_equal(items, np.flatnonzero(labels >= 0))


def test_no_factors() -> None:
    data = Dataset("image", np.zeros((40, 1, 1, 1), np.uint8))
    assert known_factors(data)[1] == ()
    assert disentangle(np.zeros((40, 2), np.float32), data) is None


def test_equal_bins() -> None:
    np.testing.assert_array_equal(equal_bins(np.array([0.0, 0.49, 0.5, 1.0]), 2), [0, 0, 1, 1])
    np.testing.assert_array_equal(equal_bins(np.ones(3), 20), [0, 0, 0])
