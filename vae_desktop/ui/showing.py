"""Which items are shown: neither of a hidden class nor of a hidden kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.ui.colouring import by_class, shown_items

if TYPE_CHECKING:
    from vae_desktop.ui.workspace import Workspace

Shown = Callable[[int], np.ndarray | None]  # of n items, (n,) bool; None: all are shown
NOTHING: frozenset[int] = frozenset()


def showing(workspace: Workspace) -> Shown:
    """What is shown now, as a function that any thread may call, from the number of items to a mask of them."""
    colouring, labels, classes = workspace.colours.current, workspace.labels, len(workspace.own_classes)
    hidden, kinds = hidden_now(workspace)
    # Classes are told by the labels: the colours may still be those of the last data.
    by_kind = workspace.space is not None and colouring.key != "class"

    def shown(n: int) -> np.ndarray | None:
        of = labels if labels is not None and len(labels) == n else None
        coloured = by_kind and len(colouring.groups) == n  # else they will follow
        known = colouring if coloured else by_class(of, range(classes), n)
        return shown_items(known, of, classes, hidden if of is not None else NOTHING, kinds if coloured else NOTHING)

    return shown


def hidden_now(workspace: Workspace) -> tuple[frozenset[int], frozenset[int]]:
    """Classes and kinds of the colouring that are hidden."""
    return workspace.look.hidden, workspace.colours.hidden_kinds


def count_hidden(items: np.ndarray, shown: Shown, n: int) -> int:
    """How many of these `items` of `n`, by their numbers, are hidden."""
    there = shown(n)
    return 0 if there is None else int(np.count_nonzero(~there[items[items < n]]))
