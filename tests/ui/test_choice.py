from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from vae_desktop.ui.widgets.backdrop_tools import BackdropTools
from vae_desktop.ui.widgets.choice import Choice
from vae_desktop.ui.widgets.projection_bar import ProjectionBar

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

OPTIONS = {"none": ("None", "Nothing"), "tea": ("Tea", "Leaves"), "coffee": ("Coffee", "Beans")}


@pytest.fixture
def choice(qtbot: QtBot) -> Choice:
    choice = Choice("drink", "Drink", OPTIONS)
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
    assert button.text() == "Drink ▾"


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


def test_it_asks_for_what_there_is_room_for(choice: Choice) -> None:
    whole = choice.sizeHint().width()
    choice.fit(whole - 1)
    assert choice.sizeHint().width() == choice.compact < whole
    assert choice.findChild(QToolButton, "drinkMenu").isVisible()
    choice.fit(whole)
    assert choice.sizeHint().width() == whole
    assert choice.findChild(QPushButton, "drink-tea").isVisible()


def test_in_a_narrow_bar_the_words_go_last(qtbot: QtBot) -> None:
    bar = ProjectionBar({"axes": ("Latent axes", ""), "pca": ("PCA", "")})
    qtbot.addWidget(bar)
    bar.show_count(1797, 1797)
    bar.show()
    qtbot.waitExposed(bar)
    count, menu = bar.findChild(QLabel, "mapCount"), bar.findChild(QToolButton, "backdropMenu")

    def shows(width: int, words: bool, button: bool) -> None:
        bar.resize(width, bar.height())
        qtbot.waitUntil(lambda: (count.isVisible(), menu.isVisible()) == (words, button))

    shows(2000, True, False)
    wide = bar.sizeHint().width()
    shows(wide - 1, True, True)
    shows(bar.minimumSizeHint().width(), False, True)
    shows(wide - 1, True, True)
    shows(wide, True, False)


def test_with_little_room_the_menu_says_how_z_is_filled_in(qtbot: QtBot) -> None:
    tools = BackdropTools()
    qtbot.addWidget(tools)
    tools.show_chosen("atlas", "mean", True)
    tools.show()
    qtbot.waitExposed(tools)
    others, menu = tools.others, tools.findChild(QToolButton, "backdropMenu").menu()
    tools.fit(2000)
    assert others.isVisible()
    assert len(menu.actions()) == 4
    tools.fit(200)
    assert not others.isVisible()
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["Atlas", "Mean of all"]
    with qtbot.waitSignal(tools.others_chosen) as told:
        menu.actions()[-1].trigger()
    assert told.args == ["local"]
    tools.show_chosen("atlas", "local", False)
    tools.fit(200)
    assert len(menu.actions()) == 4
    tools.fit(2000)
    assert not others.isVisible()
