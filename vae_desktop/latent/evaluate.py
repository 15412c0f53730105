"""How well a model explains data: the ELBO and its parts, the importance-weighted likelihood, its own objective."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from vae_desktop.core.errors import SettingError
from vae_desktop.core.values import Posterior, Step
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.disentangle import NONE, disentangling
from vae_desktop.latent.meanings import notes
from vae_desktop.latent.prior_gap import PriorGap, measuring_gap
from vae_desktop.latent.sample import seeded
from vae_desktop.models.batches import batch_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from vae_desktop.core.values import Batch, Dataset
    from vae_desktop.models.vae import VAE

ROWS = 1024  # codes decoded at once, at most
VALUES = 2**21  # values they may decode to: with a convolution's inner layers some 100 MB
ITEMS = 256
MIXED = 2**23  # numbers that a mixture prior compares codes with at once: some 33 MB
STEPS = 1_000_000  # of a training whose last step tells the objective
BATCH = 128  # items of one value of the objective: as in training, some of whose terms depend on it


@dataclass(frozen=True, eq=False)
class Appraisal:
    """Scores of a model on a dataset.

    Parameters
    ----------
    report
        What :func:`evaluate` returns.
    posterior
        q(z|x) of the items.
    gap
        Where prior and data differ; None with too few items.
    """

    report: dict[str, Any]
    posterior: Posterior
    gap: PriorGap | None


def evaluating(
    model: VAE, dataset: Dataset, samples: int = 0, seed: int = 0, disentanglement: bool = False
) -> Generator[Progress, None, dict[str, Any]]:
    """Score every item as a generator of :class:`Progress`; see :func:`evaluate`."""
    return (yield from appraising(model, dataset, samples, seed, disentanglement)).report


def appraising(
    model: VAE, dataset: Dataset, samples: int = 0, seed: int = 0, disentanglement: bool = False
) -> Generator[Progress, None, Appraisal]:
    """Score every item as a generator of :class:`Progress`, and keep what the scores come from."""
    if samples < 0:
        raise SettingError(f"samples={samples}: must be at least 0")
    model.preparation.check(dataset)
    labels = model.labels(dataset)
    model.eval()
    if model.discrete:
        samples = 0  # its posterior is one place: more draws tell nothing new
    generator = seeded(seed)
    n, draws = len(dataset), max(samples, 1)
    rows = max(min(VALUES // model.preparation.dim, ROWS), 1)
    if not model.prior.closed:
        rows = max(min(rows, MIXED // (model.config.components * model.config.latent)), 1)
    items = min(ITEMS, rows)
    mu = np.empty((n, model.config.latent), np.float32)
    logvar = np.empty_like(mu)
    log_weight = np.empty(n)  # of each item, the log of the mean weight of its draws
    reconstruction = 0.0
    kl_per_dimension = torch.zeros(model.config.latent, dtype=torch.float64)
    binary = True
    for start in range(0, n, items):
        part = slice(start, start + items)
        batch = batch_of(model.preparation, dataset.x[part], None if labels is None else labels[part])
        raw = batch.x.numpy()
        binary = binary and bool(np.isin(raw, (0, 1)).all())
        with torch.inference_mode():
            m, v = model.encode(batch)
        mu[part], logvar[part] = m.numpy(), v.numpy()
        weights = torch.full((len(raw),), -math.inf, dtype=torch.float64)  # running logsumexp over the draws
        done = 0
        while done < draws:
            k = min(max(rows // len(raw), 1), draws - done)
            log_x, log_ratio, kl_of_draws = _draw(model, batch, m, v, k, generator)  # (k, B) each, (d,)
            reconstruction -= float(log_x.sum()) / draws
            kl_per_dimension += kl_of_draws / draws
            weights = torch.logaddexp(weights, torch.logsumexp(log_x + log_ratio, 0))
            done += k
            yield Progress(start * draws + done * len(raw), n * draws, "Evaluating")
        log_weight[part] = weights.numpy() - math.log(draws)
    reconstruction, kl_mean = reconstruction / n, (kl_per_dimension / n).tolist()
    kl = sum(kl_mean)
    nll = -float(log_weight.mean()) if samples else None
    with np.errstate(over="ignore", invalid="ignore"):  # of weights that are not finite
        nll_se = float(log_weight.std(ddof=1)) / math.sqrt(n) if samples and n > 1 else None
    objective, terms = yield from _objective(model, dataset, labels, min(BATCH, rows), generator)
    posterior = Posterior(mu, logvar)
    gap = yield from measuring_gap(model, posterior, seed)
    factors = {}
    if disentanglement:
        found = yield from disentangling(mu, dataset, seed)
        factors = NONE if found is None else found.to_json()
    bits = model.likelihood.bits_per_dim(reconstruction + kl if nll is None else nll, binary)
    report = {
        "elbo": _finite(-(reconstruction + kl)),
        "reconstruction": _finite(reconstruction),
        "kl": _finite(kl),
        "nll": _finite(nll),
        "nll_se": _finite(nll_se),
        "kl_per_dimension": [_finite(one) for one in kl_mean],
        "active_units": posterior.active_units,
        "bits_per_dim": _finite(bits),
        "objective": _finite(objective),
        "terms": {name: _finite(term) for name, term in terms.items()},
        "prior_gap": None if gap is None else gap.to_json(),
        **factors,
        "notes": notes(model, samples, binary),
    }
    return Appraisal(report, posterior, gap)


def _finite(value: float | None) -> float | None:
    """Not a number is nothing: JSON has no word for it."""
    return value if value is not None and math.isfinite(value) else None


def _objective(
    model: VAE, dataset: Dataset, labels: np.ndarray | None, batch: int, generator: torch.Generator
) -> Generator[Progress, None, tuple[float, dict[str, float]]]:
    """What the model minimises as it stands when a training ends, and its named terms; means over all items."""
    n, total = len(dataset), 0.0
    sums: dict[str, float] = {}
    end = Step(STEPS - 1, STEPS, n)
    # Batches as even as can be: what is estimated within a batch of one or two is worth nothing.
    for part in np.array_split(np.arange(n), -(-n // batch)):
        with torch.inference_mode():
            own = None if labels is None else labels[part]
            loss = model.loss(batch_of(model.preparation, dataset.x[part[0] : part[-1] + 1], own), end, generator)
        total += float(loss.total) * len(part) / n
        for name, term in loss.extra.items():
            sums[name] = sums.get(name, 0.0) + float(term) * len(part) / n
        yield Progress(int(part[-1]) + 1, n, "Evaluating its own objective")
    return total, sums


def _draw(
    model: VAE, batch: Batch, mu: Tensor, logvar: Tensor, k: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Log p(x|z) and log p(z) − log q(z|x) in nats for `k` draws of z per item, each (k, B) float64.

    And the KL per dimension, (d,) float64, summed over draws and items.
    """
    with torch.inference_mode():
        m, v, x = (part.expand(k, *part.shape).flatten(0, 1) for part in (mu, logvar, batch.x))  # (k · B, …)
        y = None if batch.y is None else batch.y.repeat(k)
        z = model.sample(m, v, generator)
        mask = None if batch.mask is None else batch.mask.repeat(k, 1)
        log_x = model.likelihood.log_prob(x, model.decode(z, y), mask).double()
        log_ratio = model.log_ratio(m, v, z).double()
        return log_x.view(k, -1), log_ratio.view(k, -1), model.kl(m, v, z).double().sum(0)


def evaluate(
    model: VAE, dataset: Dataset, samples: int = 0, seed: int = 0, disentanglement: bool = False
) -> dict[str, Any]:
    """Score every item; means in nats per item.

    Parameters
    ----------
    samples
        Draws K of the importance-weighted bound on log p(x) (Burda 2016): log (1/K) Σ_k p(x, z_k) / q(z_k|x). It
        rises with K towards log p(x). The reconstruction is averaged over the same draws.
    seed
        Seed of the draws.
    disentanglement
        Whether to compare the codes μ with the factors that the dataset tells: seconds to minutes more.

    Returns
    -------
    dict
        ``elbo``, ``reconstruction``, ``kl``, ``nll`` (None without samples or where the codes are discrete) and its
        standard error ``nll_se`` (over items: the standard deviation of their estimates / √N), ``kl_per_dimension``
        (list), ``active_units``, ``bits_per_dim`` (of the ``nll``, without it of the −ELBO; None where the model does
        not define it), ``objective`` (the model's own loss as a training ends) with its named ``terms`` as they
        count, ``prior_gap`` (see :class:`~vae_desktop.latent.prior_gap.PriorGap`; None with too few items), and
        ``notes``: what figures mean for this very model. With `disentanglement` also ``mig``, ``dci``, ``sap`` and
        ``factor_vae`` (see :class:`~vae_desktop.latent.disentangle.Disentanglement`). A figure that is
        not finite is None.

    Raises
    ------
    MismatchError
        When the dataset is not of the kind the model was trained on.
    SettingError
        When `samples` is negative.
    """
    return finish(evaluating(model, dataset, samples, seed, disentanglement))
