from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vae_desktop.ui.widgets.menu_choice import WIDEST, MenuChoice

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

OPTIONS = {"a": ("Apples", "Red ones"), "b": ("Bread & butter", "Fresh"), "c": ("C" * 200, "Long")}


@pytest.fixture
def choice(qtbot: QtBot) -> MenuChoice:
    choice = MenuChoice("fruit", "Food", "What one eats")
    qtbot.addWidget(choice)
    choice.show_options(OPTIONS, "a")
    return choice


def checked(choice: MenuChoice) -> list[str]:
    return [action.data() for action in choice.menu().actions() if action.isChecked()]


def test_the_button_says_what_is_chosen(choice: MenuChoice) -> None:
    assert choice.text() == "Food: Apples ▾"
    assert choice.accessibleName() == "What one eats: Apples"
    choice.show_options(OPTIONS, "c")
    assert choice.fontMetrics().horizontalAdvance(choice.text()) < WIDEST + 80
    assert OPTIONS["c"][0] in choice.toolTip()
    assert checked(choice) == ["c"]


def test_a_hand_chooses_and_a_program_tells_nobody(choice: MenuChoice, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(choice.chosen, wait=0):
        choice.show_options(OPTIONS, "b")
    assert checked(choice) == ["b"]
    with qtbot.waitSignal(choice.chosen) as told:
        choice.menu().actions()[0].trigger()
    assert told.args == ["a"]
    assert choice.menu().actions()[1].text() == "Bread && butter"  # else it would be a key


def test_what_is_not_there_any_more_is_said_by_dots(choice: MenuChoice) -> None:
    choice.show_options({"a": OPTIONS["a"]}, "b")
    assert choice.text() == "Food: … ▾"
    assert checked(choice) == []
    choice.show_options({}, "b")
    assert choice.isHidden()


def test_another_choice_can_stand_in_the_same_menu(choice: MenuChoice, qtbot: QtBot) -> None:
    other = MenuChoice("drink", "Drink", "What one drinks")
    choice.add_menu(other)
    choice.show_options({"a": OPTIONS["a"]}, "a")
    other.show_options({"tea": ("Tea", "Hot"), "milk": ("Milk", "Cold")}, "milk")
    assert other.isHidden()
    assert choice.menu().actions()[-1].menu() is other.menu()
    with qtbot.waitSignal(other.chosen) as told:
        other.menu().actions()[0].trigger()
    assert told.args == ["tea"]
    assert checked(choice) == ["a"]
