"""How well single latent dimensions stand for single known factors: MIG, DCI, SAP, FactorVAE score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.factors import BINS, Factor, equal_bins, known_factors

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from vae_desktop.core.values import Dataset

MOST = 10_000  # items
TREES, STAGES = 1000, 100  # of one factor; of one boosting, where each class has a tree a stage
AT_ONCE = 5  # stages between two reports of progress
LEARNED, TESTED = 4000, 2000  # items that trees learn from, and are tested on
SPLIT = 1000  # items that a linear classifier learns from, and as many that it is tested on
VOTES, GROUP = 1000, 64  # votes to learn from, and as many to test; items of a vote
LEAST = 8  # items that share a factor's value before they vote
LIVE = 0.01  # variance of a dimension that is in use


@dataclass(frozen=True, eq=False)
class Disentanglement:
    """How dimensions stand for factors, each figure in [0, 1], the higher the better; None where it is not defined.

    Parameters
    ----------
    factors
        Names of the K factors.
    information
        Mutual information of each dimension with each factor over the factor's entropy, (d, K) in [0, 1].
    mig
        Mutual information gap (Chen 2018): of the two best dimensions of a factor.
    disentanglement, completeness, informativeness
        DCI (Eastwood & Williams 2018): whether a dimension matters to one factor only (None of a single factor);
        whether a factor needs one dimension only (None of a single dimension); how well boosted trees tell the
        factors of held-out items, above chance.
    sap
        Separated attribute predictability (Kumar 2018): the gap of the two best R², of kinds that of the balanced
        accuracies of a linear SVM, whose largest value is 1 − 1/C with C kinds.
    factor_vae
        FactorVAE score (Kim & Mnih 2018), the accuracy of a majority vote: 1/K is chance; None of a single factor.
    """

    factors: tuple[str, ...]
    information: np.ndarray
    mig: float
    disentanglement: float | None
    completeness: float | None
    informativeness: float
    sap: float
    factor_vae: float | None

    def to_json(self) -> dict[str, Any]:
        """The figures by the names of the field."""
        dci = {name: getattr(self, name) for name in ("disentanglement", "completeness", "informativeness")}
        return {"mig": self.mig, "dci": dci, "sap": self.sap, "factor_vae": self.factor_vae}


NONE: dict[str, Any] = {"mig": None, "dci": None, "sap": None, "factor_vae": None}


def disentangling(mu: np.ndarray, dataset: Dataset, seed: int = 0) -> Generator[Progress, None, Disentanglement | None]:
    """Measure as a generator of :class:`Progress`; see :func:`disentangle`."""
    items, factors = known_factors(dataset)
    chance = np.random.default_rng(seed)
    finite = np.isfinite(mu[items]).all(axis=1)
    chosen = np.flatnonzero(finite)
    if len(chosen) > MOST:
        chosen = np.sort(chance.choice(chosen, MOST, replace=False))
    codes = mu[items[chosen]].astype(np.float64)
    factors = tuple(
        Factor(f.name, f.values[chosen], np.unique(f.states[chosen], return_inverse=True)[1], f.kinds)
        for f in factors
        if len(np.unique(f.states[chosen])) > 1
    )
    if len(codes) < 2 * LEAST or not factors:
        return None
    yield Progress(0, 0, "Measuring information")
    information = informed(codes, factors)
    importance, informativeness = yield from importances(codes, factors, chance)
    sap = yield from sap_score(codes, factors, chance)
    yield Progress(0, 0, "Counting votes")
    return Disentanglement(
        tuple(factor.name for factor in factors), information, mig(information), *dci(importance), informativeness,
        sap, factor_vae_score(codes, factors, chance),
    )  # fmt: skip


def disentangle(mu: np.ndarray, dataset: Dataset, seed: int = 0) -> Disentanglement | None:
    """Compare codes `mu` (N, d) with the factors that the dataset tells, on up to 10 000 items.

    Returns None where it tells none, or of too few items.
    """
    return finish(disentangling(mu, dataset, seed))


def informed(codes: np.ndarray, factors: Sequence[Factor]) -> np.ndarray:
    """I(z_j; v_k) / H(v_k), (d, K): of codes (N, d) in 20 equally wide ranges of each dimension."""
    told = np.zeros((codes.shape[1], len(factors)))
    for j in range(codes.shape[1]):
        ranges = equal_bins(codes[:, j], BINS)
        for k, factor in enumerate(factors):
            states = int(factor.states.max()) + 1
            joint = np.bincount(ranges * states + factor.states, minlength=BINS * states).reshape(BINS, states)
            p = joint / joint.sum()  # (bins, states)
            entropy = _entropy(p.sum(0))
            told[j, k] = max(_entropy(p.sum(1)) + entropy - _entropy(p.ravel()), 0.0) / entropy
    return told


def _entropy(p: np.ndarray) -> float:
    """In nats."""
    some = p[p > 0]
    return float(-(some * np.log(some)).sum())


def mig(information: np.ndarray) -> float:
    """Mean over the factors of the gap of the two largest of each column of `information` (d, K) (Chen 2018)."""
    return float(_gaps(information).mean())


def _gaps(score: np.ndarray) -> np.ndarray:
    """Difference (K,) of the two largest of each column (d, K); a single dimension is compared with nothing, 0."""
    ranked = -np.sort(-np.vstack([score, np.zeros(score.shape[1])]), axis=0)
    gaps: np.ndarray = ranked[0] - ranked[1]
    return gaps


def dci(importance: np.ndarray) -> tuple[float | None, float | None]:
    """Disentanglement and completeness of importances (d, K) (Eastwood & Williams 2018).

    A dimension's disentanglement is 1 − H_K of its importances, averaged by how much the dimension matters; a
    factor's completeness 1 − H_d of its own.
    """
    d, k = importance.shape
    matters = importance.sum(axis=1)
    alone = float(np.average(_focus(importance), weights=matters)) if matters.sum() > 0 else 0.0
    one = float(_focus(importance.T).mean())
    return (alone if k > 1 else None), (one if d > 1 else None)


def _focus(shares: np.ndarray) -> np.ndarray:
    """1 − the entropy of each row (M, n), to the base n: 1 where it is all in one place, 0 where it is even or none."""
    total = shares.sum(axis=1)
    entropies = [_entropy(row / whole) if whole > 0 else np.inf for row, whole in zip(shares, total, strict=True)]
    focus: np.ndarray = np.maximum(1 - np.array(entropies) / np.log(max(shares.shape[1], 2)), 0.0)
    return focus


def importances(
    codes: np.ndarray, factors: Sequence[Factor], chance: np.random.Generator
) -> Generator[Progress, None, tuple[np.ndarray, float]]:
    """How much each dimension matters to boosted trees that tell each factor, (d, K), and how well they tell it.

    The latter on held-out items, the mean over the factors: R², of kinds (accuracy − c) / (1 − c) where always
    telling the most frequent gives c; not below 0.
    """
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor  # slow to import

    learned, tested = _halves(len(codes), LEARNED, TESTED, chance)
    importance, told = np.zeros((codes.shape[1], len(factors))), []
    for k, factor in enumerate(factors):
        y = factor.values
        several = len(np.unique(y[learned])) if factor.kinds else 2
        if several < 2:
            told.append(0.0)
            continue
        stages = max(min(STAGES, TREES // several), AT_ONCE)
        kind = GradientBoostingClassifier if factor.kinds else GradientBoostingRegressor
        trees = kind(n_estimators=AT_ONCE, warm_start=True, random_state=0)
        for stage in range(AT_ONCE, stages + 1, AT_ONCE):
            trees.set_params(n_estimators=stage).fit(codes[learned], y[learned])
            yield Progress(k * STAGES + stage * STAGES // stages, len(factors) * STAGES, f"Learning {factor.name}")
        importance[:, k] = trees.feature_importances_
        told.append(_told(trees.predict(codes[tested]), y[tested], factor.kinds))
    return importance, float(np.mean(told))


def _told(guessed: np.ndarray, y: np.ndarray, kinds: bool) -> float:
    """How much better than one guess for all, in [0, 1]."""
    if kinds:
        usual = float(np.unique(y, return_counts=True)[1].max()) / len(y)
        return max((float((guessed == y).mean()) - usual) / max(1 - usual, 1e-12), 0.0)
    spread = float(((y - y.mean()) ** 2).sum())
    return max(1 - float(((y - guessed) ** 2).sum()) / spread, 0.0) if spread > 0 else 0.0


def sap_score(
    codes: np.ndarray, factors: Sequence[Factor], chance: np.random.Generator
) -> Generator[Progress, None, float]:
    """Mean over the factors of the gap of the two dimensions that alone tell it best (Kumar 2018)."""
    score = np.zeros((codes.shape[1], len(factors)))
    learned, tested = _halves(len(codes), SPLIT, SPLIT, chance)
    spread = codes.std(axis=0)
    used = np.flatnonzero(spread > 1e-12)
    z = (codes - codes.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0)
    for k, factor in enumerate(factors):
        if not factor.kinds:
            v = (factor.values - factor.values.mean()) / factor.values.std()
            score[:, k] = (z * v[:, None]).mean(axis=0) ** 2
            continue
        for j in used:
            score[j, k] = _separated(z[:, [j]], factor.states, learned, tested)
            yield Progress(k * len(score) + int(j) + 1, score.size, f"Separating {factor.name}")
        score[spread <= 1e-12, k] = 1 / (factor.states.max() + 1)  # what is constant tells as much as chance
    return float(_gaps(score).mean())


def _separated(z: np.ndarray, states: np.ndarray, learned: np.ndarray, tested: np.ndarray) -> float:
    """Balanced accuracy on held-out items of a linear SVM of one dimension `z` (N, 1)."""
    from sklearn.svm import SVC  # slow to import

    # One against one: of three kinds in a row, one against the rest cannot tell the middle one.
    if len(np.unique(states[learned])) < 2:
        return 1 / (int(states.max()) + 1)
    guessed = SVC(kernel="linear", class_weight="balanced").fit(z[learned], states[learned]).predict(z[tested])
    right = guessed == states[tested]
    return float(np.mean([right[states[tested] == state].mean() for state in np.unique(states[tested])]))


def _halves(n: int, learned: int, tested: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Items to learn from and others to be tested on; two thirds and one third of few."""
    order = chance.permutation(n)
    first = min(learned, n * learned // (learned + tested))
    return order[:first], order[first : first + tested]


def factor_vae_score(codes: np.ndarray, factors: Sequence[Factor], chance: np.random.Generator) -> float | None:
    """Accuracy of a majority vote (Kim & Mnih 2018).

    A vote: of 64 items that share one factor's value, the dimension whose variance, over that of all items, is least.
    Each dimension stands for the factor that most of a first 1 000 votes give it; it is right or wrong in a second
    1 000. Dimensions that are not in use (variance up to 0.01) have no vote.
    """
    if len(factors) < 2:
        return None
    variance = codes.var(axis=0)
    live = np.flatnonzero(variance > LIVE)
    groups = [_groups(factor.states) for factor in factors]
    able = [k for k, group in enumerate(groups) if group]
    if not len(live) or len(able) < 2:
        return 0.0 if len(able) > 1 else None
    ballots = np.zeros((2, codes.shape[1], len(factors)), int)
    for half in ballots:
        for k in chance.choice(able, VOTES):
            group = groups[k][chance.integers(len(groups[k]))]
            some = codes[chance.choice(group, GROUP)] if len(group) > GROUP else codes[group]
            half[live[np.argmin(some[:, live].var(axis=0) / variance[live])], k] += 1
    stands_for = ballots[0].argmax(axis=1)
    return float(np.take_along_axis(ballots[1], stands_for[:, None], axis=1).sum()) / VOTES


def _groups(states: np.ndarray) -> list[np.ndarray]:
    """Items (M,) of each state that has enough of them."""
    order = np.argsort(states, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(states[order])) + 1)
    return [part for part in parts if len(part) >= LEAST]
