"""What is wrong with a training, in plain words, and what would mend it, each at one click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.ui.theme import SPACE
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.widgets.scrolling import scrolled_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vae_desktop.training.doctor import Finding
    from vae_desktop.training.remedies import Remedy


class Diagnosis(QFrame):
    """Hidden while there is nothing to say.

    Signals
    -------
    taken
        A :class:`~vae_desktop.training.remedies.Remedy` that the person chose.
    taken_back
        What was chosen last is to be undone.
    """

    taken = Signal(object)
    taken_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("diagnosis")
        self.setAccessibleName("What is wrong with the training")
        self._findings: tuple[Finding, ...] = ()
        self._texts: list[QLabel] = []
        self._found = QWidget()
        self._rows = QVBoxLayout(self._found)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2 * SPACE)
        self.changed = labelled("", "quiet", wrap=True)
        self.changed.setObjectName("remedyChanged")
        self.back = QPushButton("Take it back")
        self.back.setObjectName("takeBackRemedy")
        self.back.setAccessibleName("Take the change back")
        self.back.setToolTip("Put the settings back to what they were")
        self.back.setProperty("role", "link")
        self.back.clicked.connect(self.taken_back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._found)
        layout.addWidget(self.changed)
        layout.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        self.tell("")
        self.hide()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What it shows."""
        return self._findings

    def show_findings(self, findings: Sequence[Finding], before: Mapping[str, Any]) -> None:
        """Show what is wrong; `before` are the settings that a remedy would change."""
        shown, self._findings = self._findings, tuple(findings)
        self.setAccessibleDescription(" ".join(finding.text for finding in findings))
        if [_shape(finding) for finding in shown] == [_shape(finding) for finding in findings]:
            for label, finding in zip(self._texts, findings, strict=True):
                label.setText(finding.text)  # only figures changed: a button that has the focus keeps it
            return
        self._texts = []
        while self._rows.count():
            old = self._rows.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for finding in findings:
            badge = labelled(finding.name, "badge-warn")
            badge.setObjectName("finding")
            text = labelled(finding.text, "finding", wrap=True)
            text.setObjectName("findingText")
            self._texts.append(text)
            self._rows.addWidget(badge, 0, Qt.AlignmentFlag.AlignLeft)
            self._rows.addWidget(text)
            for remedy in finding.remedies:
                self._rows.addWidget(self._button(remedy, before))
        self.tell("")
        self.setVisible(bool(findings))

    def _button(self, remedy: Remedy, before: Mapping[str, Any]) -> QPushButton:
        button = QPushButton(remedy.label)
        button.setObjectName("remedy")
        button.setProperty("role", "small")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long label widens no dock
        button.setAccessibleName(remedy.label)
        button.setToolTip(f"{remedy.why}\n{remedy.told(before)}. Fills in the form; nothing is started.")
        button.clicked.connect(lambda: self.taken.emit(remedy))
        return button

    def tell(self, text: str) -> None:
        """Say what was changed, and offer to take it back; "" says nothing."""
        self.changed.setText(text)
        self.changed.setVisible(bool(text))
        self.back.setVisible(bool(text))
        if text:
            QTimer.singleShot(0, self, self._reveal)

    def _reveal(self) -> None:
        """Bring what was changed into view, where the panel scrolls."""
        area = scrolled_by(self)
        if area is not None:
            area.ensureWidgetVisible(self.back)


def _shape(finding: Finding) -> tuple[object, ...]:
    """What of a finding makes the widgets that show it: what a button does is not always in its words."""
    return finding.illness, *((remedy.label, tuple(remedy.changes.items())) for remedy in finding.remedies)
