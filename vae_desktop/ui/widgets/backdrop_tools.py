"""The tools of a map's backdrop: which one, how z is filled in, and what its colours mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.choice import Choice
from vae_desktop.ui.widgets.tile_paint import AWAY, trust_opacity

KINDS = {
    "none": ("None", "Nothing beneath the dots"),
    "atlas": ("Atlas", "What each place of the map decodes to, as small pictures beneath the dots"),
    "density": ("Density", "Where most items of each class lie: contours around 25, 50, 75 and 95 % of them"),
    "trust": (
        "Trust",
        "How far each place can be trusted: whether the code comes back when it is decoded and encoded again, and"
        " whether there is data nearby",
    ),
}
OTHERS = {
    "cursor": ("As at the cursor", "The dimensions that the map does not show stay as they are at the cursor"),
    "mean": ("Mean of all", "The dimensions that the map does not show are the mean of all items"),
    "local": ("Mean nearby", "The dimensions that the map does not show are the mean of the items next to the place"),
}
WIDTH, HEIGHT, EDGE = 214, 78, 10  # pixels of the legend, and from the map's corner
GAP = 6  # pixels between the tools
SIGMAS = ("0", "1", "2", "3", "4+ σ")
PLACES = (("inside", 0.0), ("edge", 1.5), ("outside", 4.0))  # and how far from the data that is


class BackdropTools(QWidget):
    """Offers the backdrops, and how the dimensions that the map does not show are filled in."""

    chosen = Signal(str)
    others_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self.kinds = Choice("backdrop", "Backdrop", KINDS, alone={"none": "No backdrop"})
        self.kinds.chosen.connect(self.chosen)
        self.others = QToolButton()
        self.others.setObjectName("otherDimensions")
        self.others.setAccessibleName("Other dimensions")
        self.others.setText("Other z ▾")
        self.others.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.others)
        menu.setToolTipsVisible(True)
        self._more = False
        self._shown: tuple[str, str, bool] | None = None
        self._actions = {}
        for name, (text, tip) in OTHERS.items():
            action = self._actions[name] = menu.addAction(text)
            action.setCheckable(True)
            action.setToolTip(tip)
            action.triggered.connect(lambda _=False, name=name: self._choose(name))
        self.others.setMenu(menu)
        line, title = QAction(self), QAction("Other dimensions of z", self)
        line.setSeparator(True)
        title.setEnabled(False)
        self._within = (line, title, *self._actions.values())
        row.addWidget(self.others)
        row.addWidget(self.kinds)
        self.show_chosen("none", "cursor", False)

    def _choose(self, name: str) -> None:
        self._mark(name)  # what was chosen before is not unmarked by itself
        self.others_chosen.emit(name)

    def _mark(self, others: str) -> None:
        for name, action in self._actions.items():
            action.setChecked(name == others)
        self.others.setToolTip(f"Dimensions of z that the map does not show: {OTHERS[others][0].lower()}")

    def show_chosen(self, kind: str, others: str, more: bool) -> None:
        """Mark what is chosen; `more`: there are dimensions that the map does not show."""
        if (kind, others, more) == self._shown:
            return
        self._shown = kind, others, more
        self.kinds.show_chosen(kind)
        self._mark(others)
        self._more = more
        self._place_others()

    def set_compact(self, compact: int) -> None:
        """Be one button (1), one that says less (2), or segments and another button."""
        self.kinds.set_compact(compact)
        self._place_others()

    def _place_others(self) -> None:
        """Where the backdrops are one button, what else there is to choose stands in its menu."""
        within = self._more and self.kinds.compact
        if within != (self._within[0] in self.kinds.menu.actions()):
            for action in self._within:
                if within:
                    self.kinds.menu.addAction(action)
                else:
                    self.kinds.menu.removeAction(action)
        self.others.setVisible(self._more and not within)


class BackdropLegend(QWidget):
    """Says what the colours of a backdrop mean, in the upper right corner of the map it stands on."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("backdropLegend")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(WIDTH, HEIGHT)
        self._theme: Theme = DARK
        self._view = view
        view.installEventFilter(self)
        self.show_for("none", DARK)

    def show_for(self, kind: str, theme: Theme) -> None:
        """Explain this backdrop; only trust needs it."""
        self._theme = theme
        self.setVisible(kind == "trust")
        self.setAccessibleName(
            "Colour: how far a code comes back, from 0 (blue) to 4 σ and more (orange). Solid inside the data, faint"
            " outside"
        )
        self._stand()
        self.update()

    def sizeHint(self) -> QSize:
        """As large as it is."""
        return QSize(WIDTH, HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize:
            self._stand()
        return False

    def _stand(self) -> None:
        self.move(max(0, self._view.width() - WIDTH - EDGE), EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a bar with its numbers, and three patches."""
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = QColor(theme.card)
        back.setAlpha(225)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(back)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QColor(theme.quiet))
        painter.drawText(QRectF(12, 6, WIDTH - 24, 14), Qt.AlignmentFlag.AlignVCenter, "How far a place comes back")
        bar = QRectF(12, 26, WIDTH - 24, 7)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for i, colour in enumerate(AWAY):
            gradient.setColorAt(i / (len(AWAY) - 1), QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(theme.text))
        ends = (Qt.AlignmentFlag.AlignLeft, *[Qt.AlignmentFlag.AlignHCenter] * 3, Qt.AlignmentFlag.AlignRight)
        for i, (text, align) in enumerate(zip(SIGMAS, ends, strict=True)):
            at = bar.left() + bar.width() * i / (len(SIGMAS) - 1)
            left = {Qt.AlignmentFlag.AlignLeft: at, Qt.AlignmentFlag.AlignRight: at - 40}.get(align, at - 20)
            painter.drawText(QRectF(left, 35, 40, 13), align | Qt.AlignmentFlag.AlignVCenter, text)
        third = bar.width() / len(PLACES)
        for i, (text, score) in enumerate(PLACES):
            left = bar.left() + i * third
            patch, filled = QRectF(left, 58, 10, 10), QColor(AWAY[0])
            filled.setAlphaF(float(trust_opacity(np.array(score))))
            painter.setPen(QPen(QColor(theme.quiet), 1))
            painter.setBrush(filled)
            painter.drawRoundedRect(patch, 2, 2)
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(left + 15, 67), text)
