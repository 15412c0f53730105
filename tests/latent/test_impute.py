"""What is missing is filled in by what the model learned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import MismatchError, SettingError, UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import finish
from vae_desktop.latent.encode import encode
from vae_desktop.latent.impute import imputed, imputing
from vae_desktop.latent.space import Space
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)


def with_gaps(data: Dataset, part: float = 0.2) -> Dataset:
    x = data.x.copy()
    x[RNG.random(x.shape) < part] = np.nan
    return replace(data, x=x)


def correlated(n: int = 1500) -> Dataset:
    """Eight columns in units of their own that follow two hidden numbers."""
    x = RNG.normal(size=(n, 2)) @ RNG.normal(size=(2, 8)) + 0.2 * RNG.normal(size=(n, 8))
    x = x * [1, 10, 0.1, 5, 1, 1, 1, 1000] + 3
    return Dataset("table", x.astype(np.float32), columns=tuple(map(Column, "abcdefgh")))


def mixed(n: int = 1500) -> Dataset:
    """Numbers and categories that tell one another."""
    kind, size = RNG.integers(0, 3, n), RNG.normal(size=n)
    x = np.column_stack([kind, size + 2 * kind, 50 * size, size > 0, np.where(RNG.random(n) < 0.9, kind, 1)])
    names = {"kind": ("x", "y", "z"), "big": ("no", "yes"), "again": ("x", "y", "z")}
    columns = (
        Column("kind", "category", names["kind"]), Column("a"), Column("b"), Column("big", "category", names["big"]),
        Column("again", "category", names["again"]),
    )  # fmt: skip
    return Dataset("table", x.astype(np.float32), columns=columns)


def fit(data: Dataset, folder: Path, model: str = "vae") -> VAE:
    settings = TrainSettings(epochs=25, batch=64, lr=3e-3, threads=1, device="cpu")
    return finish(training(data, model, {"hidden": (64, 32), "latent": 3}, settings, folder / "run")).model()


def test_it_is_clearly_better_than_the_mean_of_the_column(tmp_path: Path) -> None:
    true = correlated()
    data = with_gaps(true)
    filled, gaps = imputed(fit(data, tmp_path), data), np.isnan(data.x)
    np.testing.assert_array_equal(filled.x[~gaps], data.x[~gaps])
    away = [np.where(gaps, made - true.x, 0) / true.x.std(0) for made in (filled.x, np.nanmean(data.x, 0))]
    of_model, of_mean = ((part**2).sum(0) / gaps.sum(0) for part in away)
    assert of_model.mean() < 0.5 * of_mean.mean()
    assert filled.notes[-1] == f"filled in {gaps.sum():,} missing values by the model"
    assert np.isnan(data.x).any()


@pytest.mark.parametrize("model", ["vae", "iwae", "vq-vae"])
def test_categories_are_told_better_than_by_the_most_frequent(model: str, tmp_path: Path) -> None:
    true = mixed()
    data = with_gaps(true)
    filled, gaps = imputed(fit(data, tmp_path, model), data), np.isnan(data.x)
    for j, column in enumerate(data.columns):
        gap, known = gaps[:, j], true.x[~gaps[:, j], j]
        if column.categories:
            frequent = np.mean(true.x[gap, j] == np.bincount(known.astype(int)).argmax())
            assert np.mean(filled.x[gap, j] == true.x[gap, j]) > frequent + 0.2
            assert np.isin(filled.x[:, j], range(len(column.categories))).all()
        else:
            errors = [np.mean((made - true.x[gap, j]) ** 2) for made in (filled.x[gap, j], known.mean())]
            assert errors[0] < 0.6 * errors[1]


def small(data: Dataset) -> VAE:
    return VAE(VAEConfig(hidden=(8,)), Preparation.fit(data))


def test_a_row_or_a_column_without_a_value_is_filled_too() -> None:
    data = mixed(1100)
    x = data.x.copy()
    x[5], x[:, 1] = np.nan, np.nan
    data = replace(data, x=x)
    filled = imputed(small(data), data, rounds=2)
    assert np.isfinite(filled.x).all()
    assert np.isfinite(encode(small(data), data).mu).all()


def test_what_lacks_nothing_stays_the_same_array() -> None:
    data = mixed(20)
    assert imputed(small(data), data).x is data.x


def test_what_cannot_be_filled_in_is_said_in_one_line() -> None:
    data, pictures = mixed(20), Dataset("image", np.zeros((4, 8, 8, 1), np.uint8), source="pets.zip")
    with pytest.raises(UserError, match="holds images; only a table"):
        imputed(small(pictures), pictures)
    with pytest.raises(SettingError, match="rounds=0"):
        imputed(small(data), data, rounds=0)
    with pytest.raises(MismatchError, match="columns"):
        imputed(small(data), correlated(20))
    model = small(data)
    with pytest.raises(UserError, match="not at hand"):
        Space(model, encode(model, data)).impute()
    space = Space(model, encode(model, data), with_gaps(data))
    assert np.isfinite(space.impute(rounds=1).x).all()


def test_it_can_be_stopped_between_parts() -> None:
    data = with_gaps(mixed(1300))
    work = imputing(small(data), data)
    assert [next(work).done for _ in range(3)] == [512, 1024, 1300]
    work.close()
