"""The Evaluation panel: what it says, what a hand does with it, and data that is bad."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QPushButton

from tests.ui.conftest import SOON, delete
from vae_desktop.core.preparation import Preparation
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.evaluation import NO_DATA, NO_MODEL, EvaluationPanel
from vae_desktop.ui.widgets.evaluation_pages import EMPTY, NO_FACTORS, NO_GAP
from vae_desktop.ui.widgets.share_bar import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(workspace: Workspace, themes: Themes) -> Iterator[EvaluationPanel]:
    panel = EvaluationPanel(workspace, themes)
    panel.resize(860, 300)
    panel.show()
    yield panel
    panel.close()
    delete(panel)


@pytest.fixture
def judge(panel: EvaluationPanel, qtbot: QtBot) -> Callable[[], EvaluationPanel]:
    """Presses Evaluate and waits until figures and gallery are there."""

    def judge() -> EvaluationPanel:
        qtbot.mouseClick(panel.go, LEFT)
        qtbot.waitUntil(lambda: panel._gallery is not None and panel._job is None, timeout=SOON)
        return panel

    return judge


def told(panel: EvaluationPanel) -> dict[str, str]:
    return {line.name.partition(" (")[2].strip("()"): line.value for line in panel.pages.rows.lines}


def test_nothing_open_is_calm(panel: EvaluationPanel) -> None:
    assert panel.pages.hint.text() == NO_MODEL
    assert not panel.go.isEnabled()
    assert panel.exports() == []
    assert not panel.grab().isNull()


def test_data_or_a_model_alone_is_not_enough(
    panel: EvaluationPanel, workspace: Workspace, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    workspace.set_dataset(pictures)
    assert panel.pages.hint.text() == NO_MODEL
    space = open_untrained(pictures)
    assert panel.pages.hint.text() == EMPTY
    assert panel.go.isEnabled()
    workspace.set_opened(Opened(None, space))
    assert panel.pages.hint.text() == NO_DATA
    assert not panel.go.isEnabled()


def test_nothing_starts_unasked(
    panel: EvaluationPanel, workspace: Workspace, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    open_untrained(pictures)
    assert not workspace.jobs.running
    assert len(panel.grid) == 0


def test_figures_have_units_and_say_what_they_mean(
    judge: Callable[[], EvaluationPanel], open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    space = open_untrained(pictures)
    panel = judge()
    report = space.evaluate(samples=10)
    figures = told(panel)
    assert figures["ELBO"] == f"−{-report['elbo']:.2f} nats"
    assert figures["KL"] == f"{report['kl']:.2f} nats"
    assert figures["NLL"] == f"{report['nll']:.2f} ± {report['nll_se']:.2f} nats"
    assert figures["bits per dim"] == "—"
    assert figures["active units"] == f"{report['active_units']} of 2"
    assert "grey values no density" in panel.pages.notes.text()
    tips = {line.name: line.tip for line in panel.pages.rows.lines}
    assert "nats per image" in tips["Explains the data (ELBO)"]
    assert "What VAE itself minimises" in tips["Its own loss (objective)"]
    assert panel.go.text() == "Evaluate"


def test_no_draws_no_likelihood(
    judge: Callable[[], EvaluationPanel],
    panel: EvaluationPanel,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
) -> None:
    open_untrained(pictures)
    panel.draws.setValue(0)
    assert panel.draws.text() == "no draws"
    assert told(judge())["NLL"] == "—"


def test_a_click_goes_to_the_item_and_is_one_step(
    judge: Callable[[], EvaluationPanel],
    workspace: Workspace,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    qtbot: QtBot,
) -> None:
    open_untrained(pictures)
    panel = judge()
    order = panel._gallery.items
    assert panel._judged.cost[order[0]] == panel._judged.cost.max()
    item = int(order[1])
    qtbot.mouseClick(panel.grid, LEFT, pos=panel.grid.box(1).center())
    assert workspace.cursor is not None
    assert workspace.cursor.item == item
    assert workspace.selection.tolist() == [item]
    assert panel.grid._marked == 1
    workspace.undo.undo()
    assert workspace.cursor is None
    assert len(workspace.selection) == 0
    panel.grid.setFocus()
    qtbot.keyClick(panel.grid, Qt.Key.Key_Right)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Return)
    assert workspace.selection.tolist() == [order[2]]


def test_what_is_under_the_pointer_is_previewed(
    judge: Callable[[], EvaluationPanel],
    workspace: Workspace,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    qtbot: QtBot,
) -> None:
    open_untrained(pictures)
    panel = judge()
    qtbot.mouseMove(panel.grid, panel.grid.box(0).center())
    qtbot.mouseMove(panel.grid, panel.grid.box(2).center())
    qtbot.waitUntil(lambda: workspace.pointer is not None, timeout=SOON)
    assert workspace.pointer.item in panel._gallery.items[[0, 2]]
    assert workspace.undo.count() == 0
    QCoreApplication.sendEvent(panel.grid, QEvent(QEvent.Type.Leave))
    assert workspace.pointer is None


@pytest.mark.parametrize("which", ["best", "random", "empty"])
def test_other_galleries(
    which: str,
    judge: Callable[[], EvaluationPanel],
    workspace: Workspace,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    qtbot: QtBot,
) -> None:
    open_untrained(pictures)
    panel = judge()
    before = panel._gallery
    qtbot.mouseClick(panel.kinds[which], LEFT)
    qtbot.waitUntil(lambda: panel._gallery is not before, timeout=SOON)
    gallery, judged = panel._gallery, panel._judged
    if which == "best":
        assert gallery.items[0] == np.argmin(judged.cost)
    elif which == "empty":
        assert len(gallery.items) == min(24, len(judged.appraisal.gap.empty)) > 0
        qtbot.mouseClick(panel.grid, LEFT, pos=panel.grid.box(0).center())
        np.testing.assert_array_equal(workspace.cursor.z, gallery.codes[0])
        assert panel.grid._marked == 0
    assert len(panel.grid) == len(gallery.items)


def test_it_can_be_cancelled(
    panel: EvaluationPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    open_untrained(pictures)
    panel.draws.setValue(5000)
    qtbot.mouseClick(panel.go, LEFT)
    assert panel.go.text() == "Cancel"
    assert panel.bar.isVisible()
    assert not panel.draws.isEnabled()
    qtbot.mouseClick(panel.go, LEFT)
    qtbot.waitUntil(lambda: panel._job is None, timeout=SOON)
    assert panel.go.text() == "Evaluate"
    assert panel._judged is None


def test_another_model_while_it_runs(
    panel: EvaluationPanel,
    judge: Callable[[], EvaluationPanel],
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    table: Dataset,
    qtbot: QtBot,
) -> None:
    open_untrained(pictures)
    panel.draws.setValue(5000)
    qtbot.mouseClick(panel.go, LEFT)
    job = panel._job
    with qtbot.waitSignal(job.cancelled, timeout=SOON):
        open_untrained(table, 3)
    assert panel._judged is None
    panel.draws.setValue(2)
    judge()
    assert len(panel._judged.cost) == len(table)
    open_untrained(pictures)  # what was found is of something else now
    assert panel._judged is None
    assert len(panel.grid) == 0
    assert panel.exports() == []
    assert not panel.kinds["best"].isEnabled()


def test_another_projection_keeps_what_was_found(
    judge: Callable[[], EvaluationPanel], workspace: Workspace, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    open_untrained(pictures)
    panel = judge()
    workspace.space_changed.emit(None)
    assert panel._judged is not None


def test_tables(
    judge: Callable[[], EvaluationPanel],
    open_untrained: Callable[..., Space],
    table: Dataset,
    answer: Callable[..., None],
    workspace: Workspace,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    open_untrained(table, 1)
    panel = judge()
    assert not panel.grab().isNull()
    assert panel.pages.gap_hint.text() == NO_GAP
    assert not panel.kinds["empty"].isEnabled()
    answer(tmp_path / "rows.csv")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        panel.exports()[1][1]()
    lines = (tmp_path / "rows.csv").read_text("utf-8").splitlines()
    assert lines[0] == "a,b,c"
    assert len(lines) == 1 + 2 * 24


def test_figures_and_gallery_are_exported(
    judge: Callable[[], EvaluationPanel],
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    answer: Callable[..., None],
    workspace: Workspace,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    open_untrained(pictures)
    panel = judge()
    (_, figures), (_, sheet), *_ = panel.exports()
    answer(tmp_path / "figures.json")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        figures()
    assert json.loads((tmp_path / "figures.json").read_text("utf-8")) == panel._judged.appraisal.report
    answer(tmp_path / "sheet.png")
    with qtbot.waitSignal(workspace.told, timeout=SOON):
        sheet()
    with Image.open(tmp_path / "sheet.png") as picture:
        assert min(picture.size) > 2 * 8


@pytest.mark.parametrize("latent", [1, 64])
def test_any_number_of_dimensions(
    latent: int, judge: Callable[[], EvaluationPanel], open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    open_untrained(pictures, latent)
    panel = judge()
    assert panel._judged.appraisal.gap is not None
    assert not panel.grab().isNull()


@pytest.mark.parametrize("fault", ["nan", "same", "one"])
def test_bad_codes_and_one_item(
    fault: str,
    judge: Callable[[], EvaluationPanel],
    workspace: Workspace,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    qtbot: QtBot,
) -> None:
    import torch

    data = replace(pictures, x=pictures.x[:1], labels=pictures.labels[:1]) if fault == "one" else pictures
    space = open_untrained(data)
    with torch.no_grad():
        for parameter in space.model.encoder.parameters():
            parameter.fill_({"nan": float("nan"), "same": 0.0, "one": 0.1}[fault])
    panel = judge()
    assert told(panel)["active units"] == "0 of 2"
    assert len(panel.grid) == {"nan": 0, "same": 24, "one": 1}[fault]
    assert not panel.grab().isNull()
    qtbot.mouseClick(panel.pages.measure, LEFT)
    qtbot.waitUntil(lambda: panel._job is None, timeout=SOON)


# The prior gap and the factors


def test_the_gap_is_told_and_its_items_can_be_selected(
    judge: Callable[[], EvaluationPanel],
    workspace: Workspace,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    qtbot: QtBot,
) -> None:
    open_untrained(pictures)
    panel = judge()
    gap = panel._judged.appraisal.gap
    qtbot.mouseClick(panel.pages.segments["gap"], LEFT)
    assert panel.pages.empty.text.text().startswith(percent(gap.prior_without_data))
    panel._judged = replace(
        panel._judged, appraisal=replace(panel._judged.appraisal, gap=replace(gap, items=np.array([7, 3])))
    )
    panel.pages.set_gap(panel._judged.appraisal.gap)
    qtbot.mouseClick(panel.pages.select, LEFT)
    assert workspace.selection.tolist() == [3, 7]
    workspace.undo.undo()
    assert len(workspace.selection) == 0


def test_factors_are_measured_when_asked(
    panel: EvaluationPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    where = np.linspace(0, 1, 40).astype(np.float32)
    open_untrained(replace(pictures, factors={"where": where}))
    qtbot.mouseClick(panel.pages.segments["factors"], LEFT)
    qtbot.mouseClick(panel.pages.measure, LEFT)
    assert panel.go.text() == "Cancel"
    qtbot.waitUntil(lambda: panel._job is None, timeout=SOON)
    figures = {line.name: line.value for line in panel.pages.factor_rows.lines}
    assert 0 <= float(figures["One dimension a factor (MIG)"]) <= 1
    assert panel.pages.map.isVisible()
    assert not panel.grab().isNull()


def test_without_factors_there_is_nothing_to_measure(
    panel: EvaluationPanel, open_untrained: Callable[..., Space], table: Dataset
) -> None:
    open_untrained(table)
    assert not panel.pages.measure.isEnabled()
    assert panel.pages.factors_hint.text() == NO_FACTORS


def test_themes_and_a_narrow_panel(
    judge: Callable[[], EvaluationPanel], open_untrained: Callable[..., Space], pictures: Dataset, themes: Themes
) -> None:
    open_untrained(pictures)
    panel = judge()
    themes.choose("light")
    panel.resize(520, 200)
    wide = panel._side.width()
    assert not panel.grab().isNull()
    panel.resize(900, 300)
    assert panel._side.width() > wide


def test_every_control_has_a_name_and_a_tip(panel: EvaluationPanel) -> None:
    for button in panel.findChildren(QPushButton):
        assert button.objectName()
        assert button.accessibleName()
        assert button.toolTip()


def test_preparation_of_another_size_is_refused(
    panel: EvaluationPanel,
    workspace: Workspace,
    open_untrained: Callable[..., Space],
    pictures: Dataset,
    qtbot: QtBot,
) -> None:
    space = open_untrained(pictures)
    other = replace(pictures, x=np.zeros((40, 5, 5, 1), np.uint8))
    workspace.set_opened(Opened(other, space, preparation=Preparation.fit(other)))
    with qtbot.waitSignal(workspace.failed, timeout=SOON):
        qtbot.mouseClick(panel.go, LEFT)
    assert panel._judged is None
    assert panel.go.text() == "Evaluate"
