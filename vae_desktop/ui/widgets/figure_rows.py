"""Figures as lines: what it is on the left, its value and unit on the right, what it means on hover."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE = "—"  # where there is no figure


class Line(NamedTuple):
    """One figure: its name, its value as it is read, what it means."""

    name: str
    value: str
    tip: str = ""


class FigureRows(QWidget):
    """Lines of figures; the same lines keep their place when their values change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(0, 1)
        self._rows: list[tuple[ElidedLabel, QLabel]] = []
        self.lines: tuple[Line, ...] = ()

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these."""
        self.lines = tuple(lines)
        while len(self._rows) < len(lines):
            self._rows.append(self._make_row())
        for row, (name, value) in enumerate(self._rows):
            there = row < len(lines)
            name.setVisible(there)
            value.setVisible(there)
            if there:
                line = lines[row]
                tip = f"{line.name}: {line.tip}" if line.tip else ""
                name.set_whole(line.name, tip)
                value.setText(line.value)
                value.setToolTip(tip)
                value.setAccessibleName(f"{line.name}: {line.value}")

    def _make_row(self) -> tuple[ElidedLabel, QLabel]:
        row = len(self._rows)
        name, value = ElidedLabel(), QLabel()
        name.setProperty("role", "quiet")
        value.setObjectName(f"figure-{row}")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1)
        return name, value
