"""Which projection a map shows: its kind, its axes, its settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from vae_desktop.ui.widgets.choice import Choice
from vae_desktop.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_desktop.core.settings import Setting, Value

DIMENSION = re.compile(r"z\d+\b")
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def axis_title(label: str) -> str:
    """``z1`` as z₁, also before more words; other labels, and names that merely begin so, as they are."""
    found = DIMENSION.match(label)
    return label if found is None else found[0].translate(SUBSCRIPT) + label[found.end() :]


class ProjectionTools(QWidget):
    """Offers projections by name; tells what is chosen. `prefix` is what the names of its parts begin with."""

    chosen = Signal(str)
    settings_chosen = Signal(object)  # values by name
    axes_chosen = Signal(int, int)

    def __init__(self, kinds: Mapping[str, tuple[str, str]], prefix: str = "", parent: QWidget | None = None) -> None:
        """Offer `kinds`: name → (title, explanation)."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.projection = Choice(f"{prefix}projection", "Projection", kinds, alone={"axes": "Axes"})
        self.projection.chosen.connect(self.chosen)
        row.addWidget(self.projection)
        self._across, self._upwards = QComboBox(), QComboBox()
        for box, way in ((self._across, "across"), (self._upwards, "upwards")):
            box.setObjectName(f"{prefix}axis-{way}")
            box.setAccessibleName(f"Latent dimension {way}")
            box.setToolTip(f"Which latent dimension runs {way}; the most informative (KL) come first")
            box.activated.connect(lambda _: self.axes_chosen.emit(*self._axes()))
            row.addWidget(box)
        self._settings = QToolButton()
        self._settings.setText("Settings")
        self._settings.setObjectName(f"{prefix}projectionSettings")
        self._settings.setAccessibleName("Settings of the projection")
        self._settings.setToolTip("How the projection is made")
        self._settings.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._settings)
        self._settings.setMenu(self._menu)
        self._values: dict[str, Value] = {}
        self._offered: tuple[Setting, ...] | None = None
        self._form = SettingsForm(())
        row.addWidget(self._settings)
        self.show_axes((), (0, 0))
        self.show_settings((), {})

    def _axes(self) -> tuple[int, int]:
        return self._across.currentData(), self._upwards.currentData()

    def show_projection(self, name: str, unsuited: Mapping[str, str]) -> None:
        """Mark the projection shown, and which cannot be chosen: name → why."""
        self.projection.show_chosen(name)
        self.projection.show_unsuited(unsuited)

    def show_axes(self, order: Sequence[int], axes: tuple[int, int]) -> None:
        """Offer latent dimensions in this order, two of them shown; hidden when there is nothing to choose."""
        for box, chosen in zip((self._across, self._upwards), axes, strict=True):
            box.setVisible(len(order) > 0)
            if [box.itemData(i) for i in range(box.count())] != list(order):
                box.clear()
                for j in order:
                    box.addItem(f"z{j + 1}".translate(SUBSCRIPT), int(j))
            box.setCurrentIndex(box.findData(chosen))

    def show_settings(self, settings: Sequence[Setting], values: Mapping[str, Value]) -> None:
        """Offer these settings with their values; hidden when there is nothing to set."""
        if tuple(settings) != self._offered:
            self._offered = tuple(settings)
            self._settings.setVisible(bool(settings))
            self._menu.clear()
            self._values = {}
            self._form = SettingsForm(settings)
            action = QWidgetAction(self._menu)
            action.setDefaultWidget(self._popup())
            self._menu.addAction(action)
        shown = {one.name: one.default for one in settings} | dict(values)
        if shown != self._values:  # what is being typed stays while a map forms
            self._values = shown
            self._form.set_values(shown)

    def _popup(self) -> QWidget:
        """The form, and a button that takes it."""
        popup = QWidget()
        layout = QVBoxLayout(popup)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self._form)
        apply = QPushButton("Make the map")
        apply.setObjectName("makeMap")
        apply.setAccessibleName("Make the map with these settings")
        apply.setToolTip("Compute the projection with these settings")
        apply.clicked.connect(self._apply)
        self._form.changed.connect(lambda: apply.setEnabled(not self._form.fault()))
        layout.addWidget(apply)
        return popup

    def _apply(self) -> None:
        self._menu.close()
        self.settings_chosen.emit(self._form.values())
