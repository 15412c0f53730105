"""What each figure of an evaluation means for the model at hand, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE

FIGURES = {
    "elbo": (
        "Explains the data (ELBO)",
        "Evidence lower bound: what the model is trained to raise, −(reconstruction + KL). The higher the better; it"
        " is never above log p(x)",
    ),
    "reconstruction": (
        "Left to tell (reconstruction)",
        "What is left to be told of an item once its code is known, −log p(x|z). The lower the better",
    ),
    "kl": (
        "Strays from the prior (KL)",
        "How much the codes tell of an item: how far q(z|x) is from the prior p(z). 0: they tell nothing",
    ),
    "nll": (
        "Cost of an item (NLL)",
        "Negative log-likelihood, −log p(x), from weighted draws of z (importance sampling, Burda 2016). The lower the"
        " better; ± is its standard error over the items",
    ),
    "bits_per_dim": (
        "Cost of a value (bits per dim)",
        "The cost of an item by the values that it has, in bits: what a perfect compressor would need for each",
    ),
    "objective": (
        "Its own loss (objective)",
        "The loss that this very model minimises, with its weights and further terms; models of one kind only can be"
        " compared by it",
    ),
    "active_units": (
        "In use (active units)",
        "Dimensions whose mean code moves with the items: its variance is above 0.01 (Burda 2016)",
    ),
}  # what each figure is called for people, and what it means for every model


def notes(model: VAE, samples: int, binary: bool) -> dict[str, str]:
    """What must be said beside the figures of this model; nothing of those that mean what they always do.

    Parameters
    ----------
    samples
        Draws of the importance-weighted bound; 0: it was not asked for.
    binary
        Whether all values of the data are 0 or 1.
    """
    said = {"objective": f"{_objective(model)} The plain ELBO stands beside it, so that models can be compared."}
    if model.discrete:
        said["kl"] = (
            "what an item's codes cost in nats under the model's prior over its codebook (÷ ln 2: bits); the choice of"
            " codes has no noise, so that this is all of the KL"
        )
        said["nll"] = "not defined: codes of a codebook have no density to weigh draws by"
    elif not model.prior.closed:
        said["kl"] = "estimated from samples: this prior has no closed KL; one dimension's share can be below 0"
    if not model.discrete:
        said["nll"] = (
            f"an upper bound from {samples} weighted draws an item; it falls towards the truth with more"
            if samples
            else "not asked for: it takes draws for each item (samples)"
        )
    if model.likelihood.bits_per_dim(1.0, binary) is None:
        said["bits_per_dim"] = (
            "not defined: columns of a table are no levels of brightness"
            if model.preparation.kind == "table"
            else f"not defined: the {model.config.likelihood} likelihood gives grey values no density"
        )
    if model.conditional:
        said["elbo"] = "of an item given its class, log p(x|y): not to be compared with models that are not told it"
    return said


def _objective(model: VAE) -> str:
    """Where what it minimises comes from."""
    return f"What {model.title} itself minimises when its schedules have ended. {model.summary}"
