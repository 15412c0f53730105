"""A registry finds its entries by walking a package: one new file is one new entry."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


def module_names(package: str) -> list[str]:
    """Full names of all modules directly inside `package`; the frozen build's hidden imports."""
    path = importlib.import_module(package).__path__
    return sorted(f"{package}.{found.name}" for found in pkgutil.iter_modules(path) if found.name != "__main__")


class Registry(Mapping[str, T], Generic[T]):
    """Named entries of one kind, registered by the modules of `package` as they are imported."""

    def __init__(self, package: str, what: str) -> None:
        self.package = package
        self.what = what
        self._entries: dict[str, T] = {}
        self._walked = False

    def add(self, name: str) -> Callable[[T], T]:
        """Register the decorated object under `name`."""

        def register(entry: T) -> T:
            known = self._entries.get(name)
            # A class or function may come again from its own module; an instance does not tell where it is from.
            origins = (entry.__module__, "__main__") if hasattr(entry, "__qualname__") else ()
            if known is not None and known.__module__ not in origins:
                raise ValueError(f"two {self.what}s are named {name!r}")
            self._entries[name] = entry
            return entry

        return register

    def _walk(self) -> dict[str, T]:
        if not self._walked:
            for module in module_names(self.package):
                importlib.import_module(module)
            self._walked = True
        return self._entries

    def __getitem__(self, name: str) -> T:
        return self._walk()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._walk()))

    def __len__(self) -> int:
        return len(self._walk())
