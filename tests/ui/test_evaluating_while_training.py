from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from tests.ui.conftest import SOON
from vae_desktop.ui.panels.evaluation import EvaluationPanel
from vae_desktop.ui.widgets.evaluation_pages import EMPTY, LOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace


def test_a_training_that_changes_the_model_says_so(
    workspace: Workspace, themes: Themes, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    panel = EvaluationPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(760, 260)
    panel.show()
    open_untrained(pictures)
    going = threading.Event()
    training = workspace.jobs.run("train", going.wait)
    panel.draws.setValue(5000)
    qtbot.mouseClick(panel.go, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel._job.cancelled, timeout=SOON):
        open_untrained(pictures)
    assert panel.pages.hint.text() == LOST
    assert panel.pages.hint.isVisible()
    open_untrained(pictures)  # one more epoch
    assert panel.pages.hint.text() == LOST
    with qtbot.waitSignal(training.done):
        going.set()
    open_untrained(pictures)
    assert panel.pages.hint.text() == EMPTY
