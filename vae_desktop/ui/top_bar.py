"""The bar at the top of the window: its name, its menus, undo, and the blue button."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from vae_desktop.core.values import source_of, sources_of
from vae_desktop.readers import readers
from vae_desktop.ui import help_pages
from vae_desktop.ui.clearing_cache import ClearingCache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.ui.main_window import MainWindow

RECENT = 8


class TopBar(QToolBar):
    """What one does with the window as a whole."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__("Tools", window)
        self._window = window
        self.setObjectName("topBar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        name = QLabel("VAE Desktop")
        name.setObjectName("appName")
        self._subtitle = QLabel()
        self._subtitle.setObjectName("subtitle")
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (name, self._subtitle, space):
            self.addWidget(widget)
        self.addWidget(_menu_button("Open…", "open", "Open data, a model file or a run folder", self._open_menu()))
        self._add_undo()
        self.export_menu = QMenu(window)
        self.export_menu.aboutToShow.connect(self._fill_export)
        export = _menu_button("Export ▾", "export", "Save pictures, films, codes or the map (Ctrl+E)", self.export_menu)
        self.addWidget(export)
        self._add(window, "Export", export.showMenu, QKeySequence("Ctrl+E"))
        self.addWidget(_menu_button("View ▾", "view", "Panels, the data sheet, the theme", self._view_menu()))
        self.addWidget(_menu_button("?", "help", "Help and glossary", self._help_menu()))
        for panel in window.panels.values():
            top = panel.top_action()
            if top is not None:
                self.addWidget(_primary_button(top))

    def set_subtitle(self, text: str) -> None:
        """Say what is open."""
        self._subtitle.setText(text)

    def _open_menu(self) -> QMenu:
        window = self._window
        self._recent = QMenu("Recent", window)
        self._recent.aboutToShow.connect(self._fill_recent)
        menu = QMenu(window)
        self._add(menu, "Open &file…", window.ask_file, QKeySequence.StandardKey.Open)
        self._add(menu, "Open f&older…", window.ask_folder, QKeySequence("Ctrl+Shift+O"))
        menu.addMenu(self._recent)
        menu.addSeparator()
        for reader in readers.values():
            if reader.builtin:
                self._add(menu, f"Built-in {reader.builtin}", partial(window.open, [reader.builtin]))
        self._add(menu, "Bundled model", window.open_sample)
        return menu

    def _add_undo(self) -> None:
        window = self._window
        undo = window.workspace.undo
        for action, text, keys in (
            (undo.createUndoAction(window, "Undo"), "Undo", [QKeySequence.StandardKey.Undo]),
            (undo.createRedoAction(window, "Redo"), "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"]),
        ):
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setIconText(text)
            action.setToolTip(f"{text} changes of the cursor, anchors, selection and view")
            self.addAction(action)
            button = self.widgetForAction(action)
            button.setObjectName(text.lower())
            button.setAccessibleName(text)

    def _view_menu(self) -> QMenu:
        window = self._window
        menu = QMenu(window)
        for areas in (("beside",), ("left", "below", "right")):  # what is hidden at first comes first: it must be found
            docks = [(areas.index(panel.area), panel) for panel in window.panels.values() if panel.area in areas]
            for _, panel in sorted(docks, key=lambda one: (one[0], one[1].order)):
                dock = window.docks[panel.name]
                action = window.beside.actions.get(dock) or dock.toggleViewAction()
                action.setToolTip(panel.help)
                menu.addAction(action)
            menu.addSeparator()
        self._add(menu, "Put all back", window.reset_layout)
        sheet = self._add(menu, "&Data sheet", window.centre.toggle_sheet, QKeySequence("Ctrl+D"))
        sheet.setToolTip("What was understood of the data, and what was guessed, in the map's place")
        menu.addSeparator()
        theme = menu.addMenu("Theme")
        for choice in ("system", "dark", "light"):
            action = self._add(theme, choice.capitalize(), partial(window.themes.choose, choice))
            action.setCheckable(True)
            theme.aboutToShow.connect(
                lambda action=action, choice=choice: action.setChecked(window.themes.choice == choice)
            )
        menu.addSeparator()
        ClearingCache(menu, window.workspace, window)
        menu.setToolTipsVisible(True)
        return menu

    def _help_menu(self) -> QMenu:
        window = self._window
        menu = QMenu(window)
        self._add(menu, "Glossary", lambda: help_pages.show_glossary(window), QKeySequence("F1"))
        self._add(menu, "Mouse and keyboard", lambda: help_pages.show_keys(window))
        self._add(menu, "Show the log file", lambda: help_pages.show_log(window))
        self._add(menu, "About", lambda: help_pages.show_about(window))
        return menu

    def _add(
        self,
        where: QWidget,
        text: str,
        do: Callable[[], object],
        keys: QKeySequence.StandardKey | QKeySequence | None = None,
    ) -> QAction:
        action = QAction(text, self._window)
        action.triggered.connect(lambda: do())
        if keys is not None:
            action.setShortcut(keys)
            self._window.addAction(action)
        if where is not self._window:
            where.addAction(action)
        return action

    def _fill_recent(self) -> None:
        self._recent.clear()
        for source in _strings(QSettings().value("recent")):
            sources = sources_of(source)
            more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
            self._add(self._recent, f"{sources[0]}{more}".replace("&", "&&"), partial(self._window.open, sources))
        if self._recent.isEmpty():
            self._recent.addAction("Nothing yet").setEnabled(False)

    def _fill_export(self) -> None:
        self.export_menu.clear()
        for panel in self._window.panels.values():
            for label, do in panel.exports():
                self._add(self.export_menu, label, do)
        if self.export_menu.isEmpty():
            self.export_menu.addAction("Nothing to export yet").setEnabled(False)


def remember(sources: Sequence[str]) -> None:
    """Put what was opened at the top of the Recent menu."""
    settings = QSettings()
    opened = source_of(sources)
    recent = [one for one in _strings(settings.value("recent")) if one != opened]
    settings.setValue("recent", [opened, *recent][:RECENT])


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
    # It is off while it works: a focus it had taken from the hand would go on to any other field.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

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
