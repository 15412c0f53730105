"""Numbers and small words as a person reads them."""

from __future__ import annotations


def counted(n: int) -> str:
    """A number with thin spaces between its thousands."""
    return f"{n:,}".replace(",", "\u2009")


def number(value: float) -> str:
    """``0.123``, ``12.3``, ``1 234``."""
    return f"{value:.3g}" if abs(value) < 1000 else counted(round(value))


def items(n: int) -> str:
    """``1 item``, ``1 234 items``."""
    return f"{counted(n)} item{'' if n == 1 else 's'}"
