from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from vae_desktop.core.work import finish
from vae_desktop.training.compare import RunSummary
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings
from vae_desktop.ui.panels.compare import NO_RUNS, ComparePanel
from vae_desktop.ui.widgets.run_curves import RunCurve, bounds, spread, steps
from vae_desktop.ui.widgets.run_pair import OTHER, TWO
from vae_desktop.ui.widgets.run_table import KEYS, lasting

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
QUICK = TrainSettings(epochs=3, batch=8, threads=1, device="cpu")


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> ComparePanel:
    panel = ComparePanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    return panel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The app's runs: two models on the same pictures, one on others, and one that is broken."""
    folder = tmp_path / "runs"
    rng = np.random.default_rng(0)
    for name, size in (("bars", 6), ("dots", 5)):
        np.save(tmp_path / f"{name}.npy", rng.integers(0, 255, (30, size, size, 1), np.uint8))
    from vae_desktop.readers import reading

    bars, dots = (finish(reading(str(tmp_path / f"{name}.npy"))) for name in ("bars", "dots"))
    finish(training(dots, "vae", {"hidden": (8,)}, QUICK, folder / "dots-1"))
    finish(training(bars, "vae", {"hidden": (8,)}, QUICK, folder / "bars-1"))
    finish(training(bars, "beta-vae", {"hidden": (8,), "latent": 3}, QUICK, folder / "bars-2"))
    (folder / "broken").mkdir()
    (folder / "broken" / "run.json").write_text("{")
    return folder


@pytest.fixture
def shown(panel: ComparePanel, folder: Path, qtbot: QtBot) -> ComparePanel:
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: len(panel.table.runs.rows) == 4 and len(panel.table.runs.numbers) == 2, timeout=SOON)
    return panel


def names(panel: ComparePanel) -> list[str]:
    return [run.name for run in panel.table.runs.rows]


def cell(panel: ComparePanel, name: str, key: str) -> str:
    run = next(run for run in panel.table.runs.rows if run.name == name)
    return panel.table.runs.text(run, key)


def click(panel: ComparePanel, name: str, key: str, qtbot: QtBot, twice: bool = False) -> None:
    index = panel.table.runs.index(names(panel).index(name), KEYS.index(key))
    box = panel.table.visualRect(index)
    at = QPoint(box.left() + 12, box.center().y())
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    if twice:
        qtbot.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_no_runs_is_told_calmly(panel: ComparePanel, qtbot: QtBot) -> None:
    panel.show()
    qtbot.waitUntil(lambda: panel.told.text() == NO_RUNS, timeout=SOON)
    assert panel.exports() == []
    panel.grab()


def test_the_newest_runs_of_one_data_are_ticked_and_drawn(shown: ComparePanel) -> None:
    assert names(shown) == ["broken", "bars-2", "bars-1", "dots-1"]
    assert [curve.name for curve in shown.curves.curves] == ["bars-2", "bars-1"]
    assert cell(shown, "bars-2", "name") == "1  bars-2"
    assert cell(shown, "bars-2", "differs") == "beta 2.0"
    assert cell(shown, "bars-1", "differs") == "–"
    assert cell(shown, "broken", "status") == "broken"
    assert shown.told.text() == "4 runs · 1 cannot be read · 2 ticked · nats per item"
    for theme in ("dark", "light"):
        shown.themes.choose(theme)
        shown.grab()


def test_ticks_by_mouse_and_keys(shown: ComparePanel, qtbot: QtBot) -> None:
    click(shown, "dots-1", "name", qtbot)
    qtbot.waitUntil(lambda: len(shown.curves.curves) == 3, timeout=SOON)
    assert shown.table.currentIndex().row() == 3
    qtbot.keyClick(shown.table, Qt.Key.Key_Space)
    assert len(shown.curves.curves) == 2
    qtbot.keyClick(shown.table, Qt.Key.Key_Up)
    qtbot.keyClick(shown.table, Qt.Key.Key_Space)
    assert [curve.name for curve in shown.curves.curves] == ["bars-2"]
    qtbot.keyClick(shown.table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(shown.table, Qt.Key.Key_Space)  # one that is broken has nothing to draw
    assert len(shown.curves.curves) == 1
    shown.refresh()
    qtbot.waitUntil(lambda: shown._reading is None, timeout=SOON)
    assert [curve.name for curve in shown.curves.curves] == ["bars-2"]


def test_sorting_puts_what_has_no_value_last(shown: ComparePanel) -> None:
    runs = shown.table.runs
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        for column, key in enumerate(KEYS):
            shown.table.sortByColumn(column, order)
            if key != "name":
                assert names(shown)[-1] == "broken" or key in ("data", "status")
    shown.table.sortByColumn(KEYS.index("elbo"), Qt.SortOrder.DescendingOrder)
    values = [run.figure("elbo") for run in runs.rows[:3]]
    assert values == sorted(values, reverse=True)
    shown.table.sortByColumn(KEYS.index("latent"), Qt.SortOrder.DescendingOrder)
    assert names(shown)[0] == "bars-2"
    shown.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert names(shown) == ["broken", "bars-2", "bars-1", "dots-1"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bars", {"bars-1", "bars-2"}),
        ("beta 2", {"bars-2"}),
        ("vae dots", {"dots-1"}),
        ("broken", {"broken"}),
        ("zzz", set()),
    ],
)
def test_found_by_words(words: str, found: set[str], shown: ComparePanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(shown.words, words)
    assert set(names(shown)) == found
    assert len(shown.curves.curves) == 2  # what is ticked stays drawn
    shown.words.clear()
    assert len(names(shown)) == 4


def test_double_click_opens_a_run(shown: ComparePanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.workspace.space_changed, timeout=SOON):
        click(shown, "bars-1", "model", qtbot, twice=True)
    assert shown.workspace.run is not None
    assert shown.workspace.run.path.name == "bars-1"
    qtbot.waitUntil(lambda: shown.workspace.dataset is not None, timeout=SOON)


def test_another_curve(shown: ComparePanel, qtbot: QtBot) -> None:
    run = next(run for run in shown.table.runs.rows if run.name == "bars-2")
    for action in shown.kind.menu().actions():
        action.trigger()
        np.testing.assert_array_equal(shown.curves.curves[0].values, run.curves[action.data()])
    shown.curves.setFocus()
    qtbot.keyClick(shown.curves, Qt.Key.Key_Left)
    assert shown.curves.at == 1
    assert shown.curves.accessibleDescription().startswith("epoch 2: bars-2")
    qtbot.keyClick(shown.curves, Qt.Key.Key_Escape)
    assert shown.curves.at == -1
    shown.curves.grab()
    qtbot.mouseMove(shown.curves, QPoint(2, 50))
    qtbot.waitUntil(lambda: shown.curves.at == 0, timeout=SOON)


def test_side_by_side(shown: ComparePanel, qtbot: QtBot) -> None:
    segment = shown.findChild(QWidget, "compareView-items")
    shown.resize(1300, 400)
    qtbot.mouseClick(segment, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown.pair.rows.grids) == 5, timeout=SOON)
    assert [grid.row_names for grid in shown.pair.rows.grids] == [
        ("Original",), ("bars-2",), ("bars-1",), ("bars-2",), ("bars-1",),
    ]  # fmt: skip
    before = shown.pair.pair
    assert before is not None
    assert shown.pair.word.text().startswith("Sharpness (mean |Laplacian|): original ")
    qtbot.mouseClick(shown.pair.others, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.pair.pair is not before, timeout=SOON)
    click(shown, "dots-1", "name", qtbot)
    shown.pair.left.menu().actions()[2].trigger()
    qtbot.waitUntil(lambda: OTHER in shown.pair.word.text(), timeout=SOON)
    assert len(shown.pair.rows.grids) == 6
    for name in ("dots-1", "bars-1"):
        click(shown, name, "name", qtbot)
    assert shown.pair.word.text() == TWO
    assert not shown.pair.rows.grids


def test_what_is_exported(shown: ComparePanel, answer: Callable[..., None], tmp_path: Path, qtbot: QtBot) -> None:
    shown._choose_view("items")
    qtbot.waitUntil(lambda: shown.pair.pair is not None, timeout=SOON)
    offers = dict(shown.exports())
    assert list(offers) == ["Compare: table of runs…", "Compare: curves…", "Compare: side by side…"]
    for (_, do), name in zip(offers.items(), ("t.csv", "c.png", "s.png"), strict=True):
        answer(tmp_path / name)
        with qtbot.waitSignal(shown.workspace.told, timeout=SOON):
            do()
    assert (tmp_path / "t.csv").read_text().count("\n") == 4
    for name, size in (("c.png", (1920, 1080)), ("s.png", (8 * 6 + 7 * 2, 5 * 6 + 4 * 2))):
        with Image.open(tmp_path / name) as picture:
            assert picture.size == size


def test_runs_from_anywhere(panel: ComparePanel, folder: Path, tmp_path: Path, qtbot: QtBot) -> None:
    away = tmp_path / "away"
    folder.rename(away)
    panel.show()
    qtbot.waitUntil(lambda: panel.told.text() == NO_RUNS, timeout=SOON)
    url = QMimeData()
    url.setUrls([QUrl.fromLocalFile(str(away))])
    args = (Qt.DropAction.CopyAction, url, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *args)
    QApplication.sendEvent(panel, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(panel, QDropEvent(QPointF(5, 5), *args))
    qtbot.waitUntil(lambda: len(names(panel)) == 4, timeout=SOON)
    url.setUrls([QUrl.fromLocalFile(str(tmp_path / "bars.npy"))])
    enter = QDragEnterEvent(QPoint(5, 5), *args)
    QApplication.sendEvent(panel, enter)
    assert not enter.isAccepted()  # the window opens it
    with qtbot.waitSignal(panel.workspace.told, check_params_cb=lambda text: "no runs" in text):
        panel.add_place(tmp_path / "home")


def test_two_hundred_runs(panel: ComparePanel, folder: Path, qtbot: QtBot) -> None:
    record = (folder / "bars-1" / "run.json").read_text()
    lines = [json.loads(line) for line in (folder / "bars-1" / "metrics.jsonl").read_text().splitlines()]
    text = "".join(json.dumps({**lines[-1], "epoch": epoch}) + "\n" for epoch in range(1, 51))
    for n in range(200):
        (folder / f"more-{n}").mkdir()
        (folder / f"more-{n}" / "run.json").write_text(record)
        (folder / f"more-{n}" / "metrics.jsonl").write_text(text)
    panel.show()
    qtbot.waitUntil(lambda: len(names(panel)) == 204, timeout=SOON)
    for run in panel.table.runs.all:
        if not run.fault and len(panel.table.runs.numbers) < 12:
            panel.table.runs.tick(run.path)
    panel.grab()
    assert len(panel.curves.curves) == 12


def test_a_run_that_went_is_no_longer_listed(shown: ComparePanel, folder: Path, qtbot: QtBot) -> None:
    (folder / "bars-2" / "run.json").unlink()
    qtbot.mouseClick(shown.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(shown) == ["broken", "bars-1", "dots-1"], timeout=SOON)
    assert [curve.name for curve in shown.curves.curves] == ["bars-1"]


def test_the_steep_beginning_does_not_press_the_rest_flat() -> None:
    values = np.concatenate([[500.0], np.linspace(30, 20, 19)])
    low, high = bounds([RunCurve(0, "a", values), RunCurve(1, "b", np.full(20, np.nan))])
    assert low < 20
    assert 28 < high < 40
    assert bounds([]) == (0.0, 1.0)
    same = bounds([RunCurve(0, "a", np.full(5, -3.0))])
    assert same[0] < -3 < same[1]
    assert bounds([RunCurve(0, "a", np.array([7.0]))])[0] < 7


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-27.3, -21.1), (1e-9, 3e-9), (-1e6, 1e6), (0.5, 700)])
def test_steps_are_round_and_few(low: float, high: float) -> None:
    found = steps(low, high)
    assert 2 <= len(found) <= 6
    room = 1e-9 * (high - low)
    assert all(low - room <= step <= high + room for step in found)


def test_labels_do_not_lie_over_one_another() -> None:
    placed = spread([10, 10, 11, 50, 99], 12, 0, 100)
    assert all(b - a >= 12 - 1e-9 for a, b in zip(sorted(placed), sorted(placed)[1:], strict=False))
    assert min(placed) >= 0
    assert max(placed) <= 88
    assert spread([], 12, 0, 100) == []


def test_times_as_a_person_says_them() -> None:
    assert [lasting(value) for value in (2.21, 45, 300, 9000, float("nan"))] == ["2.2 s", "45 s", "5 min", "2.5 h", "–"]


def test_no_figure_is_cut_short(panel: ComparePanel) -> None:
    names = {"elbo": -3640.25, "validation": -3644.5, "reconstruction": 3640.5, "kl": 188.25, "active_units": 12.0}
    figures = {**names, "parameters": 12_345_678.0, "seconds": 3599.0}
    run = RunSummary(Path("faces-12"), "interrupted", "capacity-vae", "faces", "", 64, 312, 1000, figures)
    table = panel.table
    table.runs.set_runs([run])
    for column, key in enumerate(KEYS):
        if key != "differs":
            wide = table.sizeHintForColumn(column)
            assert wide <= table.columnWidth(column), (key, wide)
