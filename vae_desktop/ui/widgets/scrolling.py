"""Where a widget scrolls."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget


def scrolled_by(widget: QWidget) -> QScrollArea | None:
    """The nearest area around `widget` that scrolls it, if any."""
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    return area
