"""What is found and selected of what is shown, and what the Selection panel says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from vae_desktop.core.values import Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.selection import SelectionPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> SelectionPanel:
    panel = SelectionPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(800, 230)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def bars(panel: SelectionPanel, pictures: Dataset, open_untrained: Callable[[Dataset, int], Space]) -> SelectionPanel:
    """The panel with forty pictures of two classes and a model."""
    open_untrained(pictures, 2)
    return panel


def selected(panel: SelectionPanel) -> list[int]:
    return list(panel.workspace.selection.tolist())


def press(qtbot: QtBot, panel: SelectionPanel, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button.isVisible()
    qtbot.mouseClick(button, LEFT)


def find(qtbot: QtBot, panel: SelectionPanel, text: str) -> str:
    """Type into the search field and wait for its answer."""
    field = panel.tools.search
    field.field.clear()
    qtbot.keyClicks(field.field, text)
    qtbot.waitUntil(
        lambda: panel.asking.found is not None or bool(field.answer.property("role") == "error"), timeout=SOON
    )
    return field.answer.text()


def test_what_is_hidden_is_not_selected(bars: SelectionPanel, qtbot: QtBot) -> None:
    workspace = bars.workspace
    workspace.select([0, 1, 3])
    workspace.set_look(hidden=frozenset({1}))
    qtbot.waitUntil(lambda: bars.count.whole == "3 of 40 selected · 2 of them hidden", timeout=SOON)
    press(qtbot, bars, "select-invert")
    assert selected(bars) == [*range(2, 40, 2)]
    press(qtbot, bars, "select-all")
    assert selected(bars) == [*range(0, 40, 2)]
    assert find(qtbot, bars, "#0-9") == "5 items, 5 more hidden · Enter selects"
    qtbot.keyClick(bars.tools.search.field, Qt.Key.Key_Return)
    assert selected(bars) == [0, 2, 4, 6, 8]
    assert find(qtbot, bars, "lying") == "20 items, all hidden"
    press(qtbot, bars, "selection-gates")
    press(qtbot, bars, "addGate")
    qtbot.waitUntil(lambda: bars.tools.passed.text() == "20 items pass, 20 more hidden", timeout=SOON)
    press(qtbot, bars, "selectGated")
    assert selected(bars) == [*range(0, 40, 2)]
    workspace.set_look(hidden=frozenset())
    qtbot.waitUntil(lambda: bars.tools.passed.text() == "40 items pass", timeout=SOON)
    assert bars.count.whole == "20 of 40 selected"


def test_classes_of_data_without_a_model_are_its_own(bars: SelectionPanel, pictures: Dataset, qtbot: QtBot) -> None:
    assert pictures.labels is not None
    other = replace(pictures, labels=(np.arange(40) >= 30).astype(np.int32))
    bars.workspace.set_dataset(other)  # as many items, and the colours are those of the last ones
    bars.workspace.set_look(hidden=frozenset({1}))
    qtbot.waitUntil(bars.tools.whole["all"].isEnabled, timeout=SOON)
    press(qtbot, bars, "select-all")
    assert selected(bars) == [*range(30)]


def test_hidden_kinds_are_not_selected_and_grow_passes_over_them(
    panel: SelectionPanel, workspace: Workspace, table: Dataset, qtbot: QtBot
) -> None:
    kinds = np.arange(30) % 2
    data = replace(table, factors={"side": kinds})
    mu = np.arange(30, dtype=np.float32)[:, None]
    workspace.set_opened(Opened(data, Space(None, Posterior(mu, mu), data)))
    workspace.set_look(colour="factor:side")
    qtbot.waitUntil(lambda: workspace.colours.current.key == "factor:side", timeout=SOON)
    workspace.select([10, 11])
    workspace.set_look(hidden_kinds=frozenset({1}))
    qtbot.waitUntil(lambda: panel.count.whole == "2 of 30 selected · 1 of them hidden", timeout=SOON)
    press(qtbot, panel, "select-grow")
    qtbot.waitUntil(lambda: len(selected(panel)) > 2, timeout=SOON)
    assert set(selected(panel)) in ({8, 10, 11, 12}, {10, 11, 12})  # 8 and 12 are as near to 10
    press(qtbot, panel, "select-all")
    assert selected(panel) == [*range(0, 30, 2)]


def test_within_says_when_none_of_them_is_selected(bars: SelectionPanel, qtbot: QtBot) -> None:
    bars.tools.hows[0].setCurrentIndex(bars.tools.hows[0].findData("within"))
    answer, passed = bars.tools.search.answer, bars.tools.passed
    assert find(qtbot, bars, "lying") == "20 items · none of them is selected"
    press(qtbot, bars, "selection-gates")
    press(qtbot, bars, "addGate")
    qtbot.waitUntil(lambda: passed.text() == "40 items pass · none of them is selected", timeout=SOON)
    bars.workspace.select([0, 1, 3])
    qtbot.waitUntil(lambda: answer.text() == "20 items · Enter keeps 2", timeout=SOON)
    qtbot.waitUntil(lambda: passed.text() == "40 items pass · 3 of them selected", timeout=SOON)
    bars.tools.hows[1].setCurrentIndex(bars.tools.hows[1].findData("take"))
    qtbot.waitUntil(lambda: answer.text() == "20 items · Enter takes away 2", timeout=SOON)


def test_the_count_drops_words_where_there_is_little_room(bars: SelectionPanel) -> None:
    bars.workspace.select([*range(30)])
    label = bars.count
    shown = []
    for width in (300, 70, 20):
        label.resize(width, 20)
        shown.append((label.text(), label.toolTip()))
    whole = "30 of 40 selected"
    assert shown == [(whole, ""), ("30 of 40", whole), ("30", whole)]


def test_what_is_hidden_is_counted_in_a_line_of_its_own_where_there_is_little_room(
    bars: SelectionPanel, qtbot: QtBot
) -> None:
    bars.workspace.select([*range(30)])
    bars.workspace.set_look(hidden=frozenset({0}))
    label = bars.count
    qtbot.waitUntil(lambda: label.whole == "30 of 40 selected · 15 of them hidden", timeout=SOON)
    label.resize(70, 40)
    assert label.text() == "30 of 40\n15 hidden"
    assert label.sizeHint().height() >= 2 * label.fontMetrics().height()
