"""Long work is a plain generator: it yields :class:`Progress` or partial results and returns its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

R = TypeVar("R")


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is: ``done`` of ``total`` (0 when unknown), and what is being done.

    ``counted`` tells whether these are things that a person counts; bytes are none.
    """

    done: int
    total: int = 0
    text: str = ""
    counted: bool = True


def finish(work: Generator[Any, None, R], each: Callable[[Any], object] | None = None) -> R:
    """Run `work` to its end on this thread, hand every yielded value to `each`, and return its result."""
    while True:
        try:
            value = next(work)
        except StopIteration as stop:
            result: R = stop.value
            return result
        if each is not None:
            each(value)
