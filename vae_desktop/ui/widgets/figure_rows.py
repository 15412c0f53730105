"""Figures as lines: what it is on the left, its value and unit on the right, what it means on hover."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.fitting_label import FittingLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE = "—"  # where there is no figure


class Line(NamedTuple):
    """One figure: its name ``plain words (term)``, its value as it is read, what it means."""

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
        self._rows: list[tuple[FittingLabel, QLabel]] = []
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
                # Where there is little room the term alone is said.
                term = line.name.partition(" (")[2].removesuffix(")") or line.name
                name.set_texts((line.name, term[:1].upper() + term[1:]))
                value.setText(line.value)
                value.setAccessibleName(f"{line.name}: {line.value}")

    def event(self, event: QEvent) -> bool:
        """Say what the figure under the pointer means."""
        if isinstance(event, QHelpEvent):
            for line, (name, _) in zip(self.lines, self._rows, strict=False):
                if line.tip and name.y() <= event.pos().y() < name.y() + name.height():
                    QToolTip.showText(event.globalPos(), f"{line.name}: {line.tip}", self)
                    return True
        return super().event(event)

    def _make_row(self) -> tuple[FittingLabel, QLabel]:
        row = len(self._rows)
        name, value = FittingLabel(), QLabel()
        name.setProperty("role", "quiet")
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the line tells what it means
        value.setObjectName(f"figure-{row}")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1)
        return name, value
