"""Which items come back well, and what they come back as."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.distributions import Bernoulli

from vae_desktop.core.preparation import Preparation
from vae_desktop.latent.gallery import costs, pick, reconstruct
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    import pytest

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space


def test_the_cost_is_that_of_the_mean_code(space: Space, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    model, mu = space.model, space.posterior.mu
    assert model is not None
    monkeypatch.setattr("vae_desktop.latent.gallery.ITEMS", 7)
    with torch.inference_mode():
        p = Bernoulli(logits=model.decode(torch.from_numpy(mu)), validate_args=False)
        wanted = -p.log_prob(torch.from_numpy(dataset.x).permute(0, 3, 1, 2)).flatten(1).sum(1)
    np.testing.assert_allclose(costs(model, dataset, mu), wanted.numpy(), rtol=1e-5)


def test_worst_best_random() -> None:
    cost = np.array([3.0, np.nan, 1.0, 2.0, np.inf, 5.0])
    assert pick(cost, "worst", 2).tolist() == [5, 0]
    assert pick(cost, "best", 9).tolist() == [2, 3, 0, 5]
    assert sorted(pick(cost, "random", 9, seed=1)) == [0, 2, 3, 5]
    assert pick(cost, "random", 3, seed=1).tolist() == pick(cost, "random", 3, seed=1).tolist()
    assert len(pick(np.empty(0), "worst", 3)) == 0


def test_items_and_what_they_come_back_as(space: Space, dataset: Dataset) -> None:
    assert space.model is not None
    items = np.array([3, 1])
    original, made = reconstruct(space.model, dataset, space.posterior.mu, items)
    np.testing.assert_array_equal(original, space.model.preparation.show(dataset.x[items]))
    np.testing.assert_array_equal(made, space.reconstruct(items))


def test_a_conditional_model_is_told_each_class(dataset: Dataset) -> None:
    class Told(VAE):
        conditional = True

        def decode(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
            assert y is not None
            return y[:, None, None, None].float().expand(-1, 1, 8, 8) * 10

    labels = (np.arange(40) % 2).astype(np.int32)
    named = replace(dataset, labels=labels, classes=("a", "b"))
    model = Told(Told.Config(latent=2, hidden=(8,)), Preparation.fit(named)).eval()
    mu = np.zeros((40, 2), np.float32)
    made = reconstruct(model, named, mu, np.array([1, 2]))[1]
    assert made[0].min() > 250 > 130 > made[1].max()
    assert costs(model, named, mu).shape == (40,)
