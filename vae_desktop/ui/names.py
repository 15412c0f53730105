"""The names a person gave: to classes, to kinds of other columns, to selections. Kept with the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from vae_desktop.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

LONGEST = 80  # letters of a name


@dataclass(frozen=True, eq=False)
class Names:
    """Renamed classes by index, selections (sorted int32 item numbers) by name, renamed kinds by column and name."""

    classes: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    selections: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.classes or self.selections or self.kinds)

    def of(self, classes: Sequence[str]) -> tuple[str, ...]:
        """What `classes` are called."""
        if not self.classes:
            return tuple(classes)
        return tuple(self.classes.get(index, name) for index, name in enumerate(classes))

    def with_class(self, index: int, name: str, classes: Sequence[str]) -> Names:
        """Call one of `classes` (as the data names them) `name`; "" or its own name gives it that back.

        Raises
        ------
        UserError
            When another class is called so.
        """
        name = name.strip()[:LONGEST] or classes[index]
        if name in (other for i, other in enumerate(self.of(classes)) if i != index):
            raise UserError(f"there is another class called {name}; choose another name")
        rest = {i: other for i, other in self.classes.items() if i != index}
        return replace(self, classes=rest if name == classes[index] else {**rest, index: name})

    def of_kinds(self, column: str, kinds: Sequence[str]) -> tuple[str, ...]:
        """What the kinds of a column are called."""
        called = self.kinds.get(column, {})
        return tuple(called.get(name, name) for name in kinds)

    def with_kind(self, column: str, index: int, name: str, kinds: Sequence[str]) -> Names:
        """Call one of a column's `kinds` (as the data names them) `name`; "" or its own name gives it that back.

        Raises
        ------
        UserError
            When another kind is called so.
        """
        own = kinds[index]
        name = name.strip()[:LONGEST] or own
        if name in (other for i, other in enumerate(self.of_kinds(column, kinds)) if i != index):
            raise UserError(f"there is another one called {name}; choose another name")
        called = {other: new for other, new in self.kinds.get(column, {}).items() if other != own}
        if name != own:
            called[own] = name
        rest = {other: names for other, names in self.kinds.items() if other != column}
        return replace(self, kinds={**rest, column: called} if called else rest)

    def with_selection(self, name: str, items: np.ndarray) -> Names:
        """Keep `items` as `name`, in place of what was called so.

        Raises
        ------
        UserError
            Without a name, or without items.
        """
        name = name.strip()[:LONGEST]
        if not name:
            raise UserError("a selection needs a name")
        if not len(items):
            raise UserError("nothing is selected: there is nothing to keep")
        return replace(self, selections={**self.selections, name: items})

    def renamed(self, old: str, new: str) -> Names:
        """Call a selection otherwise; it keeps its place.

        Raises
        ------
        UserError
            When there is no new name, or another selection has it.
        """
        new = new.strip()[:LONGEST]
        if not new or (new != old and new in self.selections):
            raise UserError(f"there is another selection called {new}" if new else "a selection needs a name")
        called = {new if name == old else name: items for name, items in self.selections.items()}
        return replace(self, selections=called)

    def without(self, name: str) -> Names:
        """Forget a selection's name."""
        return replace(self, selections={key: items for key, items in self.selections.items() if key != name})
