"""A share of a whole as a bar, with a mark where it would be by chance, and a sentence that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vae_desktop.ui.theme import DARK, SPACE, Theme
from vae_desktop.ui.widgets.card import labelled

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

HIGH = 12  # pixels


class Bar(QWidget):
    """The bar itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.theme: Theme = DARK
        self.share = self.usual = 0.0

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(160, HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar and the mark."""
        painter, theme = QPainter(self), self.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(0, 3, self.width(), HIGH - 6)
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(whole, 3, 3)
        many = self.share > 2 * self.usual
        painter.setBrush(QColor(theme.warn if many else theme.good))
        painter.drawRoundedRect(QRectF(0, 3, max(self.share * self.width(), 3.0), HIGH - 6), 3, 3)
        painter.setBrush(QColor(theme.text))
        painter.drawRect(QRectF(self.usual * self.width() - 1, 0, 2, HIGH))


class ShareBar(QWidget):
    """A sentence with its share, and the bar below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = labelled("", "", wrap=True)
        self.bar = Bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.text)
        layout.addWidget(self.bar)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.bar.theme = theme
        self.bar.update()

    def set_share(self, share: float, usual: float, sentence: str, tip: str) -> None:
        """Show `share` of 1, and the mark at `usual`; `sentence` follows the share, ``31 % of …``."""
        self.bar.share, self.bar.usual = share, usual
        told = f"{percent(share)} {sentence}"
        self.text.setText(told)
        self.setToolTip(tip)
        self.setAccessibleName(told)
        self.bar.update()


def percent(share: float) -> str:
    """``31 %``, ``4.6 %``."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"
