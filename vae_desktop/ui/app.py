"""Starts the application: the window first, torch behind it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from vae_desktop.core.resources import resource
from vae_desktop.ui.faults import Faults, start_log
from vae_desktop.ui.jobs import Jobs
from vae_desktop.ui.main_window import MainWindow
from vae_desktop.ui.theme import Themes
from vae_desktop.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence


SWITCH_INTERVAL = 0.0005  # seconds; with Python's own 5 ms a training thread stalls frames for up to 150 ms
SMOKE_LIMIT = 120_000  # ms


def make_app(argv: Sequence[str]) -> QApplication:
    """Build the application object, named so that settings and folders are found again."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    QCoreApplication.setOrganizationName("VAE Desktop")
    QCoreApplication.setApplicationName("VAE Desktop")
    app = QApplication([sys.argv[0], *argv])
    app.setDesktopFileName("vae-desktop")
    app.setWindowIcon(QIcon(str(resource("icons/vae-desktop.png"))))
    return app


def main(argv: Sequence[str] = ()) -> int:
    """Open the window, with the files named in `argv`; ``--smoke`` decodes one item and leaves with 0."""
    start_log()
    app = make_app(argv)
    faults = Faults(app)
    themes = Themes(app)
    jobs = Jobs(app)
    workspace = Workspace(jobs, app)
    workspace.failed.connect(faults.show)
    window = MainWindow(workspace, themes)
    paths = [argument for argument in argv if not argument.startswith("--")]
    window.begin(paths)
    window.show()
    if "--smoke" in argv:
        _smoke(app, workspace)
    code = app.exec()
    jobs.shutdown()
    faults.uninstall()
    return code


def _smoke(app: QApplication, workspace: Workspace) -> None:
    """Leave with 0 once the model is there and has decoded one item, with 1 when that fails."""

    def decode(*_: object) -> None:
        if workspace.space is None or workspace.space.model is None:
            return
        job = workspace.jobs.run("live:smoke", workspace.space.decode, workspace.space.posterior.mu[:1])
        job.done.connect(lambda items: app.exit(0 if len(items) == 1 else 1))
        job.failed.connect(lambda _: app.exit(1))

    workspace.space_changed.connect(decode)
    workspace.failed.connect(lambda _: app.exit(1))
    QTimer.singleShot(SMOKE_LIMIT, app, lambda: app.exit(1))
