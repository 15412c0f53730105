"""Shows one panel by itself, with the bundled model: ``python -m vae_desktop.ui.panels.map``."""

from __future__ import annotations

import sys

from vae_desktop.ui.app import make_app
from vae_desktop.ui.faults import Faults
from vae_desktop.ui.jobs import Jobs
from vae_desktop.ui.opening import opening_sample
from vae_desktop.ui.panels import panels
from vae_desktop.ui.theme import Themes
from vae_desktop.ui.workspace import Workspace


def show(name: str) -> int:
    """Open the panel registered as `name` in a window of its own; returns the exit code."""
    app = make_app(sys.argv[1:])
    faults = Faults(app)
    jobs = Jobs(app)
    workspace = Workspace(jobs, app)
    workspace.failed.connect(faults.show)
    panel = panels[name](workspace, Themes(app))
    workspace.set_opened(opening_sample())
    workspace.open_sample()
    panel.resize(max(320, panel.sizeHint().width()), max(480, panel.sizeHint().height()))
    panel.show()
    code = app.exec()
    panel.shutdown()
    jobs.shutdown()
    faults.uninstall()
    return code
