from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QHelpEvent, QImage
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QToolTip,
)

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Posterior
from vae_desktop.latent.space import Space
from vae_desktop.ui.opening import Opened, opening_sample
from vae_desktop.ui.panels.data import DataPanel, glance, in_short
from vae_desktop.ui.theme import DARK, LIGHT, class_colour

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
RAISE = "This plugin does not support raise"  # the offscreen platform says so of dialogs and tool tips


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> DataPanel:
    panel = DataPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(290, 400)
    panel.show()
    return panel


def look(panel: DataPanel) -> bytes:
    return bytes(panel.thumbnails.grab().toImage().convertToFormat(QImage.Format.Format_RGB888).constBits())


def test_it_says_what_to_do_when_nothing_is_open(panel: DataPanel) -> None:
    hint = panel.findChild(QLabel, "dataHint")
    assert hint.isVisible()
    assert "Ctrl+O" in hint.text()
    assert not panel.legend.isVisible()
    assert not panel.thumbnails.isVisible()
    assert panel.exports() == []


def test_it_tells_what_is_open_and_shows_some_of_it(panel: DataPanel, pictures: Dataset, qtbot: QtBot) -> None:
    empty = look(panel)
    panel.workspace.set_dataset(pictures)
    assert panel.card.remark.whole == "bars · 40 × 8×8"
    qtbot.waitUntil(lambda: panel.thumbnails.accessibleDescription().startswith("#0, #4"), timeout=SOON)
    assert look(panel) != empty
    assert [chip.text() for chip in panel.legend.chips] == ["standing", "lying"]
    assert "20 items" in panel.legend.chips[0].toolTip()


def test_the_bundled_map_has_its_legend_before_its_items_are_read(panel: DataPanel) -> None:
    panel.workspace.set_opened(opening_sample())
    assert panel.workspace.dataset is None
    assert len(panel.legend.chips) == 10
    assert panel.card.remark.whole.startswith("digits · 1\u2009797 × 8×8")


def test_a_model_alone_says_so(panel: DataPanel) -> None:
    nothing = np.empty((0, 2), np.float32)
    panel.workspace.set_opened(Opened(space=Space(None, Posterior(nothing, nothing))))
    assert "Open data of its kind" in panel.findChild(QLabel, "dataHint").text()


def test_a_click_hides_a_class_and_a_double_click_shows_it_alone(
    panel: DataPanel, pictures: Dataset, qtbot: QtBot
) -> None:
    panel.workspace.set_dataset(pictures)
    standing, lying = panel.legend.chips
    qtbot.mouseClick(standing, Qt.MouseButton.LeftButton)
    assert panel.workspace.look.hidden == {0}
    assert "hidden" in standing.accessibleName()
    qtbot.mouseClick(standing, Qt.MouseButton.LeftButton)
    assert panel.workspace.look.hidden == frozenset()
    qtbot.mouseClick(lying, Qt.MouseButton.LeftButton)
    qtbot.mouseDClick(lying, Qt.MouseButton.LeftButton)  # its first click hid it
    assert panel.workspace.look.hidden == {0}
    qtbot.mouseClick(lying, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier)
    assert panel.workspace.look.hidden == frozenset()


def test_the_legend_obeys_the_keyboard_and_undo(panel: DataPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    standing, lying = panel.legend.chips
    qtbot.keyClick(lying, Qt.Key.Key_Space)
    assert panel.workspace.look.hidden == {1}
    qtbot.keyClick(lying, Qt.Key.Key_Return)
    assert panel.workspace.look.hidden == {0}
    panel.workspace.undo.undo()
    panel.workspace.undo.undo()
    assert panel.workspace.look.hidden == frozenset()
    assert standing.isChecked()
    assert lying.isChecked()


def test_unknown_items_have_a_chip_of_their_own(panel: DataPanel, pictures: Dataset, qtbot: QtBot) -> None:
    assert pictures.labels is not None
    labels = pictures.labels.copy()
    labels[:3] = -1
    panel.workspace.set_dataset(replace(pictures, labels=labels))
    assert [chip.text() for chip in panel.legend.chips] == ["standing", "lying", "unknown"]
    qtbot.mouseClick(panel.legend.chips[2], Qt.MouseButton.LeftButton)
    assert panel.workspace.look.hidden == {2}


@pytest.mark.qt_log_ignore(RAISE)
def test_skipped_items_are_listed_with_reasons_and_can_be_copied(
    panel: DataPanel, pictures: Dataset, qtbot: QtBot
) -> None:
    skipped = (("a.png", "cut short"), ("b.txt", "no picture"))
    panel.workspace.set_dataset(replace(pictures, skipped=skipped, notes=("Resized 3 of 40",)))
    assert panel.skipped.whole == "2 skipped: cut short, and more"
    qtbot.waitUntil(lambda: 0 < panel.skipped.y() < panel.thumbnails.y())  # seen at once, right below the name
    assert panel.findChild(QLabel, "dataNotes").text() == "Resized 3 of 40"
    qtbot.mouseClick(panel.skipped, Qt.MouseButton.LeftButton)
    dialog = panel.findChild(QDialog, "skippedDialog")
    assert dialog.findChild(QPlainTextEdit).toPlainText() == "a.png\tcut short\nb.txt\tno picture"
    qtbot.mouseClick(dialog.findChild(QPushButton, "copySkipped"), Qt.MouseButton.LeftButton)
    assert "b.txt" in QGuiApplication.clipboard().text()
    dialog.close()


def test_skipped_rows_are_told_where_they_are_seen_at_once(
    panel: DataPanel, workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    rows = [f"{i},{'inf' if i % 2 else 2.5},{i % 3}" for i in range(40)]
    (tmp_path / "birds.csv").write_text("\n".join(["beak,mass g,tail", *rows]), "utf-8")
    with qtbot.waitSignal(workspace.told, timeout=SOON) as told:
        workspace.open([str(tmp_path / "birds.csv")])
    assert told.args == ["birds: 20 rows skipped: mass g is infinite or too large"]
    assert panel.skipped.whole == "20 skipped: mass g is infinite or too large"
    panel.resize(400, 400)
    qtbot.waitUntil(lambda: panel.skipped.text() == panel.skipped.whole)
    panel.resize(150, 400)
    qtbot.waitUntil(lambda: panel.skipped.text().endswith("…"))
    assert panel.skipped.toolTip().startswith(panel.skipped.whole)


@pytest.mark.parametrize("ending", [".csv", ".npz"])
def test_codes_are_exported(
    panel: DataPanel, pictures: Dataset, qtbot: QtBot, answer: Callable[[Path], None], tmp_path: Path, ending: str
) -> None:
    mu = np.arange(80, dtype=np.float32).reshape(40, 2)
    space = Space(None, Posterior(mu, -mu), pictures)
    panel.workspace.set_opened(Opened(pictures, space, None, Preparation.fit(pictures)))
    out = tmp_path / f"codes{ending}"
    answer(out)
    save = dict(panel.exports())["Codes of all items…"]
    with qtbot.waitSignal(panel.workspace.told, timeout=SOON):
        save()
    if ending == ".npz":
        with np.load(out) as saved:
            np.testing.assert_array_equal(saved["mu"], mu)
    else:
        assert out.read_text().splitlines()[2] == "#1,lying,2.0,3.0,-2.0,-3.0"


def test_large_items_are_thinned_for_thumbnails(pictures: Dataset) -> None:
    large = replace(pictures, x=np.zeros((3, 900, 600, 1), np.uint8), labels=None, classes=())
    seen = glance(large, Preparation.fit(large))
    assert seen.names == ("#0", "#1", "#2")
    assert max(seen.items[0].shape) <= 150


@pytest.mark.parametrize(
    ("shape", "told"),
    [((28, 20, 1), "faces · 1\u2009965 × 20×28"), ((8, 8, 3), "faces · 1\u2009965 × 8×8 colour"),
     ((4,), "faces · 1\u2009965 × 4 columns")],
)  # fmt: skip
def test_in_short(shape: tuple[int, ...], told: str) -> None:
    assert in_short("faces", 1965, shape) == told


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_fifty_classes_have_colours_of_their_own(theme: object) -> None:
    assert len({class_colour(theme, index) for index in range(-1, 50)}) == 51


@pytest.mark.qt_log_ignore(RAISE)
def test_thumbnails_name_the_item_under_the_pointer(panel: DataPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    qtbot.waitUntil(lambda: bool(panel.thumbnails.accessibleDescription()), timeout=SOON)
    at = QPoint(5, 5)
    QApplication.sendEvent(panel.thumbnails, QHelpEvent(QEvent.Type.ToolTip, at, panel.thumbnails.mapToGlobal(at)))
    assert QToolTip.text() == "#0"
    QToolTip.hideText()


def test_a_class_is_renamed_where_it_stands_and_that_is_undone(
    panel: DataPanel, pictures: Dataset, qtbot: QtBot
) -> None:
    workspace = panel.workspace
    workspace.set_dataset(pictures)
    standing, lying = panel.legend.chips
    standing.setFocus()
    qtbot.keyClick(standing, Qt.Key.Key_F2)
    editor = panel.findChild(QLineEdit, "className")
    assert editor.selectedText() == "standing"
    qtbot.keyClicks(editor, "upright")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert workspace.classes == ("upright", "lying")
    assert [chip.text() for chip in panel.legend.chips] == ["upright", "lying"]
    assert "Class upright: 20 items" in standing.toolTip()
    workspace.undo.undo()
    assert standing.text() == "standing"

    qtbot.keyClick(lying, Qt.Key.Key_F2)
    qtbot.keyClicks(panel.legend._editor, "x")
    qtbot.keyClick(panel.legend._editor, Qt.Key.Key_Escape)
    assert workspace.classes == ("standing", "lying")
    told: list[str] = []
    workspace.told.connect(told.append)
    qtbot.keyClick(lying, Qt.Key.Key_F2)
    qtbot.keyClicks(panel.legend._editor, "standing")
    qtbot.keyClick(panel.legend._editor, Qt.Key.Key_Return)
    assert workspace.classes == ("standing", "lying")
    assert "another class called standing" in told[0]


def test_other_data_ends_the_typing(panel: DataPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    panel.legend.edit(1)
    qtbot.keyClicks(panel.legend._editor, "flat")
    assert pictures.labels is not None
    other = replace(pictures, labels=pictures.labels, classes=("a", "b", "c"))
    panel.workspace.set_dataset(other)
    assert panel.legend._editor is None
    assert panel.workspace.classes == ("a", "b", "c")


def test_leaving_the_field_takes_the_name(panel: DataPanel, pictures: Dataset, qtbot: QtBot) -> None:
    panel.workspace.set_dataset(pictures)
    panel.legend.edit(1)
    editor = panel.legend._editor
    qtbot.waitUntil(editor.hasFocus, timeout=SOON)
    qtbot.keyClicks(editor, "flat")
    panel.legend.chips[0].setFocus()
    assert panel.workspace.classes == ("standing", "flat")


@pytest.mark.qt_log_ignore(RAISE, "This plugin does not support grabbing the keyboard")
def test_a_right_click_offers_to_select_show_alone_and_rename(
    panel: DataPanel, pictures: Dataset, qtbot: QtBot
) -> None:
    assert pictures.labels is not None
    labels = pictures.labels.copy()
    labels[:3] = -1
    panel.workspace.set_dataset(replace(pictures, labels=labels))

    def offer(index: int) -> list[QAction]:
        chip = panel.legend.chips[index]
        at = chip.rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, chip.mapToGlobal(at))
        QApplication.sendEvent(chip, event)
        menu = panel.findChild(QMenu, "classMenu")
        return menu.actions()

    select, alone, rename = offer(1)
    select.trigger()
    assert panel.workspace.selection.tolist() == np.flatnonzero(labels == 1).tolist()
    alone.trigger()
    assert panel.workspace.look.hidden == {0, 2}
    rename.trigger()
    assert panel.legend._editor is not None
    qtbot.keyClick(panel.legend._editor, Qt.Key.Key_Escape)
    panel.findChild(QMenu, "classMenu").close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    select, _, rename = offer(2)
    assert not rename.isEnabled()
    select.trigger()
    assert panel.workspace.selection.tolist() == [0, 1, 2]
    panel.findChild(QMenu, "classMenu").close()
