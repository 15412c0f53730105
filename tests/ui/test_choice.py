from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from vae_desktop.ui.widgets.choice import Choice

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

OPTIONS = {"none": ("None", "Nothing"), "tea": ("Tea", "Leaves"), "coffee": ("Coffee", "Beans")}


@pytest.fixture
def choice(qtbot: QtBot) -> Choice:
    choice = Choice("drink", "Drink", OPTIONS, alone={"none": "No drink"})
    qtbot.addWidget(choice)
    choice.resize(choice.sizeHint())
    choice.show()
    qtbot.waitExposed(choice)
    return choice


def test_with_room_there_are_segments(choice: Choice, qtbot: QtBot) -> None:
    assert not choice.findChild(QToolButton).isVisible()
    with qtbot.waitSignal(choice.chosen) as told:
        qtbot.mouseClick(choice.findChild(QPushButton, "drink-tea"), Qt.MouseButton.LeftButton)
    assert told.args == ["tea"]
    with qtbot.waitSignal(choice.chosen) as told:
        qtbot.keyClick(choice.findChild(QPushButton, "drink-coffee"), Qt.Key.Key_Space)
    assert told.args == ["coffee"]


def test_with_little_room_there_is_a_menu(choice: Choice, qtbot: QtBot) -> None:
    choice.show_chosen("tea")
    button = choice.findChild(QToolButton, "drinkMenu")
    choice.resize(choice.sizeHint().width() - 1, choice.height())
    assert button.isVisible()
    assert button.text() == "Drink: Tea ▾"
    assert not choice.findChild(QPushButton, "drink-tea").isVisible()
    choice.resize(choice.minimumSizeHint())
    assert button.text() == "Tea ▾"
    assert button.width() >= button.sizeHint().width()
    actions = button.menu().actions()
    assert [action.isChecked() for action in actions] == [False, True, False]
    with qtbot.waitSignal(choice.chosen) as told:
        actions[2].trigger()
    assert told.args == ["coffee"]
    choice.show_chosen("none")
    assert button.text() == "No drink ▾"


def test_what_cannot_be_chosen_says_why(choice: Choice) -> None:
    choice.show_unsuited({"tea": "The kettle is cold"})
    segment = choice.findChild(QPushButton, "drink-tea")
    action = choice.menu.actions()[1]
    assert not segment.isEnabled()
    assert segment.toolTip() == action.toolTip() == "Leaves\nThe kettle is cold"
    choice.show_unsuited({})
    assert segment.isEnabled()
    assert segment.toolTip() == action.toolTip() == "Leaves"


def test_the_focus_goes_along(choice: Choice, qtbot: QtBot) -> None:
    choice.activateWindow()
    choice.show_chosen("coffee")
    choice.findChild(QPushButton, "drink-coffee").setFocus()
    whole = choice.size()
    choice.resize(choice.minimumSizeHint())
    assert choice.findChild(QToolButton, "drinkMenu").hasFocus()
    choice.resize(whole)
    assert choice.findChild(QPushButton, "drink-coffee").hasFocus()


def test_every_part_can_be_named_and_reached(choice: Choice) -> None:
    for part in (*choice.findChildren(QPushButton), choice.findChild(QToolButton)):
        assert part.objectName()
        assert part.accessibleName().startswith("Drink: ")
        assert part.toolTip()
        assert part.focusPolicy() != Qt.FocusPolicy.NoFocus
