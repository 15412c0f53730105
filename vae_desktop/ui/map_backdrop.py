"""Joins a map's backdrop with the workspace: what it shows, the tools that choose it, the legend that explains it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from vae_desktop.latent.fill import Fill
from vae_desktop.latent.projections import Linear
from vae_desktop.ui.backdrop import Backdrop, Scene
from vae_desktop.ui.colouring import by_class
from vae_desktop.ui.widgets.backdrop_tools import BackdropLegend, BackdropTools

if TYPE_CHECKING:
    from vae_desktop.ui.colouring import Colouring
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.map_view import MapView
    from vae_desktop.ui.workspace import Workspace

NOWHERE = 255  # a group of its own, that has no contours


class MapBackdrop(QObject):
    """Follows the workspace and shows its look's backdrop on `view`."""

    def __init__(
        self,
        workspace: Workspace,
        themes: Themes,
        view: MapView,
        tools: BackdropTools,
    ) -> None:
        super().__init__(view)
        self._workspace, self._themes, self._tools = workspace, themes, tools
        self.backdrop = Backdrop(workspace.jobs, self)
        self.legend = BackdropLegend(view)
        view.set_backdrop(self.backdrop)
        self.backdrop.failed.connect(workspace.failed)
        tools.chosen.connect(lambda kind: workspace.set_look(backdrop=kind))
        tools.others_chosen.connect(lambda others: workspace.set_look(others=others))
        for signal in (
            workspace.space_changed, workspace.dataset_changed, workspace.cursor_changed, workspace.look_changed,
            workspace.colours.changed, themes.changed,
        ):  # fmt: skip
            signal.connect(self._take)
        self._take()

    def _take(self, *_: object) -> None:
        workspace, theme = self._workspace, self._themes.current
        space, look, fill = workspace.space, workspace.look, fill_of(workspace)
        more = space is not None and space.latent > 2 and fill is not None and isinstance(fill.projection, Linear)
        self._tools.show_chosen(look.backdrop, look.others, more)
        self.legend.show_for(look.backdrop if space is not None else "none", theme)
        if space is None or fill is None or look.backdrop == "none":
            self.backdrop.show_scene(None)
            return
        colouring, n = workspace.colours.current, len(space.posterior)
        kinds = bool(colouring.names) and len(colouring.groups) == n
        colours = tuple(colouring.colours(theme)) if kinds else (theme.accent_text, theme.quiet)
        # Contours of one colour are hidden as they are; items that another colouring hides are in none.
        by_classes = colouring.key == "class"
        hidden = look.hidden if by_classes else workspace.colours.hidden_kinds
        classes = frozenset() if by_classes else look.hidden
        groups = partial(grouped, colouring, n, kinds, workspace.labels, len(workspace.own_classes), classes)
        scene = Scene(
            look.backdrop, space, fill, theme, colours, groups, (colouring, classes), hidden if kinds else frozenset()
        )
        self.backdrop.show_scene(scene)


def grouped(
    colouring: Colouring, n: int, kinds: bool, labels: np.ndarray | None, classes: int, hidden: frozenset[int]
) -> np.ndarray:
    """Colour group of each item, (n,) uint8; :data:`NOWHERE` where its class is `hidden`."""
    groups = colouring.groups.copy() if kinds else np.zeros(n, np.uint8)
    if hidden:
        groups[np.isin(by_class(labels, range(classes), n).groups, list(hidden))] = NOWHERE
    return groups


def fill_of(workspace: Workspace) -> Fill | None:
    """How places of the map become codes now; None: there is no map."""
    space, cursor = workspace.space, workspace.cursor
    if space is None or space.projection is None:
        return None
    return Fill.of(space.projection, space.posterior, workspace.look.others, None if cursor is None else cursor.z)
