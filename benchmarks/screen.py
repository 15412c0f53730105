"""A screen of one's own, a hand and an eye on it: plain Xlib, quick enough to time single frames."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_uint, c_ulong, c_void_p
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, HEIGHT = 1500, 960
ALL_PLANES, Z_PIXMAP = 0xFFFFFFFF, 2

Box = tuple[int, int, int, int]  # left, top, width, height


class _Image(ctypes.Structure):
    """The beginning of Xlib's XImage."""

    _fields_ = (
        *((name, c_int) for name in ("width", "height", "xoffset", "format")),
        ("data", c_void_p),
        *((name, c_int) for name in ("byte_order", "unit", "bit_order", "pad", "depth", "bytes_per_line", "bits")),
    )


class Screen:
    """One connection to a display: looks at its pixels, and moves its real pointer (XTest)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._x11, self._test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        for library, function, result, arguments in (
            (self._x11, "XOpenDisplay", c_void_p, [c_char_p]),
            (self._x11, "XDefaultRootWindow", c_ulong, [c_void_p]),
            (self._x11, "XSync", c_int, [c_void_p, c_int]),
            (self._x11, "XGetImage", POINTER(_Image),
             [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_ulong, c_int]),
            (self._x11, "XDestroyImage", c_int, [POINTER(_Image)]),
            (self._test, "XTestFakeMotionEvent", c_int, [c_void_p, c_int, c_int, c_int, c_ulong]),
            (self._test, "XTestFakeButtonEvent", c_int, [c_void_p, c_uint, c_int, c_ulong]),
        ):  # fmt: skip
            getattr(library, function).restype = result
            getattr(library, function).argtypes = arguments
        self._display = self._x11.XOpenDisplay(name.encode())
        if not self._display:
            raise RuntimeError(f"no display {name}")
        self._root = self._x11.XDefaultRootWindow(self._display)

    def look(self, box: Box) -> np.ndarray:
        """What is to be seen in `box` now, (H, W, 4) uint8, blue first."""
        found = self._x11.XGetImage(self._display, self._root, *box, ALL_PLANES, Z_PIXMAP)
        image = found.contents
        data = ctypes.string_at(image.data, image.height * image.bytes_per_line)
        self._x11.XDestroyImage(found)
        return np.frombuffer(data, np.uint8).reshape(box[3], box[2], 4)

    def move(self, x: float, y: float) -> float:
        """Put the pointer there; returns when (``time.perf_counter``) the server was told."""
        now = time.perf_counter()
        self._test.XTestFakeMotionEvent(self._display, -1, round(x), round(y), 0)
        self._x11.XSync(self._display, 0)
        return now

    def click(self, x: float, y: float) -> None:
        """Press and let go there."""
        self.move(x, y)
        time.sleep(0.05)
        for down in (1, 0):
            self._test.XTestFakeButtonEvent(self._display, 1, down, 0)
            self._x11.XSync(self._display, 0)
            time.sleep(0.02)

    def type(self, *words: str) -> None:
        """Run an xdotool command: keys."""
        subprocess.run(["xdotool", *words], env=os.environ | {"DISPLAY": self.name}, check=True)


@contextmanager
def screen() -> Iterator[Screen]:
    """Start a display with a window manager; end both."""
    read, write = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, pass_fds=[write], stdout=quiet, stderr=quiet)
    os.close(write)
    with os.fdopen(read) as pipe:
        name = f":{pipe.readline().strip()}"
    manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name}, stdout=quiet, stderr=quiet)
    try:
        time.sleep(0.5)
        yield Screen(name)
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait()


def on_screen(program: str, *arguments: object) -> Any:
    """Run ``python -m program arguments`` on a screen of its own, and read the JSON that it prints."""
    with screen() as display, TemporaryDirectory() as folder:
        # Its settings are not those of whoever runs this.
        environment = os.environ | {"DISPLAY": display.name, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": folder}
        command = [sys.executable, "-m", program, *map(str, arguments)]
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said)
