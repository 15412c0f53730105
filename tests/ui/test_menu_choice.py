"""A choice that is one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vae_desktop.ui.widgets.menu_choice import MenuChoice

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

OPTIONS = {"class": ("Class", "by class"), "error": ("Reconstruction error (nats)", "by error")}


@pytest.fixture
def choice(qtbot: QtBot) -> MenuChoice:
    made = MenuChoice("colourBy", "Colour", "What the colours say")
    qtbot.addWidget(made)
    made.show_options(OPTIONS, "error")
    made.show()
    return made


def test_the_button_says_as_much_as_there_is_room_for(choice: MenuChoice) -> None:
    wide, least = choice.sizeHint(), choice.minimumSizeHint()
    assert least.width() < wide.width()
    choice.resize(wide)
    assert choice.text().startswith("Colour: Reconstruction")
    choice.resize(wide.width() - 1, wide.height())
    assert choice.text().startswith("Reconstruction")
    choice.resize(least)
    assert choice.text().startswith("Recons")  # what is chosen is always said
    assert choice.text().endswith("… ▾")
    assert choice.accessibleName() == "What the colours say: Reconstruction error (nats)"
    assert (choice.sizeHint(), choice.minimumSizeHint()) == (wide, least)  # what it asks for hangs on no text


def test_another_choice_is_said_at_once(choice: MenuChoice) -> None:
    choice.resize(choice.sizeHint())
    choice.show_options(OPTIONS, "class")
    assert choice.text() == "Colour: Class ▾"
    assert choice.minimumSizeHint().width() < choice.sizeHint().width()


def test_without_a_title_it_says_what_is_chosen(qtbot: QtBot) -> None:
    made = MenuChoice("model", "", "Which model")
    qtbot.addWidget(made)
    made.show_options(OPTIONS, "class")
    made.resize(10, 10)
    assert made.text() == "Class ▾"
