"""``step_<model>``: what a step of each objective costs beside the plain VAE's, and beside Pythae's pipeline."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.data import digits
from benchmarks.figures import Figure, Result
from benchmarks.peer import PLAIN, VALUES, ours, pythae
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make
from vae_desktop.core.values import Dataset, Step
from vae_desktop.models import models
from vae_desktop.models.iwae import IWAE
from vae_desktop.models.networks import initialise
from vae_desktop.training.data import Feed
from vae_desktop.training.learner import Learner
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE

BATCH = 64
LATENT = 10  # where it is not said otherwise: total correlation needs several
LONG, SHORT, SLOW = 19_200, 6_400, 15.0  # items of an epoch; fewer where a step takes more than so many ms
COST = 1.5  # times the plain VAE's step, at most
PEER = {
    "vae": 1.8, "beta-vae": 1.8, "info-vae": 1.8, "vq-vae": 1.8, "beta-tcvae": 1.4, "factor-vae": 1.4,
    "iwae": 1.1, "vamp": 1.1,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    # The nets that Pythae has: a discriminator of five layers of 1000; one code an item, compared by squares.
    "factor-vae": {"discriminator": (1000,) * 5},
    "vq-vae": {"code_dim": LATENT, "likelihood": "gaussian"},
}


def config_of(name: str) -> dict[str, Any]:
    """Settings of 784–512–10–512–784 as the model `name`."""
    return {**PLAIN, "latent": LATENT, **OWN.get(name, {})}


def learner(name: str, dataset: Dataset) -> Learner:
    """A model that is ready to take steps on the data."""
    cls = models[name]
    net = cls(make(cls.Config, config_of(name)), Preparation.fit(dataset))
    initialise(net, torch.Generator().manual_seed(0))
    return Learner(net, TrainSettings(batch=BATCH), torch.device("cpu"))


def steps(taker: Learner, dataset: Dataset, n: int) -> float:
    """Seconds that each of `n` steps takes."""
    labels = taker.net.labels(dataset)
    feed = Feed(dataset, taker.net.preparation, labels, torch.device("cpu"), channels_last=False)
    chosen = [np.arange(start, start + BATCH) % len(dataset) for start in range(0, n * BATCH, BATCH)]
    began = time.perf_counter()
    for number, items in enumerate(chosen):
        taker.learn(feed(items), Step(number, n, len(dataset)))
    return (time.perf_counter() - began) / n


def work(module: torch.nn.Module, width: tuple[int, ...]) -> int:
    """Multiply-adds of one item's pass through a network that takes (1, *width)."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(torch.zeros(1, *width))
    return int(counter.get_total_flops()) // 2


def passes(net: VAE) -> float:
    """How many times the plain VAE's work the objective needs at least: the passes through each of its networks.

    A pass counts 2 a multiply-add forward and 4 backward, 2 where only the gradient of what goes in is wanted.
    """
    if net.name not in ("iwae", "vamp", "factor-vae", "vae-gan"):
        return COST
    shape, latent = net.preparation.shape, (net.config.latent,)
    encoder, decoder = work(net.encoder, shape), work(net.decoder, latent)
    plain = 6 * (encoder + decoder)
    if isinstance(net, IWAE):
        return float(net.config.samples)
    if net.config.prior == "vamp":
        return (plain + 6 * encoder * net.config.components / BATCH) / plain
    if net.name == "factor-vae":  # real codes forward and back to them; real and permuted ones to learn by
        return (plain + (4 + 2 * 6) * work(net.discriminator, latent)) / plain
    # Two more items decoded and judged, features compared, three losses.
    return (plain + 6 * decoder + (3 * 6 + 2 * 4) * work(net.discriminator, shape)) / plain


def measure(name: str, quick: bool) -> Result:
    """Steps of the model and of the VAE in turn; then an epoch of each and of Pythae's, in turn, at equal steps."""
    torch.set_flush_denormal(True)
    x = digits(2_048 if quick else 8_192)
    labels = (np.arange(len(x)) % 10).astype(np.int32)
    dataset = Dataset("image", x, labels, tuple("0123456789"), source="digits")
    plain, model = learner("vae", dataset), learner(name, dataset)
    for taker in (plain, model):
        steps(taker, dataset, 5)
    n = 5 if quick else 40
    pairs = [(steps(plain, dataset, n), steps(model, dataset, n)) for _ in range(2 if quick else 11)]
    cost = median(mine / base for base, mine in pairs)
    limit = max(COST, passes(model.net))
    figures = [Figure("of the plain VAE's step", cost, "×", limit)]
    detail: dict[str, Any] = {
        "ms": 1000 * median(mine for _, mine in pairs), "ms of the plain VAE": 1000 * median(base for base, _ in pairs),
        "batch": BATCH, "config": {key: str(value) for key, value in config_of(name).items()},
    }  # fmt: skip
    if name in PEER:
        # Enough steps that what happens once an epoch weighs little, as it does on real data.
        x = digits(2_048 if quick else LONG if detail["ms"] < SLOW else SHORT)
        dataset = Dataset("image", x, source="digits")
        flat = torch.from_numpy(x.reshape(len(x), VALUES).astype(np.float32) / 255)
        config = config_of(name)
        pythae(flat[:640], BATCH, name=name, config=config)  # what only the first run pays
        ours(Dataset("image", x[:640], source="digits"), BATCH, name, config)
        runs = [
            (ours(dataset, BATCH, name, config), pythae(flat, BATCH, name=name, config=config))
            for _ in range(2 if quick else 5)
        ]
        ratio = median(theirs / mine for mine, theirs in runs)
        figures.append(Figure("times as fast as Pythae", ratio, "×", PEER[name], at_least=True))
        detail |= {"items": len(x), "ours (s)": [mine for mine, _ in runs], "pythae (s)": [their for _, their in runs]}
    return Result(tuple(figures), figures[-1].value, detail)
