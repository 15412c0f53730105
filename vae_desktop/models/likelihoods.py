"""Likelihoods p(x|z): log densities in nats, summed over an item's values."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Kind
    from vae_desktop.models.config import VAEConfig


LEVELS = 255.0  # the highest of 8 bits
MOMENTUM = 0.99


class Likelihood(nn.Module, ABC):
    """What the decoder's output means.

    Attributes
    ----------
    kinds
        The data it is for.
    wants
        What values must be, in words, where not every number will do.
    word
        What a form calls it.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("image", "table")
    wants: ClassVar[str] = ""
    word: ClassVar[str]

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__()
        self.dim = preparation.dim
        # One 8-bit level is 1/255 of an image's range; a table's columns are continuous.
        self.levels = LEVELS if preparation.kind == "image" else None

    @classmethod
    def fits(cls, preparation: Preparation) -> bool:
        """Whether values prepared like this are what it wants; beside them a table may hold categories."""
        return preparation.kind in cls.kinds and preparation.numbers > 0

    @abstractmethod
    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,), of `x` (B, …) under the decoder's output `out` (B, …).

        Of what is missing, False in `mask` (B, …), nothing is asked: the density is that of the observed values, the
        others integrated out (Nazabal 2020, Mattei & Frellsen 2019).
        """

    @abstractmethod
    def mean(self, out: Tensor) -> Tensor:
        """E[x|z], of the shape of `out`."""

    def bits_per_dim(self, nll: float, x_is_binary: bool) -> float | None:
        """Bits per dimension of `nll` nats per item, or None where the model does not define it.

        The density is taken as constant over one 8-bit level; None for tables.
        """
        return None if self.levels is None else (nll / self.dim + math.log(self.levels)) / math.log(2)

    def count(self, mask: Tensor | None) -> Tensor | int:
        """Number of observed values of each item, (B,), or of every item."""
        return self.dim if mask is None else mask.flatten(1).sum(1)


class Bernoulli(Likelihood):
    """Independent Bernoulli values; the decoder gives logits; x in [0, 1] (grey values as probabilities)."""

    kinds: ClassVar[tuple[Kind, ...]] = ("image",)
    wants: ClassVar[str] = "values in [0, 1]"
    word: ClassVar[str] = "Bernoulli"

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        return summed(-F.binary_cross_entropy_with_logits(out, x, reduction="none"), mask)

    def mean(self, out: Tensor) -> Tensor:
        """Probability of 1."""
        return torch.sigmoid(out)

    def bits_per_dim(self, nll: float, x_is_binary: bool) -> float | None:
        """Defined for binary data only: on grey values this is not a density of x."""
        return nll / self.dim / math.log(2) if x_is_binary else None


class ContinuousBernoulli(Likelihood):
    """Density C(λ)·λ^x·(1 − λ)^(1−x) on [0, 1], λ the decoder's sigmoid (Loaiza-Ganem & Cunningham 2019).

    With the logit l, C(λ) = 2·atanh(1 − 2λ)/(1 − 2λ) is l/tanh(l/2): finite for any logit, 2 at l = 0.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("image",)
    wants: ClassVar[str] = "values in [0, 1]"
    word: ClassVar[str] = "Continuous Bernoulli"
    NEAR = 0.5  # logits nearer to 0 than this are met by a series, exact to 4e-9 there

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        binary = -F.binary_cross_entropy_with_logits(out, x, reduction="none")
        return summed(binary + self.log_normaliser(out), mask)

    def log_normaliser(self, out: Tensor) -> Tensor:
        """Log C of each logit."""
        near = out.abs() < self.NEAR
        far = torch.where(near, 1.0, out).abs()
        square = torch.where(near, out, 0.0) ** 2
        series = math.log(2) + torch.log1p(square * (1 / 12 - square * (1 / 720 - square / 30240)))
        return torch.where(near, series, torch.log(far) - torch.log(torch.tanh(far / 2)))

    def mean(self, out: Tensor) -> Tensor:
        """E[x|z] = λ/(2λ − 1) + 1/(2·atanh(1 − 2λ)) = ½ + ½·coth(l/2) − 1/l: not λ itself."""
        near = out.abs() < self.NEAR
        far = torch.where(near, 1.0, out)
        close = torch.where(near, out, 0.0)
        square = close**2
        series = 0.5 + close * (1 / 12 - square * (1 / 720 - square / 30240))
        return torch.where(near, series, 0.5 + 0.5 / torch.tanh(far / 2) - 1 / far)


class Gaussian(Likelihood):
    """Independent Gaussian values around the decoder's output with one shared, optimal scale σ (Rybkin 2021).

    In training σ² is the batch's mean squared error (log σ soft-clipped at −6), which maximises the batch's
    likelihood; a running mean of it is stored with the model and used for everything else.
    """

    word: ClassVar[str] = "Gaussian (learned σ)"
    mse: Tensor
    seen: Tensor

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        self.register_buffer("mse", torch.ones(()))
        self.register_buffer("seen", torch.zeros(()))

    @property
    def log_sigma(self) -> Tensor:
        """The stored log σ."""
        return soft_clip(0.5 * torch.log(self.mse + 1e-12))

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        error = summed(F.mse_loss(out, x, reduction="none"), mask)  # (B,)
        count = self.count(mask)
        log_sigma = self.log_sigma
        if self.training:
            mse = per_value(error, count, self.mse)
            log_sigma = soft_clip(0.5 * torch.log(mse + 1e-12))
            remember(self.mse, self.seen, mse)
        return -0.5 * error * torch.exp(-2 * log_sigma) - count * (log_sigma + 0.5 * math.log(2 * math.pi))

    def mean(self, out: Tensor) -> Tensor:
        """The decoder's output itself."""
        return out


class FixedGaussian(Likelihood):
    """Independent Gaussian values around the decoder's output, their scale σ set: β and σ² are then one dial."""

    word: ClassVar[str] = "Gaussian (fixed σ)"

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        self.sigma = config.sigma

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        error = summed(F.mse_loss(out, x, reduction="none"), mask)
        height = math.log(self.sigma) + 0.5 * math.log(2 * math.pi)
        return -0.5 * error / self.sigma**2 - self.count(mask) * height

    def mean(self, out: Tensor) -> Tensor:
        """The decoder's output itself."""
        return out


class Laplace(Likelihood):
    """Independent Laplace values around the decoder's output, −|x − μ|/b − log 2b: outliers cost less.

    As of :class:`Gaussian`, the shared scale b is the optimal one: in training the batch's mean absolute error (log b
    soft-clipped at −6); a running mean of it is stored.
    """

    word: ClassVar[str] = "Laplace"
    mae: Tensor
    seen: Tensor

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        self.register_buffer("mae", torch.ones(()))
        self.register_buffer("seen", torch.zeros(()))

    @property
    def log_scale(self) -> Tensor:
        """The stored log b."""
        return soft_clip(torch.log(self.mae + 1e-12))

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        error = summed(F.l1_loss(out, x, reduction="none"), mask)  # (B,)
        count = self.count(mask)
        log_scale = self.log_scale
        if self.training:
            mae = per_value(error, count, self.mae)
            log_scale = soft_clip(torch.log(mae + 1e-12))
            remember(self.mae, self.seen, mae)
        return -error * torch.exp(-log_scale) - count * (log_scale + math.log(2))

    def mean(self, out: Tensor) -> Tensor:
        """The decoder's output itself."""
        return out


class Logistic(Likelihood):
    """Probability of each of 256 levels under a logistic around the decoder's output (Kingma 2016, Salimans 2017).

    P(x) = S((x + ½δ − μ)/s) − S((x − ½δ − μ)/s), S the sigmoid and δ = 1/255 one level; level 0 takes all below it
    and 255 all above. The shared log s is learned with the weights (soft-clipped at −7, a quarter of a level).
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("image",)
    wants: ClassVar[str] = "images of 8 bits"
    word: ClassVar[str] = "Logistic (256 levels)"
    START, LOW = math.log(0.1), -7.0

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        self.log_s = nn.Parameter(torch.tensor(self.START))

    @classmethod
    def fits(cls, preparation: Preparation) -> bool:
        """Whether the images' range is that of 8 bits."""
        return super().fits(preparation) and (preparation.low, preparation.high) == ((0.0,), (LEVELS,))

    def initialise(self, generator: torch.Generator) -> None:
        """Begin at a tenth of the range."""
        nn.init.constant_(self.log_s, self.START)

    @property
    def log_scale(self) -> Tensor:
        """Log s, of no dimension."""
        return soft_clip(self.log_s, self.LOW)

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        per_scale, half = torch.exp(-self.log_scale), 0.5 / LEVELS
        below = F.logsigmoid((x + half - out) * per_scale)  # log S of the upper end
        above = F.logsigmoid((out - x + half) * per_scale)  # log (1 − S) of the lower end
        # S(a) − S(b) = S(a)·(1 − S(b))·(1 − exp(b − a)): no difference of numbers that are nearly equal.
        within = below + above + torch.log(-torch.expm1(-per_scale / LEVELS))
        inner = torch.where(x < half, below, torch.where(x > 1 - half, above, within))
        return summed(inner, mask)

    def mean(self, out: Tensor) -> Tensor:
        """E[x|z] over the levels, as the integral of P(X > t) over [0, 1]: within a tenth of a level."""
        s = torch.exp(self.log_scale)
        return s * (F.softplus(out / s) - F.softplus((out - 1) / s))

    def bits_per_dim(self, nll: float, x_is_binary: bool) -> float | None:
        """Exact: levels have probabilities."""
        return nll / self.dim / math.log(2)


class Categorical(Likelihood):
    """One of its values for each category, which stand one-hot; the decoder gives logits, softmax of them shares.

    It sees the places of categories only, in their order: with numbers beside them see
    :class:`~vae_desktop.models.mixed.Mixed`.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("table",)
    wants: ClassVar[str] = "a table of categories only"
    word: ClassVar[str] = "Categorical"
    of: Tensor
    members: Tensor

    def __init__(self, preparation: Preparation, config: VAEConfig) -> None:
        super().__init__(preparation, config)
        widths = [len(values) for values in preparation.categories if values]
        of = np.repeat(np.arange(len(widths)), widths)  # by numpy: a model is also sketched without any memory
        self.register_buffer("of", torch.from_numpy(of), persistent=False)  # the category of each place, (K,)
        members = np.eye(len(widths), dtype=np.float32)[of]
        self.register_buffer("members", torch.from_numpy(members), persistent=False)  # (K, categories)

    @classmethod
    def fits(cls, preparation: Preparation) -> bool:
        """Whether all columns are categories."""
        return preparation.kind in cls.kinds and preparation.numbers == 0

    def log_shares(self, out: Tensor) -> Tensor:
        """Log-probabilities in nats of every value of every category, (B, K); a category's sum to one as numbers."""
        top = out.detach().new_full((len(out), self.members.shape[1]), -math.inf)
        top = top.scatter_reduce(1, self.of.expand_as(out), out.detach(), "amax")
        lower = out - top[:, self.of]
        return lower - torch.log(torch.exp(lower) @ self.members)[:, self.of]

    def log_prob(self, x: Tensor, out: Tensor, mask: Tensor | None = None) -> Tensor:
        """Log p(x|z) in nats, (B,)."""
        return summed(x * self.log_shares(out), mask)

    def mean(self, out: Tensor) -> Tensor:
        """Probability of each value."""
        return torch.exp(self.log_shares(out))


def summed(each: Tensor, mask: Tensor | None) -> Tensor:
    """Sum (B,) of what `each` value (B, …) gives, of those that are observed."""
    return (each if mask is None else torch.where(mask, each, 0.0)).flatten(1).sum(1)


def per_value(error: Tensor, count: Tensor | int, otherwise: Tensor) -> Tensor:
    """Mean error of an observed value, of the errors (B,) of items; `otherwise` where nothing is observed."""
    if isinstance(count, int):
        return error.mean() / count
    mean = count.float().mean()
    return torch.where(mean > 0, error.mean() / mean.clamp(min=1e-12), otherwise)


@torch.no_grad()
def remember(mean: Tensor, seen: Tensor, value: Tensor, momentum: float = MOMENTUM) -> None:
    """Take `value` into a running mean: early ones count fully, later ones by 1 − `momentum`."""
    seen += 1
    mean += (value - mean) * torch.clamp(1 / seen, min=1 - momentum)


def soft_clip(x: Tensor, low: float = -6.0) -> Tensor:
    """Keep `x` above `low` smoothly: low + softplus(x − low)."""
    return low + F.softplus(x - low)


LIKELIHOODS: Mapping[str, type[Likelihood]] = MappingProxyType(
    {
        "bernoulli": Bernoulli,
        "categorical": Categorical,
        "continuous-bernoulli": ContinuousBernoulli,
        "gaussian": Gaussian,
        "gaussian-fixed": FixedGaussian,
        "laplace": Laplace,
        "logistic": Logistic,
    }
)
