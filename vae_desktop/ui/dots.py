"""What an item's dot looks like and says, wherever dots are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.workspace import Workspace

SHOWN_NUMBERS = 4  # of a code, in a tip


def colouring(workspace: Workspace, theme: Theme) -> tuple[Callable[[int], np.ndarray], list[str]]:
    """How dots are coloured now.

    Returns
    -------
    tuple
        A function that any thread may call, from the number of items n to the colour group of each, (n,) uint8; and
        the colour of each group, ``#rrggbb``.
    """
    known = workspace.colours.current

    def groups(n: int) -> np.ndarray:
        return known.groups if len(known.groups) == n else np.zeros(n, np.uint8)

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
