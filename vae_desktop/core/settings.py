"""Settings: frozen dataclasses whose fields explain themselves, to a form as to the command line."""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from vae_desktop.core.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

    S = TypeVar("S", bound=DataclassInstance)

Value = int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Setting:
    """What a form and the command line need to know of one field.

    `low` and `high` bound numbers (each entry of a tuple); `above` says that `low` itself is excluded;
    `more` puts it under "More settings". `when` is (another setting, the values of it with which this one matters…).
    """

    name: str
    label: str
    help: str
    default: Value
    low: float | None = None
    high: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    more: bool = False
    when: tuple[str, ...] = ()

    def parse(self, value: object) -> Value:
        """Read the value from text (``3``, ``1e-3``, ``512,256``), or take a number or sequence as it is.

        Raises
        ------
        SettingError
            When it is not of this setting's type or out of range.
        """
        kind = type(self.default)
        try:
            if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
                raise TypeError
            return self.check(_CONVERT[kind](value))
        except (TypeError, ValueError):
            raise SettingError(f"{self.name}={value}: wants {_WANTS[kind]}") from None

    def check(self, value: Value) -> Value:
        """Return `value` if it is in range.

        Raises
        ------
        SettingError
            When it is not; the message says what is allowed.
        """
        if self.choices and value not in self.choices:
            raise SettingError(f"{self.name}={value}: choose one of {', '.join(self.choices)}")
        parts: tuple[int | float | str, ...] = value if isinstance(value, tuple) else (value,)
        if not parts:
            raise SettingError(f"{self.name}: needs at least one number")
        for part in parts:
            if isinstance(part, str):
                continue
            below = self.low is not None and (part <= self.low if self.above else part < self.low)
            if not math.isfinite(part) or below or (self.high is not None and part > self.high):
                raise SettingError(f"{self.name}={part:g}: must be {self._range()}")
        return value

    def _range(self) -> str:
        low = "" if self.low is None else f"{'above' if self.above else 'at least'} {self.low:g}"
        high = "" if self.high is None else f"at most {self.high:g}"
        return " and ".join(filter(None, (low, high))) or "a finite number"

    def format(self, value: Value) -> str:
        """Inverse of :meth:`parse`."""
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        short = f"{value:g}" if isinstance(value, float) else str(value)
        return short if not isinstance(value, float) or float(short) == value else repr(value)


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, str) else operator.index(value)


def _wholes(value: Any) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(map(_whole, parts)) if isinstance(parts, Iterable) else (_whole(parts),)


_CONVERT: dict[type, Callable[[Any], Value]] = {int: _whole, float: float, str: str, tuple: _wholes}
_WANTS = {int: "a whole number", float: "a number", str: "text", tuple: "whole numbers such as 512 or 512,256"}


def setting(
    default: Any,
    label: str,
    help: str,  # noqa: A002
    *,
    low: float | None = None,
    high: float | None = None,
    above: bool = False,
    choices: Iterable[str] = (),
    unit: str = "",
    more: bool = False,
    when: tuple[str, ...] = (),
) -> Any:
    """Declare a dataclass field with what :class:`Setting` holds."""
    metadata = {
        "label": label, "help": help, "low": low, "high": high, "above": above,
        "choices": tuple(choices), "unit": unit, "more": more, "when": when,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


def fixed(value: Any) -> Any:
    """Declare that a setting of the base class is none here, but always `value`."""
    return field(default=value, init=False)


def values_of(config: DataclassInstance) -> dict[str, Value]:
    """What each setting of `config` is, by name: :func:`make` builds it again from these."""
    return {name: getattr(config, name) for name in settings_of(config)}


def settings_of(config: type[DataclassInstance] | DataclassInstance) -> dict[str, Setting]:
    """All settings of a config class by name, in order."""
    return {
        f.name: Setting(name=f.name, default=cast("Value", f.default), **f.metadata)
        for f in dataclasses.fields(config)
        if "label" in f.metadata
    }


def make(config: type[S], values: Mapping[str, Any]) -> S:
    """Build `config` from `values`; strings are parsed, everything is checked.

    Raises
    ------
    SettingError
        On an unknown name (the known ones are listed) or a value out of range.
    """
    known = settings_of(config)
    for name in values:
        if name not in known:
            raise SettingError(f"unknown setting {name!r}; known are: {', '.join(known)}")
    return config(**{name: known[name].parse(value) for name, value in values.items()})
