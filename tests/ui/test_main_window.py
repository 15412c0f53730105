from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.panels import panels
from vae_desktop.ui.panels.interpolate import InterpolatePanel
from vae_desktop.ui.widgets.loss_curves import LossCurves
from vae_desktop.ui.widgets.map_view import MapView
from vae_desktop.ui.widgets.selection_tools import SelectionTools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 30_000
CONTROLS = (QAbstractButton, QComboBox, QSpinBox, QSlider)


@pytest.fixture
def begun(window: MainWindow, workspace: Workspace, qtbot: QtBot) -> MainWindow:
    """The window as at the first start, with the bundled model loaded."""
    window.begin([])
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON, check_params_cb=lambda by: loaded(workspace)):
        window.show()
    return window


def loaded(workspace: Workspace) -> bool:
    return workspace.dataset is not None


def drop(window: MainWindow, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, action = QPoint(700, 400), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, action, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(where.toPointF(), action, data, buttons, keys))


def test_the_first_frame_has_a_map_and_then_the_model_comes(begun: MainWindow, workspace: Workspace) -> None:
    assert workspace.space is not None
    assert workspace.space.model is not None
    assert "digits" in begun.windowTitle()


def test_what_is_dropped_is_opened_and_remembered(
    begun: MainWindow, workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    np.savez(tmp_path / "bars.npz", images=pictures.x, labels=pictures.labels)
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        drop(begun, [tmp_path / "bars.npz"])
    assert workspace.dataset is not None
    assert workspace.dataset.name == "bars"
    assert len(workspace.dataset) == 40
    recent = QSettings().value("recent")
    assert str(tmp_path / "bars.npz") in ([recent] if isinstance(recent, str) else recent)


def test_a_wrong_file_tells_one_line_and_changes_nothing(
    begun: MainWindow, workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    before = workspace.dataset, workspace.space
    (tmp_path / "letter.docx").write_bytes(b"PK\x03\x04 no picture")
    with qtbot.waitSignal(workspace.failed, timeout=SOON) as told:
        drop(begun, [tmp_path / "letter.docx"])
    assert "letter.docx" in str(told.args[0])
    assert len(str(told.args[0]).splitlines()) == 1
    assert (workspace.dataset, workspace.space) == before


def test_paths_of_the_command_line_are_opened(
    window: MainWindow, workspace: Workspace, pictures: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    np.savez(tmp_path / "bars.npz", images=pictures.x)
    window.begin([str(tmp_path / "bars.npz")])
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        window.show()
    assert workspace.dataset is not None
    assert workspace.dataset.name == "bars"


def test_every_control_says_what_it_is(begun: MainWindow) -> None:
    dumb = [
        (type(control).__name__, control.objectName())
        for kind in CONTROLS
        for control in begun.findChildren(kind)
        if not isinstance(control.parent(), QComboBox | QSpinBox | QLineEdit)
        and control.objectName() not in ("ScrollLeftButton", "ScrollRightButton")
        and not control.objectName().startswith("qt_")
        and not (control.objectName() and control.accessibleName() and control.toolTip())
    ]
    assert not dumb


@pytest.mark.parametrize("size", [(1440, 860), (1024, 660)])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_text_is_cut_off(begun: MainWindow, themes: Themes, size: tuple[int, int], theme: str) -> None:
    themes.choose(theme)
    begun.resize(*size)
    QApplication.processEvents()
    assert (begun.width(), begun.height()) == size
    cut = [
        (label.objectName(), label.text())
        for label in begun.findChildren(QLabel)
        if label.isVisible() and not label.wordWrap() and label.sizeHint().width() > label.width() + 1
    ]
    assert not cut
    buttons = [
        (button.objectName(), button.text())
        for button in begun.findChildren(QToolButton)
        if button.isVisible() and button.text() and button.minimumSizeHint().width() > button.width() + 1
    ]
    assert not buttons


def test_the_layout_is_remembered(begun: MainWindow, workspace: Workspace, themes: Themes) -> None:
    begun.docks["traverse"].hide()
    begun.close()
    again = MainWindow(workspace, themes)
    assert again.docks["traverse"].isHidden()
    again.reset_layout()
    assert not again.docks["traverse"].isHidden()
    again.close()
    again.deleteLater()


def test_undo_and_redo_by_keys(begun: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    workspace.set_cursor(workspace.place_of(4))
    qtbot.keyClick(begun, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert workspace.cursor is None
    qtbot.keyClick(begun, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert workspace.cursor is not None


@pytest.mark.qt_log_ignore("This plugin does not support", "Keyboard event not accepted")
def test_esc_clears_from_everywhere_but_where_one_types_and_menus(
    begun: MainWindow, workspace: Workspace, qtbot: QtBot
) -> None:
    begun.docks["selection"].raise_()
    panel = begun.panel("selection")
    tools = panel.findChild(SelectionTools)

    def clears(widget: QWidget) -> bool:
        workspace.stand(workspace.place_of(4), [4, 5])
        qtbot.waitUntil(widget.isVisible, timeout=SOON)
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus, timeout=SOON)
        steps = workspace.undo.index()
        qtbot.keyClick(widget, Qt.Key.Key_Escape)
        cleared = workspace.cursor is None and not len(workspace.selection)
        assert workspace.undo.index() == steps + cleared
        return cleared

    view, curves = begun.findChild(MapView, "mapView"), begun.findChild(LossCurves)
    for widget in (tools.whole["grow"], tools.hows[0], panel.findChild(QWidget, "itemWall"), view):
        assert clears(widget), widget
    assert not clears(tools.search.field)
    tools.whole["grow"].setFocus()
    tools.menu.popup(QPoint(300, 300))
    qtbot.keyClick(tools.menu, Qt.Key.Key_Escape)
    assert not tools.menu.isVisible()
    assert len(workspace.selection) == 2
    curves.set_metrics([{"reconstruction": 9.0, "kl": 1.0, "validation": None}], 1)
    curves.setFocus()
    qtbot.keyClick(curves, Qt.Key.Key_Left)
    qtbot.keyClick(curves, Qt.Key.Key_Escape)
    assert len(workspace.selection) == 2
    qtbot.keyClick(curves, Qt.Key.Key_Escape)
    assert not len(workspace.selection)


def test_ctrl_and_arrows_pan_unless_there_is_a_way_to_step_along(
    begun: MainWindow, workspace: Workspace, qtbot: QtBot
) -> None:
    view = begun.findChild(MapView, "mapView")
    assert view is not None
    view.setFocus()
    before = view.view
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    panned = view.view
    assert panned.x > before.x
    for letter, item in (("A", 3), ("B", 4)):
        workspace.set_anchor(letter, workspace.place_of(item))
    film = begun.panel("interpolate")
    assert isinstance(film, InterpolatePanel)
    qtbot.waitUntil(lambda: len(film.strip) > 0, timeout=SOON)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert view.view == panned
    assert workspace.cursor is not None


def test_the_glossary_opens_with_f1(begun: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(begun, Qt.Key.Key_F1)
    pages = [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "helpPage"]
    assert len(pages) == 1
    pages[0].close()


def test_the_export_menu_offers_what_every_panel_exports(begun: MainWindow) -> None:
    begun.top_bar.export_menu.aboutToShow.emit()
    labels = [action.text() for action in begun.top_bar.export_menu.actions()]
    assert any("Map" in label for label in labels)
    assert len(labels) >= 5


@pytest.mark.parametrize("name", list(panels))
def test_every_panel_lives_through_whatever_is_opened(
    name: str, workspace: Workspace, themes: Themes, qtbot: QtBot, pictures: Dataset,
    open_sample: Callable[[], Workspace],
) -> None:  # fmt: skip
    """Contract: empty, sample, other data, theme change, export list; it says its name and title."""
    panel = panels[name](workspace, themes)
    qtbot.addWidget(panel)
    assert panel.name == name
    assert panel.title
    assert panel.help
    assert panel.area in ("left", "centre", "below", "beside", "right")
    panel.show()
    qtbot.waitExposed(panel)
    assert isinstance(panel.exports(), list)
    open_sample()
    workspace.set_cursor(workspace.place_of(3))
    workspace.set_anchor("A", workspace.place_of(1))
    workspace.set_anchor("B", workspace.place_of(2))
    assert isinstance(panel.exports(), list)
    themes.choose("light")
    assert not panel.grab().isNull()
    workspace.set_dataset(pictures)
    assert isinstance(panel.exports(), list)
    assert not panel.grab().isNull()
    panel.shutdown()


def test_what_is_exported_comes_back(
    begun: MainWindow, workspace: Workspace, qtbot: QtBot, tmp_path: Path, answer: Callable[[Path, str], None]
) -> None:
    """Each entry of the export menu writes a file."""
    workspace.set_cursor(workspace.place_of(3))
    workspace.set_anchor("A", workspace.place_of(1))
    workspace.set_anchor("B", workspace.place_of(2))
    workspace.select([3, 5, 7], "add")
    qtbot.waitUntil(lambda: sum(len(panel.exports()) for panel in begun.panels.values()) >= 8, timeout=SOON)
    for panel in begun.panels.values():
        for number, (label, save) in enumerate(panel.exports()):
            path = tmp_path / f"{panel.name}{number}"
            answer(path, "")
            with qtbot.waitSignal(workspace.told, timeout=SOON, check_params_cb=lambda text: text.startswith("Saved")):
                save()
            assert list(tmp_path.glob(f"{path.name}*")), label
