"""What an item's dot looks like and says, wherever dots are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.ui.colouring import shown_items

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.workspace import Workspace

HIDDEN = 255
SHOWN_NUMBERS = 4  # of a code, in a tip


def colouring(workspace: Workspace, theme: Theme) -> tuple[Callable[[int], np.ndarray], list[str]]:
    """How dots are coloured now.

    Returns
    -------
    tuple
        A function that any thread may call, from the number of items n to the colour group of each, (n,) uint8,
        :data:`HIDDEN` where it is not shown; and the colour of each group, ``#rrggbb``.
    """
    known, look = workspace.colours.current, workspace.look
    labels, classes = workspace.labels, len(workspace.own_classes)

    def groups(n: int) -> np.ndarray:
        if len(known.groups) != n:
            return np.zeros(n, np.uint8)
        shown = shown_items(known, labels, classes, look.hidden, look.hidden_kinds)
        return known.groups if shown is None else np.where(shown, known.groups, np.uint8(HIDDEN))

    return groups, known.colours(theme)


def item_tip(workspace: Workspace, item: int) -> tuple[str, ...]:
    """Name and class of an item, and its code."""
    space = workspace.space
    assert space is not None
    name = workspace.dataset.item_name(item) if workspace.dataset is not None else f"#{item}"
    labels = workspace.labels
    if labels is not None and labels[item] >= 0:
        name += f" · class {workspace.classes[labels[item]]}"
    numbers = ", ".join(f"{value:.2f}" for value in space.posterior.mu[item][:SHOWN_NUMBERS])
    more = ", …" if space.latent > SHOWN_NUMBERS else ""
    return name, f"z = ({numbers}{more})"
