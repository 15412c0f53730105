"""Small data and quick settings."""

from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.core.values import Column, Dataset
from vae_desktop.training.settings import TrainSettings


@pytest.fixture
def images() -> Dataset:
    """120 grey images of 6×5: a bright square somewhere, of two classes by its side."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 40, (120, 6, 5, 1), np.uint8)
    labels = rng.integers(0, 2, 120).astype(np.int32)
    for image, label, top in zip(x, labels, rng.integers(0, 4, 120), strict=True):
        image[top : top + 3, 3 * label : 3 * label + 2] += 200
    return Dataset("image", x, labels, ("left", "right"), source="squares")


@pytest.fixture
def table() -> Dataset:
    rng = np.random.default_rng(1)
    x = rng.normal(5, 3, (40, 1)) * np.array([1, -2, 0.1]) + rng.normal(0, 0.1, (40, 3))
    return Dataset("table", x.astype(np.float32), columns=tuple(map(Column, "abc")), source="rows.csv")


@pytest.fixture
def quick() -> TrainSettings:
    return TrainSettings(epochs=3, batch=16, threads=1, device="cpu")
