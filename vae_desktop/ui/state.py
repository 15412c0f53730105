"""Values of the window's state."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, QStandardPaths

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Place:
    """A place of the latent space: its code `z` (d,), and the item it came from (−1: a free place).

    `lifted`: it was chosen on the map, which shows only a part of z.
    """

    z: np.ndarray
    item: int = -1
    lifted: bool = False


@dataclass(frozen=True)
class Plan:
    """What the next training will be: model name, its Config's values, the training's values.

    `fault` says what is wrong with them, in words for a person; "" when one can train.
    """

    model: str = "vae"
    config: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    fault: str = ""


def runs_folder() -> Path:
    """Where the app's own runs go: "VAE Desktop" in the user's documents, or what is set under ``runs``."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(str(QSettings().value("runs", str(Path(documents) / "VAE Desktop"))))
