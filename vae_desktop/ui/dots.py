"""What an item's dot says, wherever dots are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.workspace import Workspace

SHOWN_NUMBERS = 4  # of a code, in a tip
SHOWN_CODES = 8


def item_tip(workspace: Workspace, space: Space, item: int) -> tuple[str, ...]:
    """Name and class of an item, its code in `space` and how sure that is, and what its colour says."""
    posterior, colours = space.posterior, workspace.colours.current
    mu, sigma = posterior.mu[item][:SHOWN_NUMBERS], np.exp(0.5 * posterior.logvar[item][:SHOWN_NUMBERS])
    more = ", …" if space.latent > SHOWN_NUMBERS else ""
    spread = f"σ = ({_numbers(sigma)}{more})" if posterior.codes is None else codes_told(posterior.codes[item])
    lines = (workspace.called(item), f"z = ({_numbers(mu)}{more}) · {spread}")
    told = "" if colours.key == "class" or len(colours.groups) != len(posterior) else colours.told(item)
    return (*lines, told) if told else lines


def codes_told(codes: np.ndarray) -> str:
    """Numbers in the codebook, (slots,), as a person reads them."""
    more = ", …" if len(codes) > SHOWN_CODES else ""
    return f"code{'' if len(codes) == 1 else 's'} {', '.join(map(str, codes[:SHOWN_CODES].tolist()))}{more}"


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
