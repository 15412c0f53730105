"""``family_digits``, ``family_shapes``: what the models reach at an equal budget; the tables of ``docs/family.md``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.__main__ import MODELS
from benchmarks.figures import Figure, Result
from vae_desktop.core.work import finish
from vae_desktop.latent.disentangle import informed, mig
from vae_desktop.latent.encode import encode
from vae_desktop.latent.evaluate import evaluate
from vae_desktop.latent.factors import known_factors
from vae_desktop.models import models
from vae_desktop.readers import read
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset
    from vae_desktop.training.run_folder import Run

PAGE = Path("docs/family.md")
TEST = 297  # digits kept out of every training
SHAPES = ("vae", "beta-tcvae")


def some(data: Dataset, items: np.ndarray) -> Dataset:
    """A part of a dataset, by its items' numbers."""
    labels = None if data.labels is None else data.labels[items]
    factors = {name: values[items] for name, values in data.factors.items()}
    return replace(data, x=data.x[items], labels=labels, factors=factors, items=())


def trained(data: Dataset, name: str, config: dict[str, Any], settings: TrainSettings, folder: str) -> Run:
    """A run of this model."""
    return finish(training(data, name, config, settings, Path(folder) / f"{name}-{settings.seed}"))


def measure_digits(quick: bool) -> Result:
    """Each model on the same 1 500 digits for the same epochs, scored on the other 297."""
    digits = read("digits")
    order = np.random.default_rng(0).permutation(len(digits))
    train, test = some(digits, order[TEST:]), some(digits, order[:TEST])
    settings = TrainSettings(epochs=2 if quick else 100, validation=0.0)
    found: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory() as folder:
        for name in MODELS:
            run = trained(train, name, {"latent": 10}, settings, folder)
            score = evaluate(run.model(), test, samples=10 if quick else 1000)
            found[name] = {**score, "seconds": run.seconds, "parameters": run.record["parameters"]}
    lines = [
        "| model | ELBO | reconstruction | KL | NLL | active units | parameters | seconds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, score in found.items():
        nll = "—" if score["nll"] is None else f"{score['nll']:.2f} ± {score['nll_se']:.2f}"
        lines.append(
            f"| {models[name].title} | {score['elbo']:.2f} | {score['reconstruction']:.2f} | {score['kl']:.2f} |"
            f" {nll} | {score['active_units']} of 10 | {score['parameters']} | {score['seconds']:.1f} |"
        )
    if not quick:
        write("digits", lines)
    best = max(score["elbo"] for score in found.values() if score["nll"] is not None)
    figures = (Figure("best ELBO of the family", best, "nats"), Figure("the VAE's ELBO", found["vae"]["elbo"], "nats"))
    return Result(figures, best / found["vae"]["elbo"], found)


def measure_shapes(quick: bool) -> Result:
    """MIG on the built-in shapes, whose factors are known: three seeds of each, the same steps."""
    shapes = read("shapes")
    shapes = some(shapes, np.arange(1_000 if quick else len(shapes)))
    items, factors = known_factors(shapes)
    config = {"latent": 10, "network": "conv", "width": 8, "hidden": (128,), "likelihood": "bernoulli"}
    found: dict[str, list[float]] = {name: [] for name in SHAPES}
    with TemporaryDirectory() as folder:
        for seed in range(3):
            for name in SHAPES:
                settings = TrainSettings(epochs=1 if quick else 8, batch=64, seed=seed, validation=0.0)
                run = trained(shapes, name, config, settings, folder)
                mu = encode(run.model(), shapes).mu[items].astype(np.float64)
                found[name].append(mig(informed(mu, factors)))
    lines = ["| model | MIG, three seeds | mean | deviation |", "|---|---|---:|---:|"]
    for name, scores in found.items():
        each = ", ".join(f"{score:.3f}" for score in scores)
        lines.append(f"| {models[name].title} | {each} | {mean(scores):.3f} | {stdev(scores):.3f} |")
    if not quick:
        write("shapes", lines)
    gain = mean(found["beta-tcvae"]) - mean(found["vae"])
    figures = (Figure("MIG of β-TCVAE above the VAE's", gain, "", 0.0, at_least=True),)
    return Result(figures, mean(found["beta-tcvae"]) / mean(found["vae"]), {"mig": found})


def write(mark: str, lines: list[str]) -> None:
    """Put a table in its place in the page."""
    text = PAGE.read_text("utf-8")
    begin, end = f"<!-- {mark}: made by make bench -->\n", f"<!-- end of {mark} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(before + begin + "\n" + "\n".join(lines) + "\n\n" + end + after, "utf-8")
