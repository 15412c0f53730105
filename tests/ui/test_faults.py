from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, Qt, QTimer, Signal, qWarning
from PySide6.QtWidgets import QMessageBox, QWidget

from vae_desktop.core.errors import UserError
from vae_desktop.ui.faults import Faults, log, log_file, start_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QPaintEvent
    from pytestqt.qtbot import QtBot

    from vae_desktop.ui.jobs import Jobs

pytestmark = pytest.mark.qt_no_exception_capture


@pytest.fixture
def faults(qapp: object) -> Iterator[Faults]:
    start_log()
    faults = Faults()
    yield faults
    if faults.dialog is not None:
        faults.dialog.close()
    faults.uninstall()
    faults.deleteLater()
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


def dialog_of(faults: Faults, qtbot: QtBot) -> QMessageBox:
    qtbot.waitUntil(lambda: faults.dialog is not None and faults.dialog.isVisible())
    assert faults.dialog is not None
    return faults.dialog


class Slots(QObject):
    go = Signal()

    def break_(self) -> None:
        raise ZeroDivisionError("in a slot")


class Painting(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        raise ValueError("in a paint")


def test_a_slot_that_raises_is_logged_and_told_calmly(faults: Faults, qtbot: QtBot) -> None:
    slots = Slots()
    slots.go.connect(slots.break_)
    slots.go.emit()
    box = dialog_of(faults, qtbot)
    assert "Traceback" not in box.text() + box.informativeText()
    assert "ZeroDivisionError: in a slot" in box.detailedText()
    assert "ZeroDivisionError: in a slot" in log_file().read_text()
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: faults.dialog is None)


def test_a_paint_that_raises_is_told_once(faults: Faults, qtbot: QtBot) -> None:
    widget = Painting()
    qtbot.addWidget(widget)
    widget.show()
    box = dialog_of(faults, qtbot)
    assert "ValueError: in a paint" in box.detailedText()
    box.close()
    qtbot.waitUntil(lambda: faults.dialog is None)
    before = log_file().read_text().count("in a paint")
    widget.update()
    qtbot.waitUntil(lambda: log_file().read_text().count("in a paint") > before)
    done: list[bool] = []
    QTimer.singleShot(0, lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done))
    assert faults.dialog is None


def test_a_job_that_raises_reaches_the_dialog(faults: Faults, jobs: Jobs, qtbot: QtBot) -> None:
    def fails() -> None:
        raise RuntimeError("of torch")

    job = jobs.run("work", fails)
    job.failed.connect(faults.show)
    assert "RuntimeError: of torch" in dialog_of(faults, qtbot).detailedText()
    assert "RuntimeError: of torch" in log_file().read_text()


def test_a_user_error_is_its_one_line(faults: Faults, qtbot: QtBot) -> None:
    faults.show(UserError("x.npz: holds no array; drop another file"))
    box = dialog_of(faults, qtbot)
    assert box.text() == "x.npz: holds no array; drop another file"
    assert not box.detailedText()


@pytest.mark.qt_log_ignore("a warning of Qt")
def test_messages_of_qt_go_to_the_log(faults: Faults, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        qWarning("a warning of Qt")
    assert "a warning of Qt" in log_file().read_text()


def test_without_a_writable_folder_there_is_no_log_and_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nothing")
    before = list(log.handlers)
    start_log()
    assert log.handlers == before
