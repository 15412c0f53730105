"""Which class a conditional model decodes places of the map as: one that is chosen, or that of the nearest item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.condition import NEAREST, Nearest
from vae_desktop.ui.widgets.menu_choice import MenuChoice

if TYPE_CHECKING:
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.workspace import Workspace

TIP = "The class that places of the map are decoded as"


def class_names(workspace: Workspace, space: Space) -> tuple[str, ...]:
    """What the classes that a model is told are called; () when it is told none."""
    if space.model is None or not space.model.conditional:
        return ()
    told = space.model.preparation.classes
    called = dict(zip(workspace.own_classes, workspace.classes, strict=False))
    return tuple(called.get(name, name) for name in told)


def conditioned(space: Space, condition: int | None) -> Space:
    """The space, decoded as the class `condition`, or as that of the nearest item (None); others as they are."""
    model = space.model
    if model is None or not model.conditional:
        return space
    if condition is not None and 0 <= condition < len(model.preparation.classes):
        return space if model.condition == condition else replace(space, model=model.given(condition))
    known = model.condition
    if isinstance(known, Nearest) and known.mu is space.posterior.mu:
        return space
    n = len(space.posterior)
    labels = np.full(n, -1, np.int64) if space.labels is None else space.labels
    return replace(space, model=model.given(Nearest(space.posterior.mu, labels)))


class ClassChoice(MenuChoice):
    """Offers the classes of the model that is open; hidden for a model that is told none."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("classChoice", "Class", TIP)
        self._workspace = workspace
        self.chosen.connect(self._choose)
        for signal in (workspace.space_changed, workspace.look_changed, workspace.names_changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self, _: object = None) -> None:
        space, condition = self._workspace.space, self._workspace.look.condition
        names = () if space is None else class_names(self._workspace, space)
        options: dict[str, tuple[str, str]] = {}
        if names:
            options[NEAREST] = ("as the nearest item", "Each place takes the class of the item nearest to it")
            options |= {str(k): (name, f"Every place is decoded as class {name}") for k, name in enumerate(names)}
        self.show_options(options, str(condition) if str(condition) in options else NEAREST)

    def _choose(self, option: str) -> None:
        self._workspace.set_look(condition=None if option == NEAREST else int(option))
