"""A codebook's use: how many codes, how evenly, and each one's share as a bar, the most used first."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.ui.theme import DARK, SPACE, Theme
from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.words import counted

HEIGHT = 32  # pixels


class CodeUse(QWidget):
    """Says it in words, and draws the shares below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeUse")
        self.setAccessibleName("Use of the codebook")
        self.setToolTip(
            "How often each code of the book is used for these items, the most used first. Perplexity: as many codes,"
            " used evenly, would be as various; far below the number in the book, the book is larger than needed"
        )
        self.told = labelled("", "text", wrap=True)
        self.told.setObjectName("codeUseTold")
        self.bars = _Bars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.told)
        layout.addWidget(self.bars)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.bars.theme = theme
        self.bars.update()

    def set_use(self, used: int, perplexity: float, shares: np.ndarray) -> None:
        """Show the shares (K,) of a book of K codes."""
        text = f"{counted(used)} of {counted(len(shares))} codes in use · perplexity {perplexity:.0f}"
        self.told.setText(text)
        self.setAccessibleDescription(text)
        self.bars.shares = np.sort(shares)[::-1]
        self.bars.update()


class _Bars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.theme: Theme = DARK
        self.shares = np.zeros(0)

    def sizeHint(self) -> QSize:
        """A low strip."""
        return QSize(160, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar for each pixel: the highest share of the codes that fall there."""
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(QRectF(0, HEIGHT - 1, self.width(), 1), QColor(self.theme.line))
        k = len(self.shares)
        most = float(self.shares.max(initial=0))
        if not most:
            return
        step = max(1, -(-k // max(1, self.width())))
        tops = self.shares[::step] / most * (HEIGHT - 2)
        width = self.width() / len(tops)
        for i, top in enumerate(tops.tolist()):
            if top > 0:
                bar = QRectF(
                    i * width, HEIGHT - 1 - max(top, 1.0), max(width - (1 if width > 3 else 0), 1.0), max(top, 1.0)
                )
                painter.fillRect(bar, QColor(self.theme.accent_text))
