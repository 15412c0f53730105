"""Two runs side by side: what each makes of the same items, and what each draws from its prior."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from vae_desktop.training.side_by_side import rows_of, told_sharpness
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.item_rows import ItemRows, Row
from vae_desktop.ui.widgets.menu_choice import MenuChoice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from vae_desktop.training.side_by_side import Pair
    from vae_desktop.ui.theme import Theme

N = 8  # items of each
SEEDS = 10_000
TWO = "Tick two runs in the table, and what each makes of the same items stands here."
OTHER = "Different data: each run shows items of its own, so compare only how they look."

SHARP = "Mean absolute Laplacian of the grey values: blurred images change little from pixel to pixel"


class RunPair(QWidget):
    """Asks for the pictures of two of the runs it is told; shows them when they come."""

    asked = Signal(object, object, int, int)  # two paths, how many items, the seed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runPair")
        self.setAccessibleName("Two runs side by side")
        self.pair: Pair | None = None
        self._runs: dict[str, Path] = {}
        self._names: dict[str, str] = {}
        self._chosen = ["", ""]
        self._seed = 0
        self._waiting: tuple[object, ...] = ()
        self.left = MenuChoice("leftRun", "", "The upper run")
        self.right = MenuChoice("rightRun", "", "The lower run")
        self.left.chosen.connect(lambda path: self._choose(0, path))
        self.right.chosen.connect(lambda path: self._choose(1, path))
        self.others = QPushButton("Other items")
        self.others.setObjectName("otherItems")
        self.others.setAccessibleName("Other items")
        self.others.setToolTip("Take other items of the data, and other draws from the priors; the same for both runs")
        self.others.clicked.connect(self._take_others)
        self.word = labelled(TWO, "quiet", wrap=True)
        self.word.setObjectName("pairTold")
        self.rows = ItemRows()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.rows)
        column.addStretch(1)
        scroll.setWidget(inside)
        tools = QHBoxLayout()
        tools.setSpacing(2 * SPACE)
        for part in (self.left, self.right, self.others):
            tools.addWidget(part)
        tools.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(tools)
        layout.addWidget(self.word)
        layout.addWidget(scroll, 1)
        self._offer()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.rows.set_theme(theme)

    def set_runs(self, runs: Sequence[tuple[Path, str]]) -> None:
        """Offer these runs; the first two are taken unless others of them were chosen."""
        self._runs = {str(path): path for path, _ in runs}
        self._names = {str(path): name for path, name in runs}
        for side in (0, 1):
            if self._chosen[side] not in self._runs:
                free = [path for path in self._runs if path not in self._chosen]
                self._chosen[side] = free[0] if free else ""
        self._offer()
        self.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what was chosen while hidden."""
        super().showEvent(event)
        self.ask()

    def ask(self) -> None:
        """Ask for the pictures, unless they are there or nobody sees them."""
        left, right = self._chosen
        wanted = (left, right, self._seed)
        if not left or not right:
            self._waiting, self.pair = (), None
            self.rows.set_rows(())
            self.word.setText(TWO)
            self.word.show()
        elif self.isVisible() and wanted != self._waiting:
            self._waiting = wanted
            if self.pair is None:
                self.word.setText("Decoding…")
                self.word.show()
            self.asked.emit(self._runs[left], self._runs[right], N, self._seed)

    def show_pair(self, pair: Pair) -> None:
        """Show what came."""
        if not all(self._chosen):
            return
        self.pair = pair
        strips = rows_of(pair)
        first = len(strips) - 2  # of the draws
        rows = []
        for number, (name, items, side) in enumerate(strips):
            heading = f"Draws from the prior (seed {self._seed})" if number == first else ""
            rows.append(Row(name, items, side.preparation, heading))
        self.rows.set_rows(rows)
        told = "\n".join(part for part in ("" if pair.same else OTHER, told_sharpness(pair)) if part)
        self.word.setText(told)
        self.word.setToolTip(SHARP)
        self.word.setVisible(bool(told))

    def fail(self, error: object) -> None:
        """Say in the panel itself why there is nothing to see."""
        self.pair = None
        self.rows.set_rows(())
        self.word.setText(str(error))
        self.word.show()

    def _choose(self, side: int, path: str) -> None:
        if path == self._chosen[1 - side]:  # they change places
            self._chosen[1 - side] = self._chosen[side]
        self._chosen[side] = path
        self._offer()
        self.ask()

    def _take_others(self) -> None:
        self._seed = secrets.randbelow(SEEDS)
        self.ask()

    def _offer(self) -> None:
        two = len(self._runs) > 1
        for side, choice in enumerate((self.left, self.right)):
            choice.show_options(
                {path: (name, path) for path, name in self._names.items()} if two else {}, self._chosen[side]
            )
        self.others.setVisible(two)
