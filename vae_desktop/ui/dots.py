"""What an item's dot looks like and says, wherever dots are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.ui.colouring import shown_items

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_desktop.latent.space import Space
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
    labels, classes, kinds = workspace.labels, len(workspace.own_classes), workspace.colours.hidden_kinds

    def groups(n: int) -> np.ndarray:
        if len(known.groups) != n:
            return np.zeros(n, np.uint8)
        shown = shown_items(known, labels, classes, look.hidden, kinds)
        return known.groups if shown is None else np.where(shown, known.groups, np.uint8(HIDDEN))

    return groups, known.colours(theme)


def item_tip(workspace: Workspace, space: Space, item: int) -> tuple[str, ...]:
    """Name and class of an item, its code in `space` and how sure that is, and what its colour says."""
    posterior, colours = space.posterior, workspace.colours.current
    mu, sigma = posterior.mu[item][:SHOWN_NUMBERS], np.exp(0.5 * posterior.logvar[item][:SHOWN_NUMBERS])
    more = ", …" if space.latent > SHOWN_NUMBERS else ""
    lines = (workspace.called(item), f"z = ({_numbers(mu)}{more}) · σ = ({_numbers(sigma)}{more})")
    told = "" if colours.key == "class" or len(colours.groups) != len(posterior) else colours.told(item)
    return (*lines, told) if told else lines


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
