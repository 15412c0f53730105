"""A label that says what it can in the width it has: in full, else broken into lines or in fewer words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent


class FittingLabel(QLabel):
    """Shows the first of its texts that fits; the first stands in the tool tip when another is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[str, ...] = ("",)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def whole(self) -> str:
        """The text in full."""
        return self._texts[0]

    def set_texts(self, texts: Sequence[str]) -> None:
        """Say one of `texts`, from the one in full to the narrowest; there is room for the lines of each."""
        if tuple(texts) != self._texts:
            self._texts = tuple(texts)
            self.setAccessibleName(self.whole)
            self.updateGeometry()
            self._fit()

    def sizeHint(self) -> QSize:
        """Room for the text in full."""
        return self._room(self._texts[0])

    def minimumSizeHint(self) -> QSize:
        """Room for the shortest text."""
        return self._room(self._texts[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew."""
        super().resizeEvent(event)
        self._fit()

    def _room(self, text: str) -> QSize:
        self.ensurePolished()
        metrics = self.fontMetrics()
        lines = 1 + max(text.count("\n") for text in self._texts)
        return QSize(max(map(metrics.horizontalAdvance, text.split("\n"))) + 2, lines * metrics.height())

    def _fit(self) -> None:
        fitting = [text for text in self._texts if self._room(text).width() <= self.width()]
        text = (fitting or self._texts[-1:])[0]
        if text != self.text():
            self.setText(text)
        self.setToolTip(self.whole if text != self.whole else "")
