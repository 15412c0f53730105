"""Either map lives through whatever is opened and whatever a hand does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.space import Space
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE
from vae_desktop.ui.opening import Opened, projecting
from vae_desktop.ui.panels.map import MapPanel
from vae_desktop.ui.panels.second import SecondMapPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.panels import Panel
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.map_view import MapView
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000
LEFT, SHIFT, NO = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture(params=[MapPanel, SecondMapPanel])
def any_map(request: pytest.FixtureRequest, workspace: Workspace, themes: Themes, qtbot: QtBot) -> Panel:
    panel: Panel = request.param(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def gestures(view: MapView, qtbot: QtBot) -> None:
    """Everything a hand can do."""
    middle = view.rect().center()
    for place in (middle, QPoint(5, 5)):
        qtbot.mouseMove(view, place)
        qtbot.mouseClick(view, LEFT, NO, place)
        for keys in (SHIFT, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier):
            qtbot.mouseClick(view, LEFT, keys, place)
    for button, keys in ((LEFT, NO), (LEFT, SHIFT), (Qt.MouseButton.MiddleButton, NO)):
        qtbot.mousePress(view, button, keys, middle - QPoint(200, 100))
        for move in (QPoint(200, -100), QPoint(200, 100), QPoint(-200, 100)):
            qtbot.mouseMove(view, middle + move)
        qtbot.mouseRelease(view, button, keys, middle)
    for key in (Qt.Key.Key_A, Qt.Key.Key_B, Qt.Key.Key_F, Qt.Key.Key_Home, Qt.Key.Key_Left, Qt.Key.Key_Plus,
                Qt.Key.Key_Escape):  # fmt: skip
        qtbot.keyClick(view, key)
    view.grab()


@pytest.mark.parametrize("latent", [1, 2, 64])
@pytest.mark.parametrize("codes", ["none", "one", "alike", "nan", "all nan"])
def test_bad_data_is_lived_through(
    any_map: Panel, workspace: Workspace, pictures: Dataset, qtbot: QtBot, latent: int, codes: str
) -> None:
    import torch

    torch.manual_seed(0)
    model = VAE(VAEConfig(latent=latent, hidden=(16,)), Preparation.fit(pictures)).eval()
    mu = np.random.default_rng(0).normal(size=(40, latent)).astype(np.float32)
    mu[{"alike": slice(None), "nan": slice(0, None, 2), "all nan": slice(None)}.get(codes, slice(0))] = (
        1 if codes == "alike" else np.nan
    )
    n = {"none": 0, "one": 1}.get(codes, 40)
    labels = None if pictures.labels is None else pictures.labels[:n]
    data = Dataset("image", pictures.x[:n], labels, pictures.classes, source="bad") if n else None
    failed: list[object] = []
    workspace.failed.connect(failed.append)
    space = finish(projecting(Space(model, Posterior(mu[:n], np.zeros_like(mu[:n])), data), None))
    view: MapView = any_map.view  # type: ignore[attr-defined]
    workspace.set_opened(Opened(data, space, preparation=model.preparation))
    good = int(np.isfinite(mu[:n]).all(axis=1).sum())
    qtbot.waitUntil(lambda: view.counts == (good, n), timeout=SOON)
    gestures(view, qtbot)
    for key in ("kl", "density", "z:0"):
        with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
            workspace.set_look(colour=key, trail="order")
        gestures(view, qtbot)
    workspace.select(np.arange(n))
    workspace.select([0])
    gestures(view, qtbot)
    while workspace.undo.canUndo():
        workspace.undo.undo()
    qtbot.waitUntil(lambda: view.counts == (good, n) and not workspace.jobs.running, timeout=SOON)
    workspace.set_opened(Opened())
    gestures(view, qtbot)
    assert view.counts == (0, 0)
    assert not failed


def test_a_model_is_switched_while_a_projection_runs(
    any_map: Panel, workspace: Workspace, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    failed: list[object] = []
    workspace.failed.connect(failed.append)
    view: MapView = any_map.view  # type: ignore[attr-defined]
    open_untrained(pictures, 8)
    qtbot.waitUntil(lambda: view.counts == (40, 40), timeout=SOON)
    workspace.set_look(projection="tsne", settings=())
    gestures(view, qtbot)
    few = replace(pictures, x=pictures.x[:9], labels=None, classes=())
    space = open_untrained(few, 3)
    gestures(view, qtbot)
    qtbot.waitUntil(lambda: view.counts == (9, 9) and not workspace.jobs.running, timeout=SOON)
    assert workspace.space is not None
    assert workspace.space.posterior is space.posterior
    assert workspace.space.projection is not None
    assert workspace.space.projection.name == workspace.look.projection == "pca"
    assert not failed
