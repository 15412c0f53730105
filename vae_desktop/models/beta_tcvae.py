"""β-TCVAE (Chen 2018): pulls only at what ties dimensions together, their total correlation."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch

from vae_desktop.core.settings import setting
from vae_desktop.models import models
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.priors import each_log_normal, log_sum_exp
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vae_desktop.core.values import Step
    from vae_desktop.models.vae import Codes


@dataclass(frozen=True)
class BetaTCConfig(VAEConfig):
    """A VAE's settings and the weights of the KL's three parts."""

    without: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"free_bits": "not for beta-tcvae, which weighs other parts of the KL than dimensions; lower alpha instead"}
    )

    beta: float = setting(
        6.0, "β", "Weight of the total correlation: how strongly dimensions are kept from telling the same. 1 is the"
        " plain VAE.", low=0,
    )  # fmt: skip
    alpha: float = setting(
        1.0, "α", "Weight of the mutual information: what codes tell of their item.", low=0, more=True,
    )  # fmt: skip
    gamma: float = setting(
        1.0, "γ", "Weight of the dimension-wise KL: how far each dimension by itself is from the prior.", low=0,
        more=True,
    )  # fmt: skip


@models.add("beta-tcvae")
class BetaTCVAE(VAE):
    """Objective: reconstruction + α·MI + β·TC + γ·dimension-wise KL, where MI + TC + dimension-wise KL = KL.

    q(z) and q(z_j) are estimated by :func:`log_aggregate`; the mutual information is what is then left of the KL.
    """

    Config: ClassVar[type[VAEConfig]] = BetaTCConfig
    name: ClassVar[str] = "beta-tcvae"
    title: ClassVar[str] = "β-TCVAE"
    summary: ClassVar[str] = "Separate dimensions at less cost in sharpness than the β-VAE (Chen 2018)."
    priors: ClassVar[tuple[str, ...]] = ("normal",)
    config: BetaTCConfig

    def terms(self, codes: Codes, step: Step, generator: torch.Generator | None) -> Mapping[str, Tensor]:
        """The three parts of the KL."""
        config, warm = self.config, self.config.weight(step)
        joint, marginals = log_aggregate(codes.mu, codes.logvar, codes.z, step.n_items)
        correlation = (joint - marginals).mean()
        of_dimensions = (marginals - self.prior.log_prob(codes.z)).mean()
        information = codes.kl.sum() - correlation - of_dimensions
        return {
            "mutual_information": warm * config.alpha * information,
            "total_correlation": warm * config.beta * correlation,
            "dimension_wise_kl": warm * config.gamma * of_dimensions,
        }


def log_aggregate(mu: Tensor, logvar: Tensor, z: Tensor, n_items: int) -> tuple[Tensor, Tensor]:
    """Estimate log q(z) and Σ_j log q(z_j) in nats, each (B,), by minibatch-stratified sampling (Chen 2018, C.2).

    The estimate of q(z) has no bias; its logarithm is too low, the more so the fewer items a batch holds and the more
    dimensions it is of: the total correlation may come out below 0.

    Parameters
    ----------
    mu, logvar, z
        q(z|x) of a batch and a sample of it, (B, d).
    n_items
        Number of items N of which the batch is drawn.
    """
    log_weights = stratified(len(z), n_items, z.device).log()  # (B, B)
    each = each_log_normal(z, mu, logvar)  # (d, B, B)
    return log_sum_exp(each.sum(0) + log_weights), log_sum_exp(each + log_weights).sum(0)


def stratified(batch: int, n_items: int, device: torch.device | None = None) -> Tensor:
    """Weights (B, B) of q(z_i|x_k) in the estimate of q(z_i); each row sums to 1.

    Of B = M + 1 items the own one counts 1/N, one other (N − M)/(N·M), the rest 1/M. The own one is on the diagonal,
    where published code puts it into the first column.
    """
    others = batch - 1
    if not others:
        return torch.ones(1, 1, device=device)
    n = max(n_items, batch)  # items kept for validation may be more than those trained on
    weights = torch.full((batch, batch), 1 / others, device=device)
    weights.fill_diagonal_(1 / n)
    weights.diagonal(1).fill_((n - others) / (n * others))
    weights[-1, 0] = weights[0, 1]
    return weights
