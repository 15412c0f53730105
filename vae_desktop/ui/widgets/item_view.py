"""How one item is drawn: a picture, or a row of a table. Nothing else in the window knows what an item is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_desktop.ui.theme import DARK, Theme
from vae_desktop.ui.widgets.row_paint import Row, heights, paint_profile, paint_row, row_of

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from vae_desktop.core.preparation import Preparation

PROFILE = 140  # pixels: height of a row, drawn as a curve
CAPTION = 22

Drawing = QImage | Row  # what is quick to paint again


def drawing(item: np.ndarray, preparation: Preparation | None = None) -> Drawing:
    """Make one item, uint8 (H, W, C) or float32 (D,), ready to paint; `preparation` knows a table's usual values."""
    if item.ndim == 3:
        h, w, c = item.shape
        form = QImage.Format.Format_Grayscale8 if c == 1 else QImage.Format.Format_RGB888
        # The copy belongs to Qt: numpy's memory may go before the picture does.
        return QImage(np.ascontiguousarray(item).data, w, h, w * c, form).copy()
    return row_of(item, preparation)


def tall(item: np.ndarray) -> float:
    """Height of an item's picture over its width; rows of tables are square."""
    return item.shape[0] / item.shape[1] if item.ndim == 3 else 1.0


def paint(painter: QPainter, box: QRectF, drawn: Drawing, theme: Theme) -> None:
    """Paint an item into `box`: an image keeps its aspect and is enlarged without blur."""
    if isinstance(drawn, QImage):
        _paint_image(painter, box, drawn)
    else:
        paint_row(painter, box, drawn, theme)


def _paint_image(painter: QPainter, box: QRectF, image: QImage) -> None:
    ratio = painter.device().devicePixelRatio()
    scale = min(box.width() / image.width(), box.height() / image.height())
    width, height = image.width() * scale, image.height() * scale
    target = QRectF(box.x() + (box.width() - width) / 2, box.y() + (box.height() - height) / 2, width, height)
    if scale * ratio < 0.5:  # bilinear sampling alone would skip pixels
        image = image.scaled(
            max(1, round(width * ratio)), max(1, round(height * ratio)),
            Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale * ratio < 1)
    painter.drawImage(target, image)


def item_pixmap(
    item: np.ndarray, size: int, ratio: float, preparation: Preparation | None = None, theme: Theme = DARK
) -> QPixmap:
    """Thumbnail of an item that fits into `size` logical pixels on a screen of `ratio` pixels each."""
    shape = tall(item)
    width, height = (size, size * shape) if shape <= 1 else (size / shape, float(size))
    pixmap = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(ratio)
    painter = QPainter(pixmap)
    paint(painter, QRectF(0, 0, width, height), drawing(item, preparation), theme)
    painter.end()
    return pixmap


class ItemView(QWidget):
    """One item, large, on a card, with a line of text below. Setting an item lays nothing out anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # a third quicker: nothing below is painted
        self._theme: Theme = DARK
        self._item: np.ndarray | None = None
        self._drawn: Drawing | None = None
        self._preparation: Preparation | None = None
        self._caption = ("", "")
        self._form: tuple[int, ...] = (1, 1, 1)

    @property
    def item(self) -> np.ndarray | None:
        """What is shown."""
        return self._item

    @property
    def caption(self) -> tuple[str, str]:
        """The line below: its left and its right text."""
        return self._caption

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def set_item(
        self,
        item: np.ndarray | None,
        preparation: Preparation | None = None,
        caption: tuple[str, str] = ("", ""),
    ) -> None:
        """Show `item`, uint8 (H, W, C) or float32 (D,), or nothing; `caption` goes left and right below."""
        self._item, self._preparation, self._caption = item, preparation, caption
        self._drawn = None if item is None else drawing(item, preparation)
        if item is not None and item.shape != self._form:
            self._form = item.shape
            self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """The picture keeps its aspect."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of picture and caption."""
        if len(self._form) == 1:
            return PROFILE + 2 + CAPTION
        return round(min(width * self._form[0] / self._form[1], width * 1.25)) + CAPTION

    def sizeHint(self) -> QSize:
        """As tall as a usual dock makes it."""
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        """Small enough for the narrowest dock."""
        return QSize(120, 60)

    def event(self, event: QEvent) -> bool:
        """Tell the name and the value of a row's column under the pointer."""
        if isinstance(event, QHelpEvent) and self._item is not None and self._item.ndim == 1:
            columns = len(self._item)
            if 0 <= (column := int(event.pos().x() / max(1, self.width()) * columns)) < columns:
                QToolTip.showText(event.globalPos(), f"{self._name(column)}: {self._item[column]:.6g}", self)
                return True
        return super().event(event)

    def _name(self, column: int) -> str:
        names = () if self._preparation is None else self._preparation.columns
        return names[column] if column < len(names) else f"column {column + 1}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the item in its frame, and the caption."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.card))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -CAPTION - 0.5)
        painter.fillRect(frame, QColor(theme.field))
        if self._drawn is not None:
            inside = frame.adjusted(0.5, 0.5, -0.5, -0.5)
            if isinstance(self._drawn, QImage):
                paint(painter, inside, self._drawn, theme)
            else:
                paint_profile(painter, inside, heights(self._drawn), theme)
        painter.setPen(QColor(theme.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(QColor(theme.quiet))
        line = QRectF(0, self.height() - CAPTION + 6, self.width(), CAPTION - 6)
        left, right = self._caption
        room = line.width() - painter.fontMetrics().horizontalAdvance(right) - 8
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        short = painter.fontMetrics().elidedText(left, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
