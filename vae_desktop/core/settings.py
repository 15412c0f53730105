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
    `more` puts it under "More settings", below the heading `group`; `words` is what a form calls some choices.
    `when` is (another setting, the values of it with which this one matters…).
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
    group: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def word(self, choice: str) -> str:
        """What a form calls a choice."""
        return self.words.get(choice) or choice.capitalize()

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Whether it makes a difference beside the other settings' `values`."""
        return not self.when or self.when[0] not in values or str(values[self.when[0]]) in self.when[1:]

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
    group: str = "",
    words: Mapping[str, str] | None = None,
) -> Any:
    """Declare a dataclass field with what :class:`Setting` holds."""
    metadata = {
        "label": label, "help": help, "low": low, "high": high, "above": above,
        "choices": tuple(choices), "unit": unit, "more": more, "when": when,
        "group": group, "words": words or {},
    }  # fmt: skip
    return field(default=default, metadata=metadata)


def values_of(config: DataclassInstance) -> dict[str, Value]:
    """What each setting of `config` is, by name: :func:`make` builds it again from these."""
    return {name: getattr(config, name) for name in settings_of(config)}


def settings_of(config: type[DataclassInstance] | DataclassInstance) -> dict[str, Setting]:
    """All settings of a config class by name, in order; not those that it is `without`.

    A config class that inherits settings which make no sense for it names them in a class attribute ``without``,
    each with the reason in plain words.
    """
    without = _without(config)
    return {name: setting for name, setting in _declared(config).items() if name not in without}


def _without(config: object) -> Mapping[str, str]:
    reasons: Mapping[str, str] = getattr(config, "without", {})
    return reasons


def _declared(config: type[DataclassInstance] | DataclassInstance) -> dict[str, Setting]:
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
        On an unknown name (the known ones are listed), a value out of range, or one of a setting it is `without`.
    """
    declared = _declared(config)
    for name in values:
        if name not in declared:
            raise SettingError(f"unknown setting {name!r}; known are: {', '.join(settings_of(config))}")
    parsed = {name: declared[name].parse(value) for name, value in values.items()}
    for name, reason in _without(config).items():
        default = declared[name].default
        if parsed.get(name, default) != default:
            raise SettingError(f"{name}={declared[name].format(parsed[name])}: {reason}")
    return config(**parsed)
