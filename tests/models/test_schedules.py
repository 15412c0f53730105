"""How the pull towards the prior changes over a training."""

from __future__ import annotations

import pytest

from vae_desktop.core.values import Step
from vae_desktop.models.config import VAEConfig


def weights(config: VAEConfig, *steps: int) -> list[float]:
    return [config.weight(Step(step, 1000, 10)) for step in steps]


def test_warm_up_is_linear() -> None:
    assert weights(VAEConfig(warmup=0.2), 0, 50, 100, 200, 999, 1000) == [0, 0.25, 0.5, 1, 1, 1]
    assert weights(VAEConfig(warmup=0), 0, 1000) == [1, 1]


def test_cycles_grow_over_their_first_half() -> None:
    config = VAEConfig(anneal="cyclical", warmup=0.9)  # four cycles of 250 steps; the warm-up does not matter
    expected = [0, 0.4, 1, 1, 0, 0.8, 1, 0, 1, 1]
    assert weights(config, 0, 50, 125, 249, 250, 350, 499, 750, 999, 1000) == pytest.approx(expected)
    assert weights(VAEConfig(anneal="cyclical", cycles=1), 0, 250, 500, 1000) == [0, 0.5, 1, 1]


def test_one_curve_is_drawn_for_it() -> None:
    config = VAEConfig()
    assert {name: value(Step(50, 1000, 10)) for name, value in config.schedules().items()} == {"Weight of the KL": 0.5}
