"""``lift``: from a place of a t-SNE or UMAP map back to a code, beside UMAP's own inverse; digits, z of 16."""

from __future__ import annotations

import time
import warnings
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.figures import Figure, Result, spread

LIMIT, RATIO_LIMIT = 0.3, 1.0  # ms; decoded error beside umap's inverse_transform
LATENT, HELD_OUT = 16, 200


def measure(quick: bool) -> Result:
    """Train on the built-in digits, lay most of them out, lift the places of the others and decode them."""
    import vae_desktop as vd
    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.decode import decode
    from vae_desktop.latent.local import Local
    from vae_desktop.latent.project import project

    data = vd.read("digits")
    order = np.random.default_rng(0).permutation(len(data))
    held, rest = order[:HELD_OUT], order[HELD_OUT:]
    with TemporaryDirectory() as folder:
        train = Dataset("image", np.ascontiguousarray(data.x[rest]), source="digits")
        vd.train(train, latent=LATENT, epochs=3 if quick else 40, out=f"{folder}/run")
        space = vd.open(f"{folder}/run", train)
    mu, wanted = space.posterior.mu, data.x[held] / 255
    codes = space.encode(Dataset("image", np.ascontiguousarray(data.x[held]), source="digits")).mu

    def error(z: np.ndarray) -> float:
        return float(np.square(decode(space.model, z) / 255 - wanted).mean())

    detail: dict[str, Any] = {"true codes": error(codes)}
    ratio, fitted = None, None
    if find_spec("umap") is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from umap import UMAP

            fitted = UMAP(random_state=0, n_jobs=1, init="pca").fit(mu)
            places = np.asarray(fitted.transform(codes), np.float32)
            some = HELD_OUT // 20 if quick else HELD_OUT  # each takes seconds
            began = time.perf_counter()
            theirs = np.asarray(fitted.inverse_transform(places[:some]), np.float32)
            detail["umap, ms a place"] = (time.perf_counter() - began) * 1e3 / some
        projection = Local("umap", ("", ""), np.asarray(fitted.embedding_, np.float32), mu).indexed()
        wanted = wanted[:some]
        detail |= {"umap": error(theirs), "lifted": error(projection.lift(places[:some]))}
        ratio = detail["lifted"] / detail["umap"]
    else:
        placed = project("tsne", mu)
        assert isinstance(placed, Local)
        projection, places = placed, placed.place(codes)
        detail["lifted"] = error(projection.lift(places))
    taken = []
    for turn in range(200 if quick else 5000):
        place = places[turn % len(places), None]
        began = time.perf_counter()
        projection.lift(place)
        taken.append((time.perf_counter() - began) * 1e3)
    figures = [Figure("one place, median", float(np.median(taken)), "ms", LIMIT)]
    if ratio is not None:
        figures.append(Figure("decoded error beside umap's", ratio, "×", RATIO_LIMIT))
    return Result(tuple(figures), ratio, detail | {"ms": spread(taken)})
