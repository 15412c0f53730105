"""Projections that take a while, chosen by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from vae_desktop.core.errors import UserError
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.projections import Fitting, Projector, projections
from vae_desktop.ui.look import Look, quick_look
from vae_desktop.ui.opening import projecting
from vae_desktop.ui.panels.map import MapPanel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 90_000  # importing openTSNE takes seconds, on a busy machine many


@pytest.fixture
def panel(workspace: Workspace, themes: Themes, qtbot: QtBot) -> MapPanel:
    panel = MapPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def space(panel: MapPanel, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot) -> Space:
    space = open_untrained(pictures, 4)
    qtbot.waitUntil(lambda: panel.view.counts == (40, 40))
    return space


def button(panel: MapPanel, name: str) -> QPushButton:
    found = panel.findChild(QPushButton, f"projection-{name}")
    assert found is not None
    return found


def settled(panel: MapPanel, name: str) -> bool:
    space = panel.workspace.space
    assert space is not None
    assert space.projection is not None
    return space.projection.name == name and not panel.workspace.jobs.running


def test_tsne_is_made_and_every_place_of_it_decodes(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    qtbot.mouseClick(button(panel, "tsne"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: settled(panel, "tsne"), timeout=SOON)
    assert panel.workspace.space is not None
    assert panel.workspace.space.posterior is space.posterior
    qtbot.mouseMove(panel.view, QPoint(400, 200))
    assert panel.workspace.pointer is not None
    assert np.isfinite(panel.workspace.pointer.z).all()
    assert panel.findChild(QToolButton, "projectionSettings").isVisible()
    panel.workspace.undo.undo()
    qtbot.waitUntil(lambda: settled(panel, "pca"), timeout=SOON)


def test_another_setting_makes_another_map(panel: MapPanel, space: Space, qtbot: QtBot) -> None:
    qtbot.mouseClick(button(panel, "tsne"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: settled(panel, "tsne"), timeout=SOON)
    assert panel.workspace.space is not None
    first = panel.workspace.space.projection
    field = panel.tools.projection._form.rows["perplexity"].field
    field.clear()
    qtbot.keyClicks(field, "5")
    panel.tools.projection._apply()
    qtbot.waitUntil(lambda: settled(panel, "tsne") and panel.workspace.space.projection is not first, timeout=SOON)
    assert dict(panel.workspace.look.settings)["perplexity"] == 5


def test_one_that_fails_leaves_the_map_as_it_was(
    panel: MapPanel, space: Space, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_desktop.latent.projections.umap.find_spec", lambda _: None)
    with qtbot.waitSignal(panel.workspace.failed, timeout=SOON) as told:
        qtbot.mouseClick(button(panel, "umap"), Qt.MouseButton.LeftButton)
    assert "pip install" in str(told.args[0])
    qtbot.waitUntil(lambda: panel.workspace.look.projection == "pca", timeout=SOON)
    assert button(panel, "pca").isChecked()
    assert settled(panel, "pca")


def test_one_that_is_cancelled_half_way_gives_the_old_map_back(
    panel: MapPanel, space: Space, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = projections["tsne"]

    def endless(mu: np.ndarray, **_: object) -> Fitting:
        yield Progress(1, 2, "half")
        yield finish(kind.fit(mu[:, ::-1].copy()))
        while True:
            yield Progress(1, 2, "half")

    monkeypatch.setitem(
        projections._entries, "tsne", Projector("tsne", "t-SNE", 3, endless, kind.help, kind.Config, kind.most)
    )
    qtbot.mouseClick(button(panel, "tsne"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.workspace.space.projection.name == "tsne", timeout=SOON)
    assert panel.workspace.jobs.running
    panel.workspace.jobs.running[0].cancel()
    qtbot.waitUntil(lambda: settled(panel, "pca"), timeout=SOON)
    assert panel.workspace.space.projection is space.projection
    assert button(panel, "pca").isChecked()


def test_it_is_kept_with_its_run_and_not_made_twice(
    space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look("tsne", (("perplexity", 7.0),))
    first = finish(projecting(space, look, tmp_path))

    def never(mu: np.ndarray, **_: object) -> Fitting:
        yield Progress(0, 0, "")
        raise UserError("made twice")

    kind = projections["tsne"]
    monkeypatch.setitem(
        projections._entries, "tsne", Projector("tsne", "t-SNE", 3, never, kind.help, kind.Config, kind.most)
    )
    again = finish(projecting(space, look, tmp_path))
    np.testing.assert_array_equal(first.projection.xy, again.projection.xy)
    with pytest.raises(UserError, match="made twice"):
        finish(projecting(space, Look("tsne"), tmp_path))


def test_while_training_the_map_is_one_that_follows() -> None:
    assert quick_look(Look("tsne")).projection == "pca"
    assert quick_look(Look("axes", (("x", 0), ("y", 1)))) == Look("axes", (("x", 0), ("y", 1)))
