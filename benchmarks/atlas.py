"""``atlas``: until the decoded plane covers a window of 1200×850, and how long it keeps the window's thread."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data import digits
from benchmarks.figures import Figure, Result, spread

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset

SMALL_LIMIT, LARGE_LIMIT, BLOCKED_LIMIT = 60.0, 350.0, 5.0  # ms
WIDTH, HEIGHT = 1200, 850
SCALES = (144.0, 190.0, 256.0, 281.0)  # pixels a unit: pictures from the closest together to far apart


def measure(quick: bool) -> Result:
    """Show the atlas of fresh weights again and again; the first pictures of a session are not counted."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    small, large = (covered(dataset, 3 if quick else 40) for dataset in (small_data(), large_data()))
    figures = (
        Figure("28×28 mlp covers the window", small["ms"]["median"], "ms", SMALL_LIMIT),
        Figure("64×64×3 conv covers the window", large["ms"]["median"], "ms", LARGE_LIMIT),
        Figure("window's thread blocked, longest", max(small["blocked"], large["blocked"]), "ms", BLOCKED_LIMIT),
        Figure("first pictures, 64×64×3 conv", large["first"]["median"], "ms"),
    )
    return Result(figures, detail={"28×28 mlp": small, "64×64×3 conv": large})


def small_data() -> Dataset:
    """Some digits of 28×28."""
    from vae_desktop.core.values import Dataset

    return Dataset("image", digits(500), source="digits")


def large_data() -> Dataset:
    """Some coloured pictures of 64×64."""
    from vae_desktop.core.values import Dataset

    x = np.random.default_rng(0).integers(0, 256, (200, 64, 64, 3)).astype(np.uint8)
    return Dataset("image", x, source="noise")


def covered(dataset: Dataset, times: int) -> dict[str, Any]:
    """Time from asking for the atlas to having painted all of it, at all scales in turn."""
    import torch
    from PySide6.QtGui import QImage, QPainter

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.work import finish
    from vae_desktop.latent.fill import Fill
    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.app import make_app
    from vae_desktop.ui.backdrop import Backdrop, Scene
    from vae_desktop.ui.jobs import Jobs
    from vae_desktop.ui.opening import mapping
    from vae_desktop.ui.theme import DARK
    from vae_desktop.ui.widgets.map_view import View

    from PySide6.QtWidgets import QApplication  # isort: skip

    app = QApplication.instance() or make_app([])
    torch.manual_seed(0)
    network = "mlp" if dataset.x.shape[1] < 64 else "conv"
    model = VAE(VAEConfig(network=network), Preparation.fit(dataset)).eval()
    space = finish(mapping(model, dataset, None))
    assert space.projection is not None
    fill = Fill.of(space.projection, space.posterior, "cursor", None)
    scene = Scene("atlas", space, fill, DARK, ("#ffffff",), lambda: np.zeros(len(dataset), int), None, frozenset())
    jobs = Jobs()
    backdrop = Backdrop(jobs)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    blocked: list[float] = []

    def paint(view: View) -> None:
        painter = QPainter(image)
        began = time.perf_counter()
        backdrop.paint(painter, view, WIDTH, HEIGHT, 1.0)
        blocked.append((time.perf_counter() - began) * 1e3)
        painter.end()

    settled: list[float] = []
    changed: list[float] = []
    backdrop.settled.connect(lambda _: settled.append(time.perf_counter()))
    backdrop.changed.connect(lambda: changed.append(time.perf_counter()))
    taken, first = [], []
    for turn in range(times + 2):
        view = View(0.0, 0.0, SCALES[turn % len(SCALES)])
        backdrop.show_nothing()
        settled.clear()
        began = time.perf_counter()
        backdrop.show_scene(scene)
        changed.clear()
        blocked.append((time.perf_counter() - began) * 1e3)
        paint(view)
        while not settled:
            before = time.perf_counter()
            app.processEvents()
            blocked.append((time.perf_counter() - before) * 1e3)
            if changed and not settled:
                paint(view)
                first += [(changed[0] - began) * 1e3] * (len(first) <= turn)
                changed.clear()
            time.sleep(0.0005)
        paint(view)
        taken.append((time.perf_counter() - began) * 1e3)
        first += [taken[-1]] * (len(first) <= turn)
        if turn < 2:
            blocked.clear()
    jobs.shutdown()
    return {"ms": spread(taken[2:]), "first": spread(first[2:]), "blocked": max(blocked), "unit": "ms"}
