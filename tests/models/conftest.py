"""Small datasets of every kind that a model must take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset

SHAPES = {
    "8x8": (8, 8, 1),
    "colour": (8, 8, 3),
    "odd": (7, 13, 1),
    "thin": (33, 5, 3),
    "dot": (1, 1, 1),
    "big": (36, 40, 1),
}

TABLES = ("mixed", "gaps", "categories")


def make(name: str, n: int = 16) -> Dataset:
    rng = np.random.default_rng(0)
    told: dict[str, Any] = {"labels": np.arange(n, dtype=np.int32) % 3, "classes": ("a", "b", "c")}
    if name == "table":
        rows = rng.normal(4, 2, (n, 3)).astype(np.float32)
        return Dataset("table", rows, columns=tuple(map(Column, "abc")), **told)
    if name in TABLES:
        rows = np.column_stack(
            [rng.integers(0, 3, n), rng.normal(4, 2, n), rng.integers(0, 2, n), rng.normal(-1, 9, n)]
        ).astype(np.float32)
        if name == "gaps":
            rows[rng.random(rows.shape) < 0.3] = np.nan
            rows[1], rows[3, 2] = np.nan, 1  # a row without a value
        columns = (
            Column("port", "category", ("S", "C", "Q")), Column("age"), Column("sex", "category", ("f", "m")),
            Column("fare"),
        )  # fmt: skip
        if name == "categories":
            return Dataset("table", rows[:, ::2].copy(), columns=columns[::2], **told)
        return Dataset("table", rows, columns=columns, **told)
    return Dataset("image", rng.integers(0, 256, (n, *SHAPES[name]), np.uint8), **told)


@pytest.fixture(params=[*SHAPES, "table", *TABLES])
def data(request: pytest.FixtureRequest) -> Dataset:
    return make(request.param)


@pytest.fixture
def pictures() -> Dataset:
    return make("8x8")


@pytest.fixture
def preparation(pictures: Dataset) -> Preparation:
    return Preparation.fit(pictures)
