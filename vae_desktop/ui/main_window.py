"""The window: top bar, docks, status bar; what is dropped on it is opened."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QMainWindow,
    QTabWidget,
    QWidget,
)

from vae_desktop.readers import readers
from vae_desktop.training.run_folder import unfinished
from vae_desktop.ui.beside import Beside
from vae_desktop.ui.centre import Centre
from vae_desktop.ui.clearing import Clearing
from vae_desktop.ui.opening import opening_sample
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.room import Room, shared
from vae_desktop.ui.state import runs_folder
from vae_desktop.ui.status import StatusBar
from vae_desktop.ui.top_bar import TopBar, remember

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent

    from vae_desktop.training.run_folder import Run
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "below": Qt.DockWidgetArea.BottomDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "beside": Qt.DockWidgetArea.RightDockWidgetArea,
}
FRAME = QSize(8, 40)  # room for the window's own frame
LAYOUT_VERSION = 1


class MainWindow(QMainWindow):
    """Holds the panels; knows nothing of models."""

    def __init__(self, workspace: Workspace, themes: Themes) -> None:
        super().__init__()
        self.workspace = workspace
        self.themes = themes
        self.setObjectName("mainWindow")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, "left"), (Qt.Corner.TopLeftCorner, "left"),
            (Qt.Corner.BottomRightCorner, "right"), (Qt.Corner.TopRightCorner, "right"),
        ):  # fmt: skip
            self.setCorner(corner, AREAS[area])
        self.panels: dict[str, Panel] = {}
        self.docks: dict[str, QDockWidget] = {}
        self._painted = False
        self._paths: list[str] = []
        self._build_panels()
        self.top_bar = TopBar(self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.top_bar)
        self.setStatusBar(StatusBar(workspace, self))
        Clearing(self, workspace, self.centre.show_map)
        workspace.reading.taken.connect(remember)
        self._restore()
        workspace.dataset_changed.connect(self._retitle)
        workspace.run_changed.connect(self._retitle)
        self._retitle()

    # Building

    def _build_panels(self) -> None:
        for kind in sorted(panels.values(), key=lambda kind: kind.order):
            panel = self.panels[kind.name] = kind(self.workspace, self.themes, self)
            if kind.area == "centre":
                self.centre = Centre(panel, self.workspace, self.themes, self)
                self.setCentralWidget(self.centre)
                continue
            dock = self.docks[kind.name] = QDockWidget(kind.title, self)
            dock.setObjectName(f"{kind.name}Dock")
            dock.setTitleBarWidget(_grip(dock) if kind.area != "below" else _nothing(dock))
            dock.setWidget(Room(panel, kind.area == "below"))
            self.addDockWidget(AREAS[kind.area], dock)
        below = [self.docks[panel.name] for panel in self._in("below")]
        for first, second in itertools.pairwise(below):
            self.tabifyDockWidget(first, second)
        self.beside = Beside(self, {self.docks[panel.name]: panel for panel in self._in("beside")})
        view = self.findChild(QWidget, "mapView")
        if view is not None:  # a panel's own keys work over the map, too
            for panel in self.panels.values():
                view.addActions(panel.actions())

    def _in(self, area: str) -> list[Panel]:
        return [panel for panel in self.panels.values() if panel.area == area]

    def columns(self) -> dict[str, QDockWidget]:
        """The dock at the top of the left and of the right column, where there is one."""
        areas = {area: self._in(area) for area in ("left", "right")}
        return {area: self.docks[panels[0].name] for area, panels in areas.items() if panels}

    def panel(self, name: str) -> Panel:
        """The panel registered as `name`."""
        return self.panels[name]

    # Layout

    def _restore(self) -> None:
        self.resize(self.sizeHint().boundedTo(self.screen().availableSize() - FRAME))
        settings = QSettings()
        self._first_layout = self.saveState(LAYOUT_VERSION)
        geometry, state = settings.value("geometry"), settings.value("layout")
        self._placed = isinstance(state, QByteArray) and self.restoreState(state, LAYOUT_VERSION)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        for dock in self.docks.values():
            dock.topLevelChanged.connect(self._touch)
        # The form and the classes come with what is opened first: then one knows what the left column needs.
        self.workspace.jobs.changed.connect(self._share_again)

    def reset_layout(self) -> None:
        """Put all docks where they were at first."""
        self.restoreState(self._first_layout, LAYOUT_VERSION)
        for dock in self.docks.values():
            dock.setFloating(False)
            dock.setVisible(dock not in self.beside.docks)
        self._share_out()

    def _touch(self) -> None:
        """A hand moved something: from now on it stays."""
        self._placed = True

    def _share_again(self) -> None:
        if self._placed or not self._painted or self.workspace.dataset is None:
            return
        if not any(job.lane == "work" for job in self.workspace.jobs.running):
            self._placed = True
            QTimer.singleShot(0, self, self._share_left)  # once what came is laid out

    def _share_out(self) -> None:
        """First sizes of the docks."""
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        width = 290 if self.width() >= 1200 else 240
        sides = list(self.columns().values())
        self.resizeDocks(sides, [width] * len(sides), horizontal)
        below = [self.docks[panel.name] for panel in self._in("below")]
        below[0].raise_()
        self.resizeDocks(below, [max(180, round(self.height() * 0.29))] * len(below), vertical)
        self._share_left()

    def _share_left(self) -> None:
        """Give the panels of the left column the height that each needs; Model, which scrolls well, gives first."""
        left = [self.docks[panel.name] for panel in self._in("left")]
        docks = [dock for dock in left if not dock.isHidden() and not dock.isFloating()]
        if not docks:
            return
        needs = [self._needed(dock) for dock in docks]
        room = sum(dock.height() for dock in docks)
        model = self.docks.get("model")
        spare = docks.index(model) if model in docks else len(docks) - 1
        self.resizeDocks(docks, shared(needs, room, spare), Qt.Orientation.Vertical)

    def _needed(self, dock: QDockWidget) -> int:
        """Height of all of a dock's panel."""
        grip, scroll = dock.titleBarWidget(), dock.widget()
        assert isinstance(scroll, Room)
        panel, grip_height = scroll.widget(), 0 if grip is None else grip.height()
        return max(panel.sizeHint().height(), panel.heightForWidth(dock.width())) + grip_height

    def sizeHint(self) -> QSize:
        """The size of the first start."""
        return QSize(1440, 900)

    # Opening

    def begin(self, paths: Sequence[str]) -> None:
        """Show the bundled map at once; open `paths`, or load its model, once the window is painted."""
        self._paths = list(paths)
        if not paths:
            self.workspace.set_opened(opening_sample())

    def paintEvent(self, event: QPaintEvent) -> None:
        """After the first frame, begin what is slow."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.centralWidget().setFocus()
            QTimer.singleShot(0, self, self._begin_slow)

    def _begin_slow(self) -> None:
        centre = self.centralWidget()
        if not self._placed or centre.height() < centre.minimumSizeHint().height():
            self._share_out()
        self.beside.settle()
        if self._paths:
            self.open(self._paths)
        else:
            self.open_sample()
        self.workspace.jobs.run("work", unfinished, runs_folder()).done.connect(self._offer)

    def _offer(self, left_over: Sequence[Run]) -> None:
        if left_over:
            self.workspace.run_offered.emit(left_over[0])

    def open_sample(self) -> None:
        """Open the bundled model with its data."""
        self.centre.show_map()
        self.workspace.open_sample()

    def open(self, sources: Sequence[str]) -> None:
        """Open data, a model file or a run folder; remember it when it could be opened."""
        job = self.workspace.open(sources)
        self.centre.follow(sources, job)
        job.done.connect(lambda _: remember(sources))

    def ask_file(self) -> None:
        """Ask for a file, or several that are one dataset, and open it."""
        suffixes = sorted({f"*{suffix}" for reader in readers.values() for suffix in reader.suffixes})
        kinds = f"Data and models ({' '.join([*suffixes, '*.safetensors'])});;All files (*)"
        paths, _ = QFileDialog.getOpenFileNames(self, "Open data or a model", "", kinds)
        if paths:
            self.open(paths)

    def ask_folder(self) -> None:
        """Ask for a folder of images, or a run folder, and open it."""
        path = QFileDialog.getExistingDirectory(self, "Open a folder of images, or a run")
        if path:
            self.open([path])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.workspace.told.emit("Let go to open")

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.open(paths)

    # Menus, title, end

    def _retitle(self, *_: object) -> None:
        workspace = self.workspace
        parts = [workspace.dataset.name] if workspace.dataset is not None else []
        if workspace.run is not None:
            parts.append(workspace.run.path.name if workspace.run.path.name != "sample" else "bundled model")
        self.top_bar.set_subtitle(" — ".join(parts))
        self.setWindowTitle(" — ".join([*parts, "VAE Desktop"]))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask nothing, lose nothing: a training saves itself and is offered again at the next start."""
        settings = QSettings()
        settings.setValue("geometry", self.saveGeometry())
        settings.setValue("layout", self.saveState(LAYOUT_VERSION))
        self.hide()
        for panel in self.panels.values():
            panel.shutdown()
        self.workspace.jobs.shutdown()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take note of a hand that moves the seam between two docks: no child is there."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            at = event.position().toPoint()
            if self.childAt(at) is None:
                self._touch()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Stop hovering when the window is left."""
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.workspace.set_pointer(None)
        super().changeEvent(event)


def _grip(dock: QDockWidget) -> QWidget:
    """A quiet strip to take hold of a dock by."""
    grip = QWidget(dock)
    grip.setObjectName("dockGrip")
    grip.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    grip.setFixedHeight(8)
    grip.setCursor(Qt.CursorShape.SizeAllCursor)
    grip.setToolTip(f"Drag to move {dock.windowTitle()}, double click to let it float")
    return grip


def _nothing(dock: QDockWidget) -> QWidget:
    """No title bar: the tab says the title."""
    nothing = QWidget(dock)
    nothing.setFixedHeight(0)
    return nothing
