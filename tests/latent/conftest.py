"""A small untrained model of the digits' shape: what is tested here holds for any weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset
from vae_desktop.latent.encode import encode
from vae_desktop.latent.space import Space
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE


@pytest.fixture
def dataset() -> Dataset:
    x = np.random.default_rng(0).random((40, 8, 8, 1), np.float32)
    return Dataset("image", x, source="noise")


@pytest.fixture
def model(dataset: Dataset) -> VAE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(VAEConfig(latent=3, hidden=(16,)), Preparation.fit(dataset)).eval()
        with torch.no_grad():
            model.encoder[-1].weight *= 20  # spreads the codes, so that items differ
    return model


@pytest.fixture
def space(model: VAE, dataset: Dataset) -> Space:
    return Space(model, encode(model, dataset), dataset)
