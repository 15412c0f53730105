"""A network that tells items of the data from decoded ones, for VAE-GAN."""

from __future__ import annotations

import itertools
from math import prod

import torch
from torch import Tensor, nn

from vae_desktop.models.layers import Linear
from vae_desktop.models.likelihoods import remember

FEATURES = 256  # of the last hidden layer
CHANNELS = (16, 32)
CONV_FROM = 8  # pixels a side from which convolutions see parts of an image
SLOPE = 0.2
MOMENTUM = 0.9
LEAST = 1e-6  # keeps features that are all alike


class Discriminator(nn.Module):
    """Items (B, *shape) to features (B, F), and these to the log odds (B,) that an item is of the data.

    Images of 8 pixels a side or more go through convolutions that halve them twice (after Radford 2016), others and
    tables through linear layers.
    """

    spread: Tensor
    seen: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if len(shape) == 3 and min(shape[1:]) >= CONV_FROM:
            for a, b in itertools.pairwise((shape[0], *CHANNELS)):
                layers += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
            width = CHANNELS[-1] * (shape[1] // 4) * (shape[2] // 4)
        else:
            layers += [nn.Flatten(), Linear(prod(shape), FEATURES), nn.LeakyReLU(SLOPE), nn.Unflatten(1, (FEATURES, 1))]
            width = FEATURES
        self.features = nn.Sequential(*layers, nn.Flatten(), Linear(width, FEATURES), nn.LeakyReLU(SLOPE))
        self.odds = Linear(FEATURES, 1)
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("seen", torch.zeros(()))

    def variance(self, features: Tensor, learn: bool) -> Tensor:
        """Mean variance over the data of the features (B, F), a running mean."""
        if learn:
            remember(self.spread, self.seen, features.var(0, correction=0).mean(), MOMENTUM)
        return self.spread + LEAST

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, F) of `x` (B, *shape), and log odds (B,) that it is of the data."""
        features = self.features(x)
        return features, self.odds(features)[:, 0]
