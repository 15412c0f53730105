"""The selected items on the wall: the dot, the picture and the name are always of the same item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.selection import SelectionPanel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.main_window import MainWindow
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


# The wall


def test_the_wall_shows_the_items_themselves(bars: SelectionPanel, pictures: Dataset, qtbot: QtBot) -> None:
    bars.workspace.select([3, 8, 30])
    qtbot.waitUntil(lambda: len(bars.wall.kept) == 3, timeout=SOON)
    for item, picture in bars.wall.kept.items():
        assert picture.pixelColor(4, 4).red() == pictures.x[item, 4, 4, 0]
    press(qtbot, bars, "showDecoded")
    space = bars.workspace.space
    assert space is not None
    decoded = space.reconstruct([3, 8, 30])
    qtbot.waitUntil(
        lambda: all(
            bars.wall.kept[item].pixelColor(4, 4).red() == image[4, 4, 0]
            for item, image in zip((3, 8, 30), decoded, strict=True)
        ),
        timeout=SOON,
    )


def test_a_click_stands_on_the_item_and_keeps_the_selection(bars: SelectionPanel, qtbot: QtBot) -> None:
    workspace, wall = bars.workspace, bars.wall
    workspace.select([3, 8, 30])
    qtbot.mouseClick(wall.viewport(), LEFT, pos=wall.box(1).center())
    assert workspace.cursor is not None
    assert workspace.cursor.item == 8
    assert selected(bars) == [3, 8, 30]
    qtbot.keyClick(wall, Qt.Key.Key_End)
    assert workspace.pointer is not None
    assert workspace.pointer.item == 30
    assert workspace.cursor.item == 8
    qtbot.keyClick(wall, Qt.Key.Key_Return)
    assert workspace.cursor.item == 30
    qtbot.keyClick(wall, Qt.Key.Key_Home)
    qtbot.keyClick(wall, Qt.Key.Key_Right)
    qtbot.keyClick(wall, Qt.Key.Key_Delete)
    assert selected(bars) == [3, 30]
    assert wall.current == 1
    workspace.undo.undo()
    assert selected(bars) == [3, 8, 30]


def test_hover_previews_and_leaves_no_trace(bars: SelectionPanel, qtbot: QtBot) -> None:
    workspace, wall = bars.workspace, bars.wall
    workspace.select([3, 8])
    steps = workspace.undo.count()
    qtbot.mouseMove(wall.viewport(), wall.box(0).center())
    qtbot.waitUntil(lambda: workspace.pointer is not None and workspace.pointer.item == 3, timeout=SOON)
    qtbot.mouseMove(wall.viewport(), wall.box(1).center())
    qtbot.waitUntil(lambda: workspace.pointer is not None and workspace.pointer.item == 8, timeout=SOON)
    assert workspace.undo.count() == steps


def test_a_million_items_are_walked_and_few_are_read(panel: SelectionPanel, workspace: Workspace, qtbot: QtBot) -> None:
    n = 1_000_000
    x = np.broadcast_to(np.zeros((1, 2, 2, 1), np.uint8), (n, 2, 2, 1))
    from vae_desktop.core.preparation import Preparation

    preparation = Preparation("image", (1, 2, 2), (0.0,), (255.0,))
    workspace.set_opened(Opened(Dataset("image", x, source="many"), preparation=preparation))
    press(qtbot, panel, "select-all")
    qtbot.waitUntil(lambda: len(workspace.selection) == n, timeout=SOON)
    wall = panel.wall
    qtbot.waitUntil(lambda: bool(wall.kept), timeout=SOON)
    for key in (Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_PageDown):
        qtbot.keyClick(wall, key)
        assert 0 <= wall.box(wall.current).top() <= wall.viewport().height()
    qtbot.keyClick(wall, Qt.Key.Key_End)
    assert wall.current == n - 1
    qtbot.waitUntil(lambda: n - 1 in wall.kept, timeout=SOON)
    assert len(wall.kept) <= 600
    assert panel.count.whole == "1\u2009000\u2009000 of 1\u2009000\u2009000 selected"


def test_a_hidden_panel_does_nothing_and_catches_up(
    bars: SelectionPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars.hide()
    ran: list[str] = []
    run = bars.jobs.run
    monkeypatch.setattr(bars.jobs, "run", lambda lane, *args: ran.append(lane) or run(lane, *args))
    bars.workspace.select([1, 2])
    assert ran == []
    bars.show()
    qtbot.waitUntil(lambda: set(bars.wall.kept) >= {1, 2}, timeout=SOON)
    assert bars.count.whole == "2 of 40 selected"


# Index integrity and export


def test_dot_picture_and_name_stay_one_item(
    panel: SelectionPanel, workspace: Workspace, qtbot: QtBot, answer: Callable[[Path], None], tmp_path: Path
) -> None:
    x = np.zeros((200, 4, 4, 1), np.uint8)
    x[:, 1:3, 1:3, 0] = np.arange(200)[:, None, None]
    names = [f"grey {i}.png" for i in range(200)]
    labels = (np.arange(200) % 2).astype(np.int32)
    data = Dataset("image", x, labels, ("even", "odd"), items=names, source="greys")
    mu = np.arange(400, dtype=np.float32).reshape(200, 2)
    from vae_desktop.core.preparation import Preparation

    workspace.set_opened(Opened(data, Space(None, Posterior(mu, mu), data), preparation=Preparation.fit(data)))
    workspace.select(np.arange(150, 20, -1))
    find(qtbot, panel, "odd and z1 > 100")
    panel.tools.hows[0].setCurrentIndex(panel.tools.hows[0].findData("within"))
    qtbot.keyClick(panel.tools.search.field, Qt.Key.Key_Return)
    workspace.select([60, 199], "add")
    workspace.undo.undo()
    want = list(range(51, 151, 2))
    assert selected(panel) == want
    wall = panel.wall
    qtbot.waitUntil(lambda: set(want[:20]) <= set(wall.kept), timeout=SOON)
    assert all(picture.pixelColor(1, 1).red() == item for item, picture in wall.kept.items())
    for index in (0, 7, 30):
        if wall.box(index).bottom() < wall.viewport().height():
            qtbot.mouseClick(wall.viewport(), LEFT, pos=wall.box(index).center())
            assert workspace.cursor is not None
            assert workspace.cursor.item == want[index]
            np.testing.assert_array_equal(workspace.cursor.z, mu[want[index]])
            assert workspace.called(workspace.cursor.item) == f"grey {want[index]}.png · class odd"
    labels_of = [label for label, _ in panel.exports()]
    assert labels_of == [
        "Selection: pictures in a folder for each class…", "Selection: pictures…", "Selection: as a dataset…",
        "Selection: codes…",
    ]  # fmt: skip
    answer(tmp_path / "out")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        panel.exports()[0][1]()
    files = sorted((tmp_path / "out" / "odd").iterdir())
    assert len(files) == len(want)
    for file in files:
        with Image.open(file) as image:
            assert image.getpixel((1, 1)) == int(file.stem.split()[1])


def test_keys_select_over_the_whole_window(window: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    window.begin([])
    with qtbot.waitSignal(
        workspace.dataset_changed, timeout=SOON, check_params_cb=lambda by: workspace.dataset is not None
    ):
        window.show()
    view = window.panel("map").view
    view.setFocus()
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    assert window.panel("selection").visibleRegion().isEmpty()
    qtbot.keyClick(view, Qt.Key.Key_A, ctrl)
    assert len(workspace.selection) == 1797
    workspace.select([4])
    qtbot.keyClick(view, Qt.Key.Key_I, ctrl)
    assert len(workspace.selection) == 1796
    qtbot.keyClick(view, Qt.Key.Key_A, ctrl | shift)
    assert len(workspace.selection) == 0
    window.docks["selection"].raise_()
    field = window.panel("selection").tools.search.field
    field.setFocus()
    qtbot.keyClicks(field, "#3")
    qtbot.keyClick(field, Qt.Key.Key_A, ctrl)  # its own text
    assert field.selectedText() == "#3"
    assert len(workspace.selection) == 0
