"""How the map is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vae_desktop.latent.projections import projections

if TYPE_CHECKING:
    from vae_desktop.ui.widgets.map_view import View


@dataclass(frozen=True)
class Look:
    """Projection with its settings, the part shown (None: all), what the colours say and which of them are hidden.

    `pictures`: what stands for an item that is close enough: ``original``, ``reconstruction`` or ``dot``. `backdrop`
    lies beneath the dots: ``none``, ``atlas``, ``density`` or ``trust``. `others` says what the dimensions are that
    the map does not show: those of the ``cursor``, their ``mean``, or their mean nearby (``local``). `trail`:
    a line through the items in the ``order`` of the data, or ``none``.
    """

    projection: str = "axes"
    settings: tuple[tuple[str, Any], ...] = ()
    view: View | None = None
    hidden: frozenset[int] = frozenset()
    colour: str = "class"
    pictures: str = "original"
    backdrop: str = "none"
    others: str = "cursor"
    trail: str = "none"


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
