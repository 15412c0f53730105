from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from vae_desktop.core.errors import SettingError
from vae_desktop.core.settings import make, setting, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Config:
    size: int = setting(2, "Size", "How large.", low=1, high=9)
    rate: float = setting(0.5, "Rate", "How quick.", low=0, above=True)
    kind: str = setting("plain", "Kind", "Which.", choices=("plain", "fancy"))
    widths: tuple[int, ...] = setting((8, 4), "Widths", "How wide.", low=1, high=99, more=True)


def test_values_and_texts_make_the_same() -> None:
    values = {"size": 3, "rate": 1, "kind": "fancy", "widths": [7]}
    texts = {"size": "3", "rate": "1e0", "kind": "fancy", "widths": "7"}
    assert make(Config, values) == make(Config, texts) == Config(3, 1.0, "fancy", (7,))
    assert make(Config, {}) == Config()
    assert type(make(Config, values).rate) is float


def test_each_setting_explains_itself_and_formats_what_it_parses() -> None:
    settings = settings_of(Config)
    assert list(settings) == ["size", "rate", "kind", "widths"]
    assert settings["widths"].more
    for each in settings.values():
        assert each.label
        assert each.help
        assert each.parse(each.format(each.default)) == each.default


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"size": 0}, "size=0: must be at least 1 and at most 9"),
        ({"size": "10"}, "size=10: must be"),
        ({"size": "2.5"}, "size=2.5: wants a whole number"),
        ({"size": 2.5}, "size=2.5: wants a whole number"),
        ({"size": True}, "size=True: wants a whole number"),
        ({"size": None}, "size=None: wants a whole number"),
        ({"rate": 0}, "rate=0: must be above 0"),
        ({"rate": "nan"}, "rate=nan: must be above 0"),
        ({"rate": float("inf")}, "rate=inf: must be above 0"),
        ({"rate": "fast"}, "rate=fast: wants a number"),
        ({"kind": "odd"}, "kind=odd: choose one of plain, fancy"),
        ({"kind": 3}, "kind=3: wants text"),
        ({"widths": ""}, "widths=: wants whole numbers such as 512 or 512,256"),
        ({"widths": []}, "widths: needs at least one number"),
        ({"widths": [4, 100]}, "widths=100: must be"),
        ({"widths": [4, "a"]}, r"widths=\[4, 'a'\]: wants whole numbers"),
        ({"widths": "4,,5"}, "widths=4,,5: wants whole numbers"),
        ({"weight": 1}, "unknown setting 'weight'; known are: size, rate, kind, widths"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, Any], word: str) -> None:
    with pytest.raises(SettingError, match=f"^{word}"):
        make(Config, values)


def test_formats_keep_every_digit() -> None:
    rate = settings_of(Config)["rate"]
    for value in (1 / 3, 1e-12, 123456.789, 5e20):
        assert rate.parse(rate.format(value)) == value


@dataclass(frozen=True)
class Plainer(Config):
    without: ClassVar[Mapping[str, str]] = MappingProxyType({"rate": "not for this one: it has none"})


def test_inherited_settings_that_make_no_sense_are_not_offered_and_refused_with_the_reason() -> None:
    assert list(settings_of(Plainer)) == ["size", "kind", "widths"]
    assert make(Plainer, {"rate": 0.5}) == Plainer()  # as a model file holds it
    with pytest.raises(SettingError, match=r"^rate=0\.7: not for this one: it has none$"):
        make(Plainer, {"rate": "0.7"})
    with pytest.raises(SettingError, match=r"unknown setting 'weight'; known are: size, kind, widths$"):
        make(Plainer, {"weight": 1})
