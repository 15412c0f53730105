"""The variational autoencoder (Kingma & Welling 2014), the whole idea on one screen.

An encoder gives q(z|x) = N(μ(x), σ²(x)); a decoder gives p(x|z); both are trained to maximise
ELBO = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)). Variants override the one method that differs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

import torch
from torch import Tensor, nn

from vae_desktop.core.values import Batch, Loss, Step
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig, resolve
from vae_desktop.models.likelihoods import LIKELIHOODS
from vae_desktop.models.mixed import likelihood_of
from vae_desktop.models.networks import NETWORKS
from vae_desktop.models.priors import PRIORS, log_normal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset


Condition = int | Callable[[Tensor], Tensor]


class Codes(NamedTuple):
    """Codes of a batch: q(z|x) as `mu` and `logvar` (B, d), a sample `z` (B, d), and the mean `kl` (d,) in nats."""

    mu: Tensor
    logvar: Tensor
    z: Tensor
    kl: Tensor


@dataclass(frozen=True, eq=False)
class Group:
    """Parameters that learn by a loss of their own, ``Loss.groups[name]``; `lr` None is that of the training."""

    name: str
    parameters: tuple[nn.Parameter, ...]
    lr: float | None = None
    betas: tuple[float, float] = (0.9, 0.999)


@models.add("vae")
class VAE(nn.Module):
    """Gaussian posterior; objective: reconstruction + KL.

    Parameters
    ----------
    config
        Its settings; ``auto`` is resolved against the data and the choice kept in :attr:`config`.
    preparation
        How raw items become network input; stored with the model.

    Attributes
    ----------
    conditional
        Whether encoder and decoder are told an item's class.
    discrete
        Whether codes are taken from a codebook: then `logvar` says nothing and there is no importance weighting.
    likelihoods, priors
        Names of those that theory allows.
    condition
        What a conditional model takes for an item's class where none is told, see :meth:`given`.
    """

    Config: ClassVar[type[VAEConfig]] = VAEConfig
    name: ClassVar[str] = "vae"
    title: ClassVar[str] = "VAE"
    summary: ClassVar[str] = "The plain variational autoencoder (Kingma & Welling 2014)."
    conditional: ClassVar[bool] = False
    discrete: ClassVar[bool] = False
    likelihoods: ClassVar[tuple[str, ...]] = tuple(LIKELIHOODS)
    priors: ClassVar[tuple[str, ...]] = tuple(PRIORS)

    def __init__(self, config: VAEConfig, preparation: Preparation) -> None:
        super().__init__()
        self.config = resolve(type(self), config, preparation)
        self.condition: Condition | None = None
        self.preparation = preparation if self.conditional else replace(preparation, classes=())
        self.encoder, self.decoder = self.networks()
        self.likelihood = likelihood_of(preparation, self.config)
        self.prior = PRIORS[self.config.prior](self)

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Encoder, (B, *shape) to (B, 2d), and decoder, (B, d) to (B, *shape)."""
        network, shape, d = NETWORKS[self.config.network], self.preparation.shape, self.config.latent
        return network.encoder(shape, self.config, 2 * d), network.decoder(d, self.config, shape)

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return `mu` and `logvar` of q(z|x), each (B, d)."""
        mu, logvar = self.encoder(batch.x).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Parameters of p(x|z), (B, *shape), for `z` (B, d); ``likelihood.mean`` makes an item of them."""
        out: Tensor = self.decoder(z)
        return out

    def quantise(self, z: Tensor) -> Tensor:
        """What `z` (…, d) is decoded as: itself, unless there is a codebook."""
        return z

    def codes(self, mu: Tensor) -> Tensor:
        """Numbers in the codebook, int32 (B, slots), of codes `mu` (B, d) of a discrete model."""
        raise NotImplementedError(f"{self.name} has no codebook")

    def sample(self, mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw z from q(z|x), of the shape of `mu` (…, d), so that gradients reach μ and σ."""
        return reparametrise(mu, logvar, generator)

    def kl(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """KL(q(z|x) ‖ p(z)) per dimension in nats, (B, d); where it has no closed form, an estimate from `z`."""
        return self.prior.kl(mu, logvar, z)

    def log_ratio(self, mu: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
        """Log p(z) − log q(z|x) in nats, (…), of `z` (…, d)."""
        return self.prior.log_prob(z) - log_normal(z, mu, logvar).sum(-1)

    def loss(self, batch: Batch, step: Step, generator: torch.Generator | None = None) -> Loss:
        """One-sample estimate of the objective, averaged over the batch."""
        mu, logvar = self.encode(batch)
        z = self.sample(mu, logvar, generator)
        codes = Codes(mu, logvar, z, self.kl(mu, logvar, z).mean(dim=0))
        reconstruction = -self.likelihood.log_prob(batch.x, self.decode(z, batch.y), batch.mask).mean()
        terms = self.terms(codes, step, generator)
        total = reconstruction + sum(terms.values())
        return Loss(total, reconstruction, codes.kl.sum(), codes.kl, terms, self.group_losses(codes, generator))

    def terms(self, codes: Codes, step: Step, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """What is added to the reconstruction, by name and weighted as it counts."""
        return {"kl": self.config.weight(step) * self.free(codes.kl).sum()}

    def free(self, kl: Tensor) -> Tensor:
        """What the KL per dimension (d,) costs: nothing below the free bits (Kingma 2016)."""
        return kl.clamp(min=self.config.free_bits) if self.config.free_bits else kl

    def groups(self) -> tuple[Group, ...]:
        """Parameters with a loss of their own, such as a discriminator's."""
        return ()

    def group_losses(self, codes: Codes, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """The loss of each group."""
        return {}

    def parameter_groups(self) -> list[Group]:
        """All parameters: first those that learn by the total (its name is ""), then the other groups."""
        others = self.groups()
        own = {id(parameter) for group in others for parameter in group.parameters}
        return [Group("", tuple(p for p in self.parameters() if id(p) not in own)), *others]

    def backward(self, loss: Loss) -> None:
        """Put into every parameter's ``grad`` the gradient of its group's loss."""
        if not loss.groups:
            torch.autograd.backward(loss.total)
            return
        groups = self.parameter_groups()
        losses = [loss.total, *(loss.groups[group.name] for group in groups[1:])]
        for i, (group, own) in enumerate(zip(groups, losses, strict=True)):
            more = i + 1 < len(groups)
            gradients = torch.autograd.grad(own, group.parameters, retain_graph=more, allow_unused=True)
            for parameter, gradient in zip(group.parameters, gradients, strict=True):
                parameter.grad = gradient

    def given(self, condition: Condition) -> Self:
        """The same model, sharing its weights, that takes this for the class where none is told.

        Parameters
        ----------
        condition
            A class's number, or a function from codes (M, d) to their classes, int64 (M,).
        """
        told = copy.copy(self)
        told.condition = condition
        return told

    def classes_at(self, z: Tensor) -> Tensor | None:
        """Classes taken where none is told for codes `z` (M, d), int64 (M,), see :meth:`given`; None: unknown."""
        if callable(self.condition):
            return self.condition(z)
        return None if self.condition is None else torch.full((len(z),), self.condition, device=z.device)

    def away(self, z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
        """How far codes `z` (M, d) lie from N(`mu`, exp `logvar`): root mean square of the dimensions, in σ, (M,)."""
        return ((mu - z) * torch.exp(-0.5 * logvar)).square().mean(dim=1).sqrt()

    def meet(self, batch: Batch, generator: torch.Generator) -> None:
        """Look at some training items before the first step: to begin a codebook or pseudo-inputs among them."""
        self.prior.meet(batch, generator)

    def labels(self, dataset: Dataset) -> np.ndarray | None:
        """What encoder and decoder are told of each item, int64 (N,); None unless the model is conditional.

        Raises
        ------
        MismatchError
            When the data has not the classes that the model knows.
        """
        return self.preparation.condition(dataset) if self.conditional else None


def reparametrise(mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Sample z = μ + σ·ε, ε ~ N(0, I), so that gradients reach μ and σ."""
    noise = torch.empty_like(mu).normal_(generator=generator)
    return torch.addcmul(mu, noise, torch.exp(0.5 * logvar))
