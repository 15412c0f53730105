"""What every model of the family is made of, and how the pull towards the prior changes as it learns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import setting
from vae_desktop.models.likelihoods import LIKELIHOODS
from vae_desktop.models.networks import CONVOLUTIONS, NETWORKS
from vae_desktop.models.priors import PRIORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Step
    from vae_desktop.models.vae import VAE

CONV_FROM = 1024  # values an item from which a convolutional network pays


@dataclass(frozen=True)
class VAEConfig:
    """Settings of a VAE; those of a variant inherit them, but what it is `without`, each with the reason."""

    without: ClassVar[Mapping[str, str]] = MappingProxyType({})

    latent: int = setting(
        2, "Latent dimensions", "How many numbers describe one item (the size of z). Two can be seen whole on the map.",
        low=1, high=4096,
    )  # fmt: skip
    warmup: float = setting(
        0.1, "KL warm-up", "Part of the training over which the pull towards the prior (KL) grows from 0 to full;"
        " keeps dimensions from dying early.", low=0, high=1, when=("anneal", "linear"),
    )  # fmt: skip
    likelihood: str = setting(
        "auto", "Likelihood", "How a decoded item is compared with the real one (log p(x|z)): Bernoulli for grey"
        " images, Gaussian with learned scale σ for colour and a table's numbers; Laplace forgives outliers; continuous"
        " Bernoulli is a true density of grey values, logistic a true probability of 8-bit ones.",
        choices=("auto", *LIKELIHOODS), words={name: found.word for name, found in LIKELIHOODS.items()},
    )  # fmt: skip
    sigma: float = setting(
        0.1, "σ of a value", "How far a decoded value may be off: 1 is the plain squared error, less asks for sharper"
        " items and weighs the pull towards the prior less.", low=1e-3, when=("likelihood", "gaussian-fixed"),
    )  # fmt: skip
    network: str = setting(
        "auto", "Network", "Fully connected layers, convolutions (Burgess 2018), or convolutions with residual blocks"
        f" (He 2016); auto takes convolutions for images of {CONV_FROM} values or more.",
        choices=("auto", *NETWORKS), words={"mlp": "Fully connected", "conv": "Convolutional"}, more=True,
        group="Encoder and decoder",
    )  # fmt: skip
    hidden: tuple[int, ...] = setting(
        (512, 256), "Hidden layers", "Widths of the fully connected layers, from the data inwards; the decoder"
        " mirrors them.", low=1, high=65536, more=True, group="Encoder and decoder",
    )  # fmt: skip
    width: int = setting(
        32, "Width", "Channels of the first convolutions, doubled after every second one. More sees finer detail, and"
        " takes longer.", low=1, high=1024, unit="channels", more=True, when=("network", *CONVOLUTIONS),
        group="Encoder and decoder",
    )  # fmt: skip
    depth: int = setting(
        4, "Depth", "How often an image is halved, at most, before the fully connected layers; it stops where a side"
        " would fall below 2 pixels.", low=1, high=8, unit="halvings", more=True, when=("network", *CONVOLUTIONS),
        group="Encoder and decoder",
    )  # fmt: skip
    prior: str = setting(
        "normal", "Prior", "Where codes are expected to lie (p(z)): a normal distribution, or a mixture that is learned"
        " from pseudo-inputs (VampPrior, Tomczak & Welling 2018).", choices=tuple(PRIORS), words={"vamp": "VampPrior"},
        more=True, group="Prior",
    )  # fmt: skip
    components: int = setting(
        500, "Pseudo-inputs", "Learned items whose posteriors make up the VampPrior.", low=1, high=100_000,
        more=True, when=("prior", "vamp"), group="Prior",
    )  # fmt: skip
    free_bits: float = setting(
        0.0, "Free bits", "Information each dimension may carry at no cost (λ in Σ max(λ, KL)); 0.1 to 0.5 revives"
        " dead dimensions (Kingma 2016).", low=0, unit="nats", more=True,
        group="Prior",
    )  # fmt: skip
    anneal: str = setting(
        "linear", "KL schedule", "How the pull towards the prior (KL) grows: once, over the warm-up, or again and"
        " again from 0, which revives dead dimensions (cyclical, Fu 2019).", choices=("linear", "cyclical"),
        words={"linear": "Warm-up"}, more=True, group="Prior",
    )  # fmt: skip
    cycles: int = setting(
        4, "Cycles", "How often the pull towards the prior (KL) starts again from 0; it grows over the first half of"
        " each cycle (Fu 2019).", low=1, high=1000, more=True, when=("anneal", "cyclical"),
        group="Prior",
    )  # fmt: skip

    def weight(self, step: Step) -> float:
        """Weight of the KL at this step: grows from 0 to 1 over the warm-up, or over the first half of each cycle."""
        if self.anneal == "cyclical":
            within = step.step * self.cycles / step.total % 1 if step.step < step.total else 1.0
            return min(1.0, 2 * within)
        warmup = self.warmup * step.total
        return min(1.0, step.step / warmup) if warmup else 1.0

    def schedules(self) -> dict[str, Callable[[Step], float]]:
        """What changes over a training, by the name of its curve."""
        return {"Weight of the KL": self.weight}


def allowed(cls: type[VAE], preparation: Preparation) -> dict[str, tuple[str, ...]]:
    """What each setting that is a choice may be for a model on this data, where theory allows less than all."""
    kind = preparation.kind
    networks = [name for name, network in NETWORKS.items() if kind in network.kinds]
    likelihoods = [name for name in cls.likelihoods if LIKELIHOODS[name].fits(preparation)]
    return {"network": ("auto", *networks), "likelihood": ("auto", *likelihoods), "prior": cls.priors}


def resolve(cls: type[VAE], config: VAEConfig, preparation: Preparation) -> VAEConfig:
    """Put in the place of ``auto`` what fits the data.

    Raises
    ------
    SettingError
        When what was chosen cannot be used on it.
    """
    image = preparation.kind == "image"
    for name, choices in allowed(cls, preparation).items():
        value = getattr(config, name)
        if value not in choices:
            data = "images" if image else "a table"
            reason = f"not for {cls.name} on {data}"
            if name == "likelihood" and value in cls.likelihoods:
                is_ = "these are images of another range" if image else "a table's columns are standardised"
                is_ = "this table holds categories only" if not preparation.numbers else is_
                reason = f"wants {LIKELIHOODS[value].wants or 'numbers'}, and {is_}"
            elif name == "prior":
                reason = f"the objective of {cls.name} is defined for another prior"
            raise SettingError(f"{name}={value}: {reason}; choose one of {', '.join(choices)}")
    network, likelihood = config.network, config.likelihood
    if network == "auto":
        network = "conv" if image and preparation.dim >= CONV_FROM else "mlp"
    if likelihood == "auto":
        likelihood = "bernoulli" if image and preparation.shape[0] == 1 else "gaussian"
        there = allowed(cls, preparation)["likelihood"]
        likelihood = likelihood if likelihood in there else there[1]
    return replace(config, network=network, likelihood=likelihood)
