"""Names are kept with the run they belong to, and found there again; never on the window's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_desktop.training.view_folder import keep_names, kept_names
from vae_desktop.ui.jobs import KEPT
from vae_desktop.ui.names import Names

if TYPE_CHECKING:
    from vae_desktop.training.view_folder import Kept
    from vae_desktop.ui.workspace import Workspace


def keep(workspace: Workspace) -> None:
    """Write the names beside the run that is open, if it is the person's own."""
    run, names = workspace.own_run, workspace.names
    if run is not None and workspace.count:
        job = workspace.jobs.run(
            KEPT, keep_names, run, workspace.fingerprint, workspace.count, names.classes, names.selections, names.kinds
        )
        job.failed.connect(lambda error: workspace.told.emit(str(error)))


def find(workspace: Workspace) -> None:
    """Take the names that an earlier session kept with the run that goes on now; those given since come first."""
    run, fingerprint = workspace.own_run, workspace.fingerprint
    if workspace.names:
        keep(workspace)
    elif run is not None and workspace.count:
        job = workspace.jobs.run(KEPT, kept_names, run, fingerprint, workspace.count)

        def take(kept: Kept | None) -> None:
            if kept is not None and workspace.own_run == run and not workspace.names:
                workspace.take_names(Names(*kept))

        job.done.connect(take)
