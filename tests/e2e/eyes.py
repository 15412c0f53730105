"""Starts the real app and tells, when asked over a socket, what it shows where; it never touches anything.

``python eyes.py SOCKET [PATH ...]``: each line asked, the object name of a widget or ``workspace``, is answered by
one line of JSON, null when there is no such widget to be seen.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from vae_desktop.ui import app
from vae_desktop.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable


def seen(name: str) -> dict[str, Any] | None:
    """Where on the screen a visible widget is, and what it says."""
    for widget in QApplication.allWidgets():
        if widget.objectName() == name and widget.isVisible() and not widget.visibleRegion().isEmpty():
            corner = widget.mapToGlobal(QPoint(0, 0))
            answer = {"x": corner.x(), "y": corner.y(), "w": widget.width(), "h": widget.height()}
            answer |= {"enabled": widget.isEnabled(), "text": text_of(widget)}
            return answer
    return None


def text_of(widget: QWidget) -> str:
    text = getattr(widget, "text", None)
    said = text() if callable(text) else ""
    if isinstance(widget, QMessageBox):
        said = f"{widget.text()} {widget.informativeText()}"
    return str(said)


def workspace() -> dict[str, Any]:
    """What the workspace holds."""
    found = next(iter(QApplication.instance().findChildren(Workspace)), None)
    if found is None:
        return {}
    data, space, cursor = found.dataset, found.space, found.cursor
    return {
        "data": None if data is None else data.name,
        "items": None if data is None else len(data),
        "ready": space is not None and space.model is not None,
        "latent": None if space is None else space.latent,
        "cursor": None if cursor is None else [float(value) for value in cursor.z],
        "pointer": found.pointer is not None,
        "anchors": list(found.anchors),
        "undo": found.undo.undoText(),
        "steps": found.undo.index(),
        "run": None if found.run is None else str(found.run.path),
        "title": next((w.windowTitle() for w in QApplication.topLevelWidgets() if w.objectName() == "mainWindow"), ""),
    }


class Eyes(QObject):
    asked = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.asked.connect(self.look, Qt.ConnectionType.BlockingQueuedConnection)

    def look(self, question: dict[str, Any]) -> None:
        name = question["name"]
        question["answer"] = workspace() if name == "workspace" else seen(name)


def serve(path: str, eyes: Eyes) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        while True:
            with door.accept()[0] as guest, guest.makefile("rw") as talk:
                for line in talk:
                    question = {"name": line.strip(), "answer": None}
                    eyes.asked.emit(question)
                    talk.write(json.dumps(question["answer"]) + "\n")
                    talk.flush()


def with_eyes(make_app: Callable[..., QApplication], path: str) -> Callable[..., QApplication]:
    def make(*arguments: Any) -> QApplication:
        made = make_app(*arguments)
        threading.Thread(target=serve, args=(path, Eyes(made)), daemon=True).start()
        return made

    return make


if __name__ == "__main__":
    app.make_app = with_eyes(app.make_app, sys.argv[1])
    sys.exit(app.main(sys.argv[2:]))
