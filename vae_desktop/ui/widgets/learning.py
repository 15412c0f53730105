"""What a training has brought so far: loss curves, KL per dimension, and what is used of them in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vae_desktop.ui.theme import SPACE, Theme
from vae_desktop.ui.widgets.bars import Bars
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.fitting_label import FittingLabel
from vae_desktop.ui.widgets.loss_curves import LossCurves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIP = (
    "How much each latent dimension tells about an item (KL from the prior, in nats).\n"
    "A dimension that tells next to nothing is not used (active units: the variance of μ is above 0.01)."
)


def verdict(active: int, total: int) -> str:
    """What the number of active dimensions means, in plain words.

    Dimensions that the data does not need are let go by a healthy training, and in the first epochs none is active:
    what is an illness the doctor tells, not this.
    """
    if active >= total:
        return {1: "the dimension is used", 2: "both dimensions used"}.get(total, f"all {total} dimensions used")
    return f"{active} of {total} dimensions used"


def table(metrics: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, list[str]]:
    """A run's metrics as rows (E, columns) float64, and the columns' names."""
    plain = [key for key, value in metrics[0].items() if isinstance(value, int | float)]
    kept = list(metrics[0].get("validation") or ())
    d = len(metrics[0]["kl_per_dimension"])
    names = [*plain, *(f"validation_{key}" for key in kept), *(f"kl_{j}" for j in range(d))]
    rows = [
        [*(line[key] for key in plain), *(line["validation"][key] for key in kept), *line["kl_per_dimension"]]
        for line in metrics
    ]
    return np.array(rows, float), names


class Learning(QWidget):
    """Shows the lines of a run's metrics."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves = LossCurves()
        self.active = QLabel()
        self.active.setObjectName("activeUnits")
        self.bars = Bars()
        self.badge = labelled("", "badge-good")
        self.badge.setObjectName("verdict")
        self.longest = FittingLabel()
        self.longest.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.longest.setProperty("role", "quiet")
        self.longest.setObjectName("longestBar")
        name = QLabel("KL per dimension")
        for widget in (name, self.active, self.badge, self.longest):
            widget.setToolTip(TIP)
        self._found = QWidget()
        layout = QVBoxLayout(self._found)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(_ends(name, self.active))
        layout.addWidget(self.bars)
        layout.addLayout(_ends(self.badge, self.longest))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.curves)
        layout.addWidget(self._found)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.curves.set_theme(theme)
        self.bars.set_theme(theme)

    def set_metrics(self, metrics: Sequence[Mapping[str, Any]], epochs: int) -> None:
        """Show what the first of `epochs` epochs brought."""
        self.curves.set_metrics(metrics, epochs)
        self._found.setVisible(bool(metrics))
        if not metrics:
            return
        last = metrics[-1]
        total, active = len(last["kl_per_dimension"]), int(last["active_units"])
        self.active.setText(f"{active} of {total} active")
        self.bars.set_values(last["kl_per_dimension"], active)
        longest = f"{max(last['kl_per_dimension']):.2f} nats"
        self.longest.set_texts((f"max {longest}", f"≤ {longest}", ""))
        self.longest.setVisible(active > 0)
        self.badge.setText(verdict(active, total))
        self.badge.setVisible(active > 0)


def _ends(left: QWidget, right: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.addWidget(left)
    line.addStretch(1)
    line.addWidget(right)
    return line
