from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from vae_desktop.ui.colouring import SHADES, by_class, by_values, ramp
from vae_desktop.ui.theme import DARK, LIGHT, Theme, class_colour


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_colour_of_an_item_is_its_values_shade(theme: Theme) -> None:
    values = np.random.default_rng(0).permutation(np.linspace(-3, 5, 4001)).astype(np.float32)
    made = by_values("z:0", "z1", values)
    assert made.ramp
    assert (made.low, made.high) == pytest.approx(np.quantile(values, [0.01, 0.99]), abs=0.01)
    shades, colours = ramp(theme, SHADES), made.colours(theme)
    share = np.clip((values - made.low) / (made.high - made.low), 0, 1)
    wanted = np.minimum(share * SHADES, SHADES - 1).astype(int)
    assert [colours[group] for group in made.groups.tolist()] == [shades[index] for index in wanted.tolist()]


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_ramp_is_told_apart_by_its_lightness_alone(theme: Theme) -> None:
    rgb = np.array([QColor(name).getRgbF()[:3] for name in ramp(theme, SHADES)])
    luminance = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    steps = np.diff(luminance)  # of sRGB (IEC 61966-2-1)
    assert (steps > 0).all() or (steps < 0).all()
    assert abs(luminance[-1] - luminance[0]) > 0.3


def test_items_of_unknown_value_have_a_quiet_colour_and_say_nothing() -> None:
    values = np.linspace(0, 1, 200)
    values[[5, 6, 7]] = [np.nan, np.inf, -np.inf]
    made = by_values("column:a", "a", values)
    colours = made.colours(DARK)
    for item in (5, 6, 7):
        assert colours[made.groups[item]] == DARK.quiet
        assert made.told(item) == ""
    assert (made.groups[8:] < SHADES).all()


def test_what_a_ramp_tells_of_an_item_is_its_value() -> None:
    values = np.linspace(0, 600, 5000)
    made = by_values("column:length", "length", values)
    for item in (500, 2500, 4000):
        assert float(made.told(item).removeprefix("length: ")) == pytest.approx(values[item], abs=0.5)
    assert by_values("order", "Order", np.arange(3000)).told(1020) == "Order: 1\u2009020"


def test_few_different_numbers_are_kinds() -> None:
    values = np.array([3, 1, 2.5, 1, np.nan, 3], np.float32)
    made = by_values("column:n", "n", values)
    assert not made.ramp
    assert made.names == ("1", "2.5", "3")
    assert made.groups.tolist() == [2, 0, 1, 0, 3, 2]
    assert made.colours(DARK) == [*(class_colour(DARK, i) for i in range(3)), DARK.quiet]
    assert [made.told(item) for item in (0, 2, 4)] == ["n: 3", "n: 2.5", ""]


def test_texts_are_kinds_in_the_order_of_the_alphabet() -> None:
    made = by_values("factor:kind", "kind", np.array(["moth", "bee", "", "moth", "ant"]))
    assert made.names == ("ant", "bee", "moth")
    assert made.groups.tolist() == [2, 1, 3, 2, 0]
    assert made.told(1) == "kind: bee"


def test_truth_values_are_two_kinds() -> None:
    made = by_values("factor:wild", "wild", np.array([True, False, True]))
    assert made.groups.tolist() == [1, 0, 1]
    assert len(made.names) == 2


def test_more_texts_than_colours_share_the_last() -> None:
    texts = np.array([f"kind {i:04}" for i in range(400)])
    made = by_values("factor:kind", "kind", texts)
    assert made.groups.max() <= 126
    assert made.groups[:100].tolist() == list(range(100))


@pytest.mark.parametrize("values", [np.full(50, 7.0), np.full(50, np.nan), np.empty(0), np.full(3, "")])
def test_nothing_to_tell_apart(values: np.ndarray) -> None:
    made = by_values("column:a", "a", values)
    assert len(made.groups) == len(values)
    assert not made.ramp
    assert len(set(made.groups.tolist())) <= 1
    assert all(group < len(made.colours(DARK)) for group in made.groups.tolist())


def test_a_ramp_of_nearly_constant_values_reaches_the_few_others() -> None:
    values = np.zeros(10_000)
    values[:20] = np.linspace(1, 20, 20)  # beyond what the ramp's ends would leave out
    made = by_values("column:a", "a", values)
    assert made.ramp
    assert (made.low, made.high) == (0, 20)
    assert len(set(made.groups[:20].tolist())) > 10


def test_classes_have_their_own_colours_and_the_unknown_a_quiet_one() -> None:
    made = by_class(np.array([1, 0, -1, 1], np.int32), ("cat", "dog"), 4)
    assert made.groups.tolist() == [1, 0, 2, 1]
    assert made.colours(DARK) == [class_colour(DARK, 0), class_colour(DARK, 1), DARK.quiet]
    assert [made.told(item) for item in (0, 2)] == ["Class: dog", ""]
    plain = by_class(None, (), 3)
    assert plain.groups.tolist() == [0, 0, 0]
    assert plain.told(0) == ""
