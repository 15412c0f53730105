"""A slider and a number for each latent dimension."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.ui.theme import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

FINE = 100  # slider steps per unit
MOST = 1e6
FIRST = 32  # rows made at once
ROW = 37  # pixels
IN_SIGHT = 8  # rows shown without scrolling
ONE_STEP = 1.0  # seconds: changes by wheel or keys closer than this are one step of undo
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def dimension_name(index: int) -> str:
    """Name of a latent dimension: z₁ for the first."""
    return f"z{str(index + 1).translate(SUBSCRIPT)}"


class CodeSliders(QWidget):
    """Edits a code z (d,), dimensions in a given order; emits the whole code and a token that is one per gesture."""

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = np.zeros(0, np.float32)
        self._order = np.zeros(0, int)
        self._reach = np.zeros(0)
        self._kl: Sequence[float] = ()
        self._rows: list[_Row] = []
        self._waiting: tuple[np.ndarray, np.ndarray, Sequence[float]] | None = None
        self._shown = FIRST
        self._token = object()
        self._edited_at = 0.0
        inside = QWidget()
        self._grid = QVBoxLayout(inside)
        self._grid.setContentsMargins(0, 0, SPACE, 0)
        self._grid.setSpacing(0)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._more = QPushButton()
        self._more.setProperty("role", "link")
        self._more.setObjectName("moreDimensions")
        self._more.setAccessibleName("More dimensions")
        self._more.setToolTip("Show sliders for the dimensions that carry less information (KL), too")
        self._more.clicked.connect(self._show_more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._scroll)
        layout.addWidget(self._more)
        self._arrange()

    @property
    def code(self) -> np.ndarray:
        """The code shown, (d,) float32."""
        return self._code

    def set_dimensions(self, order: np.ndarray, reach: np.ndarray, kl: Sequence[float] = ()) -> None:
        """Show dimensions in `order` (d,), each from −`reach` to `reach` (d,); `kl` (d,) in nats is told on hover."""
        if any(row.held for row in self._rows):
            self._waiting = (order, reach, kl)  # no row changes its meaning under the hand
            return
        if len(order) != len(self._order):
            self._shown = FIRST
            self._code = np.zeros(len(order), np.float32)
        self._order, self._reach, self._kl = order, reach, kl
        self._arrange()

    def set_code(self, code: np.ndarray) -> None:
        """Show a code; tells nobody."""
        self._code = np.array(code, np.float32)
        for row in self._rows:
            row.show_value(float(self._code[row.dimension]))

    def _show_more(self) -> None:
        self._shown *= 4
        self._arrange()

    def _arrange(self) -> None:
        """Make or drop rows until there is one for each dimension to show."""
        count = min(self._shown, len(self._order))
        while len(self._rows) > count:
            row = self._rows.pop()
            self._grid.removeWidget(row)
            row.deleteLater()
        while len(self._rows) < count:
            row = _Row()
            row.moved.connect(self._edit)
            row.grabbed.connect(self._new_gesture)
            row.let_go.connect(self._let_go)
            self._rows.append(row)
            self._grid.addWidget(row)
        for row, dimension in zip(self._rows, self._order, strict=False):
            kl = f"; carries {self._kl[dimension]:.2f} nats per item (KL)" if len(self._kl) else ""
            row.stand_for(int(dimension), float(self._reach[dimension]), kl)
            row.show_value(float(self._code[dimension]))
        self._scroll.setFixedHeight(min(count, IN_SIGHT) * ROW)
        rest = len(self._order) - count
        self._more.setText(f"{rest} more dimensions ▸")
        self._more.setVisible(rest > 0)

    def _let_go(self) -> None:
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.set_dimensions(*waiting)

    def _new_gesture(self) -> None:
        self._token = object()

    def _edit(self, dimension: int, value: float, held: bool) -> None:
        now = time.monotonic()
        if not held and now - self._edited_at > ONE_STEP:
            self._new_gesture()
        self._edited_at = now
        self._code = self._code.copy()
        self._code[dimension] = value
        self.edited.emit(self._code, self._token)


class _Row(QWidget):
    """One dimension. Both its parts leave the wheel to the scrolling, unless the number is being edited."""

    moved = Signal(int, float, bool)
    grabbed = Signal()
    let_go = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.dimension = 0
        self.setFixedHeight(ROW)
        self._name = QLabel()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setSingleStep(FINE // 20)
        self._slider.setPageStep(FINE // 2)
        self._number = QDoubleSpinBox()
        self._number.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self._number.setProperty("role", "plain")
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._number.setDecimals(2)
        self._number.setSingleStep(0.05)
        self._number.setRange(-MOST, MOST)
        self._number.setKeyboardTracking(False)
        self._number.setFixedWidth(76)
        for part in (self._slider, self._number):
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            part.installEventFilter(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._name, 0, 0)
        grid.addWidget(self._number, 0, 1)
        grid.addWidget(self._slider, 1, 0, 1, 2)
        self._slider.valueChanged.connect(self._slid)
        self._slider.sliderPressed.connect(self.grabbed)
        self._slider.sliderReleased.connect(self.let_go)
        self._number.valueChanged.connect(self._typed)

    @property
    def held(self) -> bool:
        """Whether the hand holds the slider."""
        return self._slider.isSliderDown()

    def stand_for(self, dimension: int, reach: float, kl: str) -> None:
        """Become the row of a dimension."""
        self.dimension = dimension
        name, plain = dimension_name(dimension), f"z{dimension + 1}"
        tip = f"Position along latent dimension {dimension + 1} ({name}){kl}"
        self._name.setText(name)
        self._name.setToolTip(tip)
        for part, what in ((self._slider, "slider"), (self._number, "number")):
            part.setObjectName(f"{plain}_{what}")
            part.setAccessibleName(f"{plain} {what}")
            part.setToolTip(tip)
        self._slider.blockSignals(True)
        self._slider.setRange(-round(reach * FINE), round(reach * FINE))
        self._slider.blockSignals(False)

    def show_value(self, value: float) -> None:
        """Show a value; tells nobody."""
        self._show_steps(value)
        self._show_number(value)

    def _slid(self, steps: int) -> None:
        self._show_number(steps / FINE)
        self.moved.emit(self.dimension, steps / FINE, self._slider.isSliderDown())

    def _typed(self, value: float) -> None:
        self._show_steps(value)
        self.moved.emit(self.dimension, value, False)

    def _show_steps(self, value: float) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(round(min(max(value, -MOST), MOST) * FINE))
        self._slider.blockSignals(False)

    def _show_number(self, value: float) -> None:
        self._number.blockSignals(True)
        self._number.setValue(value)
        self._number.blockSignals(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on, so that scrolling past a slider does not change it."""
        if event.type() == QEvent.Type.Wheel and not (watched is self._number and self._number.hasFocus()):
            event.ignore()
            return True
        return super().eventFilter(watched, event)
