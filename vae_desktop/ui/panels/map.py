"""The map panel: shows the space, and turns what the hand does on it into places of the latent space."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from vae_desktop.core.settings import settings_of
from vae_desktop.latent.ellipse import placed_draws, sigma_ellipse
from vae_desktop.latent.projections import projections
from vae_desktop.latent.traverse import by_kl
from vae_desktop.ui.map_backdrop import MapBackdrop, fill_of
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import ask_and_save
from vae_desktop.ui.theme import class_colour
from vae_desktop.ui.widgets.map_view import MapView, View
from vae_desktop.ui.widgets.point_raster import PointRaster
from vae_desktop.ui.widgets.projection_bar import SUBSCRIPT, ProjectionBar
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_desktop.export.figure import Figure
    from vae_desktop.latent.projections import Projection
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

DRAWS = 48  # of a posterior, shown as faint dots
HINT = "Move over the map: every place decodes"


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
        self._drag = 0
        self._posterior: object = None
        self._spread: object = None
        self.setFocusProxy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.tools = ProjectionBar({name: (one.title, one.help or one.title) for name, one in projections.items()})
        layout.addWidget(self.tools)
        layout.addWidget(self.view, 1)
        for keys, do in (("Home", self.view.fit), ("F", self._fit_selection)):
            shortcut = QShortcut(QKeySequence(keys), self.view, lambda do=do: do())
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        if not QSettings().value("hovered", False, bool):
            self.view.set_hint(HINT)
        self._connect()
        self.backdrop = MapBackdrop(
            workspace, themes, self.view, self.tools.backdrop, self._colours, groups_of
        ).backdrop
        self._take_theme()

    def _connect(self) -> None:
        workspace, view = self.workspace, self.view
        workspace.space_changed.connect(self._take_space)
        workspace.dataset_changed.connect(self._take_dataset)
        workspace.run_changed.connect(self._take_run)
        workspace.cursor_changed.connect(self._take_cursor)
        workspace.selection_changed.connect(self._take_cursor)
        workspace.anchors_changed.connect(self._take_anchors)
        workspace.look_changed.connect(self._take_look)
        workspace.path_changed.connect(self._take_path)
        workspace.pointer_changed.connect(self._take_pointer)
        self.themes.changed.connect(self._take_theme)
        self.tools.chosen.connect(self._choose)
        self.tools.axes_chosen.connect(self._choose_axes)
        self.tools.settings_chosen.connect(lambda values: workspace.set_look(settings=tuple(sorted(values.items()))))
        self.tools.fit_asked.connect(lambda: view.fit())
        view.hovered.connect(self._hover)
        view.left.connect(lambda: workspace.set_pointer(None, self))
        view.clicked.connect(self._click)
        view.cursor_dragged.connect(self._drag_cursor)
        view.anchor_asked.connect(self._set_anchor)
        view.menu_asked.connect(self._menu)
        view.view_changed.connect(self._change_view)
        view.cleared.connect(self._clear)
        view.painted.connect(lambda ms: workspace.timed.emit("map", ms))

    # From the workspace

    def _take_theme(self) -> None:
        self.view.set_theme(self.themes.current)
        self._take_colours()

    def _take_colours(self) -> None:
        self.view.set_colours(self._colours())

    def _colours(self) -> list[str]:
        """One for each class, and one for what has none."""
        theme = self.themes.current
        known = [class_colour(theme, index) for index in range(len(self.workspace.classes))]
        return [*(known or [theme.accent_text]), theme.quiet]

    def _take_dataset(self, by: object) -> None:
        self._posterior = None
        self._take_space(by)

    def _take_run(self, by: object) -> None:
        if self.workspace.space is None:
            self.view.set_hint(self._nothing_yet())

    def _take_space(self, by: object) -> None:
        space = self.workspace.space
        self.view.setEnabled(space is not None)
        if space is None or space.projection is None:
            self._posterior = None
            self.view.set_points(PointRaster(np.empty((0, 2), np.float32), np.empty(0, np.uint8)))
            self.tools.show_count(0, 0)
            self.view.set_labels("", "")
            self.view.set_hint(self._nothing_yet())
        elif space.projection is not self._posterior:
            self._posterior = space.projection
            self.view.set_labels(*(_axis(label) for label in space.projection.labels))
            xy, labels, count = space.projection.xy, self.workspace.labels, len(self.workspace.classes)
            job = self.jobs.run("live:points", _points, xy, labels, count)
            job.done.connect(self._take_points)
            self._take_colours()
            if self.workspace.dataset is not None and not self.view.hint.startswith("Move"):
                self.view.set_hint("")
        self._take_tools()
        for take in (self._take_cursor, self._take_anchors, self._take_path):
            take(by)

    def _nothing_yet(self) -> str:
        if self.workspace.dataset is None:
            return ""
        began = self.workspace.run is not None
        return "The map forms when the first epoch has ended" if began else "Press Train, and the map forms here"

    def _take_points(self, points: PointRaster) -> None:
        if self.workspace.space is None:
            return
        self.view.set_points(points)
        self._take_look(None)

    def _take_tools(self) -> None:
        space, look = self.workspace.space, self.workspace.look
        latent = 0 if space is None else space.latent
        self.tools.show_projection(
            look.projection, [name for name, one in projections.items() if one.min_latent <= latent]
        )
        chosen = dict(look.settings)
        many = space is not None and latent > 2 and look.projection == "axes"
        order = by_kl(space.posterior).tolist() if many and space is not None else []
        self.tools.show_axes(order, (chosen.get("x", 0), chosen.get("y", 1)))
        free = look.projection != "axes"  # whose dimensions stand in the bar itself
        self.tools.show_settings(
            list(settings_of(projections[look.projection].Config).values()) if free else [], chosen
        )

    def _take_look(self, by: object) -> None:
        look = self.workspace.look
        shown = np.ones(256, bool)
        shown[list(look.hidden)] = False
        self.view.set_shown(shown)
        self.tools.show_count(*self.view.counts)
        self._take_tools()
        if by is self:
            return
        if look.view is not None:
            self.view.set_view(look.view)
        else:
            self.view.show_all()

    def _place(self, codes: np.ndarray) -> np.ndarray | None:
        space = self.workspace.space
        if space is None or space.projection is None or codes.shape[-1] != space.latent:
            return None
        return space.projection.place(codes)

    def _take_cursor(self, by: object) -> None:
        cursor, space = self.workspace.cursor, self.workspace.space
        at = None if cursor is None else self._place(cursor.z[None])
        self.view.set_cursor(None if at is None else (float(at[0, 0]), float(at[0, 1])))
        item = self.workspace.selection[0] if len(self.workspace.selection) == 1 else -1
        if space is None or space.projection is None or not 0 <= item < len(space.posterior):
            self._spread = None
            self._show_spread(None, (None, None))
            return
        known = space.projection, item
        if known != self._spread:
            self._spread = known
            posterior = space.posterior
            sigma = np.exp(0.5 * posterior.logvar[item])
            job = self.jobs.run("live:spread", _spread, space.projection, posterior.mu[item], sigma)
            job.done.connect(partial(self._show_spread, known))
            job.failed.connect(self.workspace.failed)

    def _show_spread(self, of: object, spread: tuple[np.ndarray | None, np.ndarray | None]) -> None:
        """Show an item's ellipse and draws, unless another has been chosen meanwhile."""
        if of == self._spread:
            self.view.set_ellipse(*spread)

    def _take_anchors(self, by: object) -> None:
        places = {}
        for name, anchor in self.workspace.anchors.items():
            at = self._place(anchor.z[None])
            if at is not None:
                places[name] = (float(at[0, 0]), float(at[0, 1]))
        self.view.set_anchors(places)

    def _take_path(self, by: object) -> None:
        path = self.workspace.path
        at = None if path is None else self._place(path)
        self.view.set_path(at)

    def _take_pointer(self, by: object) -> None:
        """Show where a film stands: a pointer that another panel sets."""
        pointer = self.workspace.pointer
        at = None if by is self or pointer is None else self._place(pointer.z[None])
        self.view.set_player(None if at is None else (float(at[0, 0]), float(at[0, 1])))

    # From the hand

    def _lift(self, x: float, y: float) -> np.ndarray | None:
        fill = fill_of(self.workspace)
        return None if fill is None else fill.lift(np.array([[x, y]], np.float32))[0]

    def _at(self, x: float, y: float, item: int) -> Place | None:
        item = self._known(item)
        if item >= 0:
            return self.workspace.place_of(item)
        z = self._lift(x, y)
        return None if z is None else Place(z, lifted=True)

    def _known(self, item: int) -> int:
        """The item, or −1 if the dots are still those of a larger space."""
        space = self.workspace.space
        return item if space is not None and item < len(space.posterior) else -1

    def _hover(self, x: float, y: float, item: int) -> None:
        place, item = self._at(x, y, item), self._known(item)
        if place is None:
            return
        self.workspace.set_pointer(place, self)
        self.view.set_tip(self._tip(item) if item >= 0 else ())
        if self.view.hint == HINT and self.workspace.space is not None and self.workspace.space.model is not None:
            QSettings().setValue("hovered", True)
            self.view.set_hint("")

    def _tip(self, item: int) -> tuple[str, ...]:
        workspace, space = self.workspace, self.workspace.space
        assert space is not None
        name = workspace.dataset.item_name(item) if workspace.dataset is not None else f"#{item}"
        labels = workspace.labels
        if labels is not None and labels[item] >= 0:
            name += f" · class {workspace.classes[labels[item]]}"
        mu = space.posterior.mu[item][:4]
        sigma = np.exp(0.5 * space.posterior.logvar[item][:4])
        more = ", …" if space.latent > 4 else ""
        return name, f"z = ({_numbers(mu)}{more}) · σ = ({_numbers(sigma)}{more})"

    def _click(self, x: float, y: float, item: int) -> None:
        place, item = self._at(x, y, item), self._known(item)
        if place is None:
            return
        self.workspace.stand(place, (item,) if item >= 0 else ())

    def _drag_cursor(self, x: float, y: float, final: bool) -> None:
        z = self._lift(x, y)
        if z is not None:
            self.workspace.set_cursor(Place(z, lifted=True), None, ("drag", self._drag))
            self.workspace.set_pointer(None)
        self._drag += final

    def _set_anchor(self, letter: str, x: float, y: float, item: int) -> None:
        place = self._at(x, y, item)
        if place is not None:
            self.workspace.set_anchor(letter, place)

    def _menu(self, at: QPointF, x: float, y: float, item: int) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for letter in ("A", "B"):
            menu.addAction(f"Interpolate: set {letter} here").triggered.connect(
                lambda _=False, letter=letter: self._set_anchor(letter, x, y, item)
            )
        menu.addAction("Put the cursor here").triggered.connect(lambda: self._click(x, y, item))
        menu.addSeparator()
        menu.addAction("Show everything").triggered.connect(lambda: self.view.fit())
        menu.popup(at.toPoint())

    def _change_view(self, view: View | None, final: bool) -> None:
        self.workspace.set_look(self, view=view)

    def _clear(self) -> None:
        if self.workspace.cursor is not None or self.workspace.selection:
            self.workspace.stand(None, text="Clear")

    def _fit_selection(self) -> None:
        space, chosen = self.workspace.space, list(self.workspace.selection)
        if chosen and space is not None and space.projection is not None:
            self.view.fit(space.projection.xy[chosen])
        else:
            self.view.fit()

    def _choose(self, name: str) -> None:
        space = self.workspace.space
        settings: tuple[tuple[str, Any], ...] = ()
        if name == "axes" and space is not None and space.latent > 2:
            x, y = by_kl(space.posterior)[:2].tolist()
            settings = (("x", x), ("y", y))
        self.workspace.set_look(projection=name, settings=settings)

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
        return [("Map as PNG or SVG…", self._save_map)]

    def _save_map(self) -> None:
        from vae_desktop.export.figure import save_figure  # brings fonts and XML, which a start does not need

        kinds = ("PNG picture (*.png)", "SVG drawing (*.svg)")
        ask_and_save(self, "Save the map", "map", kinds, self._figure(), save_figure)

    def _figure(self) -> Callable[[], Figure]:
        """What is shown now, as a function that draws it later on another thread."""
        workspace = self.workspace
        space, classes, labels = workspace.space, workspace.classes, workspace.labels
        assert space is not None
        assert space.projection is not None
        xy, titles, hidden = space.projection.xy, space.projection.labels, list(workspace.look.hidden)
        colours = self._colours()
        path = None if workspace.path is None else self._place(workspace.path)
        cursor = None if workspace.cursor is None else self._place(workspace.cursor.z[None])

        def make() -> Figure:
            from vae_desktop.export.figure import Figure

            group = groups_of(labels, len(xy), len(classes))
            shown = ~np.isin(group, hidden)
            return Figure(
                xy[shown], group[shown], colours, [*classes, "unknown"] if classes else (), path,
                None if cursor is None else cursor[0], labels=titles,
            )  # fmt: skip

        return make


def groups_of(labels: np.ndarray | None, n: int, classes: int) -> np.ndarray:
    """Colour group of each item, (n,) uint8: its class, or `classes` where that is unknown."""
    if labels is None or not classes:
        return np.zeros(n, np.uint8)
    return np.where(labels < 0, classes, labels).clip(0, 126).astype(np.uint8)


def _points(xy: np.ndarray, labels: np.ndarray | None, classes: int) -> PointRaster:
    return PointRaster(xy, groups_of(labels, len(xy), classes))


def _spread(projection: Projection, mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outline of one σ of a posterior, and draws from it; where the map is curved, of many placed codes."""
    return sigma_ellipse(projection, mu, sigma), placed_draws(projection, mu, sigma, DRAWS)


def _axis(label: str) -> str:
    """``z1`` as z₁; other labels as they are."""
    return label.translate(SUBSCRIPT) if label.startswith("z") else label


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("map")
