"""Styles and classes: one style in each row, as each class in each column."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from vae_desktop.ui.conditions import class_names
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import item_exports
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.item_grid import ItemGrid
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from vae_desktop.latent.space import Space
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SEEDS = 10_000
AFTER = 40  # ms: the grid follows a dragged cursor a little later than the picture
MOST = 24  # rows
FEW = 5  # rows at first
NO_MODEL = "Train or open a model first."
FOR_WHAT = (
    "For a conditional VAE (family “Conditional VAE”, data with classes): each row is one style, each column a class."
)


@dataclass(frozen=True, eq=False)
class Styles:
    """Codes `z` (S, d), the `names` of their rows, and the items, (S, K, …), each as each class."""

    z: np.ndarray
    names: tuple[str, ...]
    items: np.ndarray


@panels.add("styles")
class StylesPanel(Panel):
    """Shows content and style apart, where the model is told the class."""

    name = "styles"
    title = "Styles"
    area = "below"
    order = 5
    help = "Style and class apart: each row is one style (one z), each column a class it is decoded as."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._shown: Styles | None = None
        self._stale = True
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AFTER)
        self._later.timeout.connect(self._draw)
        self._build()
        for signal in (
            workspace.space_changed, workspace.cursor_changed, workspace.selection_changed, workspace.names_changed,
        ):  # fmt: skip
            signal.connect(self._refresh)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._refresh()

    def _build(self) -> None:
        self.grid = ItemGrid(20, 64, 1)
        self.grid.setObjectName("styleGrid")
        self.grid.setAccessibleName("Styles in rows, classes in columns")
        self.grid.setToolTip(
            "One style in each row, as each class; click an item to put the cursor and the class there"
        )
        self.grid.chosen.connect(self._go_to)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setMinimumHeight(70)
        self._scroll.setWidget(self.grid)
        self.count = QSpinBox()
        self.count.setObjectName("styleCount")
        self.count.setAccessibleName("How many styles")
        self.count.setToolTip(
            "How many rows are drawn from the prior; those of the cursor and the selection come first"
        )
        self.count.setRange(0, MOST)
        self.count.setValue(FEW)
        self.count.setSuffix(" styles")
        self.seed = QSpinBox()
        self.seed.setObjectName("styleSeed")
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("Where chance begins: the same number draws the same styles again")
        self.seed.setRange(0, SEEDS - 1)
        self.seed.setPrefix("seed ")
        self.new = QPushButton("New styles")
        self.new.setObjectName("newStyles")
        self.new.setAccessibleName("New styles")
        self.new.setToolTip("Draw other styles")
        self.new.clicked.connect(lambda: self.seed.setValue(secrets.randbelow(SEEDS)))
        self.count.valueChanged.connect(self._refresh)
        self.seed.valueChanged.connect(self._refresh)
        self._hint = labelled("", "quiet", wrap=True)
        self._hint.setObjectName("stylesHint")
        self._tools = QWidget()
        row = QHBoxLayout(self._tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        for part in (self.count, self.seed, self.new):
            row.addWidget(part)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._hint)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._tools)
        layout.addStretch(0)

    def _take_theme(self) -> None:
        self.grid.set_theme(self.themes.current)

    # What it shows

    def _space(self) -> Space | None:
        """The space, if its model is told classes."""
        space = self.workspace.space
        return space if space is not None and class_names(self.workspace, space) else None

    def _refresh(self, _: object = None) -> None:
        space, there = self._space(), self.workspace.space
        waits = there is None or there.model is None
        self._hint.setText(NO_MODEL if waits else FOR_WHAT)
        self._hint.setVisible(space is None)
        self._scroll.setVisible(space is not None)
        self._tools.setVisible(space is not None)
        if space is None:
            self._shown = None
            self.grid.set_items(())
        self._stale = True
        if self.isVisible() and not self._later.isActive():
            self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was left while hidden."""
        super().showEvent(event)
        self._draw()

    def _own(self, space: Space) -> tuple[np.ndarray, tuple[str, ...]]:
        """Codes (R, d) and names of the rows that stand above the drawn ones: the cursor's, the selected items'."""
        workspace = self.workspace
        cursor = workspace.cursor
        rows: list[tuple[str, np.ndarray]] = []
        if cursor is not None and len(cursor.z) == space.latent:
            rows.append(("at the cursor", cursor.z))
        for item in workspace.selection[: MOST - len(rows)].tolist():
            if space.has_code(item) and (cursor is None or item != cursor.item):
                name = f"#{item}" if workspace.dataset is None else workspace.dataset.item_name(item)
                rows.append((name, space.posterior.mu[item]))
        codes = np.array([z for _, z in rows], np.float32).reshape(-1, space.latent)
        return codes, tuple(name for name, _ in rows)

    def _draw(self) -> None:
        space = self._space()
        if not self._stale or not self.isVisible() or space is None or space.model is None:
            return
        self._stale = False
        z, names = self._own(space)
        job = self.jobs.run("live:styles", style_rows, space.model, z, names, self.count.value(), self.seed.value())
        job.done.connect(partial(self._show, space))
        job.failed.connect(self.workspace.failed)

    def _show(self, space: Space, styles: Styles) -> None:
        now = self._space()
        if now is None or space.model is None or now.latent != space.latent:
            return
        self._shown = styles
        names = class_names(self.workspace, space)
        s, k = len(styles.z), len(names)
        items = styles.items.reshape(s * k, *styles.items.shape[2:])
        tips = [f"{row} as {name}" for row in styles.names for name in names]
        # The classes' names stand below each item: they are seen wherever one has scrolled to.
        self.grid.set_items(items, space.model.preparation, list(names) * s, tips, styles.names, columns=k)
        self._mark()

    def _mark(self) -> None:
        """Frame where one stands: the cursor's row, as the class that was chosen."""
        condition, shown = self.workspace.look.condition, self._shown
        here = shown is not None and "at the cursor" in shown.names and condition is not None
        self.grid.mark(condition if here and condition is not None else -1)

    def _go_to(self, index: int) -> None:
        space, shown = self._space(), self._shown
        if space is None or shown is None:
            return
        row, column = divmod(index, shown.items.shape[1])
        undo = self.workspace.undo
        undo.beginMacro("Choose style and class")
        self.workspace.set_cursor(Place(shown.z[row]))
        self.workspace.set_look(condition=column)
        undo.endMacro()

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The grid on a sheet, as single pictures, as arrays."""
        space, shown = self._space(), self._shown
        if space is None or space.model is None or shown is None or not len(shown.z):
            return []
        return item_exports(self, space.model.preparation, lambda: shown.items, {"z": shown.z})

    def shutdown(self) -> None:
        """Draw no more."""
        self._later.stop()


def style_rows(model: VAE, z: np.ndarray, names: tuple[str, ...], n: int, seed: int) -> Styles:
    """Decode each of `z` (R, d), called `names`, and of `n` draws from the prior as each class."""
    from vae_desktop.latent.condition import style_grid  # torch
    from vae_desktop.latent.sample import sample_codes

    codes = np.concatenate([z, sample_codes(model, n, seed)])
    names = (*names, *(f"style {i + 1}" for i in range(n)))
    return Styles(codes, names, style_grid(model, codes))


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("styles")
