"""The space in three dimensions: turned by hand, and every dot of it decodes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_desktop.ui.colouring import shown_items
from vae_desktop.ui.dots import item_tip
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import FILMS, ask_and_save
from vae_desktop.ui.turn_jobs import laying, saving, turning
from vae_desktop.ui.widgets.flow_layout import FlowLayout
from vae_desktop.ui.widgets.projection_tools import axis_title
from vae_desktop.ui.widgets.turn_paint import Standing
from vae_desktop.ui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from PySide6.QtGui import QShowEvent

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.turn_jobs import Laid
    from vae_desktop.ui.widgets.turn_raster import Drawn
    from vae_desktop.ui.workspace import Workspace

WAYS = {
    "pca": ("PCA", "The three directions in which the codes spread most (principal component analysis)"),
    "axes": ("Axes", "Three latent dimensions as they are"),
}
FLAT = {1: "One latent dimension: all lies on a line", 2: "Two latent dimensions: all lies on a sheet"}
NOTHING = "Open a model, or train one, and its space turns here"


@panels.add("turn")
class TurnPanel(Panel):
    """Every item as a dot among three axes."""

    name = "turn"
    title = "3-D"
    area = "beside"
    order = 0
    help = "Every item as a dot in three dimensions of its code z; drag to turn it."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._way = ""  # "": what suits the space
        self._axes: tuple[int, ...] = ()
        self._laid: Laid | None = None
        self._of = workspace.opened  # which data the camera was turned to
        self._asked: tuple[object, ...] = ()
        self.view = TurnView()
        self.view.setObjectName("turnView")
        self.view.setAccessibleName("The space in three dimensions")
        self.setFocusProxy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._tools())
        layout.addWidget(self.view, 1)
        self._connect()

    def _tools(self) -> QWidget:
        tools = QWidget()
        tools.setObjectName("turnTools")
        tools.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        lines = QWidget()
        flow = FlowLayout(lines)
        margins = QHBoxLayout(tools)
        margins.setContentsMargins(12, 5, 12, 5)
        margins.addWidget(lines)
        group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for name, (title, tip) in WAYS.items():
            button = self._buttons[name] = _button(title, f"turn-{name}", f"Three dimensions by: {title}", tip)
            button.setProperty("role", "segment")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self._choose(name))
            group.addButton(button)
        flow.addWidget(_row(*self._buttons.values(), apart=0))
        self._spin = _button("Turn", "turnSpin", "Turn by itself", "Turn the space slowly, until this is pressed again")
        self._spin.setProperty("role", "segment")
        self._spin.setCheckable(True)
        reset = _button("Reset", "turnReset", "Look as at first", "Look from where one looked at first (Home)")
        reset.clicked.connect(self.view.reset)
        flow.addWidget(_row(self._spin, reset))
        self._count = QLabel()
        self._count.setObjectName("turnCount")
        self._count.setProperty("role", "quiet")
        self._count.setToolTip("How many items are drawn; while it turns a fair part of many, at rest all")
        self._count.setMinimumHeight(reset.sizeHint().height())
        flow.addWidget(self._count)
        self._boxes = tuple(QComboBox() for _ in range(3))
        for number, box in enumerate(self._boxes):
            box.setObjectName(f"turn-axis-{number + 1}")
            box.setAccessibleName(f"Latent dimension of axis {number + 1}")
            box.setToolTip("Which latent dimension this axis shows; the most informative (KL) come first")
            box.activated.connect(lambda _, number=number: self._choose_axis(number))
        self._dimensions = _row(*self._boxes)
        flow.addWidget(self._dimensions)
        return tools

    def _connect(self) -> None:
        workspace, view = self.workspace, self.view
        for signal in (
            workspace.space_changed, workspace.dataset_changed, workspace.look_changed, workspace.selection_changed,
        ):  # fmt: skip
            signal.connect(self._refresh)
        workspace.colours.changed.connect(self._refresh)
        for signal in (workspace.cursor_changed, workspace.anchors_changed, workspace.path_changed):
            signal.connect(self._take_standing)
        workspace.pointer_changed.connect(self._take_pointer)
        self.themes.changed.connect(self._take_theme)
        self._spin.toggled.connect(view.spin)
        view.spinning_changed.connect(self._spin.setChecked)
        view.hovered.connect(self._hover)
        view.left.connect(lambda: workspace.set_pointer(None, self))
        view.clicked.connect(self._click)
        view.anchor_asked.connect(self._set_anchor)
        view.cleared.connect(self._clear)
        view.drawn_changed.connect(self._show_count)
        view.whole_wanted.connect(self._paint_whole)

    # From the workspace

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._take_theme()
        self._refresh()

    def _take_theme(self) -> None:
        if self.isVisible():
            theme = self.themes.current
            self.view.set_paints(theme, () if self._laid is None else self._laid.colouring.colours(theme))

    def _refresh(self, _: object = None) -> None:
        """Lay the space out anew if something of it changed."""
        space = self.workspace.space
        if not self.isVisible():
            return
        if space is None:
            self._laid, self._asked = None, ()
            self.view.set_points(None)
            self._take_tools()
        elif len((colouring := self.workspace.colours.current).groups) == len(space.posterior):  # else they will follow
            workspace, hidden = self.workspace, (self.workspace.look.hidden, self.workspace.colours.hidden_kinds)
            selection = workspace.selection
            key = (space.posterior, colouring, *hidden, self._way, self._axes, selection)
            if any(new is not old for new, old in zip(key, self._asked, strict=False)) or not self._asked:
                self._asked = key
                shown = partial(shown_items, colouring, workspace.labels, len(workspace.own_classes), *hidden)
                made = (space.posterior, self._way, self._axes, colouring, shown, selection, self._laid)
                job = self.jobs.run("live:turn", laying, *made)
                job.done.connect(self._take_laid)
                job.failed.connect(self.workspace.failed)
        self._take_standing()

    def _take_laid(self, laid: Laid) -> None:
        space = self.workspace.space
        if space is None or not self.isVisible():
            self._asked = ()
            return
        self._laid = laid
        if self._of != self.workspace.opened:  # what was looked at closely is not there any more
            self._of = self.workspace.opened
            self.view.fit()
        self._take_theme()
        self.view.set_points(laid.raster, [_axis(label) for label in laid.projection.labels])
        self._take_tools()
        self._take_standing()

    def _take_tools(self) -> None:
        laid = self._laid
        for name, button in self._buttons.items():
            button.setChecked(laid is not None and laid.way == name)
            button.setEnabled(laid is not None and len(laid.order) > 2)
        self._dimensions.setVisible(laid is not None and laid.way == "axes" and len(laid.order) > 2)
        self.view.setEnabled(laid is not None)
        if laid is None:
            self.view.set_hint(NOTHING)
            self._count.setText("")
            return
        self.view.set_hint(FLAT.get(len(laid.order), ""))
        for box, axis in zip(self._boxes, laid.axes, strict=False):
            if [box.itemData(i) for i in range(box.count())] != list(laid.order):
                box.clear()
                for j in laid.order:
                    box.addItem(_axis(f"z{j + 1}"), j)
            box.setCurrentIndex(box.findData(axis))
        self._buttons["pca"].setToolTip(
            " · ".join(laid.projection.labels) if laid.way == "pca" and len(laid.order) > 2 else WAYS["pca"][1]
        )

    def _show_count(self, drawn: int) -> None:
        total = self.view.raster.total
        text = f"{drawn:,}" if drawn == total else f"{drawn:,} of {total:,}"
        self._count.setText(f"{text} items".replace(",", "\u2009") if total else "")

    def _place(self, codes: np.ndarray | None) -> np.ndarray | None:
        if self._laid is None or codes is None or codes.shape[-1] != len(self._laid.order):
            return None
        return self._laid.projection.place(codes)

    def _take_standing(self, _: object = None) -> None:
        if not self.isVisible():
            return
        workspace = self.workspace
        cursor = None if workspace.cursor is None else self._place(workspace.cursor.z)
        anchors = {name: at for name, one in workspace.anchors.items() if (at := self._place(one.z)) is not None}
        self.view.set_standing(Standing(cursor, anchors, self._place(workspace.path)))

    def _take_pointer(self, by: object) -> None:
        """Show where one looks elsewhere."""
        pointer = self.workspace.pointer
        if self.isVisible():
            self.view.set_player(None if by is self or pointer is None else self._place(pointer.z))

    def _paint_whole(self, paint: Callable[[], Drawn]) -> None:
        job = self.jobs.run("live:turn all", paint)
        job.done.connect(lambda drawn: self.view.set_whole(paint, drawn))
        job.failed.connect(self.workspace.failed)

    # From the hand

    def _choose(self, way: str) -> None:
        self._way = way
        self._refresh()

    def _choose_axis(self, number: int) -> None:
        if self._laid is None:
            return
        axes, chosen = list(self._laid.axes), int(self._boxes[number].currentData())
        if chosen in axes:  # they change places
            axes[axes.index(chosen)] = axes[number]
        axes[number] = chosen
        self._way, self._axes = "axes", tuple(axes)
        self._refresh()

    def _known(self, item: int) -> int:
        """The item, or −1 if the dots are still those of another space."""
        space = self.workspace.space
        return item if space is not None and self._laid is not None and space.posterior is self._laid.posterior else -1

    def _hover(self, item: int) -> None:
        item, space = self._known(item), self.workspace.space
        self.view.set_tip(item_tip(self.workspace, space, item) if item >= 0 and space is not None else ())
        if item >= 0:
            self.workspace.set_pointer(self.workspace.place_of(item), self)
        elif self.workspace.pointer is not None:
            self.workspace.set_pointer(None, self)

    def _click(self, item: int) -> None:
        if self._known(item) >= 0:
            self.workspace.stand(self.workspace.place_of(item), (item,))

    def _set_anchor(self, letter: str, item: int) -> None:
        if self._known(item) >= 0:
            self.workspace.set_anchor(letter, self.workspace.place_of(item))

    def _clear(self) -> None:
        if self.workspace.cursor is not None or len(self.workspace.selection):
            self.workspace.stand(None, text="Clear")

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """A full turn as a film."""
        if self._laid is None or not self.isVisible():
            return []
        return [("3-D turn as GIF…", self._save_film)]

    def _save_film(self) -> None:
        view, laid = self.view, self._laid
        assert laid is not None
        labels = [_axis(label) for label in laid.projection.labels]
        make = partial(turning, laid.raster, view.camera, view.paints, labels, view.standing, QFont(self.font()))
        ask_and_save(self, "Save the turn", "turn", FILMS, make, saving)


def _axis(label: str) -> str:
    """``z1`` as z₁, ``PC 1 (43 %)`` as PC 1."""
    return axis_title(label).partition(" (")[0]


def _button(title: str, name: str, called: str, tip: str) -> QPushButton:
    button = QPushButton(title)
    button.setObjectName(name)
    button.setAccessibleName(called)
    button.setToolTip(tip)
    return button


def _row(*parts: QWidget, apart: int = 4) -> QWidget:
    """Parts that stay together in one line."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(apart)
    for part in parts:
        layout.addWidget(part)
    return row


if __name__ == "__main__":
    from vae_desktop.ui.alone import show

    show("turn")
