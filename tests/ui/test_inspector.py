from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QPushButton, QSlider

from vae_desktop.core.values import Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.inspector import InspectorPanel
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> InspectorPanel:
    panel = InspectorPanel(workspace, themes)
    qtbot.addWidget(panel, before_close_func=lambda panel: panel.shutdown())
    panel.resize(280, 820)
    panel.show()
    return panel


def code(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def wait_for(qtbot: QtBot, panel: InspectorPanel, z: np.ndarray) -> None:
    """Until the picture is what `z` decodes to."""
    space = panel.workspace.space
    assert space is not None
    wanted = space.decode(z)
    qtbot.waitUntil(lambda: panel.view.item is not None and np.array_equal(panel.view.item, wanted), timeout=SOON)


def wait_for_sliders(qtbot: QtBot, panel: InspectorPanel, latent: int) -> None:
    qtbot.waitUntil(lambda: len(panel.sliders.code) == latent, timeout=SOON)


def slider(panel: InspectorPanel, dimension: int) -> QSlider:
    found = panel.findChild(QSlider, f"z{dimension}_slider")
    assert found is not None
    return found


def drag(qtbot: QtBot, widget: QSlider, by: int) -> None:
    """Take the handle, which stands in the middle, and move it in three steps."""
    middle = QPoint(widget.width() // 2, widget.height() // 2)
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=middle)
    for part in (1, 2, 3):
        qtbot.mouseMove(widget, middle + QPoint(by * part // 3, 0))
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=middle + QPoint(by, 0))


def test_nothing_open_is_calm(panel: InspectorPanel) -> None:
    assert panel._hint.isVisible()
    assert not panel.view.isVisible()
    assert panel.exports() == []


def test_it_shows_the_middle_of_the_data_then_the_cursor_then_the_pointer(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    space = open_untrained(pictures, 2)
    wait_for(qtbot, panel, space.posterior.mu.mean(axis=0))
    assert panel.view.caption[0] == "The middle of the data"
    workspace.set_cursor(workspace.place_of(3))
    wait_for(qtbot, panel, space.posterior.mu[3])
    assert panel.view.caption[0] == "#3 · class lying"
    workspace.set_pointer(Place(code(2, -2)))
    wait_for(qtbot, panel, code(2, -2))
    assert panel.view.caption[0] == "Preview"
    assert panel.view.caption[1].endswith(" ms")
    workspace.set_pointer(None)
    wait_for(qtbot, panel, space.posterior.mu[3])


def test_while_the_model_is_not_loaded_it_keeps_still(
    panel: InspectorPanel, workspace: Workspace, qtbot: QtBot
) -> None:
    mu = np.zeros((5, 2), np.float32)
    workspace.set_opened(Opened(space=Space(None, Posterior(mu, mu))))
    workspace.set_pointer(Place(code(1, 1)))
    wait_for_sliders(qtbot, panel, 2)
    assert panel.view.item is None
    assert panel.exports() == []


def test_dragging_a_slider_moves_the_cursor_in_one_step(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 2)
    wait_for_sliders(qtbot, panel, 2)
    start = Place(code(0, 0.5))
    workspace.set_cursor(start)
    for by in (60, -40):
        workspace.set_cursor(start)
        steps = workspace.undo.count()
        drag(qtbot, slider(panel, 1), by)
        assert workspace.cursor is not None
        assert np.sign(workspace.cursor.z[0]) == np.sign(by)
        assert workspace.cursor.z[1] == 0.5
        assert workspace.cursor.item == -1
        assert workspace.undo.count() == steps + 1
    wait_for(qtbot, panel, workspace.cursor.z)
    workspace.undo.undo()
    assert workspace.cursor is start
    assert slider(panel, 1).value() == 0


def test_sliders_follow_the_cursor(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 2)
    wait_for_sliders(qtbot, panel, 2)
    workspace.set_cursor(Place(code(1.25, -0.5)))
    assert slider(panel, 1).value() == 125
    number = panel.findChild(QDoubleSpinBox, "z2_number")
    assert number.value() == -0.5
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "2.5")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert workspace.cursor is not None
    np.testing.assert_array_equal(workspace.cursor.z, code(1.25, 2.5))


def test_the_wheel_scrolls_past_the_sliders(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 2)
    wait_for_sliders(qtbot, panel, 2)
    widget = slider(panel, 1)
    at = QPointF(widget.width() / 2, widget.height() / 2)
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    assert workspace.cursor is None
    assert widget.value() == round(float(panel.sliders.code[0]) * 100)


def test_dimensions_that_carry_most_come_first(panel: InspectorPanel, workspace: Workspace, qtbot: QtBot) -> None:
    mu = np.array([[0, 4, -0.5], [0, -4, 0.5]], np.float32)
    workspace.set_opened(Opened(space=Space(None, Posterior(mu, np.zeros_like(mu)))))
    wait_for_sliders(qtbot, panel, 3)
    rows = sorted(panel.findChildren(QSlider), key=lambda row: row.mapTo(panel, QPoint()).y())
    assert [row.objectName() for row in rows] == ["z2_slider", "z3_slider", "z1_slider"]
    assert [row.maximum() for row in rows] == [400, 300, 300]
    assert "8.00 nats" in rows[0].toolTip()


def test_many_dimensions_come_in_parts(panel: InspectorPanel, workspace: Workspace, qtbot: QtBot) -> None:
    mu = np.zeros((2, 40), np.float32)
    workspace.set_opened(Opened(space=Space(None, Posterior(mu, mu))))
    wait_for_sliders(qtbot, panel, 40)
    assert len(panel.findChildren(QSlider)) == 32
    more = panel.findChild(QPushButton, "moreDimensions")
    assert more.text() == "8 more dimensions ▸"
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert len(panel.findChildren(QSlider)) == 40
    assert not more.isVisible()


def test_a_nearest_item_can_be_chosen(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    space = open_untrained(pictures, 2)
    workspace.set_cursor(workspace.place_of(5))
    qtbot.waitUntil(lambda: len(panel.nearest) == 6 and panel._around[0] == 5, timeout=SOON)
    np.testing.assert_array_equal(panel.nearest.items[0], pictures.x[5])
    second = panel._around[1]
    qtbot.mouseClick(panel.nearest, Qt.MouseButton.LeftButton, pos=panel.nearest.box(1).center())
    assert workspace.selection.tolist() == [second]
    assert workspace.cursor is not None
    np.testing.assert_array_equal(workspace.cursor.z, space.posterior.mu[second])
    workspace.undo.undo()
    assert workspace.cursor.item == 5
    assert workspace.selection.tolist() == []


def test_posterior_samples_belong_to_items_and_stay_the_same(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 2)
    workspace.set_cursor(workspace.place_of(5))
    qtbot.waitUntil(lambda: len(panel.samples) == 6, timeout=SOON)
    first = panel._codes.copy()
    assert len(np.unique(first, axis=0)) == 6
    workspace.set_cursor(workspace.place_of(6))
    qtbot.waitUntil(lambda: not np.array_equal(panel._codes, first), timeout=SOON)
    workspace.set_cursor(workspace.place_of(5))
    qtbot.waitUntil(lambda: np.array_equal(panel._codes, first), timeout=SOON)
    workspace.set_cursor(Place(code(0, 0)))
    assert not panel.samples.isVisible()


def test_a_model_without_data_can_be_walked(
    panel: InspectorPanel, workspace: Workspace, open_untrained: Callable, pictures: Dataset, qtbot: QtBot
) -> None:
    model = open_untrained(pictures, 3).model
    nothing = np.empty((0, 3), np.float32)
    workspace.set_opened(Opened(space=Space(model, Posterior(nothing, nothing))))
    wait_for(qtbot, panel, code(0, 0, 0))
    assert panel._no_items.isVisible()
    assert not panel.nearest.isVisible()
    wait_for_sliders(qtbot, panel, 3)
    drag(qtbot, slider(panel, 2), 50)
    assert workspace.cursor is not None
    wait_for(qtbot, panel, workspace.cursor.z)


@pytest.mark.parametrize("latent", [1, 2])
def test_a_table_is_shown_and_saved_in_its_own_units(
    panel: InspectorPanel,
    workspace: Workspace,
    open_untrained: Callable,
    table: Dataset,
    qtbot: QtBot,
    answer: Callable,
    tmp_path: Path,
    latent: int,
) -> None:
    space = open_untrained(table, latent)
    workspace.set_cursor(workspace.place_of(2))
    wait_for(qtbot, panel, space.posterior.mu[2])
    qtbot.waitUntil(lambda: len(panel.nearest) == 6, timeout=SOON)
    assert not panel.view.grab().isNull()
    answer(tmp_path / "row", "CSV table (*.csv)")
    (label, save), _ = panel.exports()
    assert label == "Decoded row…"
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        save()
    header, values = (tmp_path / "row.csv").read_text("utf-8").splitlines()
    assert header == "a,b,c"
    shown = panel.view.row.decoded
    assert shown is not None
    assert shown.beside is not None
    assert (shown.beside.name, shown.beside.own) == ("#2", True)
    np.testing.assert_array_equal(shown.beside.row, table.x[2])
    np.testing.assert_array_equal(np.array(values.split(","), np.float32), space.decode(space.posterior.mu[2]))


def test_picture_and_code_are_saved(
    panel: InspectorPanel,
    workspace: Workspace,
    open_untrained: Callable,
    pictures: Dataset,
    qtbot: QtBot,
    answer: Callable,
    tmp_path: Path,
) -> None:
    space = open_untrained(pictures, 2)
    workspace.set_cursor(Place(code(0.5, 1)))
    exports = dict(panel.exports())
    answer(tmp_path / "here.png")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        exports["Decoded image…"]()
    with Image.open(tmp_path / "here.png") as picture:
        np.testing.assert_array_equal(picture, space.decode(code(0.5, 1))[:, :, 0])
    answer(tmp_path / "z.csv")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        exports["Its code z…"]()
    assert (tmp_path / "z.csv").read_text("utf-8") == "z_1,z_2\n0.5,1.0\n"


def test_it_says_how_far_to_trust_a_place(
    panel: InspectorPanel, open_sample: Callable[[], Workspace], qtbot: QtBot
) -> None:
    workspace = open_sample()
    space = workspace.space
    assert space is not None
    for z, words in ((space.posterior.mu[7], "Inside"), (code(60, -60), "Outside")):
        workspace.set_cursor(Place(z))
        qtbot.waitUntil(lambda words=words: words in panel.trust.text(), timeout=SOON)
        assert "σ" in panel.returns.text()
    assert not panel.filled.isVisible()  # two dimensions are all on the map


def test_what_was_usual_in_another_run_says_nothing_of_this_one(
    panel: InspectorPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures, 2)
    qtbot.waitUntil(lambda: panel._density is not None, timeout=SOON)
    panel.workspace.begin_run(None)
    assert panel._density is None


def test_it_says_how_the_other_dimensions_were_filled_in(
    panel: InspectorPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    space = open_untrained(pictures, 4)
    workspace = panel.workspace
    workspace.set_pointer(Place(space.posterior.mu[0] + 1, lifted=True))
    qtbot.waitUntil(lambda: "mean" in panel.filled.text(), timeout=SOON)
    workspace.set_cursor(Place(space.posterior.mu[0] + 1))
    qtbot.waitUntil(lambda: "cursor" in panel.filled.text(), timeout=SOON)
    for others, said in (("mean", "mean of all"), ("local", "mean nearby"), ("cursor", "as at the cursor")):
        workspace.set_look(others=others)
        workspace.set_pointer(Place(space.posterior.mu[0] + 1, lifted=True))
        qtbot.waitUntil(lambda said=said: panel.filled.text() == f"Other dimensions: {said}", timeout=SOON)
    workspace.set_pointer(None)
    qtbot.waitUntil(lambda: not panel.filled.text().strip(), timeout=SOON)  # a code from the sliders is whole
    workspace.set_cursor(Place(space.posterior.mu[3], 3))
    qtbot.waitUntil(lambda: "own code" in panel.filled.text(), timeout=SOON)
