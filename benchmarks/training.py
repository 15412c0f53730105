"""``train_vs_pythae`` and ``train_vs_gemm``: the loop beside Pythae's pipeline and beside a bare matrix product."""

from __future__ import annotations

import itertools
import math
import time
from statistics import median

import numpy as np
import torch

from benchmarks.data import digits
from benchmarks.figures import Figure, Result
from benchmarks.peer import HIDDEN, LATENT, VALUES, ours, pythae
from vae_desktop.core.values import Dataset

PYTHAE_LIMIT, GEMM_LIMIT = 1.8, 0.8  # at least
SIDE = 2048  # of the matrices


def measure_pythae(quick: bool) -> Result:
    """Equal steps at batch 64; Pythae with whichever of its options is quickest on this machine."""
    x = digits(4_096 if quick else 60_000)
    dataset = Dataset("image", x, source="digits")
    flat = torch.from_numpy(x.reshape(len(x), VALUES).astype(np.float32) / 255)
    trials: dict[tuple[int, bool], float] = {}
    short = flat[: 640 if quick else 12_800]
    pythae(short[:640], 64, 0, False)  # what only the first run pays
    ours(Dataset("image", x[:640], source="digits"), 64)
    for workers, fused in 2 * list(itertools.product((0, 1, 2), (False, True))):
        trials[workers, fused] = min(pythae(short, 64, workers, fused), trials.get((workers, fused), math.inf))
    best = min(trials, key=trials.__getitem__)
    mine, theirs = [], []
    for _ in range(2 if quick else 5):
        mine.append(ours(dataset, 64))
        theirs.append(pythae(flat, 64, *best))
    ratio = median(theirs) / median(mine)
    detail = {
        "items": len(x), "steps": -(-len(x) // 64), "ours": mine, "pythae": theirs, "unit": "s",
        "pythae's options tried (s)": {f"workers {w}, fused {f}": s for (w, f), s in trials.items()},
        "pythae's options taken": {"num_workers": best[0], "fused": best[1]},
        "pairs": [b / a for a, b in zip(mine, theirs, strict=True)],
    }  # fmt: skip
    return Result((Figure("times as fast as Pythae", ratio, "×", PYTHAE_LIMIT, at_least=True),), ratio, detail)


def gemm(seconds: float) -> float:
    """GFLOP/s of a product of two square float32 matrices on the threads that training takes."""
    a, b = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    out, rates = torch.empty(SIDE, SIDE), []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        torch.mm(a, b, out=out)
        rates.append(2 * SIDE**3 / (time.perf_counter() - began) / 1e9)
    return median(rates)


def measure_gemm(quick: bool) -> Result:
    """Useful floating-point operations a second of the loop over those of a bare product.

    Counted are the multiply-adds of the linear layers alone: 2 a weight and item forward, 4 backward. (The first
    layer's input needs no gradient: `computed` leaves that quarter of its work out.)
    """
    x = digits(4_096 if quick else 60_000)
    dataset = Dataset("image", x, source="digits")
    weights = VALUES * HIDDEN + HIDDEN * 2 * LATENT + LATENT * HIDDEN + HIDDEN * VALUES
    ours(Dataset("image", x[:1280], source="digits"), 128)
    rates, products, shares = [], [], []
    for _ in range(2 if quick else 7):
        before = gemm(0.5)
        rates.append(6 * weights * len(x) / ours(dataset, 128) / 1e9)
        products.append((before + gemm(0.5)) / 2)
        shares.append(rates[-1] / products[-1])
    share = median(shares)
    computed = share * (6 * weights - 2 * VALUES * HIDDEN) / (6 * weights)
    detail = {
        "unit": "GFLOP/s", "loop": rates, "product": products, "pairs": shares, "threads": torch.get_num_threads(),
        "weights": weights, "computed": computed,
    }  # fmt: skip
    return Result((Figure("of a 2048³ product's rate", share, "×", GEMM_LIMIT, at_least=True),), share, detail)
