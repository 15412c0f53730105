"""What is selected: to look at, to change by name, class, value and neighbourhood, to compare, to keep, to export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vae_desktop.core.errors import UserError
from vae_desktop.latent.select import Known, statistics
from vae_desktop.ui.asking import Asking
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.selection_exports import selection_exports
from vae_desktop.ui.selection_jobs import count_classes, decode_small, growing_selection, read_small
from vae_desktop.ui.showing import count_hidden, hidden_now, showing
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.fitting_label import FittingLabel
from vae_desktop.ui.widgets.item_wall import ItemWall
from vae_desktop.ui.widgets.selection_tools import SelectionTools
from vae_desktop.ui.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.latent.select import How
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.widgets.item_view import Drawing
    from vae_desktop.ui.workspace import Workspace

EMPTY = "Nothing is selected. Drag with Shift over the map, choose a class, or find items by name or value."
NO_ITEMS = "Open data or a model first."


@panels.add("selection")
class SelectionPanel(Panel):
    """The selected items, and the tools that select."""

    name = "selection"
    title = "Selection"
    area = "below"
    order = 3
    help = "The selected items: what they are, what they have in common, and how to choose them."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._known: Known | None = None
        self._hidden: object = hidden_now(workspace)
        self._stale = True
        self._data: object = None  # whose items the wall shows
        self._build()
        self.asking = Asking(workspace, self.tools, lambda: self._seen, self)
        self._make_actions()
        self._connect()
        self._take_theme()
        self._take_data()

    def _build(self) -> None:
        self.tools = SelectionTools()
        self.count = FittingLabel()
        self.count.setObjectName("selectionCount")
        self.wall = ItemWall()
        self.wall.setObjectName("itemWall")
        self.wall.setAccessibleName("Selected items")
        self.wall.setToolTip("The selected items: click one to stand on it; Delete takes it out of the selection")
        head = QHBoxLayout()
        head.addWidget(self.count, 1)
        self.decoded = QPushButton("Decoded")
        self.decoded.setProperty("role", "segment")
        self.decoded.setObjectName("showDecoded")
        self.decoded.setAccessibleName("Show decoded items")
        self.decoded.setToolTip("Show what the model makes of the items' codes (reconstruction), not the items")
        self.decoded.setCheckable(True)
        self.decoded.clicked.connect(lambda: self.wall.renew())
        head.addWidget(self.decoded)
        right = QVBoxLayout()
        right.setSpacing(2 * SPACE)
        right.addLayout(head)
        right.addWidget(self.wall, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self.tools)
        layout.addLayout(right, 1)

    def _make_actions(self) -> None:
        for name, text, keys in (
            ("all", "Select all", "Ctrl+A"), ("none", "Select nothing", "Ctrl+Shift+A"),
            ("invert", "Invert the selection", "Ctrl+I"),
        ):  # fmt: skip
            action = QAction(text, self)
            action.setObjectName(f"{name}Action")
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(partial(self.select_whole, name))
            self.addAction(action)

    def _connect(self) -> None:
        workspace, tools = self.workspace, self.tools
        workspace.dataset_changed.connect(self._take_data)
        workspace.space_changed.connect(self._take_data)
        workspace.names_changed.connect(self._take_names)
        workspace.selection_changed.connect(self._take_selection)
        workspace.cursor_changed.connect(self._take_cursor)
        workspace.look_changed.connect(self._take_hidden)
        workspace.colours.changed.connect(self._take_hidden)
        self.themes.changed.connect(self._take_theme)
        tools.whole_wanted.connect(self.select_whole)
        tools.class_chosen.connect(self._select_class)
        tools.turned.connect(lambda _: self._refresh_page())
        tools.names.kept.connect(self._keep)
        tools.names.list.recalled.connect(self._recall)
        # Once the list is done with its own editing: renaming fills it anew.
        tools.names.list.renamed.connect(self._rename, Qt.ConnectionType.QueuedConnection)
        tools.names.list.forgotten.connect(
            lambda name: workspace.set_names(workspace.names.without(name), f"Forget {name}")
        )
        self.wall.wanted.connect(self._draw)
        self.wall.chosen.connect(self._stand)
        self.wall.looked_at.connect(self._preview)
        self.wall.dropped.connect(lambda item: workspace.select([item], "take", self))
        self.wall.set_names(workspace.called)

    @property
    def _placed(self) -> bool:
        """Whether the items have codes."""
        space = self.workspace.space
        return space is not None and len(space.posterior) > 0

    # From the workspace

    def _take_theme(self) -> None:
        self.wall.set_theme(self.themes.current)
        self.tools.set_theme(self.themes.current)

    def _take_data(self, _: object = None) -> None:
        """Other items, or other codes of the same ones."""
        self._stale = True
        self.asking.drop()
        self._refresh()

    def _take_names(self, _: object = None) -> None:
        self._take_data()
        names = self.workspace.names.selections
        self.tools.names.list.show_names({name: len(items) for name, items in names.items()})

    def _take_selection(self, by: object) -> None:
        if self._seen:
            self._show_selection(by is self)
            self._refresh_page()
            self.asking.take_selection()
        else:
            self._stale = True

    def _take_hidden(self, _: object = None) -> None:
        hidden = hidden_now(self.workspace)
        if hidden == self._hidden:
            return
        self._hidden = hidden
        if self._seen:
            self._say_count()
            self.asking.ask()
        else:
            self._stale = True

    def _take_cursor(self, _: object = None) -> None:
        cursor = self.workspace.cursor
        self.wall.mark(-1 if cursor is None else cursor.item)

    @property
    def _seen(self) -> bool:
        """Whether a person sees it: Qt calls what lies behind another tab visible, too."""
        return not self.visibleRegion().isEmpty()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show what changed while it was not seen."""
        super().paintEvent(event)
        if self._stale:
            QTimer.singleShot(0, self, self._refresh)

    def _refresh(self) -> None:
        """Take everything anew, once it is seen."""
        if not self._stale or not self._seen:
            return
        self._stale = False
        workspace = self.workspace
        space = workspace.space
        posterior = None if space is None else space.posterior
        self._known = known = Known.of(workspace.dataset, posterior, workspace.labels, workspace.classes)
        preparation = self._preparation
        if preparation is not None and preparation.kind == "image":
            self.wall.set_tall(preparation.shape[1] / preparation.shape[2])
        else:
            self.wall.set_tall(1.0)
        for part in (*self.tools.whole.values(), self.tools.gates.add, self.tools.search.field):
            part.setEnabled(known.n > 0)
        self.tools.whole["grow"].setEnabled(self._placed)
        self.decoded.setEnabled(space is not None and space.model is not None and workspace.dataset is not None)
        job = self.jobs.run("live:class-counts", count_classes, known)
        job.done.connect(partial(self.tools.set_classes, known.classes))
        data = posterior if workspace.dataset is None else workspace.dataset
        if data is not self._data or self.decoded.isChecked():
            self.wall.renew(blank=data is not self._data)
            self._data = data
        self._show_selection(False)
        self._take_cursor()
        self.asking.take(known)
        self._refresh_page()

    @property
    def _preparation(self) -> Preparation | None:
        space = self.workspace.space
        return space.model.preparation if space is not None and space.model is not None else self.workspace.preparation

    def _show_selection(self, stay: bool) -> None:
        selection, n = self.workspace.selection, self.workspace.count
        self.wall.set_hint(EMPTY if n else NO_ITEMS)
        self.wall.set_items(selection, stay)
        self._say_count()
        self.tools.names.save.setEnabled(len(selection) > 0)

    def _say_count(self) -> None:
        selection, n = self.workspace.selection, self.workspace.count
        self._tell_count(selection, 0)
        if len(selection) and any(hidden_now(self.workspace)):
            job = self.jobs.run("live:hidden", count_hidden, selection, showing(self.workspace), n)
            job.done.connect(partial(self._tell_count, selection))
            job.failed.connect(self.workspace.failed)

    def _tell_count(self, selection: np.ndarray, hidden: int) -> None:
        n = self.workspace.count
        if selection is not self.workspace.selection:
            return
        number, of, more = counted(len(selection)), f" of {counted(n)}", f"{counted(hidden)} hidden"
        texts = [f"{number}{of} selected", f"{number}{of}", number]
        if hidden:
            texts = [
                f"{texts[0]} · {counted(hidden)} of them hidden", f"{texts[1]} · {more}", f"{texts[1]}\n{more}",
                f"{number}\n{more}", number,
            ]  # fmt: skip
        self.count.set_texts(texts if n else [""])

    def _refresh_page(self) -> None:
        """What is costly to know is computed for the page that is seen."""
        if self._known is not None and self._seen and self.tools.page == "figures":
            job = self.jobs.run("live:statistics", statistics, self._known, self.workspace.selection)
            job.done.connect(self.tools.figures.set_statistics)
            job.failed.connect(self.workspace.failed)

    # The wall

    def _preview(self, item: int) -> None:
        """What is under the pointer is previewed everywhere; it leaves no trace."""
        self.workspace.set_pointer(self.workspace.place_of(item) if self._has_code(item) else None, self)

    def _stand(self, item: int) -> None:
        if self._has_code(item):
            self.workspace.set_cursor(self.workspace.place_of(item))

    def _has_code(self, item: int) -> bool:
        """Whether one can stand on an item."""
        return self.workspace.space is not None and self.workspace.space.has_code(item)

    def _draw(self, items: np.ndarray) -> None:
        workspace, space = self.workspace, self.workspace.space
        model = None if space is None else space.model
        side = self.wall.side
        decoded = self.decoded.isChecked() or workspace.dataset is None
        if decoded and model is not None and space is not None and self._placed:
            job = self.jobs.run("live:wall", decode_small, model, space.posterior.mu, items, side)
        elif workspace.dataset is not None and self._preparation is not None:
            job = self.jobs.run("live:wall", read_small, workspace.dataset, self._preparation, items, side)
        else:
            return
        job.done.connect(partial(self._show_drawn, self._data, items))
        job.failed.connect(workspace.failed)

    def _show_drawn(self, data: object, items: np.ndarray, drawn: list[Drawing]) -> None:
        if data is self._data:
            self.wall.set_drawn(items.tolist(), drawn)

    # Choosing

    def select_whole(self, name: str) -> None:
        """Select ``all``, ``none``, what is not selected (``invert``), or the neighbours, too (``grow``)."""
        workspace, n = self.workspace, self.workspace.count
        if name == "none":
            workspace.select(())
        elif name == "grow":
            self._grow()
        elif n:
            workspace.select(np.ones(n, bool), "flip" if name == "invert" else "replace", shown=True)

    def _grow(self) -> None:
        space, selection = self.workspace.space, self.workspace.selection
        if space is None or not len(selection):
            return
        job = self.jobs.run("grow", growing_selection, space.posterior.mu, selection, showing(self.workspace))

        def take(grown: np.ndarray) -> None:
            if self.workspace.selection is selection and len(grown) == self.workspace.count:
                self.workspace.select(grown, "add", shown=True)

        job.done.connect(take)
        job.failed.connect(self.workspace.failed)

    def _select_class(self, index: int, how: How) -> None:
        labels = self.workspace.labels
        if labels is not None:
            self.workspace.select(labels == index if index >= 0 else labels < 0, how)

    # Names

    def _keep(self, name: str) -> None:
        workspace = self.workspace
        try:
            names = workspace.names.with_selection(name, workspace.selection)
        except UserError as error:
            workspace.told.emit(str(error))
            return
        workspace.set_names(names, f"Name {name}")
        self.tools.names.field.clear()

    def _recall(self, name: str, how: How) -> None:
        self.workspace.select(self.workspace.names.selections[name], how)

    def _rename(self, old: str, new: str) -> None:
        try:
            names = self.workspace.names.renamed(old, new)
        except UserError as error:
            self.workspace.told.emit(str(error))
            self._take_names()
            return
        self.workspace.set_names(names, f"Rename {old}")

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The selected items as pictures or rows, and their codes."""
        return selection_exports(self, self._preparation)


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("selection")
