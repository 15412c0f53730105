"""A screen of one's own, the real app on it, and a hand: a real pointer and keyboard (xdotool)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import ImageGrab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1500, 960
PATIENCE = 60  # seconds until something awaited is given up


def wait_for(what: str, happens: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Wait until ``happens()`` is true, and return it."""
    end = time.monotonic() + patience
    while not (value := happens()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)
    return value


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The name of a display with a window manager."""
    for program in ("Xvfb", "xdotool", "openbox"):
        assert shutil.which(program), f"{program} is missing; make test-window installs it"
    read, write = os.pipe()
    arguments = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        f"{WIDTH}x{HEIGHT}x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(arguments, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        display = f":{pipe.readline().strip()}"
    environment = os.environ | {"DISPLAY": display}
    manager = subprocess.Popen(["openbox"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield display
    for process in (manager, server):
        process.terminate()
        process.wait()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """A test that fails leaves a picture of the screen in build/e2e/."""
    report = yield
    display = item.funcargs.get("screen")
    if report.when == "call" and report.failed and display is not None:
        folder = item.config.rootpath / "build" / "e2e"
        folder.mkdir(parents=True, exist_ok=True)
        ImageGrab.grab(xdisplay=display).save(folder / f"{item.name}.png")
    return report


class Hand:
    """Moves a real pointer and types on a real keyboard of the display."""

    def __init__(self, display: str) -> None:
        self.display = display

    def do(self, *words: object) -> None:
        """Run one xdotool command."""
        environment = os.environ | {"DISPLAY": self.display}
        subprocess.run(["xdotool", *map(str, words)], env=environment, check=True, stdin=subprocess.DEVNULL)

    def move(self, x: float, y: float) -> None:
        self.do("mousemove", "--sync", round(x), round(y))

    def click(self, x: float, y: float, button: int = 1) -> None:
        self.move(x, y)
        self.do("click", button)

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 20) -> None:
        """Press at `start`, move in steps, let go at `end`."""
        self.move(*start)
        self.do("mousedown", 1)
        for t in np.linspace(0, 1, steps):
            self.move(start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1]))
            time.sleep(0.03)
        time.sleep(0.2)
        self.do("mouseup", 1)

    def type(self, text: str) -> None:
        self.do("type", "--delay", 20, text)

    def key(self, *names: str) -> None:
        self.do("key", *names)


@pytest.fixture
def hand(screen: str) -> Hand:
    hand = Hand(screen)
    hand.do("mousemove", 2, HEIGHT - 2)
    return hand


class App:
    """The real app in a process of its own, watched through ``eyes.py``."""

    def __init__(self, display: str, folder: Path, *paths: object) -> None:
        self.display = display
        door = folder / f"eyes-{time.monotonic_ns()}"
        environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONFAULTHANDLER": "1"}
        command = [sys.executable, str(HERE / "eyes.py"), str(door), *map(str, paths)]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        self.talk = wait_for("the app answers", lambda: self._knock(door))
        self.talk.settimeout(PATIENCE)
        self.lines = self.talk.makefile("rw")
        wait_for("the window is there", lambda: self.ask("mainWindow"))

    def _knock(self, door: Path) -> socket.socket | None:
        """A connection, once somebody listens: the door is there a moment before."""
        assert self.process.poll() is None, "the app ended at its start"
        talk = socket.socket(socket.AF_UNIX)
        try:
            talk.connect(str(door))
        except (FileNotFoundError, ConnectionRefusedError):
            talk.close()
            return None
        return talk

    def ask(self, name: str) -> Any:
        """What ``eyes.py`` answers."""
        self.lines.write(f"{name}\n")
        self.lines.flush()
        return json.loads(self.lines.readline())

    @property
    def state(self) -> dict[str, Any]:
        """What the workspace holds."""
        return self.ask("workspace")

    def wait(self, what: str, holds: Callable[[dict[str, Any]], Any], patience: float = PATIENCE) -> dict[str, Any]:
        """Wait until the workspace is such, and return it."""
        wait_for(what, lambda: holds(self.state), patience)
        return self.state

    def box(self, name: str) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of a widget on the screen, once it can be seen."""
        seen = wait_for(f"{name} can be seen", lambda: self.ask(name))
        return seen["x"], seen["y"], seen["x"] + seen["w"], seen["y"] + seen["h"]

    def point(self, name: str, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
        """A point of a widget on the screen, in parts of its width and height."""
        left, top, right, bottom = self.box(name)
        return left + x * (right - left), top + y * (bottom - top)

    def pixels(self, name: str) -> np.ndarray:
        """What a person sees of a widget, (H, W, 3) int16."""
        picture = ImageGrab.grab(xdisplay=self.display).crop(self.box(name))
        return np.asarray(picture.convert("RGB")).astype(np.int16)

    def close(self) -> int:
        """Close the window as a person does; the exit status."""
        if self.process.poll() is None:
            self.lines.close()
            self.talk.close()
            found = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid), "--name", "VAE Desktop"],
                env=os.environ | {"DISPLAY": self.display}, capture_output=True, text=True, check=True,
            )  # fmt: skip
            window = found.stdout.split()[0]
            for _ in range(PATIENCE // 15):  # a window manager under load may miss a key
                Hand(self.display).do("windowactivate", "--sync", window, "key", "alt+F4")
                try:
                    return self.process.wait(15)
                except subprocess.TimeoutExpired:
                    continue
            self.process.send_signal(signal.SIGABRT)  # it tells where its threads stand
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(screen: str, tmp_path: Path) -> Iterator[Callable[..., App]]:
    """``start(*paths)`` starts the app; it is closed at the end, and must leave with 0."""
    apps: list[App] = []

    def begin(*paths: object) -> App:
        apps.append(App(screen, tmp_path, *paths))
        return apps[-1]

    yield begin
    try:
        for app in apps:
            assert app.close() == 0
    finally:
        for app in apps:
            app.process.kill()


@pytest.fixture
def drop(screen: str, hand: Hand) -> Callable[[App, Path], None]:
    """``drop(app, path)`` drags a file or folder from another window onto the app's map."""

    def drag_and_drop(app: App, path: Path) -> None:
        environment = os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}
        source = subprocess.Popen([sys.executable, str(HERE / "drag_source.py"), str(path)], env=environment)
        try:
            search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "^drag source$"]
            subprocess.run(search, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
            time.sleep(0.3)
            hand.drag((1425, 60), app.point("mapView"))
            time.sleep(0.3)
        finally:
            source.terminate()
            source.wait()

    return drag_and_drop
