"""Changing what is selected: at once where that is quick, else on a thread, in the order it was asked for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.select import combine, frozen
from vae_desktop.ui.words import items as counted_items

if TYPE_CHECKING:
    from vae_desktop.latent.select import How
    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.showing import Shown
    from vae_desktop.ui.workspace import Workspace

    Request = tuple[np.ndarray, How, object, Shown | None]

AT_ONCE = 100_000  # items that are joined in well under 5 ms


class Selecting:
    """Joins choices with the selection, one after the other."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._waiting: deque[Request] = deque()
        self._job: Job | None = None

    def stop(self) -> None:
        """What was asked for is no longer wanted."""
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def select(self, items: np.ndarray, how: How, by: object, shown: Shown | None = None) -> None:
        """Join `items`, or those of them that are `shown`, with the selection."""
        if how == "replace":
            self.stop()  # it does not matter what would have been selected meanwhile
        self._waiting.append((items, how, by, shown))
        if self._job is None:
            self._go_on()

    def _go_on(self) -> None:
        workspace = self._workspace
        while self._waiting:
            request = self._waiting.popleft()
            items, how, by, shown = request
            old, n = workspace.selection, workspace.count
            if len(items) + (0 if how == "replace" else len(old)) <= AT_ONCE:
                new, differs = _combined(old, items, how, n, shown)
                if differs:
                    self._push(old, new, how, by)
                continue
            self._run(request, old, n)
            return

    def _run(self, request: Request, old: np.ndarray, n: int) -> None:
        items, how, by, shown = request
        workspace = self._workspace
        job = self._job = workspace.jobs.run("select", _combined, old, items, how, n, shown)

        def done(made: tuple[np.ndarray, bool]) -> None:
            if job is not self._job:
                return
            self._job = None
            new, differs = made
            if workspace.selection is not old:  # undone meanwhile: joined with what is selected now
                self._waiting.appendleft(request)
            elif differs:
                self._push(old, new, how, by)
            self._go_on()

        def failed(error: object) -> None:
            if job is self._job:
                self.stop()
            workspace.failed.emit(error)

        job.done.connect(done)
        job.failed.connect(failed)

    def _push(self, old: np.ndarray, new: np.ndarray, how: How, by: object) -> None:
        self._workspace.push_selection(new, step_text(len(old), len(new), how), by)


def _combined(old: np.ndarray, items: np.ndarray, how: How, n: int, shown: Shown | None) -> tuple[np.ndarray, bool]:
    """What is selected then, and whether that is anything else than before."""
    there = None if shown is None else shown(n)
    if there is not None:
        items = combine(old, items, "replace", n)
        items = items[there[items]]
    new = combine(old, items, how, n)
    if there is not None and how == "flip":
        new = frozen(new[there[new]])  # the opposite of what is shown has nothing hidden
    return new, not np.array_equal(old, new)


def step_text(before: int, after: int, how: How) -> str:
    """What a step of undo is called."""
    if not after:
        return "Select nothing"
    if how == "add":
        return f"Add {counted_items(after - before)}"
    if how == "take":
        return f"Take away {counted_items(before - after)}"
    return f"{'Keep' if how == 'within' else 'Select'} {counted_items(after)}"
