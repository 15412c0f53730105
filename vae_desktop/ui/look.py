"""How the map is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vae_desktop.latent.projections import projections

if TYPE_CHECKING:
    from vae_desktop.ui.widgets.map_view import View


@dataclass(frozen=True)
class Look:
    """What is shown of the space, and how.

    Parameters
    ----------
    projection, settings
        How it is laid out.
    view
        The part shown; None: all.
    hidden
        Classes that are not shown.
    colour, hidden_kinds
        What the colours say (a key of :func:`~vae_desktop.latent.features.features`), and where these are other kinds
        than the classes, those that are not shown.
    pictures
        What stands for an item that is close enough: ``original``, ``reconstruction`` or ``dot``.
    backdrop
        What lies beneath the dots: ``none``, ``atlas``, ``density`` or ``trust``.
    others
        What the dimensions are that the map does not show: those of the ``cursor``, their ``mean``, or their mean
        nearby (``local``).
    trail
        A line through the items in their ``order``, or ``none``.
    condition
        The class that a conditional model decodes every place as; None: that of the nearest item.
    """

    projection: str = "axes"
    settings: tuple[tuple[str, Any], ...] = ()
    view: View | None = None
    hidden: frozenset[int] = frozenset()
    colour: str = "class"
    hidden_kinds: frozenset[int] = frozenset()
    pictures: str = "original"
    backdrop: str = "none"
    others: str = "cursor"
    trail: str = "none"
    condition: int | None = None


def quick_look(look: Look) -> Look:
    """`look` if its projection can be made anew with every epoch, else the usual one."""
    if projections[look.projection].most is None:
        return look
    return replace(look, projection="pca", settings=(), view=None)


def fitting_look(look: Look, latent: int) -> Look:
    """`look` if a space of `latent` dimensions can be shown so; else axes for two dimensions, PCA for more."""
    axes = look.settings if look.projection == "axes" else ()
    needed = max([projections[look.projection].min_latent, *(value + 1 for _, value in axes)])
    if needed <= latent and (look.projection != "axes" or latent <= 2 or look.settings):
        return look
    return replace(look, projection="axes" if latent <= 2 else "pca", settings=(), view=None)
