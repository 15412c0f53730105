"""New items: draws from the prior, decoded."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSlider, QSpinBox, QVBoxLayout, QWidget

from vae_desktop.export.datasets import decoded_set
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import dataset_export, item_exports
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.item_grid import ItemGrid
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from PySide6.QtGui import QShowEvent

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SEEDS = 10_000
WIDE = 100  # pixels of a number's field
FINE = 100  # slider steps per unit of temperature
PRIOR_CODES = "Draws from the learned prior over codes"


@panels.add("generate")
class GeneratePanel(Panel):
    """A grid of samples; the same seed gives the same."""

    name = "generate"
    title = "Generate"
    area = "below"
    order = 2
    help = "Items that were never in the data: random codes, decoded (samples of the prior)."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._codes: np.ndarray | None = None
        self._stale = True
        self._build()
        workspace.space_changed.connect(self._refresh)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._refresh()

    def _build(self) -> None:
        self.grid = ItemGrid(32, 64)
        self.grid.setObjectName("samples")
        self.grid.setAccessibleName("Samples")
        self.grid.chosen.connect(self._go_to)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumHeight(70)
        scroll.setWidget(self.grid)
        self.count = _spin("sampleCount", "How many", "How many items to draw", (1, 400), 24, suffix=" items")
        self.seed = _spin(
            "seed",
            "Seed",
            "Where chance begins: the same number draws the same items again",
            (0, SEEDS - 1),
            0,
            prefix="seed ",
        )
        self.new_seed = QPushButton("New seed")
        self.new_seed.setObjectName("newSeed")
        self.new_seed.setAccessibleName("New seed")
        self.new_seed.setToolTip("Draw other items")
        self.new_seed.clicked.connect(lambda: self.seed.setValue(secrets.randbelow(SEEDS)))
        self.temperature = QSlider(Qt.Orientation.Horizontal)
        self.temperature.setObjectName("temperature")
        self.temperature.setAccessibleName("Temperature")
        self.temperature.setToolTip(
            "How daring the draws are: low is typical, high is varied (temperature, the scale of the prior's σ)"
        )
        self.temperature.setRange(0, 2 * FINE)
        self.temperature.setValue(FINE)
        self.temperature.setSingleStep(FINE // 20)
        self.temperature.setMinimumWidth(50)
        self._degree = labelled("", "quiet")
        self._degree.setFixedWidth(112)
        self.count.valueChanged.connect(self._refresh)
        self.seed.valueChanged.connect(self._refresh)
        self.temperature.valueChanged.connect(self._refresh)
        self._hint = labelled("Train or open a model first.", "quiet")
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for part in (self.count, self.seed, self.new_seed, self.temperature, self._degree):
            row.addWidget(part, 1 if part is self.temperature else 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._hint)
        layout.addWidget(scroll, 1)
        layout.addLayout(row)

    def _take_theme(self) -> None:
        self.grid.set_theme(self.themes.current)

    def _refresh(self, _: object = None) -> None:
        space = self.workspace.space
        self._hint.setVisible(space is None)
        for part in (self.count, self.seed, self.new_seed, self.temperature):
            part.setEnabled(space is not None)
        discrete = space is not None and space.model is not None and space.model.discrete
        self.grid.setToolTip(
            f"{PRIOR_CODES if discrete else 'Random codes'}, decoded; click one to put the cursor there"
        )
        self._degree.setText(f"temperature {self.temperature.value() / FINE:.2f}")
        if space is None:
            self._codes = None
            self.grid.set_items(())
        self._stale = True
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was left while hidden."""
        super().showEvent(event)
        self._draw()

    def _draw(self) -> None:
        space = self.workspace.space
        if not self._stale or not self.isVisible() or space is None or space.model is None:
            return
        self._stale = False
        temperature = self.temperature.value() / FINE
        job = self.jobs.run("live:generate", draw, space.model, self.count.value(), self.seed.value(), temperature)
        job.done.connect(partial(self._show, space))
        job.failed.connect(self.workspace.failed)

    def _show(self, space: Space, answer: tuple[np.ndarray, np.ndarray]) -> None:
        if self.workspace.space is None or space.model is None:
            return
        self._codes, items = answer
        self.grid.set_items(items, space.model.preparation)

    def _go_to(self, index: int) -> None:
        space = self.workspace.space
        if self._codes is not None and space is not None and self._codes.shape[1] == space.latent:
            self.workspace.set_cursor(Place(self._codes[index]))

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The samples on a sheet, as single pictures, as arrays, as a dataset."""
        space, codes = self.workspace.space, self._codes
        if space is None or space.model is None or codes is None or codes.shape[1] != space.latent:
            return []
        preparation = space.model.preparation

        def made() -> Dataset:
            return decoded_set(preparation, space.decode(codes), codes=codes)

        return [
            *item_exports(self, preparation, lambda: space.decode(codes), {"z": codes}),
            dataset_export(self, f"{self.title}: as a dataset…", preparation.kind, made),
        ]


def _spin(
    name: str, called: str, tip: str, bounds: tuple[int, int], value: int, prefix: str = "", suffix: str = ""
) -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(called)
    box.setToolTip(tip)
    box.setRange(*bounds)
    box.setValue(value)
    box.setPrefix(prefix)
    box.setSuffix(suffix)
    box.setFixedWidth(WIDE)
    return box


def draw(model: VAE, n: int, seed: int, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) drawn from the prior, and what they decode to."""
    from vae_desktop.latent.decode import decode  # torch
    from vae_desktop.latent.sample import sample_codes

    codes = sample_codes(model, n, seed, temperature)
    return codes, decode(model, codes)
