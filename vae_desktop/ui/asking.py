"""What the search and the gates of the Selection panel find, of the items that are shown; what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from vae_desktop.core.errors import UserError
from vae_desktop.latent.search import found_none, search
from vae_desktop.latent.select import gated
from vae_desktop.ui.selection_jobs import histograms
from vae_desktop.ui.showing import showing
from vae_desktop.ui.words import counted, items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.latent.select import How, Known
    from vae_desktop.ui.showing import Shown
    from vae_desktop.ui.widgets.gates import Gate
    from vae_desktop.ui.widgets.selection_tools import SelectionTools
    from vae_desktop.ui.workspace import Workspace

NARROWING: dict[How, str] = {"within": "keeps", "take": "takes away"}  # these change nothing but what is selected

NONE = "none of them is"


@dataclass(frozen=True, eq=False)
class Found:
    """Items that are shown, as a mask (N,); how many there are, how many are selected, how many more are hidden."""

    mask: np.ndarray
    count: int
    selected: int
    hidden: int

    @classmethod
    def of(cls, mask: np.ndarray, shown: Shown, selection: np.ndarray) -> Found:
        """The shown ones of `mask`."""
        there = shown(len(mask))
        found = mask if there is None else mask & there
        n = int(np.count_nonzero(found))
        selected = int(np.count_nonzero(found[selection[selection < len(found)]]))
        return cls(found, n, selected, int(np.count_nonzero(mask)) - n)

    def told(self, what: str = "") -> str:
        """How many items: ``5 items pass``; what is hidden is named."""
        verb = f" {what}" if what else ""
        if self.hidden and not self.count:
            return f"{items(self.hidden)}{verb}, all hidden"
        return f"{items(self.count)}{verb}" + (f", {counted(self.hidden)} more hidden" if self.hidden else "")


def finding(known: Known, text: str, shown: Shown, selection: np.ndarray) -> Found:
    """What fits the words."""
    return Found.of(search(known, text), shown, selection)


def passing(known: Known, gates: Sequence[Gate], shown: Shown, selection: np.ndarray) -> Found:
    """What passes the gates."""
    return Found.of(gated(known.columns, gates, known.n), shown, selection)


class Asking(QObject):
    """Asks on threads what `tools` ask for, while they are `seen`, and selects it when a hand wants it."""

    def __init__(self, workspace: Workspace, tools: SelectionTools, seen: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._tools, self._seen = workspace, tools, seen
        self._known: Known | None = None
        self.found: Found | None = None
        self.passed: Found | None = None
        self._enter_waits = ""  # for the answer to these words
        tools.search.typed.connect(self._search)
        tools.search.taken.connect(self._take_found)
        tools.gates.histograms_wanted.connect(self._measure)
        tools.gates.changed.connect(self._try_gates)
        tools.gates_taken.connect(self._take_passed)
        tools.hows[0].currentIndexChanged.connect(lambda _: self._count())

    def drop(self) -> None:
        """Other items have come: what was found among the last ones is no longer wanted."""
        self._known = self.found = self.passed = None

    def take(self, known: Known) -> None:
        """Ask of these items."""
        self._known = known
        self._tools.gates.set_columns(list(known.columns))
        self.ask()

    def ask(self) -> None:
        """Ask anew: other items are there, or shown."""
        self.found = self.passed = None
        self._count()

    def take_selection(self) -> None:
        """Something else is selected."""
        if self._tools.how in NARROWING:
            self._count()

    def _count(self) -> None:
        """Ask once more: what is found stays, until the answer comes, but what is said of it may be another."""
        self._ask_gates()
        self._ask_words(self._tools.search.field.text())

    # Words

    def _search(self, text: str) -> None:
        self.found = None
        self._ask_words(text)

    def _ask_words(self, text: str) -> None:
        known, workspace = self._known, self._workspace
        if self._enter_waits != text:
            self._enter_waits = ""
        if not text.strip() or known is None or not self._seen():
            return
        job = workspace.jobs.run("live:search", finding, known, text, showing(workspace), workspace.selection)
        job.done.connect(partial(self._show_found, known, text))
        job.failed.connect(partial(self._show_fault, text))

    def _show_found(self, known: Known, text: str, found: Found) -> None:
        field, how = self._tools.search, self._tools.how
        if text != field.field.text() or known is not self._known:
            return
        self.found = found
        if not found.count:
            field.tell(found.told() if found.hidden else found_none(text))
        elif how not in NARROWING:
            field.tell(f"{found.told()} · Enter selects")
        elif found.selected:
            field.tell(f"{found.told()} · Enter {NARROWING[how]} {counted(found.selected)}")
        else:
            field.tell(f"{found.told()} · {NONE} selected")
        if self._enter_waits:
            self._take_found()

    def _show_fault(self, text: str, error: object) -> None:
        if not isinstance(error, UserError):
            self._workspace.failed.emit(error)
        elif text == self._tools.search.field.text():
            self._tools.search.tell(str(error), fault=True)

    def _take_found(self) -> None:
        self._enter_waits = self._tools.search.field.text() if self.found is None else ""
        if self.found is not None:
            self._workspace.select(self.found.mask, self._tools.how, shown=True)

    # Gates

    def _measure(self) -> None:
        known, gates = self._known, self._tools.gates.gates
        if known is not None and gates and self._seen():
            titles = tuple(title for title, _, _ in gates)
            job = self._workspace.jobs.run("live:histograms", histograms, known.columns, titles)
            job.done.connect(self._tools.gates.set_histograms)
            job.failed.connect(self._workspace.failed)

    def _try_gates(self) -> None:
        self.passed = None
        self._ask_gates()

    def _ask_gates(self) -> None:
        known, gates, workspace = self._known, self._tools.gates.gates, self._workspace
        self._tools.take_gates.setEnabled(bool(gates))
        if not gates:
            self._tools.passed.setText("Add a gate to choose by value.")
        elif known is not None:  # else the gates are of items that are gone
            job = workspace.jobs.run("live:gates", passing, known, gates, showing(workspace), workspace.selection)
            job.done.connect(partial(self._show_passed, known, gates))
            job.failed.connect(workspace.failed)

    def _show_passed(self, known: Known, gates: Sequence[Gate], passed: Found) -> None:
        if gates != self._tools.gates.gates or known is not self._known:
            return
        self.passed = passed
        text = passed.told("pass")
        if self._tools.how in NARROWING and passed.count:
            selected = f"{counted(passed.selected)} of them" if passed.selected else NONE
            text = f"{text} · {selected} selected"
        self._tools.passed.setText(text)

    def _take_passed(self) -> None:
        if self.passed is not None:
            self._workspace.select(self.passed.mask, self._tools.how, shown=True)
