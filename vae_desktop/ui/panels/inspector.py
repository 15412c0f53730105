"""The inspector: what the place where one stands decodes to, where it is, and what is near it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_desktop.export.images import save_picture
from vae_desktop.export.tables import save_rows
from vae_desktop.latent.codebook_use import codebook_use
from vae_desktop.latent.fill import OTHERS
from vae_desktop.latent.projections import projections
from vae_desktop.ui.conditions import ClassChoice
from vae_desktop.ui.dots import codes_told
from vae_desktop.ui.inspector_jobs import SHOWN, book_size, decode_one, dimensions, nearest_items, samples, trust
from vae_desktop.ui.panels import Panel, panels
from vae_desktop.ui.saving import STILLS, TABLES, ask_and_save
from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import Card, labelled
from vae_desktop.ui.widgets.code_sliders import CodeSliders
from vae_desktop.ui.widgets.code_use import CodeUse
from vae_desktop.ui.widgets.decoded_view import DecodedView
from vae_desktop.ui.widgets.item_grid import ItemGrid
from vae_desktop.ui.widgets.row_view import Beside
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.space import Space
    from vae_desktop.latent.trust import Density, Verdict
    from vae_desktop.ui.inspector_jobs import Here, Trust
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace


REFIT = 0.25  # seconds for each thousand items: what is usual in a training is learned anew no more often
AFTER = 60  # ms: the surroundings follow the cursor a little later than the picture
WORDS: dict[Verdict | None, str] = {
    "inside": "● Inside the data", "edge": "◐ At the edge of the data", "outside": "○ Outside the data",
    None: "Too few items to tell what is usual",
}  # fmt: skip
TOLD_EVERY = 200  # ms between decode times in the status bar


@panels.add("inspector")
class InspectorPanel(Panel):
    """Decodes the pointer's place, else the cursor's, else the middle of the data."""

    name = "inspector"
    title = "Inspector"
    area = "right"
    help = "What the place under the pointer, or at the cursor, decodes to; its code z; the items near it."

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(workspace, themes, parent)
        self._posterior: Posterior | None = None
        self._ms = 0.0
        self._around: tuple[int, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AFTER)
        self._later.timeout.connect(self._look_around)
        self._judging = QTimer(self)
        self._judging.setSingleShot(True)
        self._judging.setInterval(AFTER)
        self._judging.timeout.connect(self._judge)
        self._fitted_at = 0.0
        self._density: tuple[Posterior, Density | None] | None = None
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(TOLD_EVERY)
        self._telling.timeout.connect(lambda: workspace.timed.emit("decode", self._ms))
        self._build()
        workspace.space_changed.connect(self._take_space)
        workspace.cursor_changed.connect(self._take_cursor)
        workspace.names_changed.connect(self._take_cursor)
        workspace.run_changed.connect(self._forget)
        workspace.pointer_changed.connect(self._decode)
        themes.changed.connect(self._take_theme)
        self._take_theme()
        self._take_space(None)

    def _build(self) -> None:
        self._hint = labelled(
            "Train or open a model, and what the map's places decode to stands here.", "quiet", wrap=True
        )
        self.view = DecodedView()
        self.view.setObjectName("decodedView")
        self.view.setAccessibleName("Decoded item")
        self.view.setToolTip("What the model makes of this place of the map: the decoder's expected item, E[x|z]")
        self.trust, self.returns = labelled("", "text", wrap=True), labelled("", "quiet", wrap=True)
        self.trust.setObjectName("trust")
        self.trust.setAccessibleName("How far to trust this place")
        self.trust.setToolTip("Whether the data has items like this place, judged by how far the nearest codes are")
        self.returns.setObjectName("roundTrip")
        self.returns.setToolTip(
            "How far from here the code lies when what is decoded is encoded again, in standard deviations σ of its"
            " posterior, or in distances between neighbouring codes of a book: much more than 1, and the decoder shows"
            " something that the encoder takes for something else"
        )
        self.filled = labelled("", "quiet", wrap=True)
        self.filled.setObjectName("filledIn")
        self.filled.setToolTip("Where the numbers of z come from that the map itself does not show")
        self.condition = ClassChoice(self.workspace)
        self.use = CodeUse()
        self.snapped = labelled("", "quiet", wrap=True)
        self.snapped.setObjectName("snappedCodes")
        self.snapped.setToolTip("The numbers, in the codebook, of the codes nearest to this place: what is decoded")
        self.snapped.hide()
        position = Card("Position")
        self.sliders = CodeSliders(position)  # a style sheet is asked once for all that stands above a widget
        self.sliders.setObjectName("position")
        self.sliders.edited.connect(self._move)
        self.nearest = ItemGrid(24, 64, SHOWN)
        self.nearest.setObjectName("nearest")
        self.nearest.setAccessibleName("Nearest items of the data")
        self.nearest.setToolTip("The items of the data whose codes lie closest to the cursor; click one to go there")
        self.nearest.chosen.connect(self._go_to)
        self._no_items = labelled("Open the data, and its nearest items stand here.", "quiet", wrap=True)
        self.samples = ItemGrid(24, 64, SHOWN)
        self.samples.setObjectName("posteriorSamples")
        self.samples.setAccessibleName("Samples of the item's posterior")
        self.samples.setToolTip(
            "The encoder gives each item a small cloud of codes, not one: what a few of them decode to"
            " (samples of the posterior q(z|x)). Click one to go there"
        )
        self.samples.chosen.connect(self._go_to_sample)
        self._codes = np.zeros((0, 0), np.float32)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._hint)
        self._cards = (
            Card("Decoded here"), position, Card("Nearest in the data"), Card("Samples of its posterior"),
            Card("Codebook"),
        )  # fmt: skip
        parts = (self.view, self.sliders, self.nearest, self.samples, self.use)
        for card, part in zip(self._cards, parts, strict=True):
            card.body.addWidget(part)
            layout.addWidget(card)
        for line in (self.trust, self.returns, self.filled):
            self._cards[0].body.addWidget(line)
        self._cards[0].body.insertWidget(1, self.condition)
        position.body.addWidget(self.snapped)
        self._cards[2].body.addWidget(self._no_items)
        layout.insertWidget(3, self._cards[4])  # below the position
        layout.addStretch(1)

    # From the workspace

    def _take_theme(self) -> None:
        for widget in (self.view, self.nearest, self.samples, self.use):
            widget.set_theme(self.themes.current)

    def _take_space(self, by: object) -> None:
        space = self.workspace.space
        self._hint.setVisible(space is None)
        for card in self._cards:
            card.setVisible(space is not None)
        if space is None:
            self._posterior = None
            self.view.set_item(None)
            return
        if space.posterior is not self._posterior:
            self._posterior = space.posterior
            job = self.jobs.run("live:dimensions", dimensions, space.posterior)
            job.done.connect(partial(self._take_dimensions, space.posterior))
            job.failed.connect(self.workspace.failed)
            if space.posterior.codes is not None and space.model is not None:
                job = self.jobs.run("live:codebook", codebook_use, space.posterior.codes, book_size(space.model))
                job.done.connect(lambda answer: self.use.set_use(*answer))
                job.failed.connect(self.workspace.failed)
        self._decode(by)
        self._show_cards(space)
        self._later.start()

    def _forget(self, _: object) -> None:
        """What is usual in one run is not in another."""
        self._density = None

    def _take_dimensions(self, posterior: Posterior, answer: tuple[np.ndarray, np.ndarray, list[float]]) -> None:
        if posterior is self._posterior:
            self.sliders.set_dimensions(*answer)
            self._show_code()

    def _take_cursor(self, by: object) -> None:
        if self.workspace.space is None:
            return
        if by is not self:
            self._show_code()
        self._decode(by)
        self._show_cards(self.workspace.space)
        if not self._later.isActive():
            self._later.start()

    def _show_code(self) -> None:
        place = self.workspace.default_place()
        if place is not None and len(place.z) == len(self.sliders.code):
            self.sliders.set_code(place.z)

    def _show_cards(self, space: Space) -> None:
        cursor, has_items = self.workspace.cursor, space.dataset is not None
        self.nearest.setVisible(has_items)
        self._no_items.setVisible(not has_items)
        on_item = cursor is not None and 0 <= cursor.item < len(space.posterior)
        self._cards[3].setVisible(on_item and space.posterior.codes is None)  # a code of a book is certain
        self._cards[4].setVisible(space.posterior.codes is not None)

    # Decoding

    def _decode(self, by: object = None) -> None:
        """The picture first, and as quickly as can be."""
        space = self.workspace.space
        place = self.workspace.pointer or self.workspace.default_place()
        if space is None or space.model is None or place is None or len(place.z) != space.latent:
            return
        if not self._judging.isActive():
            self._judging.start()
        job = self.jobs.run("live:decode", decode_one, space, place)
        job.done.connect(partial(self._show, space.model.preparation, place, self._caption(place)))
        job.failed.connect(self.workspace.failed)

    def _caption(self, place: Place) -> str:
        workspace = self.workspace
        if place.item >= 0:
            return self.workspace.called(place.item)
        if place is workspace.pointer:
            return "Preview"
        return "At the cursor" if place is workspace.cursor else "The middle of the data"

    def _show(self, preparation: Preparation, place: Place, caption: str, here: Here) -> None:
        if self.workspace.space is None:
            return
        self.snapped.setVisible(here.codes is not None)
        if here.codes is not None:
            self.snapped.setText(f"Decoded as {codes_told(here.codes)}")
        beside = None
        if here.beside is not None:
            own = here.number == place.item
            beside = Beside(here.beside, self.workspace.called(here.number), own)
        self.view.set_item(here.item, preparation, (caption, f"{here.ms:.1f} ms"), here.means, beside)
        self._ms = here.ms
        if not self._telling.isActive():
            self._telling.start()

    # What is around the cursor

    def _look_around(self) -> None:
        self.view.settle()
        space, place = self.workspace.space, self.workspace.default_place()
        if space is None or space.model is None or place is None or len(place.z) != space.latent:
            return
        if space.dataset is not None and len(space.posterior):
            job = self.jobs.run("live:nearest", nearest_items, space, space.model.preparation, place.z)
            job.done.connect(partial(self._show_nearest, space.model.preparation, place.item))
            job.failed.connect(self.workspace.failed)
        if 0 <= place.item < len(space.posterior) and space.posterior.codes is None:
            mu, logvar = space.posterior.mu[place.item], space.posterior.logvar[place.item]
            job = self.jobs.run("live:samples", samples, space.model, mu, logvar, place.item)
            job.done.connect(partial(self._show_samples, space.model.preparation))
            job.failed.connect(self.workspace.failed)

    # How far to trust it

    def _judge(self) -> None:
        space, place = self.workspace.space, self.workspace.pointer or self.workspace.default_place()
        if space is None or space.model is None or place is None or len(place.z) != space.latent:
            return
        known, now = self._density, time.monotonic()
        # While the map changes with every epoch, what is usual is learned anew only now and then.
        rest = REFIT * len(space.posterior) / 1000
        trains = any(job.lane == "train" for job in self.jobs.running) and now < self._fitted_at + rest
        if known is not None and known[0] is not space.posterior:
            known = known if trains and known[0].mu.shape == space.posterior.mu.shape else None
        self._fitted_at = now if known is None else self._fitted_at
        job = self.jobs.run("live:trust", trust, space, place, known)
        job.done.connect(partial(self._show_trust, space, place))
        job.failed.connect(self.workspace.failed)

    def _show_trust(self, space: Space, place: Place, answer: Trust) -> None:
        self._density, verdict, off, error = answer
        if self.workspace.space is None or self.workspace.space.posterior is not space.posterior:
            return
        self.trust.setText(WORDS[verdict])
        discrete = space.model is not None and space.model.discrete
        self.returns.setText(f"Comes back {off:.1f} {'code distances' if discrete else 'σ'} away")
        projection = space.projection
        text = " "  # its line stays: what is below does not jump
        if place.item >= 0:
            text = "The item's own code"
        elif place.lifted and projection is not None and projections[projection.name].most is not None:
            text = f"Fitted to the items nearby, ± {error:.2f}"
        elif place.lifted:
            others = self.workspace.look.others
            text = f"Other dimensions: {OTHERS['mean' if others == 'cursor' and not self.workspace.cursor else others]}"
        self.filled.setText(text)
        self.filled.setVisible(space.latent > 2)  # of two the map shows all

    def _show_nearest(
        self, preparation: Preparation, item: int, answer: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> None:
        found, distances, items = answer
        dataset = self.workspace.dataset
        if dataset is None or found.max(initial=-1) >= len(dataset):
            return
        self._around = tuple(int(index) for index in found)
        tips = [
            f"{self.workspace.called(index)}, {distance:.2f} away"
            for index, distance in zip(self._around, distances, strict=True)
        ]
        self.nearest.set_items(items, preparation, tips=tips)
        self.nearest.setAccessibleDescription("; ".join(tips))
        self.nearest.mark(self._around.index(item) if item in self._around else -1)

    def _show_samples(self, preparation: Preparation, answer: tuple[np.ndarray, np.ndarray]) -> None:
        self._codes, items = answer
        self.samples.set_items(items, preparation)

    # From the hand

    def _move(self, code: np.ndarray, token: object) -> None:
        if self.workspace.pointer is not None:
            self.workspace.set_pointer(None, self)
        self.workspace.set_cursor(Place(code), self, token)

    def _go_to(self, index: int) -> None:
        item = self._around[index]
        self.workspace.stand(self.workspace.place_of(item), (item,))

    def _go_to_sample(self, index: int) -> None:
        self.workspace.set_cursor(Place(self._codes[index]))

    # Export

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """The decoded item, and its code."""
        space, place = self.workspace.space, self.workspace.default_place()
        if space is None or space.model is None or place is None:
            return []
        kind = "image" if space.model.preparation.kind == "image" else "row"
        return [(f"Decoded {kind}…", self._save_item), ("Its code z…", self._save_code)]

    def _save_item(self) -> None:
        space, place = self.workspace.space, self.workspace.default_place()
        if space is None or space.model is None or place is None:
            return
        preparation, decode = space.model.preparation, partial(space.decode, place.z[None])
        if preparation.kind == "image":
            ask_and_save(self, "Save the decoded image", "decoded", STILLS, decode, _save_first)
        else:
            save = partial(save_rows, names=preparation.columns, categories=preparation.categories)
            ask_and_save(self, "Save the decoded row", "decoded", TABLES, decode, save)

    def _save_code(self) -> None:
        place = self.workspace.default_place()
        if place is not None:
            z = place.z[None]
            names = [f"z_{j + 1}" for j in range(len(place.z))]
            ask_and_save(self, "Save the code z", "code", TABLES, lambda: z, partial(save_rows, names=names))

    def shutdown(self) -> None:
        """Look around no more."""
        for timer in (self._later, self._judging, self._telling):
            timer.stop()


def _save_first(path: Path, items: np.ndarray) -> None:
    save_picture(path, items[0])
