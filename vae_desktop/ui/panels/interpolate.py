"""From one place to another: a film strip between two anchors, to scrub, to play and to save."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.latent.interpolate import METHODS, interpolate
from vae_desktop.ui.finding import find_item
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import item_exports
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.anchor_button import PICTURE, AnchorButton
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.film_strip import FilmStrip
from vae_desktop.ui.widgets.item_view import item_pixmap
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent, QShowEvent

    from vae_desktop.latent.space import Space
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

FRAMES = (2, 9, 64)  # least, at first, most
FINE = 1000  # slider steps from A to B
TICK = 33  # ms between the pictures of a film
LASTS = 2.5  # seconds from A to B
WAYS = {
    "lerp": ("Straight", "Straight line: suits codes of items (linear interpolation, lerp)"),
    "slerp": ("Slerp", "Along a sphere around the middle: suits random codes (spherical interpolation, slerp)"),
}
HINT = "Press A and B over the map, or use the two buttons, to walk from one place to another."


@panels.add("interpolate")
class InterpolatePanel(Panel):
    """The way from anchor A to anchor B."""

    name = "interpolate"
    title = "Interpolate"
    area = "below"
    order = 0
    help = "What lies between two places of the map: frames on the way from A to B (interpolation)."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._method = "lerp"
        self._codes: np.ndarray | None = None  # of the frames, (n, d)
        self._t = 0.0
        self._forth = True
        self._on_way = False
        self._token = object()
        self._ticked_at = 0.0
        self._stale = True
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._build()
        workspace.anchors_changed.connect(self._refresh)
        workspace.space_changed.connect(self._refresh)
        workspace.cursor_changed.connect(self._take_cursor)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._refresh()

    # Building

    def _build(self) -> None:
        self._film = FilmStrip()
        self.strip = self._film.frames
        self.strip.setObjectName("filmStrip")
        self.strip.setAccessibleName("Frames from A to B")
        self.strip.setToolTip("What places on the way decode to; click one, or use the arrow keys, to go there")
        self.strip.chosen.connect(self._go_to)
        self.strip.walked.connect(self._go_to)
        self._hint = labelled("", "quiet", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.anchors = {name: AnchorButton(name) for name in ("A", "B")}
        for button in self.anchors.values():
            button.cursor_wanted.connect(self._from_cursor)
            button.item_named.connect(self._find)
            button.cleared.connect(lambda name: self.workspace.set_anchor(name, None))
        top = QHBoxLayout()
        top.setSpacing(2 * SPACE)
        top.addWidget(self.anchors["A"], 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._film, 1)
        top.addWidget(self._hint, 1)
        top.addWidget(self.anchors["B"], 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top)
        layout.addLayout(self._controls())
        layout.addStretch(1)

    def _controls(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        self.ways = QButtonGroup(self)
        for method in METHODS:
            title, tip = WAYS[method]
            button = QPushButton(title)
            button.setProperty("role", "segment")
            button.setObjectName(f"way-{method}")
            button.setAccessibleName(f"Way: {title}")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(method == self._method)
            button.clicked.connect(partial(self._choose, method))
            self.ways.addButton(button)
            row.addWidget(button)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("scrub")
        self.slider.setAccessibleName("Place on the way")
        self.slider.setToolTip("Walk from A to B; the cursor goes along")
        self.slider.setRange(0, FINE)
        self.slider.setMinimumWidth(50)
        self.slider.sliderPressed.connect(self._grab)
        self.slider.valueChanged.connect(self._scrub)
        self.count = QSpinBox()
        self.count.setObjectName("frames")
        self.count.setAccessibleName("Number of frames")
        self.count.setToolTip("How many frames, A and B among them")
        self.count.setRange(FRAMES[0], FRAMES[2])
        self.count.setValue(FRAMES[1])
        self.count.setSuffix(" frames")
        self.count.valueChanged.connect(self._refresh)
        self.play_action = QAction("Play", self)
        self.play_action.setObjectName("playAction")
        self.play_action.setToolTip("Play the way from A to B and back (Space)")
        self.play_action.setShortcut(QKeySequence(Qt.Key.Key_Space))
        self.play_action.triggered.connect(self.toggle)
        self.step_actions = (QAction("One frame back", self), QAction("One frame on", self))
        for action, keys, way in zip(self.step_actions, ("Ctrl+Left", "Ctrl+Right"), (-1, 1), strict=True):
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(partial(self.step, way))
        for action in (self.play_action, *self.step_actions):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            for widget in (self, self.strip, self.slider):  # the window adds the panel's actions to the map, too
                widget.addAction(action)
        self._play = QPushButton("Play")
        self._play.setObjectName("play")
        self._play.setAccessibleName("Play or pause")
        self._play.setToolTip(self.play_action.toolTip())
        self._play.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._play.clicked.connect(self.toggle)
        for part in (self.slider, self.count, self._play):
            row.addSpacing(2 * SPACE)
            row.addWidget(part, 1 if part is self.slider else 0)
        return row

    # From the workspace

    def _take_theme(self) -> None:
        self.strip.set_theme(self.themes.current)
        self._show_anchors()

    def _places(self) -> tuple[Space, Place, Place] | None:
        """The space and both anchors, when there is a way to walk."""
        space, anchors = self.workspace.space, self.workspace.anchors
        if space is None or space.model is None or len(anchors) < 2:
            return None
        a, b = anchors["A"], anchors["B"]
        return (space, a, b) if len(a.z) == len(b.z) == space.latent else None

    def _refresh(self, _: object = None) -> None:
        places = self._places()
        self._film.setVisible(places is not None)
        self._hint.setVisible(places is None)
        parts: list[QWidget | QAction] = [self.slider, self.count, self._play, *self.ways.buttons()]
        for part in (*parts, *self.step_actions):
            part.setEnabled(places is not None)
        for button in self.anchors.values():
            button.setEnabled(self.workspace.space is not None)
        if places is None:
            self._hint.setText(HINT if self.workspace.space is not None else "Train or open a model first.")
            self.pause()
            self._film.set_items(())
            if self._codes is not None:
                self._codes = None
                self.workspace.set_path(None, self)
        else:
            _, a, b = places
            self._codes = interpolate(a.z, b.z, self.count.value(), self._method)
            self.slider.setSingleStep(max(1, FINE // (len(self._codes) - 1)))
            self.workspace.set_path(self._codes, self)
        self._stale = True
        self._decode()

    def _decode(self) -> None:
        """Decode frames and anchors, once they can be seen."""
        if not self._stale or not self.isVisible():
            return
        self._stale = False
        self._show_anchors()
        places = self._places()
        if places is None or self._codes is None:
            return
        space = places[0]
        job = self.jobs.run("live:strip", space.decode, self._codes)
        job.done.connect(partial(self._show_frames, space, len(self._codes)))
        job.failed.connect(self.workspace.failed)

    def _show_frames(self, space: Space, count: int, items: np.ndarray) -> None:
        if self._codes is None or len(self._codes) != count or space.model is None:
            return
        captions = [f"{t:.2f}" for t in np.linspace(0, 1, count)]
        self._film.set_items(items, space.model.preparation, captions)
        self._mark()

    def _show_anchors(self) -> None:
        self._allow()
        space = self.workspace.space
        for name, button in self.anchors.items():
            place = self.workspace.anchors.get(name)
            button.set_label("" if place is None or place.item < 0 else self._item_name(place.item))
            if place is None or space is None or space.model is None or len(place.z) != space.latent:
                button.set_picture(None)
                continue
            job = self.jobs.run(f"live:anchor {name}", _picture, space, place)
            job.done.connect(partial(self._show_anchor, name, space, place))
            job.failed.connect(self.workspace.failed)

    def _show_anchor(self, name: str, space: Space, place: Place, item: np.ndarray) -> None:
        if self.workspace.anchors.get(name) is place and space.model is not None:
            ratio, preparation = self.devicePixelRatioF(), space.model.preparation
            self.anchors[name].set_picture(item_pixmap(item, PICTURE, ratio, preparation, self.themes.current))

    def _item_name(self, item: int) -> str:
        return f"#{item}" if self.workspace.dataset is None else self.workspace.dataset.item_name(item)

    def _take_cursor(self, by: object) -> None:
        if by is not self:
            self._on_way = False
            self.strip.mark(-1)
        self._allow()

    def _allow(self) -> None:
        workspace = self.workspace
        items = workspace.space is not None and len(workspace.space.posterior) > 0
        for name, button in self.anchors.items():
            button.allow(workspace.cursor is not None, items, name in workspace.anchors)

    def showEvent(self, event: QShowEvent) -> None:
        """Decode what was left while hidden."""
        super().showEvent(event)
        self._decode()

    def hideEvent(self, event: QHideEvent) -> None:
        """A film nobody sees stops."""
        super().hideEvent(event)
        self.pause()

    # Anchors

    def _from_cursor(self, name: str) -> None:
        if self.workspace.cursor is not None:
            self.workspace.set_anchor(name, self.workspace.cursor)

    def _find(self, name: str, text: str) -> None:
        space = self.workspace.space
        if space is None:
            return
        job = self.jobs.run("live:find", find_item, self.workspace.dataset, len(space.posterior), text)
        job.done.connect(lambda item: self.workspace.set_anchor(name, self.workspace.place_of(item)))
        job.failed.connect(self.workspace.failed)

    # On the way

    def _choose(self, method: str) -> None:
        self._method = method
        self._refresh()

    def _at(self, t: float) -> Place | None:
        """The place at `t`, 0 at A, 1 at B; an end is its anchor itself."""
        if (places := self._places()) is None:
            return None
        _, a, b = places
        if t in (0, 1):
            return b if t else a
        ends = a.z.astype(np.float64), b.z.astype(np.float64)
        return Place(METHODS[self._method](*ends, np.array([[t]]))[0].astype(np.float32))

    def _grab(self) -> None:
        self._token = object()

    def _scrub(self, value: int) -> None:
        self.pause()
        if not self.slider.isSliderDown():
            self._grab()
        self._walk(value / FINE, self._token)

    def _walk(self, t: float, token: object) -> None:
        """Put the cursor at `t`; the same token, the same step of undo."""
        place = self._at(t)
        if place is not None:
            self._stand(t)
            self.workspace.set_cursor(place, self, token)

    def _go_to(self, index: int) -> None:
        self.pause()
        self._set_slider(t := index / max(1, len(self.strip) - 1))
        self._walk(t, object())

    def step(self, way: int) -> None:
        """Go one frame on (1) or back (−1)."""
        last = len(self.strip) - 1
        if last > 0:
            self._go_to(min(max(round(self._t * last) + way, 0), last))

    def _set_slider(self, t: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(t * FINE))
        self.slider.blockSignals(False)

    def _stand(self, t: float) -> None:
        """Show that one stands at `t`."""
        self._t, self._on_way = t, True
        self._mark()

    def _mark(self) -> None:
        if self._on_way:
            self._film.stand_on(round(self._t * max(0, len(self.strip) - 1)))

    # The film

    def toggle(self) -> None:
        """Play, or pause."""
        if self._timer.isActive():
            self.pause()
        elif self._places() is not None:
            self._ticked_at = time.monotonic()
            self._timer.start()
            self._name_play("Pause")

    def pause(self) -> None:
        """Stop the film where it is."""
        if self._timer.isActive():
            self._timer.stop()
            self._name_play("Play")
            self.workspace.set_pointer(None, self)

    def _name_play(self, text: str) -> None:
        self._play.setText(text)
        self.play_action.setText(text)

    def _tick(self) -> None:
        """Move the preview on, there and back; the cursor and its history stay as they are."""
        now = time.monotonic()
        t = self._t + (now - self._ticked_at) / LASTS * (1 if self._forth else -1)
        self._ticked_at = now
        if not 0 <= t <= 1:
            t, self._forth = min(max(t, 0.0), 1.0), t < 0
        self._set_slider(t)
        self._stand(t)
        self.workspace.set_pointer(self._at(t), self)

    def shutdown(self) -> None:
        """Stop the film."""
        self.pause()

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """A film, a sheet, single pictures, arrays."""
        places = self._places()
        if places is None or self._codes is None:
            return []
        space, codes = places[0], self._codes
        assert space.model is not None
        arrays = {"z": codes, "t": np.linspace(0, 1, len(codes))}
        return item_exports(self, space.model.preparation, lambda: space.decode(codes[None]), arrays, film=True)


def _picture(space: Space, place: Place) -> np.ndarray:
    """The item itself where it is at hand, else what its place decodes to."""
    assert space.model is not None
    if space.dataset is not None and 0 <= place.item < len(space.dataset):
        items = space.model.preparation.show(np.asarray(space.dataset.x[place.item : place.item + 1]))
        return items.reshape(items.shape[1:])
    return space.decode(place.z)
