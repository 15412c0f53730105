"""A training is followed: its weights decode at once, its map is made anew as often as that may cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vae_desktop.latent.condition import with_model
from vae_desktop.ui import opening
from vae_desktop.ui.look import fitting_look

if TYPE_CHECKING:
    from vae_desktop.latent.space import Space
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.workspace import Workspace

REFRESH_SHARE = 0.05  # part of the training's time that following it on the map may cost
REFRESH_EVERY = 0.25  # seconds, at the most often


class Following:
    """Hands the weights of a training to the workspace, and its map no more often than it may cost."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._mapping: Job | None = None
        self._mapped_at = 0.0
        self._mapping_cost = 0.0

    def stop(self) -> None:
        """What is being made is no longer wanted."""
        if self._mapping is not None:
            self._mapping.cancel()
            self._mapping = None

    def take(self, model: VAE, last: bool) -> None:
        """Show these weights; the `last` ones of a training come onto the map in any case."""
        workspace = self._workspace
        if workspace.dataset is None:
            return
        space = workspace.space
        if space is not None and space.model is not None and space.latent == model.config.latent:
            workspace.space = with_model(space, model)
        due = self._mapped_at + max(REFRESH_EVERY, self._mapping_cost / REFRESH_SHARE)
        if last and self._mapping is not None:
            self._mapping.cancel()
        elif self._mapping is not None or (not last and time.monotonic() < due):
            workspace.space_changed.emit(workspace)  # the picture at the cursor changes with the weights
            return
        self._map(model)

    def _map(self, model: VAE) -> None:
        workspace = self._workspace
        self._mapped_at = time.monotonic()
        workspace.show_quickly()
        look = fitting_look(workspace.look, model.config.latent)
        job = self._mapping = workspace.jobs.run("work", opening.mapping, model, workspace.dataset, look)

        def done(space: Space) -> None:
            if self._mapping is job:
                self._mapping = None
                self._mapping_cost = time.monotonic() - self._mapped_at
                workspace.set_space(space, None, look)

        def ended() -> None:
            if self._mapping is job:
                self._mapping = None

        job.done.connect(done)
        job.failed.connect(ended)
        job.failed.connect(workspace.failed)
        job.cancelled.connect(ended)
