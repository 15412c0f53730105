"""The left side of the Evaluation panel: pages of figures, of the prior gap, of known factors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vae_desktop.latent.meanings import FIGURES
from vae_desktop.ui.theme import SPACE, Theme
from vae_desktop.ui.widgets.bars import Bars
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.figure_rows import NONE, FigureRows, Line
from vae_desktop.ui.widgets.information_map import InformationMap
from vae_desktop.ui.widgets.share_bar import ShareBar
from vae_desktop.ui.words import items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.latent.disentangle import Disentanglement
    from vae_desktop.latent.prior_gap import PriorGap

PAGES = {
    "figures": ("Figures", "How well the model explains the data: ELBO, reconstruction, KL, likelihood"),
    "gap": ("Prior gap", "Where the prior draws but no data lies, and where data lies but the prior hardly draws"),
    "factors": ("Factors", "Whether single dimensions stand for known factors (disentanglement)"),
}
USUAL = 0.05  # of draws that are beyond their own distribution
EMPTY = "Press Evaluate to see how well the model explains the data."
LOST = "The training changed the model meanwhile. Pause or stop it, and press Evaluate again."
NO_GAP = "It takes at least 40 items with finite codes to compare them with the prior."
ASK = "Measure how far single dimensions of the code stand for single known factors of the data."
NO_FACTORS = "The data tells no factors to compare with: columns beside the items, such as size or colour."
FIGURE_TIPS = {
    "mig": (
        "One dimension a factor (MIG)",
        "Mutual information gap (Chen 2018): how much more the best dimension tells of a factor than the second best;"
        " 1 is perfect, 0 is chance",
    ),
    "disentanglement": (
        "One factor a dimension (DCI-D)",
        "Disentanglement (Eastwood & Williams 2018): whether each dimension matters to one factor only; 1 is perfect",
    ),
    "completeness": (
        "Each factor in one place (DCI-C)",
        "Completeness (Eastwood & Williams 2018): whether each factor needs one dimension only; 1 is perfect",
    ),
    "informativeness": (
        "Factors that codes tell (DCI-I)",
        "Informativeness: how well boosted trees tell the factors of held-out items from their codes; 0 is chance",
    ),
    "sap": (
        "Lead of the best (SAP)",
        "Separated attribute predictability (Kumar 2018): how much better one dimension tells a factor than the next;"
        " 0 is chance",
    ),
    "factor_vae": (
        "Right votes (FactorVAE score)",
        "Kim & Mnih 2018: of items that share one factor, the dimension that varies least names the factor",
    ),
}


class EvaluationPages(QWidget):
    """Shows what was found; emits what a hand wants."""

    items_wanted = Signal()  # those that the prior hardly draws
    factors_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages = QStackedWidget()
        self._group = QButtonGroup(self)
        self.segments: dict[str, QPushButton] = {}
        top = QHBoxLayout()
        top.setSpacing(0)
        for name, page in zip(PAGES, (self._figures(), self._gap(), self._factors()), strict=True):
            self._pages.addWidget(_scrolled(page))
            top.addWidget(self._segment(name))
        top.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        self.turn("figures")
        self.set_report(None, "")
        self.set_gap(None, judged=False)
        self.set_factors(None, ASK)

    def _segment(self, name: str) -> QPushButton:
        title, tip = PAGES[name]
        button = self.segments[name] = QPushButton(title)
        button.setProperty("role", "segment")
        button.setObjectName(f"evaluation-{name}")
        button.setAccessibleName(title)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.clicked.connect(partial(self.turn, name))
        self._group.addButton(button)
        return button

    def turn(self, name: str) -> None:
        """Show another page."""
        self.segments[name].setChecked(True)
        self._pages.setCurrentIndex(list(PAGES).index(name))

    def _figures(self) -> QWidget:
        page, layout = _page()
        self.hint = labelled(EMPTY, "quiet", wrap=True)
        self.rows = FigureRows()
        self.rows.setObjectName("evaluationFigures")
        self.bars = Bars()
        self.bars.setObjectName("evaluationBars")
        self.bars.setToolTip("How much each latent dimension tells of an item (KL per dimension, nats)")
        self.notes = labelled("", "quiet", wrap=True)
        self.notes.setObjectName("evaluationNotes")
        for part in (self.hint, self.rows, self.bars, self.notes):
            layout.addWidget(part)
        layout.addStretch(1)
        return page

    def _gap(self) -> QWidget:
        page, layout = _page()
        self.gap_hint = labelled(EMPTY, "quiet", wrap=True)
        self.empty, self.uncovered = ShareBar(), ShareBar()
        self.empty.setObjectName("priorWithoutData")
        self.uncovered.setObjectName("dataWithoutPrior")
        self.select = _button("Select these items", "selectUncovered", "Select the items that the prior hardly draws")
        self.select.clicked.connect(self.items_wanted)
        self.usual = labelled("The mark: 5 % would be left if both were the same.", "quiet", wrap=True)
        for part in (self.gap_hint, self.empty, self.uncovered, self.usual):
            layout.addWidget(part)
        layout.addLayout(_left(self.select))
        layout.addStretch(1)
        return page

    def _factors(self) -> QWidget:
        page, layout = _page()
        self.factors_hint = labelled(ASK, "quiet", wrap=True)
        self.measure = _button(
            "Measure", "measureFactors", "Compare the codes with the factors that the data tells; takes some seconds"
        )
        self.measure.clicked.connect(self.factors_wanted)
        self.factor_rows = FigureRows()
        self.factor_rows.setObjectName("factorFigures")
        self.map = InformationMap()
        for part in (self.factors_hint, self.factor_rows, self.map):
            layout.addWidget(part)
        layout.addLayout(_left(self.measure))
        layout.addStretch(1)
        return page

    # What it shows

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for part in (self.bars, self.empty, self.uncovered, self.map):
            part.set_theme(theme)

    def set_report(self, report: Mapping[str, Any] | None, unit: str) -> None:
        """Show figures, in nats per `unit` (``image`` or ``row``); None: there are none."""
        there = report is not None
        for part in (self.rows, self.bars, self.notes):
            part.setVisible(there)
        self.hint.setVisible(not there)
        if report is None:
            self.rows.set_lines(())
            return
        notes = report["notes"]
        self.rows.set_lines([
            Line(name, _value(report, key), ". ".join(filter(None, (f"{tip}, in {_unit(key, unit)}", notes.get(key)))))
            for key, (name, tip) in FIGURES.items()
        ])  # fmt: skip
        self.bars.set_values([value or 0.0 for value in report["kl_per_dimension"]], report["active_units"])
        said = [f"{FIGURES[key][0]}: {note}." for key, note in notes.items() if key != "objective"]
        self.notes.setText("\n".join(said))

    def set_hint(self, text: str) -> None:
        """Say what to do where there is nothing to show."""
        self.hint.setText(text)

    def set_gap(self, gap: PriorGap | None, judged: bool = True) -> None:
        """Show how prior and data differ; `judged`: they were compared."""
        there = gap is not None
        for part in (self.empty, self.uncovered, self.usual, self.select):
            part.setVisible(there)
        self.gap_hint.setVisible(not there)
        self.gap_hint.setText(NO_GAP if judged else EMPTY)
        if gap is None:
            return
        self.empty.set_share(
            gap.prior_without_data, USUAL, "of the prior's draws lie where no data is",
            "Such codes were never learned: what they decode to is made up. See Holes on the right",
        )  # fmt: skip
        self.uncovered.set_share(
            gap.data_without_prior, USUAL, "of the data lies where the prior hardly is",
            "Such items are hardly ever generated",
        )  # fmt: skip
        self.select.setText(f"Select {items(len(gap.items))}")
        self.select.setEnabled(len(gap.items) > 0)

    def set_factors(self, found: Disentanglement | None, hint: str) -> None:
        """Show how dimensions stand for factors, or `hint`."""
        there = found is not None
        self.factor_rows.setVisible(there)
        self.map.setVisible(there)
        self.factors_hint.setVisible(not there)
        self.factors_hint.setText(hint)
        if found is None:
            self.factor_rows.set_lines(())
            return
        chance = f"; {1 / max(len(found.factors), 1):.2f} is chance"
        self.factor_rows.set_lines([
            Line(name, NONE if (value := getattr(found, key)) is None else f"{value:.2f}",
                 tip + (chance if key == "factor_vae" else ""))
            for key, (name, tip) in FIGURE_TIPS.items()
        ])  # fmt: skip
        self.map.set_information(found.factors, found.information)


def _value(report: Mapping[str, Any], key: str) -> str:
    value = report[key]
    if value is None:
        return NONE
    if key == "active_units":
        return f"{value} of {len(report['kl_per_dimension'])}"
    if key == "bits_per_dim":
        return f"{value:.3f} bits"
    decimals = 2 if abs(value) < 1000 else 1
    error = f" ± {_rounded(report['nll_se'], decimals)}" if key == "nll" and report["nll_se"] is not None else ""
    return f"{value:.{decimals}f}{error} nats".replace("-", "−")


def _rounded(error: float, decimals: int) -> str:
    """An error with at least one digit that counts."""
    return f"{error:.{decimals if error >= 0.005 else 3}f}"


def _unit(key: str, unit: str) -> str:
    return {"active_units": "dimensions", "bits_per_dim": "bits per value"}.get(key, f"nats per {unit}")


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, SPACE, 0)
    layout.setSpacing(2 * SPACE)
    return page, layout


def _left(button: QPushButton) -> QHBoxLayout:
    line = QHBoxLayout()
    line.addWidget(button)
    line.addStretch(1)
    return line


def _button(text: str, name: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("role", "small")
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    return button


def _scrolled(page: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setFocusPolicy(scroll.focusPolicy().NoFocus)
    scroll.setWidget(page)
    return scroll
