"""VQ-VAE (van den Oord 2017): the latent vector is made of codes from a book, and a prior over them is learned."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from vae_desktop.core.settings import setting
from vae_desktop.core.values import Loss
from vae_desktop.models import models
from vae_desktop.models.code_prior import CodePrior
from vae_desktop.models.codebook import Codebook, perplexity
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.networks import NETWORKS
from vae_desktop.models.vae import VAE, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Batch, Step

LOGVAR = -20.0  # σ = e⁻¹⁰: a code is certain
RESTARTS = 0.5  # part of the training in which codes are restarted: then they keep still for the prior


@dataclass(frozen=True)
class VQConfig(VAEConfig):
    """A VAE's settings without those of its KL, and the codebook's."""

    without: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            **dict.fromkeys(("warmup", "anneal", "cycles", "free_bits"), "not for vq-vae: nothing pulls at its codes"),
            **dict.fromkeys(("prior", "components"), "not for vq-vae: the prior over its codes is learned"),
        }
    )

    codes: int = setting(
        512, "Codes", "How many vectors the codebook holds (K): each part of a code is one of them.", low=2, high=65536,
    )  # fmt: skip
    code_dim: int = setting(
        4, "Numbers per code", "How many latent dimensions one code stands for, less where they do not divide evenly;"
        " the fewer, the more codes make up one item.", low=1, high=4096,
    )  # fmt: skip
    commitment: float = setting(
        0.25, "Commitment β", "How firmly the encoder is held to the codes it is given (β in β‖z − sg[e]‖²).",
        low=0, more=True,
    )  # fmt: skip
    codebook: str = setting(
        "average", "Codebook learns by", "average: each code is the running mean of what it stands for (γ = 0.99);"
        " loss: by ‖sg[z] − e‖², as the other weights.", choices=("average", "loss"), more=True,
    )  # fmt: skip

    def weight(self, step: Step) -> float:
        """0: nothing pulls at its codes."""
        return 0.0

    def schedules(self) -> dict[str, Callable[[Step], float]]:
        """Nothing: there is no pull towards the prior to weigh."""
        return {}


@models.add("vq-vae")
class VQVAE(VAE):
    """Objective: reconstruction + ‖sg[z] − e‖² + β‖z − sg[e]‖², squares summed over the latent dimensions.

    The encoder's d numbers are cut into slots of c numbers, and each slot is replaced by the nearest e of one codebook.
    The decoder's gradient passes to the encoder as if nothing had been replaced (straight-through). The KL told is what
    the codes cost under a prior that is learned beside it: −log p(codes).
    """

    Config: ClassVar[type[VAEConfig]] = VQConfig
    name: ClassVar[str] = "vq-vae"
    title: ClassVar[str] = "VQ-VAE"
    summary: ClassVar[str] = "Describes an item by codes from a learned book instead of numbers (van den Oord 2017)."
    discrete: ClassVar[bool] = True
    priors: ClassVar[tuple[str, ...]] = ("normal",)
    config: VQConfig
    prior: CodePrior

    def __init__(self, config: VQConfig, preparation: Preparation) -> None:
        super().__init__(config, preparation)
        d = config.latent
        each = max(c for c in range(1, min(config.code_dim, d) + 1) if d % c == 0)
        self.slots = d // each
        self.codebook = Codebook(config.codes, each, config.codebook == "average")
        self.prior = CodePrior(self)  # N(0, I) would say nothing of codes

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Encoder, (B, *shape) to (B, d), and decoder, (B, d) to (B, *shape)."""
        network, shape, d = NETWORKS[self.config.network], self.preparation.shape, self.config.latent
        return network.encoder(shape, self.config, d), network.decoder(d, self.config, shape)

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the vectors of the item's codes as `mu`, (B, d), and a `logvar` that says they are certain."""
        mu = self.quantise(self.encoder(batch.x))
        return mu, torch.full_like(mu, LOGVAR)

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Parameters of p(x|z), (B, *shape), of the codes nearest to `z` (B, d)."""
        return super().decode(self.quantise(z), y)

    def quantise(self, z: Tensor) -> Tensor:
        """Vectors of the codes nearest to `z` (…, d); what is not finite stays so."""
        vectors = self.codebook.look_up(self.numbers(z)).flatten(-2)
        return torch.where(z.isfinite(), vectors, z)

    def numbers(self, z: Tensor) -> Tensor:
        """Numbers of the codes nearest to `z` (…, d), int64 (…, slots)."""
        return self.codebook.nearest(z.reshape(*z.shape[:-1], self.slots, -1))

    def codes(self, mu: Tensor) -> Tensor:
        """Numbers in the codebook, int32 (B, slots), of codes `mu` (B, d)."""
        return self.numbers(mu).int()

    def sample(self, mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """`mu` itself: a code is certain."""
        return mu

    def log_ratio(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """Log p(codes) in nats, (…), of `z` (…, d): q(codes|x) = 1."""
        return self.prior.log_prob(z)

    def away(self, z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
        """How far the codes of `z` (M, d) lie from `mu` (M, d), (M,), in distances between neighbouring codes."""
        squared = (mu - self.quantise(z)).square().sum(1)
        return (squared / self.slots).sqrt() / self.codebook.spacing()

    def loss(self, batch: Batch, step: Step, generator: torch.Generator | None = None) -> Loss:
        """The objective, averaged over the batch; only the restart of codes takes from `generator`."""
        z = self.encoder(batch.x)
        slots = z.detach().view(-1, self.codebook.vectors.shape[1])  # (B · slots, c)
        numbers = self.codebook.nearest(slots)
        e = self.codebook.look_up(numbers).view_as(z)
        out = super().decode(straight_through(z, e))
        reconstruction = -self.likelihood.log_prob(batch.x, out, batch.mask).mean()
        terms = {"commitment": self.config.commitment * (z - e.detach()).square().sum(1).mean()}
        if not self.codebook.averaged:
            terms["codebook"] = (z.detach() - e).square().sum(1).mean()
        kl = self.prior.spread(self.prior.log_probs(numbers.view(-1, self.slots))).mean(dim=0)
        if self.training:
            self.codebook.follow(slots, numbers)
            if step.step < RESTARTS * step.total:
                self.codebook.restart(slots, generator)
        told = {"perplexity": perplexity(self.codebook.share), "codes in use": self.codebook.used.sum().float()}
        total = reconstruction + sum(terms.values())
        return Loss(total, reconstruction, kl.sum(), kl, terms, {"prior": kl.sum()}, told)

    def groups(self) -> tuple[Group, ...]:
        """The prior learns from the codes alone: they do not learn to be foretold."""
        return (Group("prior", tuple(self.prior.parameters())),)

    @torch.no_grad()
    def meet(self, batch: Batch, generator: torch.Generator) -> None:
        """Begin the codebook among what the encoder gives."""
        e = self.encoder(batch.x).view(-1, self.codebook.vectors.shape[1])
        chosen = torch.randint(len(e), (self.config.codes,), generator=generator, device=e.device)
        self.codebook.place(e[chosen])


def straight_through(z: Tensor, e: Tensor) -> Tensor:
    """`e`, whose gradient is passed to `z`, both of one shape."""
    return z + (e - z).detach()
