"""The Selection panel by hand and key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QComboBox, QListWidget, QMenu, QPushButton

from vae_desktop.core.values import Column, Dataset, Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.selection import SelectionPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

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


# The whole


def test_nothing_open_is_calm(panel: SelectionPanel, qtbot: QtBot) -> None:
    assert panel.exports() == []
    assert panel.count.whole == ""
    qtbot.waitUntil(lambda: not any(button.isEnabled() for button in panel.tools.whole.values()), timeout=SOON)
    assert not panel.grab().isNull()


def test_all_none_invert(bars: SelectionPanel, qtbot: QtBot) -> None:
    bars.workspace.select([0, 5])
    assert bars.count.whole == "2 of 40 selected"
    press(qtbot, bars, "select-invert")
    assert selected(bars) == sorted(set(range(40)) - {0, 5})
    press(qtbot, bars, "select-all")
    assert selected(bars) == [*range(40)]
    assert bars.workspace.undo.undoText() == "Select 40 items"
    press(qtbot, bars, "select-none")
    assert selected(bars) == []
    for _ in range(3):
        bars.workspace.undo.undo()
    assert selected(bars) == [0, 5]


def test_grow_adds_the_nearest_of_the_others(bars: SelectionPanel, qtbot: QtBot) -> None:
    space = bars.workspace.space
    assert space is not None
    bars.workspace.select([7])
    press(qtbot, bars, "select-grow")
    qtbot.waitUntil(lambda: len(selected(bars)) == 2, timeout=SOON)
    far = np.linalg.norm(space.posterior.mu - space.posterior.mu[7], axis=1)
    far[7] = np.inf
    (other,) = set(selected(bars)) - {7}
    assert far[other] == far.min()  # some items are alike


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [(Qt.KeyboardModifier.NoModifier, {*range(1, 40, 2)}),
     (Qt.KeyboardModifier.ControlModifier, {*range(1, 40, 2), 0, 2}),
     (Qt.KeyboardModifier.AltModifier, {0, 2})],
)  # fmt: skip
def test_a_class_is_selected_added_taken_away(
    bars: SelectionPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, keys: Qt.KeyboardModifier, wanted: set[int]
) -> None:
    bars.workspace.select([0, 1, 2])
    qtbot.waitUntil(bars.tools.by_class.isEnabled, timeout=SOON)
    bars.tools.menu.aboutToShow.emit()
    texts = [action.text() for action in bars.tools.menu.actions()]
    assert texts == ["standing · 20", "lying · 20"]
    monkeypatch.setattr(
        "vae_desktop.ui.widgets.selection_tools.QGuiApplication.keyboardModifiers", staticmethod(lambda: keys)
    )
    bars.tools.menu.actions()[1].trigger()
    assert set(selected(bars)) == wanted


# Finding


def test_what_is_found_is_counted_and_then_selected(bars: SelectionPanel, qtbot: QtBot) -> None:
    assert find(qtbot, bars, "lying") == "20 items · Enter selects"
    assert selected(bars) == []
    qtbot.keyClick(bars.tools.search.field, Qt.Key.Key_Return)
    assert selected(bars) == [*range(1, 40, 2)]
    how = bars.findChild(QComboBox, "how")
    qtbot.keyClick(how, Qt.Key.Key_T)
    assert bars.tools.how == "take"
    find(qtbot, bars, "#0-9")
    qtbot.keyClick(bars.tools.search.field, Qt.Key.Key_Return)
    assert selected(bars) == [*range(11, 40, 2)]


def test_a_bad_query_says_one_line_and_selects_nothing(bars: SelectionPanel, qtbot: QtBot) -> None:
    assert find(qtbot, bars, "size > 3") == "there is no column size; there are z1, z2, KL, class"
    assert bars.tools.search.field.property("invalid")
    qtbot.keyClick(bars.tools.search.field, Qt.Key.Key_Return)
    assert selected(bars) == []
    assert find(qtbot, bars, "nobody") == "No item is called so"
    assert not bars.tools.search.field.property("invalid")


def test_enter_before_the_answer_selects_when_it_comes(bars: SelectionPanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(bars.tools.search.field, "#3")
    qtbot.keyClick(bars.tools.search.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: selected(bars) == [3], timeout=SOON)


# Gates


def test_gates_select_what_passes(
    panel: SelectionPanel, table: Dataset, workspace: Workspace, qtbot: QtBot, open_untrained: Callable
) -> None:
    x = table.x.copy()
    x[4, 0] = np.nan
    data = replace(table, x=x)
    mu = np.zeros((30, 1), np.float32)
    workspace.set_opened(Opened(data, Space(None, Posterior(mu, mu), data)))
    tools = panel.tools
    press(qtbot, panel, "selection-gates")
    press(qtbot, panel, "addGate")
    row = tools.gates.rows[0]
    assert row.column.currentText() == "a"
    qtbot.waitUntil(lambda: tools.passed.text() == "29 items pass", timeout=SOON)
    bar = row.bar
    low, high = (int(bar.x_of(end)) for end in bar.range)
    middle = QPoint((low + high) // 2, 10)
    qtbot.mousePress(bar, LEFT, pos=QPoint(low + 1, 10))
    qtbot.mouseMove(bar, middle)
    qtbot.mouseRelease(bar, LEFT, pos=middle)
    _, least, most = row.gate
    passing = np.flatnonzero((x[:, 0] >= least) & (x[:, 0] <= most))
    assert 0 < len(passing) < 29
    qtbot.waitUntil(lambda: panel.asking.passed is not None and panel.asking.passed.count == len(passing), timeout=SOON)
    press(qtbot, panel, "selectGated")
    assert selected(panel) == passing.tolist()

    press(qtbot, panel, "addGate")
    second = tools.gates.rows[1]
    assert second.column.currentText() == "b"
    second.column.setCurrentText("c")
    qtbot.waitUntil(lambda: panel.asking.passed is not None, timeout=SOON)
    second.high.setValue(-5.0)
    both = np.flatnonzero((x[:, 0] >= least) & (x[:, 0] <= most) & (x[:, 2] <= -5))
    qtbot.waitUntil(lambda: panel.asking.passed is not None and panel.asking.passed.count == len(both), timeout=SOON)
    press(qtbot, panel, "selectGated")
    assert selected(panel) == both.tolist()
    qtbot.mouseClick(row.remove, LEFT)
    assert len(tools.gates.rows) == 1


def test_gates_of_other_data_are_gone_all_at_once(
    panel: SelectionPanel, table: Dataset, workspace: Workspace, qtbot: QtBot
) -> None:
    faults: list[object] = []
    workspace.failed.connect(faults.append)
    workspace.set_dataset(table)
    tools = panel.tools
    press(qtbot, panel, "selection-gates")
    for _ in range(3):
        press(qtbot, panel, "addGate")
    qtbot.waitUntil(lambda: tools.passed.text() == "30 items pass", timeout=SOON)
    told: list[object] = []
    tools.gates.changed.connect(lambda: told.append(tools.gates.gates))
    workspace.set_dataset(replace(table, columns=(Column("d"), Column("b"), Column("e"))))
    qtbot.waitUntil(lambda: [gate[0] for gate in tools.gates.gates] == ["b"], timeout=SOON)
    qtbot.waitUntil(lambda: not panel.jobs.running and panel.asking.passed is not None, timeout=SOON)
    assert faults == []
    assert all(len(gates) == 1 for gates in told)


def test_a_range_is_moved_by_keys(bars: SelectionPanel, qtbot: QtBot) -> None:
    press(qtbot, bars, "selection-gates")
    press(qtbot, bars, "addGate")
    bar = bars.tools.gates.rows[0].bar
    qtbot.waitUntil(lambda: bars.asking.passed is not None and bars.asking.passed.mask.all(), timeout=SOON)
    low, high = bar.range
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    qtbot.keyClick(bar, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    step = (high - low) / 100
    np.testing.assert_allclose(bar.range, (low + step, high - step))
    qtbot.keyClick(bar, Qt.Key.Key_Left)
    qtbot.keyClick(bar, Qt.Key.Key_Left)
    assert bar.range[0] == low


# Statistics


def test_figures_tell_classes_and_shifts(bars: SelectionPanel, qtbot: QtBot) -> None:
    bars.workspace.select([1, 3, 5, 0])
    press(qtbot, bars, "selection-figures")
    figures = bars.tools.figures
    qtbot.waitUntil(lambda: len(figures.rows) == 7, timeout=SOON)
    assert figures.rows[3][:3] == ("Mean ± sd", "selected", "all")
    assert [(row.name, row.text) for row in figures.rows[1:3]] == [("lying", "3 · 75 %"), ("standing", "1 · 25 %")]
    assert "1 of its 20 items" in figures.rows[2].tip
    assert {row.name for row in figures.rows[4:]} == {"z₁", "z₂", "KL"}
    assert not figures.grab().isNull()
    bars.workspace.select(())
    qtbot.waitUntil(lambda: figures.rows == (), timeout=SOON)


# Names


@pytest.mark.qt_log_ignore("This plugin does not support raise", "This plugin does not support grabbing the keyboard")
def test_selections_are_named_recalled_renamed_forgotten_and_undone(bars: SelectionPanel, qtbot: QtBot) -> None:
    workspace, names = bars.workspace, bars.tools.names
    press(qtbot, bars, "selection-names")
    assert not names.save.isEnabled()
    workspace.select([2, 9])
    qtbot.keyClicks(names.field, "my two")
    qtbot.keyClick(names.field, Qt.Key.Key_Return)
    listed = bars.findChild(QListWidget, "selectionNames")
    assert [listed.item(i).text() for i in range(listed.count())] == ["my two"]
    workspace.select([1])
    listed.setCurrentRow(0)
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    assert selected(bars) == [2, 9]
    workspace.select([1, 9])
    at = listed.visualItemRect(listed.item(0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, listed.viewport().mapToGlobal(at))
    QApplication.sendEvent(listed.viewport(), event)
    _, add, *_ = listed.findChild(QMenu, "nameMenu").actions()
    add.trigger()
    listed.findChild(QMenu, "nameMenu").close()
    assert selected(bars) == [1, 2, 9]
    qtbot.keyClick(listed, Qt.Key.Key_F2)
    editor = listed.findChild(type(names.field))
    editor.selectAll()
    qtbot.keyClicks(editor, "both")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: list(workspace.names.selections) == ["both"], timeout=SOON)
    listed.setCurrentRow(0)
    qtbot.keyClick(listed, Qt.Key.Key_Delete)
    assert not workspace.names
    workspace.undo.undo()
    workspace.undo.undo()
    assert list(workspace.names.selections) == ["my two"]


# Bad data


@pytest.mark.parametrize("latent", [1, 2, 64])
@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_bad_codes_are_lived_through(
    panel: SelectionPanel, pictures: Dataset, qtbot: QtBot, latent: int, fill: float
) -> None:
    mu = np.full((40, latent), fill, np.float32)
    panel.workspace.set_opened(Opened(pictures, Space(None, Posterior(mu, mu), pictures)))
    panel.workspace.select([0, 1])
    press(qtbot, panel, "select-grow")
    press(qtbot, panel, "selection-figures")
    qtbot.waitUntil(lambda: len(panel.tools.figures.rows) > latent, timeout=SOON)
    press(qtbot, panel, "selection-gates")
    press(qtbot, panel, "addGate")
    qtbot.waitUntil(lambda: panel.tools.passed.text().endswith("pass"), timeout=SOON)
    assert panel.tools.passed.text() == ("0 items pass" if np.isnan(fill) else "40 items pass")
    qtbot.waitUntil(lambda: not panel.jobs.running, timeout=SOON)
    qtbot.mouseClick(panel.wall.viewport(), LEFT, pos=panel.wall.box(1).center())
    assert (panel.workspace.cursor is None) == bool(np.isnan(fill))
    assert not panel.grab().isNull()


def test_one_item_and_other_data_while_jobs_run(
    bars: SelectionPanel, workspace: Workspace, pictures: Dataset, qtbot: QtBot
) -> None:
    press(qtbot, bars, "select-all")
    press(qtbot, bars, "select-grow")
    qtbot.keyClicks(bars.tools.search.field, "lying")
    one = replace(pictures, x=pictures.x[:1], labels=None, classes=())
    workspace.set_dataset(one)
    qtbot.waitUntil(lambda: bars.asking.found is not None, timeout=SOON)
    assert bars.tools.search.answer.text() == "No item is called so"
    press(qtbot, bars, "select-all")
    assert selected(bars) == [0]
    qtbot.waitUntil(lambda: 0 in bars.wall.kept, timeout=SOON)


def test_rows_of_a_table_are_drawn(panel: SelectionPanel, workspace: Workspace, qtbot: QtBot) -> None:
    x = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    workspace.set_dataset(Dataset("table", x, columns=(Column("a"), Column("b"), Column("c"))))
    press(qtbot, panel, "select-all")
    qtbot.waitUntil(lambda: len(panel.wall.kept) == 12, timeout=SOON)
    assert not panel.grab().isNull()
    assert [label for label, _ in panel.exports()] == ["Selection: table…", "Selection: as a dataset…"]
