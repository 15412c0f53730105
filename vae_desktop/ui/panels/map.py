"""The map panel: shows the space, and turns what the hand does on it into places of the latent space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_desktop.core.settings import settings_of
from vae_desktop.export.images import save_picture
from vae_desktop.latent.projections import projections, unsuited
from vae_desktop.latent.traverse import by_kl
from vae_desktop.ui.colouring import SHADES, ramp, shown_items
from vae_desktop.ui.map_backdrop import MapBackdrop
from vae_desktop.ui.map_hand import MapHand
from vae_desktop.ui.map_points import MapPoints
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import STILLS, ask_and_save
from vae_desktop.ui.widgets.colour_legend import ColourLegend
from vae_desktop.ui.widgets.map_view import MapView, Tool, View
from vae_desktop.ui.widgets.pointed import pixels
from vae_desktop.ui.widgets.projection_bar import ProjectionBar
from vae_desktop.ui.widgets.projection_tools import axis_title

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_desktop.export.figure import Figure
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

LEAST = QSize(340, 200)  # pixels
HINT = "Move over the map: every place decodes"
TOOLS = {
    "hand": ("Cursor", "A drag moves the cursor; with Shift it draws a lasso (Ctrl adds, Alt takes away)"),
    "lasso": ("Lasso", "A drag draws a line around items to select them (Ctrl adds, Alt takes away)"),
    "box": ("Box", "A drag draws a box around items to select them (Ctrl adds, Alt takes away)"),
}
PICTURES = {
    "original": ("Originals", "Items are shown as pictures when one is close enough"),
    "reconstruction": ("Reconstructions", "What the model makes of each item is shown when one is close enough"),
    "dot": ("Dots", "Items stay dots, however close one is"),
}
TRAILS = {
    "none": ("None", "Items are not joined"),
    "order": ("Through the items in their order", "A line joins the items, or the selected ones, as they follow one"
              " another in the data: the way of a film through the map"),
}  # fmt: skip


@panels.add("map")
class MapPanel(Panel):
    """Every item as a dot; every place decodes."""

    name = "map"
    title = "Map"
    area = "centre"
    help = "Every item of the data as a dot, placed by its code z; every place between them decodes."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self.view = MapView()
        self.view.setObjectName("mapView")
        self.view.setAccessibleName("Map of the latent space")
        self.setFocusProxy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.tools = ProjectionBar({name: (one.title, one.help or one.title) for name, one in projections.items()})
        layout.addWidget(self.tools)
        layout.addWidget(self.view, 1)
        if not QSettings().value("hovered", False, bool):
            self.view.set_hint(HINT)
        self.points = MapPoints(self.view, workspace, themes)
        self.hand = MapHand(self.view, self.points, workspace)
        self.legend = ColourLegend(self.view)
        for keys, do in (("Home", self.view.fit), ("F", self.hand.fit_selection)):
            shortcut = QShortcut(QKeySequence(keys), self.view, lambda do=do: do())
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._connect()
        self.backdrop = MapBackdrop(workspace, themes, self.view, self.tools.backdrop).backdrop

    def _connect(self) -> None:
        workspace, view, tools = self.workspace, self.view, self.tools
        workspace.space_changed.connect(self._take_space)
        workspace.dataset_changed.connect(self._take_space)
        workspace.run_changed.connect(self._take_run)
        workspace.look_changed.connect(self._take_look)
        workspace.colours.changed.connect(self._take_colours)
        self.themes.changed.connect(self._take_colours)
        self.legend.hidden_changed.connect(lambda hidden: workspace.set_look(hidden_kinds=hidden))
        self.legend.renamed.connect(workspace.colours.rename)
        self.legend.selected.connect(lambda index: workspace.select(workspace.colours.current.groups == index))
        tools.projection.chosen.connect(self._choose)
        tools.projection.axes_chosen.connect(self._choose_axes)
        tools.projection.settings_chosen.connect(
            lambda values: workspace.set_look(settings=tuple(sorted(values.items())))
        )
        tools.colour.chosen.connect(lambda key: workspace.set_look(colour=key, hidden_kinds=frozenset()))
        tools.pictures.chosen.connect(lambda kind: workspace.set_look(pictures=kind))
        tools.trail.chosen.connect(lambda kind: workspace.set_look(trail=kind))
        tools.tool.chosen.connect(self._choose_tool)
        tools.fit_asked.connect(lambda: view.fit())
        view.hovered.connect(self._greet)
        view.view_changed.connect(self._change_view)
        view.painted.connect(lambda ms: workspace.timed.emit("map", ms))
        self._choose_tool("hand")

    def minimumSizeHint(self) -> QSize:
        """What the docks leave it at the least."""
        return super().minimumSizeHint().expandedTo(LEAST)

    # From the workspace

    def _take_run(self, by: object) -> None:
        if self.workspace.space is None:
            self.view.set_hint(self._nothing_yet())

    def _take_space(self, by: object) -> None:
        space = self.workspace.space
        self.view.setEnabled(space is not None)
        if space is None or space.projection is None:
            self.view.set_labels("", "")
            self.view.set_hint(self._nothing_yet())
        else:
            self.view.set_labels(*(axis_title(label) for label in space.projection.labels))
            if self.workspace.dataset is not None and not self.view.hint.startswith("Move"):
                self.view.set_hint("")
        self.points.show(space)
        self.hand.show(space)
        self._take_tools()

    def _nothing_yet(self) -> str:
        if self.workspace.dataset is None:
            return ""
        if len(self.workspace.dataset) < 2:
            return "Training needs two items or more: a map shows how they differ"
        began = self.workspace.run is not None
        return "The map forms when the first epoch has ended" if began else "Press Train, and the map forms here"

    def _take_tools(self) -> None:
        space, look = self.workspace.space, self.workspace.look
        latent = 0 if space is None else space.latent
        self.tools.projection.show_projection(look.projection, unsuited(latent))
        chosen = dict(look.settings)
        many = space is not None and latent > 2 and look.projection == "axes"
        order = by_kl(space.posterior).tolist() if many and space is not None else []
        self.tools.projection.show_axes(order, (chosen.get("x", 0), chosen.get("y", 1)))
        titles = {key: (title, f"Colour each item by {title}") for key, title in self.workspace.colours.choices.items()}
        self.tools.colour.show_options(titles, look.colour)
        self.tools.pictures.show_options(PICTURES, look.pictures)
        self.tools.trail.show_options(TRAILS, look.trail)
        free = look.projection != "axes"  # whose dimensions stand in the bar itself
        self.tools.projection.show_settings(
            list(settings_of(projections[look.projection].Config).values()) if free else [], chosen
        )

    def _take_look(self, by: object) -> None:
        if by is self:  # another part is shown: the tools say nothing of it
            return
        look = self.workspace.look
        self._take_tools()
        self._take_colours()
        if look.view is not None:
            self.view.set_view(look.view)
        else:
            self.view.show_all()

    def _take_colours(self) -> None:
        """Say what the colours mean, unless the classes beside the data do."""
        colouring, theme, legend = self.workspace.colours.current, self.themes.current, self.legend
        if colouring.ramp:
            legend.show_ramp(colouring.title, ramp(theme, SHADES), colouring.low, colouring.high, theme)
        elif colouring.names and colouring.key != "class":
            kinds = colouring.colours(theme)[: len(colouring.names)]
            legend.show_kinds(colouring.title, colouring.names, kinds, self.workspace.colours.hidden_kinds, theme)
        else:
            legend.hide()

    def _greet(self, *_: object) -> None:
        """The hint was followed: it is not needed again."""
        if self.view.hint == HINT and self.workspace.space is not None and self.workspace.space.model is not None:
            QSettings().setValue("hovered", True)
            self.view.set_hint("")

    # From the hand

    def _change_view(self, view: View | None, final: bool) -> None:
        self.workspace.set_look(self, view=view)

    def _choose(self, name: str) -> None:
        space = self.workspace.space
        settings: tuple[tuple[str, Any], ...] = ()
        if name == "axes" and space is not None and space.latent > 2:
            x, y = by_kl(space.posterior)[:2].tolist()
            settings = (("x", x), ("y", y))
        self.workspace.set_look(projection=name, settings=settings)

    def _choose_tool(self, tool: Tool) -> None:
        self.view.set_tool(tool)
        self.tools.tool.show_options(TOOLS, tool)

    def _choose_axes(self, x: int, y: int) -> None:
        if x == y:  # they change places
            old = dict(self.workspace.look.settings)
            x, y = old["y"], old["x"]
        self.workspace.set_look(projection="axes", settings=(("x", x), ("y", y)))

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The map as a picture."""
        if self.workspace.space is None or self.workspace.space.projection is None:
            return []
        return [("Map as PNG or SVG…", self._save_map), ("Map as it is seen…", self._save_seen)]

    def _save_seen(self) -> None:
        """With its backdrop, pictures and legend, in the window's colours."""
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        picture = pixels(image)
        ask_and_save(self, "Save the map as it is seen", "map", STILLS[:1], lambda: picture, save_picture)

    def _save_map(self) -> None:
        from vae_desktop.export.figure import save_figure  # brings fonts and XML, which a start does not need

        kinds = ("PNG picture (*.png)", "SVG drawing (*.svg)")
        ask_and_save(self, "Save the map", "map", kinds, self._figure(), save_figure)

    def _figure(self) -> Callable[[], Figure]:
        """What is shown now, as a function that draws it later on another thread."""
        workspace = self.workspace
        space = workspace.space
        assert space is not None
        assert space.projection is not None
        projection, titles, look = space.projection, space.projection.labels, workspace.look
        labels, classes, kinds = workspace.labels, len(workspace.own_classes), workspace.colours.hidden_kinds
        colouring, theme = workspace.colours.current, self.themes.current
        path, cursor = workspace.path, workspace.cursor

        def make() -> Figure:
            from vae_desktop.export.figure import Figure

            xy, group = projection.xy, colouring.groups
            visible = shown_items(colouring, labels, classes, look.hidden, kinds)
            shown = np.isfinite(xy).all(axis=1) & (True if visible is None else visible)
            return Figure(
                xy[shown], group[shown], colouring.colours(theme), [*colouring.names, "unknown"] if colouring.names
                else (), None if path is None else projection.place(path),
                None if cursor is None else projection.place(cursor.z[None])[0], labels=titles,
            )  # fmt: skip

        return make


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("map")
