"""The window: top bar, docks, status bar; what is dropped on it is opened."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from vae_desktop.readers import readers
from vae_desktop.training.run_folder import unfinished
from vae_desktop.ui import help_pages
from vae_desktop.ui.opening import opening_sample
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.status import StatusBar
from vae_desktop.ui.workspace import runs_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent

    from vae_desktop.training.run_folder import Run
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "below": Qt.DockWidgetArea.BottomDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
}
Keys = QKeySequence.StandardKey | QKeySequence | None
FRAME = QSize(8, 40)  # room for the window's own frame
LAYOUT_VERSION = 1
RECENT = 8


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
        self._build_top_bar()
        self.setStatusBar(StatusBar(workspace, self))
        self._restore()
        workspace.dataset_changed.connect(self._retitle)
        workspace.run_changed.connect(self._retitle)
        self._retitle()

    # Building

    def _build_panels(self) -> None:
        for kind in sorted(panels.values(), key=lambda kind: kind.order):
            panel = self.panels[kind.name] = kind(self.workspace, self.themes, self)
            if kind.area == "centre":
                self.setCentralWidget(panel)
                continue
            dock = self.docks[kind.name] = QDockWidget(kind.title, self)
            dock.setObjectName(f"{kind.name}Dock")
            dock.setTitleBarWidget(_grip(dock) if kind.area != "below" else _nothing(dock))
            scroll = QScrollArea()
            scroll.setFrameShape(QScrollArea.Shape.NoFrame)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidgetResizable(True)
            scroll.setWidget(panel)
            dock.setWidget(scroll)
            self.addDockWidget(AREAS[kind.area], dock)
        below = [self.docks[panel.name] for panel in self._in("below")]
        for first, second in itertools.pairwise(below):
            self.tabifyDockWidget(first, second)
        view = self.findChild(QWidget, "mapView")
        if view is not None:  # a panel's own keys work over the map, too
            for panel in self.panels.values():
                view.addActions(panel.actions())

    def _in(self, area: str) -> list[Panel]:
        return [panel for panel in self.panels.values() if panel.area == area]

    def panel(self, name: str) -> Panel:
        """The panel registered as `name`."""
        return self.panels[name]

    def _build_top_bar(self) -> None:
        bar = QToolBar("Tools", self)
        bar.setObjectName("topBar")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        name = QLabel("VAE Desktop")
        name.setObjectName("appName")
        self._subtitle = QLabel()
        self._subtitle.setObjectName("subtitle")
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (name, self._subtitle, space):
            bar.addWidget(widget)
        self._recent = QMenu("Recent", self)
        self._recent.aboutToShow.connect(self._fill_recent)
        open_menu = QMenu(self)
        self._add(open_menu, "Open &file…", self.ask_file, QKeySequence.StandardKey.Open)
        self._add(open_menu, "Open f&older…", self.ask_folder, QKeySequence("Ctrl+Shift+O"))
        open_menu.addMenu(self._recent)
        open_menu.addSeparator()
        for reader in readers.values():
            if reader.builtin:
                self._add(open_menu, f"Built-in {reader.builtin}", partial(self.open, [reader.builtin]))
        self._add(open_menu, "Bundled model", self.open_sample)
        bar.addWidget(_menu_button("Open…", "open", "Open data, a model file or a run folder", open_menu))

        undo = self.workspace.undo
        for action, text, keys in (
            (undo.createUndoAction(self, "Undo"), "Undo", [QKeySequence.StandardKey.Undo]),
            (undo.createRedoAction(self, "Redo"), "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"]),
        ):
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setIconText(text)
            action.setToolTip(f"{text} changes of the cursor, anchors, selection and view")
            bar.addAction(action)
            button = bar.widgetForAction(action)
            button.setObjectName(text.lower())
            button.setAccessibleName(text)

        self._export = QMenu(self)
        self._export.aboutToShow.connect(self._fill_export)
        export = _menu_button("Export ▾", "export", "Save pictures, films, codes or the map (Ctrl+E)", self._export)
        bar.addWidget(export)
        self._add(self, "Export", export.showMenu, QKeySequence("Ctrl+E"))
        bar.addWidget(_menu_button("?", "help", "Help, glossary, look and layout", self._help_menu()))
        for panel in self.panels.values():
            top = panel.top_action()
            if top is not None:
                bar.addWidget(_primary_button(top))
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)

    def _help_menu(self) -> QMenu:
        menu = QMenu(self)
        self._add(menu, "Glossary", lambda: help_pages.show_glossary(self), QKeySequence("F1"))
        self._add(menu, "Mouse and keyboard", lambda: help_pages.show_keys(self))
        theme = menu.addMenu("Theme")
        for choice in ("system", "dark", "light"):
            action = self._add(theme, choice.capitalize(), partial(self.themes.choose, choice))
            action.setCheckable(True)
            theme.aboutToShow.connect(
                lambda action=action, choice=choice: action.setChecked(self.themes.choice == choice)
            )
        view = menu.addMenu("Panels")
        for dock in self.docks.values():
            view.addAction(dock.toggleViewAction())
        view.addSeparator()
        self._add(view, "Put all back", self.reset_layout)
        self._add(menu, "Show the log file", lambda: help_pages.show_log(self))
        self._add(menu, "About", lambda: help_pages.show_about(self))
        return menu

    def _add(
        self,
        where: QWidget,
        text: str,
        do: Callable[[], object],
        keys: QKeySequence.StandardKey | QKeySequence | None = None,
    ) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: do())
        if keys is not None:
            action.setShortcut(keys)
            self.addAction(action)
        if where is not self:
            where.addAction(action)
        return action

    # Layout

    def _restore(self) -> None:
        self.resize(self.sizeHint().boundedTo(self.screen().availableSize() - FRAME))
        settings = QSettings()
        self._first_layout = self.saveState(LAYOUT_VERSION)
        geometry, state = settings.value("geometry"), settings.value("layout")
        self._placed = isinstance(state, QByteArray) and self.restoreState(state, LAYOUT_VERSION)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)

    def reset_layout(self) -> None:
        """Put all docks where they were at first."""
        self.restoreState(self._first_layout, LAYOUT_VERSION)
        for dock in self.docks.values():
            dock.setFloating(False)
            dock.show()
        self._share_out()

    def _share_out(self) -> None:
        """First sizes of the docks."""
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        left, right = self._in("left"), self._in("right")
        width = 290 if self.width() >= 1200 else 240
        sides = [self.docks[panels[0].name] for panels in (left, right) if panels]
        self.resizeDocks(sides, [width] * len(sides), horizontal)
        below = [self.docks[panel.name] for panel in self._in("below")]
        below[0].raise_()
        self.resizeDocks(below, [max(180, round(self.height() * 0.29))] * len(below), vertical)
        docks = [self.docks[panel.name] for panel in left]
        self.resizeDocks(docks, [max(60, panel.sizeHint().height()) for panel in left], vertical)

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
        if not self._placed:
            self._share_out()
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
        self.workspace.open_sample()

    def open(self, sources: Sequence[str]) -> None:
        """Open data, a model file or a run folder; remember it when it could be opened."""
        job = self.workspace.open(sources)
        job.done.connect(lambda _: self._remember(sources))

    def _remember(self, sources: Sequence[str]) -> None:
        settings = QSettings()
        recent = [one for one in _strings(settings.value("recent")) if one not in sources]
        settings.setValue("recent", [*sources, *recent][:RECENT])

    def _fill_recent(self) -> None:
        self._recent.clear()
        for source in _strings(QSettings().value("recent")):
            self._add(self._recent, source, partial(self.open, [source]))
        if self._recent.isEmpty():
            self._recent.addAction("Nothing yet").setEnabled(False)

    def ask_file(self) -> None:
        """Ask for a file and open it."""
        suffixes = sorted({f"*{suffix}" for reader in readers.values() for suffix in reader.suffixes})
        kinds = f"Data and models ({' '.join([*suffixes, '*.safetensors'])});;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self, "Open data or a model", "", kinds)
        if path:
            self.open([path])

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

    def _fill_export(self) -> None:
        self._export.clear()
        for panel in self.panels.values():
            for label, do in panel.exports():
                self._add(self._export, label, do)
        if self._export.isEmpty():
            self._export.addAction("Nothing to export yet").setEnabled(False)

    def _retitle(self, *_: object) -> None:
        workspace = self.workspace
        parts = [workspace.dataset.name] if workspace.dataset is not None else []
        if workspace.run is not None:
            parts.append(workspace.run.path.name if workspace.run.path.name != "sample" else "bundled model")
        self._subtitle.setText(" — ".join(parts))
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


def _menu_button(text: str, name: str, tip: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setAccessibleName(tip)
    button.setToolTip(tip)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button


def _primary_button(action: QAction) -> QPushButton:
    button = QPushButton()
    button.setObjectName(f"{action.objectName()}TopButton")
    button.setProperty("role", "primary")

    def follow() -> None:
        button.setText(action.text())
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())

    action.changed.connect(follow)
    button.clicked.connect(action.trigger)
    follow()
    return button


def _strings(value: object) -> list[str]:
    """QSettings gives a list of one back as a string."""
    return [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []
