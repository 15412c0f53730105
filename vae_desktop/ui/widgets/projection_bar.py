"""The tools above the map: which projection, which axes, how many items, show everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from vae_desktop.ui.widgets.backdrop_tools import BackdropTools
from vae_desktop.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_desktop.core.settings import Setting, Value

SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class ProjectionBar(QWidget):
    """Offers projections by name; tells what is chosen."""

    chosen = Signal(str)
    settings_chosen = Signal(object)  # values by name
    axes_chosen = Signal(int, int)
    fit_asked = Signal()

    def __init__(self, kinds: Mapping[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        """Offer `kinds`: name → (title, explanation)."""
        super().__init__(parent)
        self.setObjectName("mapTools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(0)
        label = QLabel("Projection")
        label.setProperty("role", "quiet")
        row.addWidget(label)
        row.addSpacing(8)
        group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for name, (title, tip) in kinds.items():
            button = self._buttons[name] = QPushButton(title)
            button.setObjectName(f"projection-{name}")
            button.setProperty("role", "segment")
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"Projection: {title}")
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addButton(button)
            row.addWidget(button)
        row.addSpacing(8)
        self._across, self._upwards = QComboBox(), QComboBox()
        for box, way in ((self._across, "across"), (self._upwards, "upwards")):
            box.setObjectName(f"axis-{way}")
            box.setAccessibleName(f"Latent dimension {way}")
            box.setToolTip(f"Which latent dimension runs {way}; the most informative (KL) come first")
            box.activated.connect(lambda _: self.axes_chosen.emit(*self._axes()))
            row.addWidget(box)
            row.addSpacing(4)
        self._settings = QToolButton()
        self._settings.setText("Settings")
        self._settings.setObjectName("projectionSettings")
        self._settings.setAccessibleName("Settings of the projection")
        self._settings.setToolTip("How the projection is made")
        self._settings.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._settings)
        self._settings.setMenu(self._menu)
        self._values: dict[str, Value] = {}
        self._offered: tuple[Setting, ...] | None = None
        self._form = SettingsForm(())
        row.addWidget(self._settings)
        self.backdrop = BackdropTools()
        row.addSpacing(10)
        row.addWidget(self.backdrop)
        row.addStretch(1)
        self._count = QLabel()
        self._count.setObjectName("mapCount")
        self._count.setProperty("role", "quiet")
        self._count.setToolTip("How many items are drawn")
        row.addWidget(self._count)
        row.addSpacing(10)
        fit = QPushButton("Fit")
        fit.setObjectName("fitMap")
        fit.setAccessibleName("Show everything")
        fit.setToolTip("Show every item (Home)")
        fit.clicked.connect(self.fit_asked)
        row.addWidget(fit)
        self._words = (label, self._count)
        for one in self._words:
            one.setMinimumWidth(1)  # it may go
        self.show_axes((), (0, 0))
        self.show_settings((), {})

    def event(self, event: QEvent) -> bool:
        """Share the room anew whenever it changes, or what needs it."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._share_room()
        return done

    def _share_room(self) -> None:
        """With little room the backdrops become one button; with less, what only says something goes."""
        hint = self.sizeHint().width() - self.backdrop.sizeHint().width()
        rest = hint - sum(one.sizeHint().width() for one in self._words if not one.isHidden())
        words = sum(one.sizeHint().width() for one in self._words)
        with_words = rest + words + self.backdrop.kinds.compact <= self.width()
        for one in self._words:
            one.setVisible(with_words)
        self.backdrop.fit(self.width() - rest - words * with_words)

    def _axes(self) -> tuple[int, int]:
        return self._across.currentData(), self._upwards.currentData()

    def show_projection(self, name: str, possible: Sequence[str]) -> None:
        """Mark the projection shown, and which are possible."""
        for other, button in self._buttons.items():
            button.setChecked(other == name)
            button.setEnabled(other in possible)

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

    def show_count(self, drawn: int, total: int) -> None:
        """Say how many items are drawn."""
        text = f"{drawn:,}" if drawn == total else f"{drawn:,} of {total:,}"
        self._count.setText(f"{text} items".replace(",", "\u2009") if total else "")
