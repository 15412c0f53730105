"""What curves share: a place along them is pointed at by the pointer or by the arrow keys; and pictures of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget


class Pointed(QWidget):
    """A widget of `count` places side by side, one of which may be pointed at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._at = -1

    @property
    def count(self) -> int:
        """How many places there are."""
        return 0

    @property
    def stride(self) -> int:
        """How many places an arrow key goes."""
        return 1

    def place_at(self, x: float) -> int:
        """Number of the place at `x` pixels from the left; may lie beyond the last."""
        return -1

    def told(self) -> str:
        """What is pointed at, in words."""
        return ""

    def _point(self, at: int) -> None:
        at = max(-1, min(at, self.count - 1))
        if at != self._at:
            self._at = at
            self.setAccessibleDescription(self.told())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what is below the pointer."""
        self._point(max(0, self.place_at(event.position().x())))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at none."""
        self._point(-1)

    def event(self, event: QEvent) -> bool:
        """Have Esc first while something is pointed at."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._at >= 0:
            event.setAccepted(event.key() == Qt.Key.Key_Escape)
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from place to place, from the last on; Esc points at none."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.count:
            self._point(max(0, (self._at if self._at >= 0 else self.count - 1) + step * self.stride))
        elif event.key() == Qt.Key.Key_Escape and self._at >= 0:
            self._point(-1)
        else:
            super().keyPressEvent(event)


def pixels(image: QImage) -> np.ndarray:
    """Copy of an RGB888 image's pixels, (H, W, 3) uint8."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
