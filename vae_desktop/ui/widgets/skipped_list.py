"""The items that could not be read, with the reasons, to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from vae_desktop.ui.widgets.card import labelled
from vae_desktop.ui.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def show_skipped(parent: QWidget, skipped: Sequence[tuple[str, str]]) -> None:
    """List `skipped`, (item, reason) each, in a dialog."""
    dialog = QDialog(parent)
    dialog.setObjectName("skippedDialog")
    dialog.setWindowTitle(f"{counted(len(skipped))} skipped")
    text = QPlainTextEdit("\n".join(f"{item}\t{reason}" for item, reason in skipped))
    text.setReadOnly(True)
    text.setObjectName("skippedList")
    text.setAccessibleName("Skipped items and the reasons")
    text.setToolTip("Each item that could not be read, and why")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = buttons.addButton("Copy all", QDialogButtonBox.ButtonRole.ActionRole)
    copy.setObjectName("copySkipped")
    copy.setToolTip("Put the whole list on the clipboard")
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.toPlainText()))
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(labelled("These could not be read; everything else was.", "quiet", wrap=True))
    layout.addWidget(text)
    layout.addWidget(buttons)
    dialog.finished.connect(dialog.deleteLater)
    dialog.resize(620, 360)
    dialog.open()
