"""Says on the map what its colours mean, where the classes beside the data do not: a ramp, or kinds to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.class_legend import ClassLegend
from vae_desktop.ui.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

WIDTH, EDGE, BELOW = 196, 10, 36  # pixels: of the legend, from the map's side, above its axis
TALLEST = 150


class RampBar(QWidget):
    """A bar from the lowest to the highest colour, with the numbers at its ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours: Sequence[str] = ()
        self._ends = ("", "")
        self._theme = DARK

    def show_ramp(self, colours: Sequence[str], low: float, high: float, theme: Theme) -> None:
        """Show these colours from `low` to `high`."""
        self._colours, self._ends, self._theme = colours, (f"≤ {number(low)}", f"≥ {number(high)}"), theme
        self.setAccessibleName(f"From {number(low)} to {number(high)}")
        self.update()

    def sizeHint(self) -> QSize:
        """A bar and a line of numbers."""
        return QSize(WIDTH - 24, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = QRectF(0, 2, self.width(), 8)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, colour in enumerate(self._colours):
            gradient.setColorAt(place / (len(self._colours) - 1), QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QPen(QColor(self._theme.text)))
        line = QRectF(0, 12, self.width(), 14)
        for align, text in zip((Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight), self._ends, strict=True):
            painter.drawText(line, align | Qt.AlignmentFlag.AlignVCenter, text)


class ColourLegend(QFrame):
    """Stands in the lower right corner of the map `view`; a hand hides, shows, renames or selects kinds."""

    hidden_changed = Signal(object)  # frozenset[int]
    renamed = Signal(int, str)
    selected = Signal(int)

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("colourLegend")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._view = view
        view.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        self._title = QLabel()
        self._title.setProperty("role", "quiet")
        self.bar = RampBar()
        self.kinds = ClassLegend()
        self.kinds.hidden_changed.connect(self.hidden_changed)
        self.kinds.renamed.connect(self.renamed)
        self.kinds.selected.connect(self.selected)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.kinds)
        for part in (self._title, self.bar, self._scroll):
            layout.addWidget(part)
        self.hide()

    def show_ramp(self, title: str, colours: Sequence[str], low: float, high: float, theme: Theme) -> None:
        """Explain a ramp."""
        self._title.setText(title)
        self.bar.show_ramp(colours, low, high, theme)
        self.bar.show()
        self._scroll.hide()
        self._stand()

    def show_kinds(
        self, title: str, names: Sequence[str], colours: Sequence[str], hidden: frozenset[int], theme: Theme
    ) -> None:
        """Explain kinds, each of which can be hidden or shown alone."""
        self._title.setText(title)
        self.kinds.set_classes(names, theme, colours)
        self.kinds.set_hidden(hidden)
        self.bar.hide()
        self._scroll.show()
        self._stand()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._stand()
        return False

    def _stand(self) -> None:
        self.show()
        inner = (
            self.kinds.heightForWidth(WIDTH - 24) if self.kinds.hasHeightForWidth() else self.kinds.sizeHint().height()
        )
        height = 26 if not self.bar.isHidden() else min(TALLEST, inner)
        self.resize(WIDTH, height + self._title.sizeHint().height() + 22)
        self.move(max(0, self._view.width() - WIDTH - EDGE), max(0, self._view.height() - self.height() - BELOW))
        self.raise_()
