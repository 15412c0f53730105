"""Tools in a row above a map; what there is no room for is folded into menus, then goes to a row of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from vae_desktop.ui.widgets.choice import Choice

    Folding = tuple[Choice, Callable[[int], None]]  # what asks for less when it is told how compact to be

GAP = 6  # pixels between two tools, and two rows
ACROSS, DOWN = 12, 5  # pixels around them


class ToolRows(QWidget):
    """`first` and `others` in one row or two, and `last` at the end of the first.

    `folding` are the choices that can be compact, and `steps` how compact each is, from roomy to narrow.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(ACROSS, DOWN, ACROSS, DOWN)
        rows.setSpacing(GAP)
        self._rows = QHBoxLayout(), QHBoxLayout()
        for row in self._rows:
            row.setSpacing(GAP)
            rows.addLayout(row)
        self._first: tuple[QWidget, ...] = ()
        self._others: tuple[QWidget, ...] = ()
        self._last: tuple[QWidget, ...] = ()
        self._folding: tuple[Folding, ...] = ()
        self._steps: tuple[tuple[int, ...], ...] = ()
        self._two = False

    def set_tools(
        self,
        first: Sequence[QWidget],
        others: Sequence[QWidget],
        last: Sequence[QWidget],
        folding: Sequence[Folding],
        steps: Sequence[tuple[int, ...]],
    ) -> None:
        """Take the tools, once."""
        self._first, self._others, self._last = tuple(first), tuple(others), tuple(last)
        self._folding, self._steps = tuple(folding), tuple(steps)
        above, below = self._rows
        for part in (*first, *others):
            above.addWidget(part)
        above.addStretch(1)
        for part in last:
            above.addWidget(part)
        below.addStretch(1)

    @property
    def two(self) -> bool:
        """Whether they stand in two rows."""
        return self._two

    def minimumSizeHint(self) -> QSize:
        """The wider of two rows of what is shortest."""
        rows = (self._first + self._last, self._others)
        width = max(_across([part.minimumSizeHint().width() for part in _shown(row)]) for row in rows)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as segments what there is room for."""
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """What a part of it needs may have changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        whole = self._first + self._others + self._last
        two = _across([part.minimumSizeHint().width() for part in _shown(whole)]) > self.width()
        self._set_rows(two)
        for row in (self._first + self._last, self._others) if two else (whole,):
            self._fold(_shown(row))

    def _fold(self, row: Sequence[QWidget]) -> None:
        """Show the choices of a row as roomy as they fit."""
        inside = [
            (at, choice, fold)
            for at, (choice, fold) in enumerate(self._folding)
            if any(part.isAncestorOf(choice) for part in row)
        ]
        others = _across([part.sizeHint().width() for part in row]) - sum(choice.room for _, choice, _ in inside)
        step = self._steps[-1]
        for step in self._steps:
            if others + sum(choice.room_of(step[at]) for at, choice, _ in inside) <= self.width():
                break
        for at, _, fold in inside:
            fold(step[at])

    def _set_rows(self, two: bool) -> None:
        if two == self._two:
            return
        self._two = two
        above, below = self._rows
        for at, part in enumerate(self._others):
            (below if two else above).insertWidget(at if two else len(self._first) + at, part)


def _shown(parts: Sequence[QWidget]) -> list[QWidget]:
    return [part for part in parts if not part.isHidden()]


def _across(widths: Sequence[int]) -> int:
    """Pixels of a row of parts so wide."""
    return sum(widths) + GAP * max(0, len(widths) - 1) + 2 * ACROSS
