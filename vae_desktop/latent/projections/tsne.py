"""t-SNE (van der Maaten & Hinton 2008) over openTSNE: neighbours stay neighbours, distances between groups mean little.

The usual two phases: 250 iterations that exaggerate the attraction twelvefold, then 500 that do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_desktop.core.settings import setting
from vae_desktop.core.work import Progress
from vae_desktop.latent.local import Local
from vae_desktop.latent.projections import Fitting, Projector, projections

PHASES = ((250, 12.0, 0.5), (500, 1.0, 0.8))  # iterations, exaggeration, momentum
AT_ONCE = 10  # iterations between two looks at whether it is still wanted
SHOWN_EVERY = 50  # iterations between two pictures
LABELS = ("t-SNE 1", "t-SNE 2")
ONE_THREAD = 1000  # items below which more threads only wait for one another


@dataclass(frozen=True)
class TSNE:
    """How the map is made."""

    perplexity: float = setting(
        30.0, "Perplexity", "About how many neighbours each item keeps close: few show fine groups, many the whole.",
        low=2, high=500,
    )  # fmt: skip
    seed: int = setting(0, "Seed", "Where the randomness starts; the same seed gives the same map.", low=0)


def fit(mu: np.ndarray, perplexity: float = 30.0, seed: int = 0) -> Fitting:
    """Fit to codes (N, d); `perplexity` is at most a third of the items."""
    yield Progress(0, 0, "t-SNE: starting")
    n = len(mu)
    if (flat := Local.flat("tsne", LABELS, mu)) is not None:
        return flat
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.initialization import pca

    yield Progress(0, 0, "t-SNE: finding neighbours")
    codes = np.ascontiguousarray(mu, np.float64)
    threads = 1 if n < ONE_THREAD else -1
    affinities = PerplexityBasedNN(codes, perplexity=min(perplexity, (n - 1) / 3), n_jobs=threads, random_state=seed)
    embedding = TSNEEmbedding(pca(codes, random_state=seed), affinities, n_jobs=threads, random_state=seed)
    total = sum(iterations for iterations, _, _ in PHASES)
    done = 0
    for iterations, exaggeration, momentum in PHASES:
        for _ in range(iterations // AT_ONCE):
            embedding.optimize(
                n_iter=AT_ONCE, exaggeration=exaggeration, momentum=momentum, inplace=True, propagate_exception=True
            )
            done += AT_ONCE
            yield Progress(done, total, "t-SNE")
            if done % SHOWN_EVERY == 0 and done < total:
                yield _map(embedding, mu)
    return _map(embedding, mu)


def _map(embedding: np.ndarray, mu: np.ndarray) -> Local:
    return Local("tsne", LABELS, np.array(embedding, np.float32), mu).indexed()


projections.add("tsne")(
    Projector(
        "tsne",
        "t-SNE",
        3,
        fit,
        "Neighbours stay neighbours; distances between groups mean little (t-SNE)",
        TSNE,
        20_000,
    )
)
