"""What the window remembers between two starts that is not a widget's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths


def runs_folder() -> Path:
    """Where the window's own trainings go: the one chosen, else "VAE Desktop" in the person's documents."""
    chosen = str(QSettings().value("runs", ""))
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(chosen) if chosen else Path(documents) / "VAE Desktop"
