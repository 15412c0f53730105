"""The real app in a process and a home of its own; where its widgets are is asked through the eyes of the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.screen import Box, Screen

EYES = Path(__file__).resolve().parents[1] / "tests" / "e2e" / "eyes.py"
PATIENCE = 300  # seconds
CAPTION = 26  # pixels below the inspector's picture


def wait_for(what: str, happens: Callable[[], Any], every: float = 0.05) -> Any:
    """Wait until ``happens()`` is true, and return it."""
    end = time.monotonic() + PATIENCE
    while not (value := happens()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain: {what}")
        time.sleep(every)
    return value


def home(folder: Path) -> dict[str, str]:
    """Environment of a person who starts the app for the first time, with all that is theirs in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Documents").mkdir(exist_ok=True)
    xdg = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    return os.environ | xdg | {"HOME": str(folder), "QT_QPA_PLATFORM": "xcb"}


class App:
    """Starts the app with `paths`; ends it on leaving the ``with`` block."""

    def __init__(self, screen: Screen, folder: Path, *paths: object) -> None:
        self.screen, self.folder = screen, folder
        self._door = folder.with_suffix(".eyes")
        environment = home(folder) | {"DISPLAY": screen.name}
        command = [sys.executable, str(EYES), str(self._door), *map(str, paths)]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)

    def __enter__(self) -> App:
        wait_for("the app answers", self._open_door)
        wait_for("the window is there", lambda: self.ask("mainWindow"))
        return self

    def _open_door(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError("the app ended at its start")
        self._talk = socket.socket(socket.AF_UNIX)
        try:
            self._talk.connect(str(self._door))
        except (FileNotFoundError, ConnectionRefusedError):
            self._talk.close()
            return False
        self._lines = self._talk.makefile("rw")
        return True

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._talk.close()
        self.process.terminate()
        self.process.wait()
        self._door.unlink(missing_ok=True)

    def ask(self, name: str) -> Any:
        """Where the widget of that object name is, or what the workspace holds."""
        self._lines.write(f"{name}\n")
        self._lines.flush()
        return json.loads(self._lines.readline())

    def box(self, name: str) -> Box:
        """The widget's box on the screen, once it can be seen."""
        seen = wait_for(f"{name} can be seen", lambda: self.ask(name))
        return seen["x"], seen["y"], seen["w"], seen["h"]

    def picture(self) -> Box:
        """A strip through the middle of the inspector's picture: small, so that looking disturbs little."""
        left, top, width, height = self.box("decoded")
        return left + width // 8, top + (height - CAPTION) * 2 // 5, width * 3 // 4, (height - CAPTION) // 5

    def ready(self) -> None:
        """Wait until a model with its items is open."""
        wait_for("a model is open", lambda: (state := self.ask("workspace"))["ready"] and state["data"])
        time.sleep(1)

    def train(self, epochs: int | None = None) -> Path:
        """Press Train; returns the run folder once the training has begun."""
        if epochs is not None:
            self.click("epochs")
            self.screen.type("key", "ctrl+a")
            self.screen.type("type", f"{epochs}\t")
        self.click("trainActionTopButton")
        return self.train_begun()

    def train_begun(self) -> Path:
        """The run folder of the training that was started, once it is there."""
        runs = self.folder / "Documents" / "VAE Desktop"
        found: Path = wait_for("a run", lambda: next(runs.glob("*/run.json"), None))
        return found.parent

    def click(self, name: str) -> None:
        """Click on the middle of a widget."""
        left, top, width, height = self.box(name)
        self.screen.click(left + width / 2, top + height / 2)


def epochs_done(run: Path) -> int:
    """Epochs of a run that have ended."""
    lines = run / "metrics.jsonl"
    return lines.read_bytes().count(b"\n") if lines.exists() else 0
