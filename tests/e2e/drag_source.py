"""A small window from which files can be dragged, as from a file manager: ``python drag_source.py PATH ...``."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Files(QLabel):
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(path) for path in sys.argv[1:]])
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.CopyAction)


app = QApplication([])
files = Files("Drag me")
files.setWindowTitle("drag source")
files.setWindowFlags(Qt.WindowType.WindowStaysOnTopHint)
files.setGeometry(1380, 20, 90, 60)
files.show()
sys.exit(app.exec())
