"""The tools above the map: which projection, which axes, what lies beneath, what colours say, show everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from vae_desktop.ui.widgets.backdrop_tools import BackdropTools
from vae_desktop.ui.widgets.menu_choice import MenuChoice
from vae_desktop.ui.widgets.projection_tools import ProjectionTools

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

GAP = 6  # pixels between two tools


class ProjectionBar(QWidget):
    """All of them in a row; what there is no room for is folded into menus."""

    fit_asked = Signal()

    def __init__(self, kinds: Mapping[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        """Offer `kinds`: name → (title, explanation)."""
        super().__init__(parent)
        self.setObjectName("mapTools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(GAP)
        self.projection = ProjectionTools(kinds)
        self.backdrop = BackdropTools()
        self.colour = MenuChoice("colourBy", "Colour", "What the colours of the dots say")
        self.pictures = MenuChoice("mapPictures", "Close up", "What items are shown as when one is close enough")
        self.tool = MenuChoice("mapTool", "Drag", "What a drag on the map does")
        self.trail = MenuChoice("mapTrail", "Line", "Whether a line joins the items")
        self.colour.add_menu(self.pictures)
        self.colour.add_menu(self.trail)
        for part in (self.projection, self.backdrop, self.colour, self.tool):
            row.addWidget(part)
        row.addStretch(1)
        fit = QPushButton("Fit")
        fit.setObjectName("fitMap")
        fit.setAccessibleName("Show everything")
        fit.setToolTip("Show every item (Home)")
        fit.clicked.connect(self.fit_asked)
        row.addWidget(fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as segments what there is room for."""
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """What a part of it needs may have changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        projection, backdrop = self.projection.projection, self.backdrop.kinds
        others = self._row.sizeHint().width() - projection.room - backdrop.room
        for compact in ((0, 0), (0, 1), (1, 1), (2, 1), (2, 2)):
            if others + projection.room_of(compact[0]) + backdrop.room_of(compact[1]) <= self.width():
                break
        before = projection.maximumWidth(), backdrop.maximumWidth()
        projection.set_compact(compact[0])
        self.backdrop.set_compact(compact[1])
        if before != (projection.maximumWidth(), backdrop.maximumWidth()):
            # While Qt lays the row out it does not hear that a part within a part needs another size.
            QTimer.singleShot(0, self, self._lay_out)

    def _lay_out(self) -> None:
        for tools in (self.projection, self.backdrop):
            layout = tools.layout()
            assert layout is not None
            layout.invalidate()
            tools.updateGeometry()
        self._row.activate()
