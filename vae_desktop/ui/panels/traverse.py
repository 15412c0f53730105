"""One latent dimension at a time: what each does when the others stay."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from vae_desktop.latent.traverse import by_kl, traverse
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import item_exports
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.code_sliders import dimension_name
from vae_desktop.ui.widgets.item_grid import ItemGrid
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

MOST_ROWS = 32
AFTER = 40  # ms: the grid follows a dragged cursor a little later than the picture
Order = tuple[np.ndarray, np.ndarray | None]  # dimensions by KL, and each one's KL in nats (None without items)
Grid = tuple[np.ndarray, np.ndarray, Order]  # codes (rows, steps, d), their items, the order of the rows


@panels.add("traverse")
class TraversePanel(Panel):
    """A row for each dimension, those that carry most information first."""

    name = "traverse"
    title = "Traverse"
    area = "below"
    order = 1
    help = "What each latent dimension does: a row walks along one of them, the others stay (traversal)."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._known: tuple[Posterior, Order] | None = None
        self._codes: np.ndarray | None = None
        self._stale = True
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AFTER)
        self._later.timeout.connect(self._decode)
        self._build()
        workspace.space_changed.connect(self._refresh)
        workspace.cursor_changed.connect(self._refresh)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._refresh()

    def _build(self) -> None:
        self.grid = ItemGrid(28, 72, 9)
        self.grid.setObjectName("traversal")
        self.grid.setAccessibleName("Traversal: a row for each dimension")
        self.grid.setToolTip("Each row changes one dimension only; click a place to put the cursor there")
        self.grid.chosen.connect(self._go_to)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setMinimumHeight(70)
        self._scroll.setWidget(self.grid)
        self._hint = labelled("", "quiet", wrap=True)
        self.range = QDoubleSpinBox()
        self.range.setObjectName("traversalRange")
        self.range.setAccessibleName("Range")
        self.range.setToolTip("How far each row goes to both sides, in standard deviations of the prior (σ)")
        self.range.setRange(0.5, 5)
        self.range.setSingleStep(0.5)
        self.range.setDecimals(1)
        self.range.setValue(3)
        self.range.setPrefix("± ")
        self.range.setSuffix(" σ")
        self.steps = QSpinBox()
        self.steps.setObjectName("traversalSteps")
        self.steps.setAccessibleName("Steps")
        self.steps.setToolTip("How many places each row shows; the middle one is 0")
        self.steps.setRange(3, 21)
        self.steps.setSingleStep(2)
        self.steps.setValue(9)
        self.steps.setSuffix(" steps")
        self.range.valueChanged.connect(self._refresh)
        self.steps.valueChanged.connect(self._take_steps)
        row = QHBoxLayout()
        row.setSpacing(3 * SPACE)
        row.addWidget(self.range)
        row.addWidget(self.steps)
        row.addWidget(self._hint, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._scroll, 1)
        layout.addLayout(row)

    def _take_theme(self) -> None:
        self.grid.set_theme(self.themes.current)

    def _take_steps(self, steps: int) -> None:
        """Only odd numbers pass through 0."""
        if steps % 2 == 0:
            self.steps.setValue(steps - 1)
        else:
            self._refresh()

    def _refresh(self, _: object = None) -> None:
        space, place = self.workspace.space, self.workspace.default_place()
        ready = space is not None and place is not None
        self.range.setEnabled(ready)
        self.steps.setEnabled(ready)
        if space is None or place is None:
            self._codes = None
            self.grid.set_items(())
            self._hint.setText("Train or open a model first.")
        else:
            shown = f"; {MOST_ROWS} of {space.latent} dimensions" if space.latent > MOST_ROWS else ""
            where = "the cursor" if self.workspace.cursor is not None else "the middle of the data"
            self._hint.setText(f"Rows pass through {where}{shown}")
        self._stale = True
        if not self._later.isActive():
            self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Decode what was left while hidden."""
        super().showEvent(event)
        self._decode()

    def _decode(self) -> None:
        space, place = self.workspace.space, self.workspace.default_place()
        if not self._stale or not self.isVisible() or space is None or space.model is None or place is None:
            return
        if len(place.z) != space.latent:
            return
        self._stale = False
        known = self._known[1] if self._known is not None and self._known[0] is space.posterior else None
        job = self.jobs.run("live:traverse", walk, space, place.z, self.steps.value(), self.range.value(), known)
        job.done.connect(partial(self._show, space))
        job.failed.connect(self.workspace.failed)

    def _show(self, space: Space, answer: Grid) -> None:
        if self.workspace.space is None or space.model is None:
            return
        self._codes, items, (order, kl) = answer
        self._known = (space.posterior, (order, kl))
        names = [dimension_name(j) + ("" if kl is None else f" · {kl[j]:.2f} nats") for j in order[:MOST_ROWS]]
        steps = items.shape[1]
        values = np.linspace(-self.range.value(), self.range.value(), steps)
        tips = [f"{name.split(' ')[0]} = {value:+.2f}" for name in names for value in values]
        flat = items.reshape(-1, *items.shape[2:])
        self.grid.set_items(flat, space.model.preparation, tips=tips, rows=names, columns=steps)

    def _go_to(self, index: int) -> None:
        if self._codes is not None:
            row, column = divmod(index, self._codes.shape[1])
            self.workspace.set_cursor(Place(self._codes[row, column]))

    def shutdown(self) -> None:
        """Decode no more."""
        self._later.stop()

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The rows as a film, a sheet, single pictures, arrays."""
        space, codes = self.workspace.space, self._codes
        if space is None or space.model is None or codes is None or codes.shape[2] != space.latent:
            return []
        return item_exports(self, space.model.preparation, lambda: space.decode(codes), {"z": codes}, film=True)


def walk(space: Space, z: np.ndarray, steps: int, range_: float, known: Order | None) -> Grid:
    """Decode the rows through `z` (d,); `known` saves looking at all items again."""
    if known is None:
        known = by_kl(space.posterior), space.posterior.kl_per_dimension if len(space.posterior) else None
    codes = traverse(z, known[0][:MOST_ROWS], steps, range_)
    return codes, space.decode(codes), known
