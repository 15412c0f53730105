"""The tools above the map: which projection, which axes, what lies beneath, what colours say, show everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from vae_desktop.ui.widgets.backdrop_tools import BackdropTools
from vae_desktop.ui.widgets.menu_choice import MenuChoice
from vae_desktop.ui.widgets.projection_tools import ProjectionTools
from vae_desktop.ui.widgets.tool_rows import ToolRows

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProjectionBar(ToolRows):
    """All of them in a row; what there is no room for is folded into menus."""

    fit_asked = Signal()

    def __init__(self, kinds: Mapping[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        """Offer `kinds`: name → (title, explanation)."""
        super().__init__("mapTools", parent)
        self.projection = ProjectionTools(kinds)
        self.backdrop = BackdropTools()
        self.colour = MenuChoice("colourBy", "Colour", "What the colours of the dots say")
        self.pictures = MenuChoice("mapPictures", "Close up", "What items are shown as when one is close enough")
        self.tool = MenuChoice("mapTool", "Drag", "What a drag on the map does")
        self.trail = MenuChoice("mapTrail", "Line", "Whether a line joins the items")
        self.colour.add_menu(self.pictures)
        self.colour.add_menu(self.trail)
        fit = QPushButton("Fit")
        fit.setObjectName("fitMap")
        fit.setAccessibleName("Show everything")
        fit.setToolTip("Show every item (Home)")
        fit.clicked.connect(self.fit_asked)
        self.set_tools(
            (self.projection,), (self.backdrop, self.colour, self.tool), (fit,),
            ((self.projection.projection, self.projection.projection.set_compact),
             (self.backdrop.kinds, self.backdrop.set_compact)),
            ((0, 0), (0, 1), (1, 1), (2, 1), (2, 2)),
        )  # fmt: skip
