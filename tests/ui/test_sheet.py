from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QTableView

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.ui import opening

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.main_window import MainWindow
    from vae_desktop.ui.sheet import DataSheet
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
RAISE = "This plugin does not support raise"


@pytest.fixture
def open_window(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window._painted = True  # nothing is opened at the start
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def sheet(open_window: MainWindow) -> DataSheet:
    return open_window.centre.sheet


@pytest.fixture
def icons(tmp_path: Path) -> Path:
    """Twelve coloured pictures of two classes and of two sizes, three alike, and one that is none."""
    rng = np.random.default_rng(0)
    for i in range(12):
        folder = tmp_path / "icons 🎈" / ("round" if i % 2 else "square")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (8, 12, 3) if i < 10 else (6, 6, 3), np.uint8)
        Image.fromarray(pixels if i not in (2, 4, 6) else np.full((8, 12, 3), 9, np.uint8)).save(folder / f"{i}.png")
    (tmp_path / "icons 🎈" / "round" / "broken.png").write_text("no picture")
    return tmp_path / "icons 🎈"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    lines = [f"{i},{i / 4},{'xyz'[i % 3]},{'ab'[i % 2]}" for i in range(90)]
    (tmp_path / "rows.csv").write_text("\n".join(["beak,mass,kind,island", *lines]), "utf-8")
    return tmp_path / "rows.csv"


def opened(window: MainWindow, qtbot: QtBot, *paths: Path) -> Dataset:
    """Open and wait until all is there and counted."""
    window.open([str(path) for path in paths])
    settled(window, qtbot)
    assert window.workspace.dataset is not None
    return window.workspace.dataset


def settled(window: MainWindow, qtbot: QtBot) -> None:
    reading = window.workspace.reading
    qtbot.waitUntil(
        lambda: not (reading.coming or window.workspace.jobs.running or reading._timer.isActive()), timeout=SOON
    )


def told(sheet: DataSheet) -> dict[str, str]:
    return {line.name: line.value for line in sheet.figures.lines}


def choose(sheet: DataSheet, option: str, value: str) -> None:
    field = sheet.form.rows[option].field
    field.setCurrentIndex(field.findData(value))


def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Reading of all items waits until this is set; of the first ones it does not."""
    go, reading = threading.Event(), opening.reading

    def slow(source: object, **options: object) -> object:
        while not go.is_set() and not options.get("limit"):
            go.wait(0.01)
            yield Progress(0, 0, "Waiting")
        return (yield from reading(source, **options))

    monkeypatch.setattr(opening, "reading", slow)
    return go


def test_new_data_opens_its_sheet_and_esc_closes_it(
    open_window: MainWindow, sheet: DataSheet, icons: Path, qtbot: QtBot
) -> None:
    opened(open_window, qtbot, icons)
    assert sheet.isVisible()
    assert sheet.title.whole == "icons 🎈"
    assert sheet.about.whole == "12 images · 12 × 8 · colour"
    qtbot.waitUntil(lambda: told(sheet).get("Duplicates") == "2 images", timeout=SOON)
    assert told(sheet) == {
        "Images": "12", "Size": "12 × 8, colour", "Type": "8-bit", "Values": "0 to 255", "Duplicates": "2 images",
    }  # fmt: skip
    assert sheet.skipped.whole == "1 item skipped: not an image"
    qtbot.waitUntil(lambda: len(sheet.wall.kept) == 12, timeout=SOON)
    classes = sheet.findChild(QTableView, "sheetClasses").model()
    assert [[classes.index(i, j).data() for j in range(2)] for i in range(2)] == [["round", "6"], ["square", "6"]]
    qtbot.keyClick(sheet.form.size_field, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert open_window.panel("map").isVisible()
    qtbot.mouseClick(open_window.findChild(QPushButton, "dataSheetLink"), Qt.MouseButton.LeftButton)
    assert sheet.isVisible()
    qtbot.keyClick(open_window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert not sheet.isVisible()
    qtbot.keyClick(open_window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert sheet.isVisible()
    open_window.findChild(QPushButton, "train").setFocus()
    qtbot.keyClick(open_window.findChild(QPushButton, "train"), Qt.Key.Key_Escape)  # from wherever one is
    assert not sheet.isVisible()


def test_nothing_but_new_data_opens_it(
    window: MainWindow, workspace: Workspace, qtbot: QtBot, icons: Path, pictures: Dataset
) -> None:
    window.begin([])
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        window.show()
    assert not window.centre.shows_sheet
    opened(window, qtbot, icons)
    assert window.centre.shows_sheet
    window.open_sample()
    settled(window, qtbot)
    assert not window.centre.shows_sheet
    workspace.set_dataset(pictures)
    assert not window.centre.shows_sheet


def test_a_choice_changes_the_data_and_chosen_back_it_is_as_it_was(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, icons: Path, qtbot: QtBot
) -> None:
    first = opened(open_window, qtbot, icons)
    choose(sheet, "colour", "gray")
    assert not open_window.panel("training").train_button.isEnabled()
    assert "being read" in open_window.panel("training").train_button.toolTip()
    settled(open_window, qtbot)
    assert dict(workspace.dataset.options) == {"colour": "gray"}
    assert workspace.dataset.x.shape == (12, 8, 12, 1)
    assert workspace.preparation.shape == (1, 8, 12)
    assert open_window.panel("training").train_button.isEnabled()
    line = sheet.form.size_field.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "5x4")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settled(open_window, qtbot)
    assert workspace.dataset.x.shape == (12, 4, 5, 1)
    sheet.form.size_field.setCurrentIndex(0)
    sheet.form.size_field.activated.emit(0)
    choose(sheet, "colour", "colour")
    settled(open_window, qtbot)
    assert not workspace.dataset.options
    assert np.array_equal(workspace.dataset.x, first.x)
    assert sheet.form.options == {}


def test_a_choice_that_fails_says_so_in_place_and_leaves_what_was(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, icons: Path, qtbot: QtBot
) -> None:
    before = opened(open_window, qtbot, icons)
    with qtbot.assertNotEmitted(workspace.failed):
        sheet.form.size_field.setEditText("huge")
        sheet.form.size_field.lineEdit().editingFinished.emit()
        qtbot.waitUntil(sheet.fault.isVisible, timeout=SOON)
        settled(open_window, qtbot)
    assert sheet.fault.text().startswith("size=huge: wants 64")
    assert workspace.dataset is before
    assert sheet.dataset is before
    assert sheet.form.size_field.currentText() == "As found (12 × 8)"
    choose(sheet, "colour", "gray")
    settled(open_window, qtbot)
    assert not sheet.fault.isVisible()
    assert workspace.dataset.x.shape[3] == 1


def test_a_table_shows_its_first_rows_by_name(
    open_window: MainWindow, sheet: DataSheet, rows: Path, qtbot: QtBot
) -> None:
    dataset = opened(open_window, qtbot, rows)
    model = sheet.rows.model()
    qtbot.waitUntil(lambda: model.rowCount() == 60, timeout=SOON)
    heads = [model.headerData(j, Qt.Orientation.Horizontal).split("\n")[0] for j in range(model.columnCount())]
    assert {column.name for column in dataset.columns} <= set(heads)
    at = heads.index("mass")
    qtbot.waitUntil(lambda: model.headerData(at, Qt.Orientation.Horizontal) == "mass\nnumber\n0 to 22.2", timeout=SOON)
    assert model.index(3, at).data() == "0.75"
    assert "22.2" in model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_the_first_items_are_seen_while_all_are_read(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, icons: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    go = held(monkeypatch)
    open_window.open([str(icons)])
    qtbot.waitUntil(sheet.isVisible, timeout=SOON)
    assert workspace.dataset is None
    assert sheet.dataset is not None
    assert "all are being read" in sheet.state.text()
    assert not open_window.panel("training").train_button.isEnabled()
    choose(sheet, "colour", "gray")  # before it is there: the same choice holds for all
    qtbot.waitUntil(lambda: sheet.dataset.x.shape[3] == 1, timeout=SOON)
    go.set()
    qtbot.waitUntil(lambda: workspace.dataset is not None, timeout=SOON)
    assert dict(workspace.dataset.options) == {"colour": "gray"}
    settled(open_window, qtbot)
    assert not sheet.state.isVisible()
    assert QSettings().value("recent") is not None


def test_what_cannot_be_read_after_all_brings_the_map_back(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, icons: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    go, reading = threading.Event(), opening.reading

    def broken(source: object, **options: object) -> object:
        if options.get("limit"):
            return (yield from reading(source, **options))
        while not go.wait(0.01):
            yield Progress(0, 0, "Waiting")
        raise ReaderError("icons: cut short")

    monkeypatch.setattr(opening, "reading", broken)
    open_window.open([str(icons)])
    qtbot.waitUntil(sheet.isVisible, timeout=SOON)
    with qtbot.waitSignal(workspace.failed, timeout=SOON):
        go.set()
    qtbot.waitUntil(lambda: not sheet.isVisible(), timeout=SOON)
    assert workspace.dataset is None
    assert not workspace.reading.coming


def test_several_files_are_one_dataset_and_come_back_from_recent(
    open_window: MainWindow, workspace: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    csvs = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("a,b\n1.5,2.5\n3.1,4.5\n", "utf-8")
        csvs.append(tmp_path / f"{name}.csv")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in csvs])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(700, 400), action, data, buttons, keys)
    QApplication.sendEvent(open_window, enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        QApplication.sendEvent(open_window, QDropEvent(QPointF(700, 400), action, data, buttons, keys))
    settled(open_window, qtbot)
    assert len(workspace.dataset) == 4
    assert workspace.dataset.name == "one and 1 more"
    bar = open_window.top_bar
    bar._fill_recent()
    entry = bar._recent.actions()[0]
    assert entry.text() == f"{csvs[0]} and 1 more"
    open_window.open_sample()
    settled(open_window, qtbot)
    with qtbot.waitSignal(workspace.dataset_changed, timeout=SOON):
        entry.trigger()
    settled(open_window, qtbot)
    assert workspace.dataset.name == "one and 1 more"


def test_a_run_among_several_is_refused_in_one_line(
    open_window: MainWindow, workspace: Workspace, rows: Path, qtbot: QtBot
) -> None:
    from vae_desktop.core.resources import resource

    with qtbot.waitSignal(workspace.failed, timeout=SOON) as failed:
        open_window.open([str(rows), str(resource("sample"))])
    assert "opened by itself" in str(failed.args[0])
    assert len(str(failed.args[0]).splitlines()) == 1


def test_training_is_watched_on_the_map(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, rows: Path, qtbot: QtBot
) -> None:
    from dataclasses import replace

    opened(open_window, qtbot, rows)
    assert sheet.isVisible()
    workspace.set_plan(replace(workspace.plan, training={"epochs": 1}))
    open_window.panel("training").start()
    assert not sheet.isVisible()
    qtbot.waitUntil(lambda: workspace.space is not None and not workspace.jobs.running, timeout=60_000)
    workspace.reading.sheet_asked.emit()
    assert sheet.isVisible()
    assert sheet.warning.isVisible()  # a choice closes this map
    choose(sheet, "normalise", "range")
    settled(open_window, qtbot)
    assert workspace.space is None
    assert dict(workspace.dataset.options) == {"normalise": "range"}


def test_at_most_so_many_and_all_again(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, rows: Path, qtbot: QtBot
) -> None:
    opened(open_window, qtbot, rows)
    field = sheet.form.rows["limit"].field
    assert (field.text(), field.placeholderText()) == ("", "all")
    qtbot.keyClicks(field, "30")
    settled(open_window, qtbot)
    assert len(workspace.dataset) == 30
    assert field.text() == "30"
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    settled(open_window, qtbot)
    assert len(workspace.dataset) == 90


def test_a_sheet_that_was_closed_while_reading_stays_closed(
    open_window: MainWindow, sheet: DataSheet, workspace: Workspace, icons: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    go = held(monkeypatch)
    open_window.open([str(icons)])
    qtbot.waitUntil(sheet.isVisible, timeout=SOON)
    qtbot.mouseClick(sheet.close_button, Qt.MouseButton.LeftButton)
    go.set()
    qtbot.waitUntil(lambda: workspace.dataset is not None, timeout=SOON)
    settled(open_window, qtbot)
    assert not sheet.isVisible()


@pytest.mark.qt_log_ignore(RAISE)
def test_skipped_items_are_listed(open_window: MainWindow, sheet: DataSheet, icons: Path, qtbot: QtBot) -> None:
    opened(open_window, qtbot, icons)
    qtbot.mouseClick(sheet.skipped, Qt.MouseButton.LeftButton)
    sheet.findChild(QDialog, "skippedDialog").close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1440, 860), (1024, 660)])
def test_it_fits_in(
    open_window: MainWindow, sheet: DataSheet, icons: Path, rows: Path, themes: Themes, qtbot: QtBot,
    size: tuple[int, int], theme: str,
) -> None:  # fmt: skip
    themes.choose(theme)
    open_window.resize(*size)
    open_window.reset_layout()
    for path in (icons, rows):
        opened(open_window, qtbot, path)
        QApplication.processEvents()
        assert (open_window.width(), open_window.height()) == size
        cut = [
            (label.objectName(), label.text())
            for label in sheet.findChildren(QLabel)
            if label.isVisible() and not label.wordWrap() and label.minimumSizeHint().width() > label.width() + 1
        ]
        assert not cut
        assert sheet.wall.width() >= 200 or sheet.rows.width() >= 200
        assert not sheet._side.horizontalScrollBar().maximum()


def test_what_is_read_next_is_named_while_the_first_is_shown(
    sheet: DataSheet, qtbot: QtBot, open_window: MainWindow, icons: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(open_window, qtbot, icons)
    end, read = threading.Event(), opening.opening

    def slow(*args: Any) -> Generator[Progress, None, opening.Opened]:
        yield Progress(0, 0, "Opening")
        end.wait(SOON / 1000)
        return (yield from read(*args))

    monkeypatch.setattr(opening, "opening", slow)
    open_window.open([str(rows)])
    assert sheet.state.text() == "Reading rows…"
    end.set()
    settled(open_window, qtbot)
    assert sheet.title.whole == "rows"
    assert not sheet.state.text()
