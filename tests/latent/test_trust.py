from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

if TYPE_CHECKING:
    from vae_desktop.core.values import Batch
from vae_desktop.latent.trust import Density, field, round_trip, settled
from vae_desktop.models.vae import VAE


def crowd(n: int, d: int, seed: int) -> np.ndarray:
    """Codes in three groups of different density."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    centres, widths = 4 * np.random.default_rng(9).normal(size=(3, d)), np.array([0.2, 0.6, 1.0])
    return (centres[group] + widths[group, None] * rng.normal(size=(n, d))).astype(np.float32)


@pytest.mark.parametrize("d", [1, 2, 8, 32])
def test_the_verdict_is_calibrated(d: int) -> None:
    density = Density.fit(crowd(3000, d, 0))
    assert density is not None
    held_out = density.verdict(crowd(2000, d, 1))
    assert held_out.count("inside") >= 0.85 * 2000
    codes = crowd(3000, d, 0)
    centre = codes.mean(axis=0)
    far = 2 * np.quantile(np.linalg.norm(codes - centre, axis=1), 0.99)
    ways = np.random.default_rng(2).normal(size=(1000, d))
    ways *= far * np.random.default_rng(3).uniform(1, 3, (1000, 1)) / np.linalg.norm(ways, axis=1, keepdims=True)
    assert density.verdict(centre + ways).count("outside") >= 990


def test_a_gap_between_groups_is_outside() -> None:
    codes = np.concatenate([np.random.default_rng(0).normal(size=(500, 2)) + at for at in ([-20, 0], [20, 0])])
    density = Density.fit(codes.astype(np.float32))
    assert density is not None
    assert density.verdict(np.array([[0.0, 0.0], [20.0, 0.0]])) == ["outside", "inside"]


def test_too_few_or_equal_items() -> None:
    assert Density.fit(np.zeros((5, 2), np.float32)) is None
    assert Density.fit(np.full((500, 2), np.nan, np.float32)) is None
    for d in (2, 20):
        same = Density.fit(np.full((500, d), 0.1, np.float32))
        assert same is not None
        assert same.verdict(np.float32([[0.1] * d, [2.0] * d])) == ["inside", "outside"]
        nearly = np.nextafter(np.float32([[0.1] * d]), np.float32(1))  # such as their mean
        assert same.verdict(nearly) == ["inside"]


@pytest.mark.parametrize("d", [2, 8, 9, 40])
def test_the_score_is_the_distance_to_the_tenth_nearest(d: int) -> None:
    codes, z = crowd(900, d, 0) + 100, crowd(200, d, 1) + 100
    density = Density.fit(codes)
    assert density is not None
    distance = np.linalg.norm(codes.astype(np.float64)[None] - z[:, None].astype(np.float64), axis=2)
    np.testing.assert_allclose(density.score(z) * density.usual, np.sort(distance, axis=1)[:, 9], rtol=1e-6)


class Mirror:
    """Decodes exactly, and encodes `off` beside it with σ = 0.5."""

    class likelihood:
        mean = staticmethod(lambda out: out)

    condition = None
    classes_at, away, quantise = VAE.classes_at, VAE.away, VAE.quantise

    def __init__(self, off: float) -> None:
        self.off = off

    def decode(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        return 3 * z

    def encode(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        mu = batch.x / 3 + self.off
        return mu, torch.full_like(mu, 2 * np.log(0.5))


class Book(Mirror):
    """A codebook of whole numbers."""

    def quantise(self, z: torch.Tensor) -> torch.Tensor:
        return z.round()


@pytest.mark.parametrize("off", [0.0, 1.0, -0.25])
def test_round_trip_is_told_in_sigma(off: float) -> None:
    z = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(round_trip(Mirror(off), z), np.full(4, abs(off) / 0.5), atol=1e-5)  # type: ignore[arg-type]


def test_the_field_is_round_trip_and_score_at_each_place() -> None:
    codes = crowd(500, 3, 0)
    density, z = Density.fit(codes), crowd(30, 3, 1)
    assert density is not None
    there = field(Mirror(0.7), density, z)  # type: ignore[arg-type]
    np.testing.assert_allclose(there[:, 0], round_trip(Mirror(0.7), z))  # type: ignore[arg-type]
    np.testing.assert_allclose(there[:, 1], density.score(z), rtol=1e-5)


def test_the_field_where_nothing_can_be_told() -> None:
    z = np.array([[0, 0, 0], [np.nan, 0, 0]], np.float32)
    there = field(Mirror(0.5), Density.fit(crowd(500, 3, 0)), z)  # type: ignore[arg-type]
    assert np.isinf(there[1]).all()
    assert np.isfinite(there[0]).all()
    assert np.isnan(field(Mirror(0.5), None, z)[:, 1]).all()  # type: ignore[arg-type]


def test_a_place_of_a_codebook_is_judged_by_the_code_it_is_decoded_as() -> None:
    used, book = np.float32([[2.0, -1.0]]), Book(0.0)
    density = Density.fit(np.repeat(used, 50, axis=0))
    assert density is not None
    near = used + np.float32([[1e-3, 1e-3]])
    assert density.verdict(near) == ["outside"]
    assert density.verdict(settled(book, near))  # type: ignore[arg-type] == ["inside"]
    assert field(book, density, near)[0, 1] <= 1  # type: ignore[arg-type]
