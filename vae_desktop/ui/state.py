"""Values of the window's state."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, QStandardPaths

from vae_desktop.core.settings import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from vae_desktop.ui.opening import Opened

OF_COMPUTER = ("device", "threads")  # settings of a training


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

    def like(self, opened: Opened) -> Plan:
        """The same, as the model that was opened was made and trained; this computer's own settings stay."""
        if opened.run is not None:
            record = opened.run.record
            own = {name: value for name, value in record["settings"].items() if name not in OF_COMPUTER}
            return Plan(record["model"], _tuples(record["config"]), self.training | _tuples(own))
        if opened.space is not None and opened.space.model is not None:
            model = opened.space.model
            return Plan(model.name, values_of(model.config), self.training)
        return self


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a JSON document as settings have them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def runs_folder() -> Path:
    """Where the app's own runs go: "VAE Desktop" in the user's documents, or what is set under ``runs``."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(str(QSettings().value("runs", str(Path(documents) / "VAE Desktop"))))
