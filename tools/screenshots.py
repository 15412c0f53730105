"""Draw the pictures of ``docs/``: ``python tools/screenshots.py [--data DATA] [--only PART …] [--out FOLDER]``.

The real window, driven as a hand would, on the bundled model; with ``--data`` on a model trained on DATA first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QSettings, Qt, qInstallMessageHandler
from PySide6.QtTest import QTest
from shiboken6 import delete
from specimens import photos, wines
from studio import THEMES, Studio, the

from vae_desktop.core.values import Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.projections import projections
from vae_desktop.latent.space import Space
from vae_desktop.ui.app import make_app
from vae_desktop.ui.opening import Opened
from vae_desktop.ui.panels.compare import ComparePanel
from vae_desktop.ui.panels.evaluation import EvaluationPanel
from vae_desktop.ui.panels.model import ModelPanel
from vae_desktop.ui.panels.second import SecondMapPanel
from vae_desktop.ui.panels.styles import StylesPanel
from vae_desktop.ui.workspace import Plan

if TYPE_CHECKING:
    from vae_desktop.ui.widgets.map_view import MapView

OUT = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WALKS = ("interpolate", "traverse", "generate")
MANY = 1_000_000
LATENT = 8  # dimensions of the model that is projected
EPOCHS = 60  # of its training
FOLLOWED = 120  # epochs of the training that is pictured while it runs
FAMILY = 30  # epochs of the models that are compared
TABLE = 200  # epochs of the training on a table
ILL, HEAVY, QUICK = 12, 100.0, 0.003  # epochs, β and learning rate of the training that the doctor finds ill
CLOSE = 30  # items in view from close up


def pose(studio: Studio) -> None:
    """An item under the pointer with the spread of its code, and the way between two others."""
    workspace = studio.workspace
    for letter, group in (("A", 6), ("B", 1)):
        workspace.set_anchor(letter, workspace.place_of(studio.item_of(group)))
    studio.settle()
    at = studio.point(studio.item_of(0))
    studio.hover(at)
    QTest.mouseClick(studio.map, Qt.MouseButton.LeftButton, pos=at)
    studio.settle()


def draw_window(studio: Studio) -> None:
    """The whole window and its panels."""
    workspace = studio.workspace
    workspace.set_look(backdrop="atlas")
    studio.size(1440, 900)
    pose(studio)
    studio.shot("main")
    for name in WALKS:
        studio.show(name)
        studio.shot(f"panel-{name}", name)
    studio.show(WALKS[0])
    studio.away()
    studio.size(1024, 700)
    studio.shot("small")
    studio.size(1440, 1200)
    for name in ("data", "model", "inspector"):
        studio.shot(f"panel-{name}", name)
    studio.size(1440, 900)
    studio.leave()
    workspace.set_look(backdrop="none")


def lasso(studio: Studio, view: MapView, space: Space | None, group: int, pictured: str = "") -> None:
    """Draw a lasso around most of a class, as a hand would; picture it, if it is to be, before the hand lets go."""
    labels = studio.workspace.labels
    assert labels is not None
    assert space is not None
    assert space.projection is not None
    dots = np.array([view.to_screen(*place).toTuple() for place in space.projection.xy[labels == group].tolist()])
    middle, reach = np.median(dots, axis=0), 2.8 * np.median(np.abs(dots - np.median(dots, axis=0)), axis=0)
    turns = np.linspace(0, 1.94 * np.pi, 60)
    wobble = 1 + 0.06 * np.sin(3 * turns + 1)
    way = middle + np.stack([np.cos(turns), np.sin(turns)], axis=1) * wobble[:, None] * reach
    corners = [QPoint(*(round(value) for value in corner)) for corner in way.tolist()]
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(view, left, shift, corners[0])
    for corner in corners[1:]:
        QTest.mouseMove(view, corner)
    if pictured:
        studio.shot(pictured, "map")
    QTest.mouseRelease(view, left, shift, corners[-1])
    studio.away()


def close_up(studio: Studio, group: int) -> None:
    """Items as pictures, one of them under the pointer."""
    space, item = studio.workspace.space, studio.item_of(group)
    assert space is not None
    assert space.projection is not None
    xy = space.projection.xy
    near = np.argsort(((xy - xy[item]) ** 2).sum(axis=1))[:CLOSE]
    studio.map.fit(xy[near])
    studio.settle()
    studio.hover(studio.point(item))
    studio.shot("close-up", "map")


def draw_map(studio: Studio) -> None:
    """The map: as it is at first, over its backdrops, coloured by a value, from close up, with a lasso."""
    workspace = studio.workspace
    studio.size(1440, 900)
    pose(studio)
    studio.shot("panel-map", "map")
    studio.leave()
    for backdrop in ("atlas", "density", "trust"):
        workspace.set_look(backdrop=backdrop)
        studio.shot(f"backdrop-{backdrop}", "map")
    workspace.set_look(backdrop="none", colour="error")
    studio.shot("colours", "map")
    workspace.set_look(colour="class")
    close_up(studio, 8)
    studio.leave()
    studio.show("selection")
    lasso(studio, studio.map, workspace.space, 6, "lasso")
    studio.shot("selection", "map", "selection")
    studio.shot("panel-selection", "selection")
    studio.show(WALKS[0])
    studio.leave()


def draw_projections(studio: Studio) -> None:
    """A model of more dimensions than two: its projections, two maps of it, and it in 3-D."""
    window, second = studio.window, the(studio.window, SecondMapPanel)
    studio.size(1440, 900)
    studio.train(Plan("vae", {"latent": LATENT, "hidden": (256, 128)}, {"epochs": EPOCHS, "threads": 1}))
    studio.leave()
    for name in ("axes", "pca", "tsne", "umap"):
        if name == "umap" and find_spec("umap") is None:
            sys.stderr.write("UMAP is not installed: its picture stays as it was\n")
            continue
        studio.tools.projection.chosen.emit(name)
        studio.settle()
        studio.shot(f"projection-{name}", "map")
    studio.tools.projection.chosen.emit("pca")
    studio.settle()
    for name in ("second", "turn"):
        action = window.beside.actions[window.docks[name]]
        action.trigger()
        studio.settle()
        if name == "second":
            second.tools.chosen.emit("tsne")
            studio.settle()
            lasso(studio, second.view, second.space, 6)
        studio.shot(name)
        action.trigger()
        studio.leave()


def draw_many(studio: Studio) -> None:
    """A million codes: draws from the posteriors of the bundled model's items."""
    workspace = studio.workspace
    studio.size(1440, 900)
    space, labels = workspace.space, workspace.labels
    assert space is not None
    assert labels is not None
    generator, few = np.random.default_rng(0), space.posterior
    of = generator.integers(len(few), size=MANY)
    draws = few.mu[of] + generator.standard_normal((MANY, few.mu.shape[1]), np.float32) * few.sigma[of]
    many = Posterior(draws.astype(np.float32), few.logvar[of])
    projection = finish(projections["axes"].fit(many.mu))
    classes = workspace.own_classes
    workspace.set_opened(Opened(space=Space(space.model, many, None, projection), labels=labels[of], classes=classes))
    studio.settle()
    studio.shot("many", "map")


def draw_data(studio: Studio) -> None:
    """The data sheet of pictures and of a table, and rows in the inspector."""
    workspace, centre = studio.workspace, studio.window.centre
    studio.size(1440, 1040)
    with tempfile.TemporaryDirectory() as folder:
        for name, source in (("images", photos(Path(folder))), ("table", wines(Path(folder)))):
            studio.open(source)
            centre.show_sheet()
            studio.settle()
            studio.shot(f"sheet-{name}", "sheet")
        studio.train(Plan("vae", {"hidden": (128, 64)}, {"epochs": TABLE, "threads": 1, "batch": 32}))
        studio.size(1440, 1200)
        studio.leave()
        assert workspace.dataset is not None
        item = int(np.flatnonzero(np.isnan(workspace.dataset.x).any(axis=1))[0])
        workspace.stand(workspace.place_of(item), (item,))
        studio.settle()
        studio.shot("panel-inspector-row", "inspector")


def draw_training(studio: Studio) -> None:
    """The window while a training runs."""
    studio.size(1440, 960)
    plan = Plan("beta-vae", {"beta": 1.0, "hidden": (256, 128)}, {"epochs": FOLLOWED, "threads": 1})
    studio.train(plan, at=round(0.45 * FOLLOWED))


def draw_form(studio: Studio) -> None:
    """The Model form unfolded, with schedules that show in its curves."""
    workspace, link = studio.workspace, the(studio.window, ModelPanel).more_link
    was = workspace.plan
    workspace.set_plan(
        Plan("vae", {**was.config, "anneal": "cyclical"}, {**was.training, "lr_schedule": "cosine", "threads": 1})
    )
    link.click()
    studio.size(1440, 2000)
    studio.shot("panel-model-more", "model")
    link.click()
    workspace.set_plan(was)


def draw_evaluation(studio: Studio) -> None:
    """The figures with the items that come back worst, and the prior gap with its holes."""
    panel = the(studio.window, EvaluationPanel)
    studio.size(1440, 1200)
    studio.show("evaluation")
    panel.go.click()
    studio.settle()
    studio.shot("panel-evaluation", "evaluation")
    panel.pages.segments["gap"].click()
    panel.kinds["empty"].click()
    studio.settle()
    studio.shot("panel-evaluation-gap", "evaluation")


def draw_family(studio: Studio) -> None:
    """What came with the family of models: the form, the evaluation, styles, the doctor, runs beside each other."""
    window, workspace = studio.window, studio.workspace
    compare, styles = the(window, ComparePanel), the(window, StylesPanel)
    network, brief = {"hidden": (256, 128)}, {"epochs": FAMILY, "threads": 1}
    draw_form(studio)
    draw_evaluation(studio)
    assert workspace.run is not None
    ticked = [workspace.run.path]
    studio.size(1440, 1200)
    studio.train(Plan("vae-gan", network, brief))
    ticked.append(workspace.run.path)
    studio.show("compare")
    compare.add_place(ticked[0])  # the bundled model is not among the app's own runs
    studio.settle()
    for path in tuple(compare.table.runs.numbers):
        compare.table.runs.tick(path, False)
    for path in ticked:
        compare.table.runs.tick(path)
    compare.view.chosen.emit("items")
    studio.settle()
    studio.shot("panel-compare-items", "compare")
    compare.view.chosen.emit("curves")
    studio.train(Plan("cvae", network, brief))
    ticked.append(workspace.run.path)
    studio.leave()
    studio.size(1440, 1100)
    studio.show("styles")
    workspace.set_look(backdrop="atlas")
    styles.grid.chosen.emit(3)
    studio.settle()
    studio.shot("styles")
    workspace.set_look(backdrop="none", condition=None)
    studio.leave()
    heavy = {**network, "beta": HEAVY, "warmup": 0.0, "latent": LATENT}
    studio.train(Plan("beta-vae", heavy, {**brief, "epochs": ILL, "lr": QUICK}))
    studio.size(1440, 1200)
    studio.shot("panel-doctor", "training")
    studio.show("compare")
    for path in ticked:
        compare.table.runs.tick(path)
    studio.settle()
    studio.shot("panel-compare", "compare")
    studio.show(WALKS[0])


PARTS = {
    "window": draw_window, "map": draw_map, "data": draw_data, "training": draw_training,
    "projections": draw_projections, "many": draw_many, "family": draw_family,
}  # fmt: skip


def draw(studio: Studio, data: str, epochs: int, only: list[str]) -> None:
    """All pictures, or some; each part begins with the same model."""
    window, workspace = studio.window, studio.workspace
    studio.themes.choose(THEMES[0])
    window.resize(1440, 900)
    window.begin([data] if data else [])
    window.show()
    studio.wait(lambda: workspace.dataset is not None)
    studio.settle()
    if data:
        studio.train(Plan(training={"epochs": epochs}))
    assert workspace.run is not None
    first = workspace.run.path
    for name in only or PARTS:
        if workspace.run is None or workspace.run.path != first:
            studio.open(first)
        PARTS[name](studio)


def main() -> None:
    """Draw them in a settings folder of their own, so that the person's window stays as it is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="", help="data to train on first; the bundled model without")
    parser.add_argument("--epochs", type=int, default=120, help="epochs of the trainings")
    parser.add_argument("--only", nargs="+", default=[], choices=PARTS, help="draw some of the pictures only")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the pictures")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The offscreen platform says "does not support" of every window with a smallest size.
    qInstallMessageHandler(lambda _, __, text: "does not support" in text or sys.stderr.write(f"{text}\n"))
    app = make_app([])
    with tempfile.TemporaryDirectory() as own:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, own)
        QSettings().setValue("runs", f"{own}/runs")
        studio = Studio(app, given.out)
        try:
            draw(studio, given.data, given.epochs, given.only)
        finally:
            studio.window.close()
            studio.jobs.shutdown()
            delete(studio.window)  # before the application, which Python would otherwise end first


if __name__ == "__main__":
    main()
