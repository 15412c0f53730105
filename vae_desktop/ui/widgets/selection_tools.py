"""The left side of the Selection panel: pages of tools that choose items, and what a choice is like."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.ui.theme import SPACE, Theme
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.figures import Figures
from vae_desktop.ui.widgets.find_field import FindField
from vae_desktop.ui.widgets.gates import GateList
from vae_desktop.ui.widgets.named_list import NamedList
from vae_desktop.ui.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.latent.select import How

WIDTH = 264  # pixels
MOST = 60  # classes in the menu
HOWS: dict[How, tuple[str, str]] = {
    "replace": ("Replace", "What is found becomes the selection"),
    "add": ("Add", "What is found is added to the selection"),
    "take": ("Take away", "What is found is taken out of the selection"),
    "within": ("Within", "Of the selection, only what is found stays selected"),
}
PAGES = {
    "find": ("Find", "Choose items by name, class or value"),
    "gates": ("Gates", "Choose items by ranges of their values"),
    "figures": ("Stats", "What the selected items are like, against all (statistics)"),
    "names": ("Names", "Keep selections under names"),
}
WHOLE = {
    "all": ("All", "Select every item that is not hidden (Ctrl+A)"),
    "none": ("None", "Select nothing (Ctrl+Shift+A)"),
    "invert": ("Invert", "Select what is neither selected nor hidden (Ctrl+I)"),
    "grow": ("Grow", "Add the nearest neighbour of each selected item that is not hidden, by their codes z"),
}


class HowChoice(QComboBox):
    """How what is found is joined with the selection."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("how")
        self.setAccessibleName("What is done with what is found")
        for how, (title, tip) in HOWS.items():
            self.addItem(title, how)
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.setToolTip("; ".join(f"{title}: {tip[0].lower()}{tip[1:]}" for title, tip in HOWS.values()))


class SelectionTools(QWidget):
    """Pages; emits what a hand wants, computes nothing."""

    whole_wanted = Signal(str)  # all, none, invert, grow
    class_chosen = Signal(int, str)  # its index, −1 for unknown; how
    gates_taken = Signal()
    turned = Signal(str)  # another page

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search, self.gates = FindField(), GateList()
        self.figures, self.names = Figures(), NamedList()
        self.hows = (HowChoice(), HowChoice())
        for how, other in (self.hows, self.hows[::-1]):
            how.currentIndexChanged.connect(other.setCurrentIndex)
        self._classes: list[tuple[int, str, int]] = []
        self._pages = QStackedWidget()
        self._group = QButtonGroup(self)
        self.segments: dict[str, QPushButton] = {}
        top = QHBoxLayout()
        top.setSpacing(0)
        for name, page in zip(PAGES, (self._find(), self._gates(), _scrolled(self.figures), self.names), strict=True):
            self._pages.addWidget(page)
            top.addWidget(self._segment(name))
        top.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        self.setFixedWidth(WIDTH)
        self.set_classes((), ())
        self.turn("find")

    def _segment(self, name: str) -> QPushButton:
        title, tip = PAGES[name]
        button = self.segments[name] = QPushButton(title)
        button.setProperty("role", "segment")
        button.setObjectName(f"selection-{name}")
        button.setAccessibleName(f"Selection: {title}")
        button.setToolTip(tip)
        button.setCheckable(True)
        button.clicked.connect(partial(self.turn, name))
        self._group.addButton(button)
        return button

    def _find(self) -> QWidget:
        page = QWidget()
        whole = QHBoxLayout()
        whole.setSpacing(SPACE)
        self.whole: dict[str, QPushButton] = {}
        for name, (title, tip) in WHOLE.items():
            button = self.whole[name] = QPushButton(title)
            button.setProperty("role", "small")
            button.setObjectName(f"select-{name}")
            button.setAccessibleName(f"Select: {title}")
            button.setToolTip(tip)
            button.clicked.connect(partial(self.whole_wanted.emit, name))
            whole.addWidget(button, 1)
        self.by_class = QToolButton()
        self.by_class.setText("By class ▾")
        self.by_class.setProperty("role", "small")
        self.by_class.setObjectName("selectByClass")
        self.by_class.setAccessibleName("Select by class")
        self.by_class.setToolTip("Select the items of a class; with Ctrl add them, with Alt take them away")
        self.by_class.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.by_class)
        self.menu.aboutToShow.connect(self._fill)
        self.by_class.setMenu(self.menu)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.by_class)
        line.addWidget(self.hows[0], 1)
        layout = _column(page)
        layout.addLayout(whole)
        layout.addLayout(line)
        layout.addWidget(self.search)
        layout.addStretch(1)
        return page

    def _gates(self) -> QWidget:
        page = QWidget()
        self.passed = labelled("", "quiet", wrap=True)
        self.passed.setObjectName("passed")
        self.take_gates = QPushButton("Select")
        self.take_gates.setProperty("role", "small")
        self.take_gates.setObjectName("selectGated")
        self.take_gates.setAccessibleName("Select what passes the gates")
        self.take_gates.setToolTip("Select the items that pass all gates")
        self.take_gates.clicked.connect(self.gates_taken)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.gates.add)
        line.addWidget(self.hows[1], 1)
        line.addWidget(self.take_gates)
        layout = _column(page)
        layout.addWidget(_scrolled(self.gates), 1)
        layout.addWidget(self.passed)
        layout.addLayout(line)
        return page

    # What it shows

    @property
    def how(self) -> How:
        """What is done with what is found."""
        how: How = self.hows[0].currentData()
        return how

    @property
    def page(self) -> str:
        """Name of the page that is shown."""
        return list(PAGES)[self._pages.currentIndex()]

    def turn(self, name: str) -> None:
        """Show a page."""
        self.segments[name].setChecked(True)
        self._pages.setCurrentIndex(list(PAGES).index(name))
        self.turned.emit(name)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.gates.set_theme(theme)
        self.figures.set_theme(theme)

    def set_classes(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Offer classes, each with its number of items; what has none comes last in `counts`."""
        indexed = [*enumerate(names), (-1, "unknown")]
        self._classes = [(index, name, n) for (index, name), n in zip(indexed, counts, strict=False) if n]
        self.by_class.setEnabled(bool(self._classes))

    def _fill(self) -> None:
        self.menu.clear()
        for index, name, n in self._classes[:MOST]:
            action = self.menu.addAction(f"{name.replace('&', '&&')} · {counted(n)}")
            action.triggered.connect(partial(self._choose, index))
        if len(self._classes) > MOST:
            more = self.menu.addAction(f"{counted(len(self._classes) - MOST)} more: type class = name")
            more.triggered.connect(lambda: self.search.field.setFocus())

    def _choose(self, index: int) -> None:
        keys = QGuiApplication.keyboardModifiers()
        how: str = self.how
        if keys & Qt.KeyboardModifier.AltModifier:
            how = "take"
        elif keys & Qt.KeyboardModifier.ControlModifier:
            how = "add"
        self.class_chosen.emit(index, how)

    def sizeHint(self) -> QSize:
        """As high as the first page."""
        return QSize(WIDTH, 160)


def _column(page: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE + 2)
    return layout


def _scrolled(widget: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidgetResizable(True)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(widget)
    return scroll
