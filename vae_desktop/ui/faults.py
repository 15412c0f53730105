"""Nothing that goes wrong is lost or shouts: it goes to a rotating log, and one calm dialog tells it."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from vae_desktop.core.errors import UserError

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("vae_desktop")
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_file() -> Path:
    """Where the log is: in the user's state folder."""
    return Path(platformdirs.user_state_dir("VAE Desktop", appauthor=False)) / "vae-desktop.log"


def start_log() -> None:
    """Write the log to :func:`log_file`; without a writable folder there is none, and the program goes on."""
    log.setLevel(logging.INFO)
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(log_file(), maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    log.addHandler(handler)


class Faults(QObject):
    """Catches what nobody caught, in slots, paint events and threads, and Qt's own messages."""

    _raised = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dialog: QMessageBox | None = None
        self._told: set[str] = set()
        self._before = (sys.excepthook, threading.excepthook)
        self._raised.connect(self.show, Qt.ConnectionType.QueuedConnection)
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook
        qInstallMessageHandler(self._qt_message)

    def uninstall(self) -> None:
        """Put back the hooks that were there before."""
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(None)

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("uncaught", exc_info=(kind, error, trace))
        self._raised.emit(error)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        log.log(LEVELS.get(kind, logging.WARNING), "Qt: %s", message)

    def show(self, error: BaseException) -> None:
        """Tell of an error once: a :class:`UserError` as its one line, anything else with a Details fold."""
        details = "".join(traceback.format_exception(error))
        if not isinstance(error, UserError):
            if details in self._told:
                return  # a paint event would tell it sixty times a second
            self._told.add(details)
        if self.dialog is not None:
            return
        parent = QApplication.activeWindow()
        box = QMessageBox(parent if isinstance(parent, QWidget) else None)
        box.setObjectName("faultDialog")
        box.setWindowTitle("VAE Desktop")
        box.setTextFormat(Qt.TextFormat.PlainText)
        if isinstance(error, UserError):
            box.setIcon(QMessageBox.Icon.Information)
            box.setText(str(error))
        else:
            box.setIcon(QMessageBox.Icon.Warning)
            box.setText("Something went wrong inside the program.")
            box.setInformativeText(
                f"Your data and runs are safe; you can go on working. The details are also in the log: {log_file()}"
            )
            box.setDetailedText(details)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(self._closed)
        self.dialog = box
        box.open()

    def _closed(self) -> None:
        self.dialog = None
