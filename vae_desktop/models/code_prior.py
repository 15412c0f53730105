"""The prior over the codes of a VQ-VAE: each slot's code is foretold from those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vae_desktop.models.priors import Prior

if TYPE_CHECKING:
    from vae_desktop.models.vq_vae import VQVAE

HIDDEN = 32


class CodePrior(Prior):
    """p(k) = Π_i p(k_i | k_<i), a neural autoregressive distribution (NADE, Larochelle & Murray 2011).

    h_i = sigmoid(c + Σ_{j<i} W_j[k_j]) and p(k_i | k_<i) = softmax(b_i + V_i h_i): the sums are shared from slot to
    slot, so that all of them cost one look-up and one product each.
    """

    def __init__(self, model: VQVAE) -> None:
        super().__init__()
        slots, size = model.slots, model.config.codes
        self.bias = nn.Parameter(torch.zeros(slots, size))
        if slots > 1:
            self.seen = nn.Parameter(torch.zeros(slots - 1, size, HIDDEN))
        self.start = nn.Parameter(torch.zeros(HIDDEN))
        self.out = nn.Parameter(torch.zeros(slots, HIDDEN, size))
        self._model = (model,)  # in a tuple, so that the model is no part of its own prior

    def initialise(self, generator: torch.Generator) -> None:
        """Begin near an even distribution."""
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.01, generator=generator)

    def log_probs(self, numbers: Tensor) -> Tensor:
        """Log p(k_i | k_<i) in nats, (M, slots), of `numbers` (M, slots)."""
        m, slots = numbers.shape
        hidden = [self.start.expand(m, HIDDEN)]
        for j in range(slots - 1):
            hidden.append(hidden[-1] + nn.functional.embedding(numbers[:, j], self.seen[j]))
        # (slots, M, K)
        logits = torch.baddbmm(self.bias[:, None], torch.sigmoid(torch.stack(hidden)), self.out)
        losses = nn.functional.cross_entropy(logits.flatten(0, 1), numbers.t().flatten(), reduction="none")
        return -losses.view(slots, m).t()

    @torch.no_grad()
    def draw(self, n: int, generator: torch.Generator | None, temperature: float = 1.0) -> Tensor:
        """Draw code numbers slot by slot, int64 (n, slots); the log odds are divided by `temperature`."""
        hidden = self.start.expand(n, HIDDEN)
        drawn: list[Tensor] = []
        for j, (bias, out) in enumerate(zip(self.bias, self.out, strict=True)):
            if j:
                hidden = hidden + self.seen[j - 1][drawn[-1]]
            logits = bias + torch.sigmoid(hidden) @ out
            if temperature:
                odds = torch.softmax(logits / temperature, dim=1)
                drawn.append(torch.multinomial(odds, 1, generator=generator)[:, 0])
            else:
                drawn.append(logits.argmax(1))
        return torch.stack(drawn, dim=1)

    def sample(self, n: int, generator: torch.Generator | None, temperature: float = 1.0) -> Tensor:
        """Draw the vectors of codes, (n, d); at temperature 0 those that are likeliest, slot by slot."""
        model = self._model[0]
        return model.codebook.look_up(self.draw(n, generator, temperature)).flatten(1)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log probability in nats, (…), of the codes of `z` (…, d)."""
        model = self._model[0]
        numbers = model.numbers(z)
        return self.log_probs(numbers.flatten(0, -2)).sum(1).view(numbers.shape[:-1])

    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """What each code costs, −log p(k_i | k_<i), spread evenly over its dimensions, (B, d), in nats.

        It is KL(q(k|x) ‖ p(k)) of the posterior that is sure of its code.
        """
        return self.spread(self.log_probs(self._model[0].numbers(mu)))

    def spread(self, log_probs: Tensor) -> Tensor:
        """−log p(k_i | k_<i) (M, slots), spread evenly over each slot's dimensions, (M, d)."""
        each = self._model[0].codebook.vectors.shape[1]
        return -(log_probs / each).repeat_interleave(each, dim=1)
