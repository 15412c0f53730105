"""The window's tests: a real application, own settings, and nothing left alive after each test."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import finish
from vae_desktop.ui.jobs import Jobs
from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.opening import Opened, mapping, opening_sample
from vae_desktop.ui.theme import Themes
from vae_desktop.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_desktop.latent.space import Space

SOON = 20_000  # ms: the machine may be busy; nothing waits so long when all is well


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """Named as the real one, so that its settings are found the same way."""
    QCoreApplication.setOrganizationName("VAE Desktop")
    QCoreApplication.setApplicationName("VAE Desktop")
    return QApplication


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path) -> None:
    """Settings of this test alone, and runs that go into its folder."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    QSettings().setValue("runs", str(tmp_path / "runs"))


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fail when a test leaves a thread, a running timer or a widget behind (as napari's tests do)."""
    threads = set(threading.enumerate())
    widgets = {id(widget) for widget in qapp.allWidgets()}

    def left() -> dict[str, list[str]]:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        here = [widget for widget in qapp.allWidgets() if id(widget) not in widgets]
        found = {
            "threads": [thread.name for thread in threading.enumerate() if thread not in threads],
            "widgets": [f"{type(widget).__name__} {widget.objectName()}" for widget in here],
            "timers": [str(timer) for timer in qapp.findChildren(QTimer) if timer.isActive()],
        }
        return {kind: things for kind, things in found.items() if things}

    yield
    for _ in range(3):  # collecting garbage is slow beside torch: only when something is still there
        if not left():
            return
        gc.collect()
    assert not left()


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    """Jobs whose threads end with the test."""
    jobs = Jobs()
    yield jobs
    jobs.shutdown()
    delete(jobs)


@pytest.fixture
def workspace(jobs: Jobs) -> Iterator[Workspace]:
    """An empty workspace; an error that no test expects fails it."""
    workspace = Workspace(jobs)
    yield workspace
    jobs.shutdown()  # as the app does at its end: what jobs say last is said to a workspace that is there
    delete(workspace)


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[Themes]:
    """The themes, dark at first."""
    QSettings().setValue("theme", "dark")
    themes = Themes(qapp)
    yield themes
    delete(themes)
    qapp.setStyleSheet("")


@pytest.fixture
def open_sample(workspace: Workspace, qtbot: QtBot) -> Callable[[], Workspace]:
    """Opens the bundled map, its model and its data, and waits until all is there."""

    def opened() -> Workspace:
        workspace.set_opened(opening_sample())
        with qtbot.waitSignal(
            workspace.space_changed, timeout=SOON, check_params_cb=lambda by: workspace.dataset is not None
        ):
            workspace.open_sample()
        return workspace

    return opened


@pytest.fixture
def window(workspace: Workspace, themes: Themes, qtbot: QtBot) -> Iterator[MainWindow]:
    """The whole window, shown, with nothing opened."""
    window = MainWindow(workspace, themes)
    window.resize(1440, 900)
    yield window
    window.close()
    delete(window)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], None]:
    """``answer(path, kind)``: what the person answers when asked where to save or what to open."""

    def answer(path: Path, kind: str = "") -> None:
        for name in ("getSaveFileName", "getOpenFileName"):
            monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *_, **__: (str(path), kind)))
        several = ([str(path)] if str(path) else [], kind)
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", staticmethod(lambda *_, **__: several))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *_, **__: str(path)))

    return answer


@pytest.fixture
def pictures() -> Dataset:
    """Forty small grey pictures of two classes: a bar that lies, a bar that stands."""
    rng = np.random.default_rng(0)
    x = np.zeros((40, 8, 8, 1), np.uint8)
    for i in range(40):
        at = rng.integers(1, 6)
        x[i, slice(at, at + 2) if i % 2 else slice(None), slice(None) if i % 2 else slice(at, at + 2)] = 200
    labels = (np.arange(40) % 2).astype(np.int32)
    return Dataset("image", x, labels, ("standing", "lying"), source="bars")


@pytest.fixture
def open_untrained(workspace: Workspace) -> Callable[[Dataset, int], Space]:
    """``open_untrained(dataset, latent)`` opens it with a model that has learned nothing yet."""

    def opened(dataset: Dataset, latent: int = 2) -> Space:
        import torch

        from vae_desktop.models.config import VAEConfig
        from vae_desktop.models.vae import VAE

        torch.manual_seed(0)
        model = VAE(VAEConfig(latent=latent, hidden=(16,)), Preparation.fit(dataset)).eval()
        space = finish(mapping(model, dataset, None))
        workspace.set_opened(Opened(dataset, space, preparation=Preparation.fit(dataset)))
        return space

    return opened


@pytest.fixture
def table() -> Dataset:
    """Thirty rows of three named columns."""
    x = np.random.default_rng(1).normal((0, 10, -5), (1, 4, 2), (30, 3)).astype(np.float32)
    return Dataset("table", x, columns=(Column("a"), Column("b"), Column("c")), source="rows.csv")


def delete(thing: QObject) -> None:
    """Delete a Qt object now, not when it pleases Python."""
    thing.deleteLater()
    QCoreApplication.sendPostedEvents(thing, QEvent.Type.DeferredDelete)
