"""Numbers and small words as a person reads them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKED_AT = 1000  # reasons


def counted(n: int) -> str:
    """A number with thin spaces between its thousands."""
    return f"{n:,}".replace(",", "\u2009")


def number(value: float) -> str:
    """``0.123``, ``12.3``, ``1 234``."""
    return f"{value:.3g}" if abs(value) < 1000 else counted(round(value))


def items(n: int) -> str:
    """``1 item``, ``1 234 items``."""
    return f"{counted(n)} item{'' if n == 1 else 's'}"


def skipped(reasons: Sequence[tuple[str, str]], of: str = "") -> str:
    """``126 rows skipped: mass g is missing``, of what was skipped and why; "" when nothing was."""
    if not reasons:
        return ""
    # The first ones tell the usual reason: a table may have skipped millions.
    often = Counter(reason for _, reason in reasons[:LOOKED_AT]).most_common(2)
    more = ", and more" if len(often) > 1 or len(reasons) > LOOKED_AT else ""
    what = f" {of}{'' if len(reasons) == 1 else 's'}" if of else ""
    return f"{counted(len(reasons))}{what} skipped: {often[0][0]}{more}"
