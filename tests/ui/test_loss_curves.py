from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from vae_desktop.ui.theme import DARK
from vae_desktop.ui.widgets.loss_curves import curves_of, paint_curves

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


@pytest.mark.parametrize("width", [200.0, 236.0, 260.0])
def test_the_curves_are_painted_at_every_epoch(width: float, qapp: QApplication) -> None:
    """Their labels stand somewhere else at each."""
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    metrics = [{"epoch": i + 1, "reconstruction": 90 / (i + 1), "kl": i / 40, "validation": None} for i in range(150)]
    for done in range(1, 151):
        painter = QPainter(image)
        paint_curves(painter, QRectF(0, 0, width, 110), DARK, curves_of(metrics[:done]), 150, QFont())
        painter.end()
