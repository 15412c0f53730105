"""A second map beside the first: the same items in another projection, or as another model sees them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from vae_desktop.core.settings import settings_of
from vae_desktop.latent.projections import projections, unsuited
from vae_desktop.latent.space import Space
from vae_desktop.latent.traverse import by_kl
from vae_desktop.training.run_folder import is_run
from vae_desktop.ui.look import Look, quick_look
from vae_desktop.ui.map_hand import MapHand
from vae_desktop.ui.map_points import MapPoints
from vae_desktop.ui.opening import comparing, projecting
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.state import runs_folder
from vae_desktop.ui.widgets.map_view import MapView
from vae_desktop.ui.widgets.menu_choice import MenuChoice
from vae_desktop.ui.widgets.projection_tools import ProjectionTools, axis_title
from vae_desktop.ui.widgets.tool_rows import ToolRows

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from vae_desktop.ui.jobs import Job
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

OPEN = "open"
RUNS = 12  # of the newest, offered
NOTHING = "Open a model, or train one, and a second map of it stands here"


@panels.add("second")
class SecondMapPanel(Panel):
    """The same items once more: what is pointed at or selected on one map is so on both."""

    name = "second"
    title = "Second map"
    area = "beside"
    order = 1
    help = "The same items in another projection or as another model sees them; what is selected is so on both maps."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._look: Look | None = None  # None: what suits the space
        self._other: tuple[Path, Space] | None = None  # another model, and the items as it sees them
        self._of = 0  # which data these are
        self._comparing: Job | None = None
        self._runs: tuple[Path, ...] = ()
        self._job: Job | None = None
        self._asked: tuple[object, ...] = ()
        self._laid_out: tuple[Look, tuple[object, ...], Space] | None = None  # last, to its end
        self.space: Space | None = None
        self.view = MapView()
        self.view.setObjectName("secondView")
        self.view.setAccessibleName("Second map of the latent space")
        self.setFocusProxy(self.view)
        self.tools = ProjectionTools({name: (one.title, one.help) for name, one in projections.items()}, "second-")
        self.model = MenuChoice("secondModel", "", "Which model this map is of")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar())
        layout.addWidget(self.view, 1)
        self.points = MapPoints(self.view, workspace, themes, " 2")
        self.hand = MapHand(self.view, self.points, workspace, " 2")
        for keys, do in (("Home", self.view.fit), ("F", self.hand.fit_selection)):
            shortcut = QShortcut(QKeySequence(keys), self.view, lambda do=do: do())
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        for signal in (workspace.space_changed, workspace.dataset_changed):
            signal.connect(self._refresh)
        self.tools.chosen.connect(lambda name: self._choose(name, {}))
        self.tools.axes_chosen.connect(self._choose_axes)
        self.tools.settings_chosen.connect(lambda values: self._choose(self._shown().projection, values))
        self.model.chosen.connect(self._choose_model)
        self.model.menu().aboutToShow.connect(self._look_for_runs)
        self._offer_models()

    def _bar(self) -> QWidget:
        bar = ToolRows("secondTools")
        choice = self.tools.projection
        bar.set_tools((self.tools,), (self.model,), (), ((choice, choice.set_compact),), ((0,), (1,), (2,)))
        return bar

    # What it shows

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._refresh()
        self.points.rest(False)
        self._look_for_runs()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self.points.rest(True)

    def _source(self) -> Space | None:
        """The space that is laid out here."""
        space, other = self.workspace.space, self._other
        if other is not None and space is not None and self._of == self.workspace.opened:
            return other[1]
        self._other = None
        return space

    def _shown(self) -> Look:
        """How it is laid out: as chosen, or otherwise than the first map, where that can be."""
        source, chosen = self._source(), self._look
        latent = 0 if source is None else source.latent
        if chosen is None or projections[chosen.projection].min_latent > latent:
            other = "axes" if self.workspace.look.projection != "axes" else "pca"
            chosen = Look(other if latent >= projections[other].min_latent else "axes")
        if chosen.projection == "axes" and latent > 2 and not chosen.settings and source is not None:
            x, y = by_kl(source.posterior)[:2].tolist()
            chosen = Look("axes", (("x", x), ("y", y)))
        trains = any(job.lane == "train" for job in self.jobs.running)
        return quick_look(chosen) if trains and self._other is None else chosen

    def _refresh(self, _: object = None) -> None:
        """Lay it out anew if something of it changed; a hidden panel rests."""
        if not self.isVisible():
            return
        source = self._source()
        self._take_tools()
        self.view.setEnabled(source is not None)
        self.view.set_hint(NOTHING if source is None else "")
        if source is None:
            self._give_up()
            self._laid_out = None
            self._show(None)
            return
        look = self._shown()
        asked = (look.projection, look.settings, source.posterior)
        if self._asked and asked[:2] == self._asked[:2] and asked[2] is self._asked[2]:
            last = self.space
            if last is not None and last.posterior is source.posterior and last.model is not source.model:
                # Its weights went on.
                self._show(replace(source, projection=last.projection))
            return
        self._give_up()
        self._asked = asked
        run = self._other[0] if self._other is not None and is_run(self._other[0]) else self.workspace.own_run
        slow = projections[look.projection].most is not None
        job = self._job = self.jobs.run("second map" if slow else "live:second", projecting, source, look, run)

        def take(made: object) -> None:
            if job is self._job and isinstance(made, Space):
                self._show(made)

        def done(made: Space) -> None:
            take(made)
            if job is self._job:
                self._job, self._laid_out = None, (look, asked, made)

        def end() -> None:
            """Nobody chose another: the map says and shows what it did before."""
            if job is not self._job:
                return
            self._job = None
            if self._laid_out is not None and self._laid_out[2].posterior is source.posterior:
                self._look, self._asked, before = self._laid_out
                self._show(replace(before, model=source.model))
                self._take_tools()

        job.progress.connect(take)
        job.done.connect(done)
        job.failed.connect(self.workspace.failed)
        for signal in (job.failed, job.cancelled):
            signal.connect(end)

    def _give_up(self) -> None:
        """What is being laid out is no longer wanted."""
        job, self._job, self._asked = self._job, None, ()
        if job is not None:
            job.cancel()

    def _show(self, space: Space | None) -> None:
        new = space is None or self.space is None or space.projection is not self.space.projection
        self.space = space
        if space is not None and space.projection is not None:
            self.view.set_labels(*(axis_title(label) for label in space.projection.labels))
        else:
            self.view.set_labels("", "")
        self.points.show(space)
        self.hand.show(space)
        if new:
            self.view.show_all()

    def _take_tools(self) -> None:
        source, look = self._source(), self._shown()
        latent = 0 if source is None else source.latent
        self.tools.show_projection(look.projection, unsuited(latent))
        order = by_kl(source.posterior).tolist() if source is not None and latent > 2 else []
        values = dict(look.settings)
        self.tools.show_axes(order if look.projection == "axes" else [], (values.get("x", 0), values.get("y", 1)))
        free = look.projection != "axes"
        self.tools.show_settings(
            list(settings_of(projections[look.projection].Config).values()) if free else [], values
        )

    def _choose(self, name: str, settings: dict[str, Any]) -> None:
        self._look = Look(name, tuple(sorted(settings.items())))
        self._refresh()

    def _choose_axes(self, x: int, y: int) -> None:
        if x == y:  # they change places
            old = dict(self._shown().settings)
            x, y = old["y"], old["x"]
        self._choose("axes", {"x": x, "y": y})

    # Another model

    def _look_for_runs(self) -> None:
        job = self.jobs.run("live:runs", newest_runs, runs_folder())
        job.done.connect(self._offer_runs)

    def _offer_runs(self, found: tuple[Path, ...]) -> None:
        self._runs = found
        self._offer_models()

    def _offer_models(self, _: object = None) -> None:
        """The open one, the newest runs, any other."""
        options = {"": ("This model", "The model that is open")}
        options |= {str(path): (path.name, f"The items as the model of {path} sees them") for path in self._runs}
        chosen = "" if self._other is None else str(self._other[0])
        if chosen:
            options |= {chosen: (Path(chosen).name, f"The items as the model {chosen} sees them")}
        options |= {OPEN: ("Open another model…", "Choose a model file; its map of these items stands here")}
        self.model.show_options(options, chosen)

    def _choose_model(self, chosen: str) -> None:
        dataset = self.workspace.dataset
        if self._comparing is not None:
            self._comparing.cancel()
            self._comparing = None
        if chosen == OPEN:
            chosen, _ = QFileDialog.getOpenFileName(self.window(), "Open another model", "", "Models (*.safetensors)")
        elif not chosen:
            self._other = None
            self._refresh()
        if not chosen or dataset is None:
            self._offer_models()
            return
        job = self._comparing = self.jobs.run("work", comparing, Path(chosen), dataset)
        job.done.connect(partial(self._take_other, job, Path(chosen), self.workspace.opened))
        job.failed.connect(self.workspace.failed)
        for signal in (job.failed, job.cancelled):
            signal.connect(self._offer_models)

    def _take_other(self, job: Job, path: Path, opened: int, space: Space) -> None:
        """Show it, unless another was chosen meanwhile; of other data's items nothing is shown."""
        if job is self._comparing:
            self._comparing = None
            self._other, self._of = (path, space), opened
            self._refresh()
            self._offer_models()


def newest_runs(folder: Path) -> tuple[Path, ...]:
    """The runs of a folder, the newest first."""
    try:
        runs = [path for path in folder.iterdir() if is_run(path)]
        return tuple(sorted(runs, key=lambda path: path.stat().st_mtime, reverse=True)[:RUNS])
    except OSError:  # there is none yet, or one went while it was looked at
        return ()


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("second")
