"""Tables of numbers and categories: each kind of column by a likelihood of its own (HI-VAE, Nazabal 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vae_desktop.models.likelihoods import LIKELIHOODS, Categorical, Likelihood

if TYPE_CHECKING:
    from torch import Tensor

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.models.config import VAEConfig


class Mixed(Likelihood):
    """Numbers by the likelihood that was chosen, whose scale then counts them alone; categories by softmax."""

    word = "Numbers and categories"
    at_numbers: Tensor
    at_categories: Tensor

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        one_hot = torch.from_numpy(preparation.one_hot)
        self.register_buffer("at_numbers", torch.nonzero(~one_hot)[:, 0], persistent=False)
        self.register_buffer("at_categories", torch.nonzero(one_hot)[:, 0], persistent=False)
        self.numbers = LIKELIHOODS[config.likelihood](preparation, config)
        self.numbers.dim = preparation.numbers
        self.categories = Categorical(preparation, config)

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        parts = [
            likelihood.log_prob(x[:, at], out[:, at], None if mask is None else mask[:, at])
            for likelihood, at in ((self.numbers, self.at_numbers), (self.categories, self.at_categories))
        ]
        return parts[0] + parts[1]

    def mean(self, out: Tensor) -> Tensor:
        """Numbers as they are expected, and the probability of each value of a category, of the shape of `out`."""
        made = out.clone()
        made[:, self.at_numbers] = self.numbers.mean(out[:, self.at_numbers])
        made[:, self.at_categories] = self.categories.mean(out[:, self.at_categories])
        return made


def likelihood_of(preparation: Preparation, config: VAEConfig) -> Likelihood:
    """The likelihood that `config` names, ``auto`` resolved, for items prepared like this."""
    mixed = preparation.kind == "table" and 0 < preparation.numbers < preparation.dim
    return Mixed(preparation, config) if mixed else LIKELIHOODS[config.likelihood](preparation, config)
