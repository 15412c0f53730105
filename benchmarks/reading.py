"""``read_folder``, ``reopen_folder``, ``memory_read``: 20 000 pictures of 64×64, read for the first time and again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.figures import Figure, Result

SIDE, CLASSES = 64, 10
TIMES, SECONDS, ABOVE = 1.9, 1.0, 200.0  # of a plain loop; until the map; MB

# Each in a process of its own, as a person starts it; all files are in the system's cache, all programs imported.
LOOP = """
import json, os, sys, time
import numpy as np
from PIL import Image
np.asarray(Image.open(sys.argv[2] + "/class 0/00000.png"))
began = time.perf_counter()
paths = [os.path.join(folder, name) for folder, _, names in os.walk(sys.argv[1]) for name in sorted(names)]
x = np.empty((len(paths), 64, 64, 3), np.uint8)
for i, path in enumerate(paths):
    x[i] = np.asarray(Image.open(path))
print(json.dumps({"seconds": time.perf_counter() - began}))
"""
READ = """
import json, re, sys, time
from pathlib import Path
from vae_desktop.core.work import finish
from vae_desktop.readers import reading
def held():
    return int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6
finish(reading(sys.argv[2]))
before = most = held()
def look(progress):
    global most
    most = max(most, held())
began = time.perf_counter()
data = finish(reading(sys.argv[1]), look)
print(json.dumps({"seconds": time.perf_counter() - began, "above": most - before, "items": len(data)}))
"""
OPEN = """
import json, sys, time
from pathlib import Path
import numpy as np
import torch
from vae_desktop.core.work import finish
from vae_desktop.ui.opening import opening
finish(opening((sys.argv[2],), None))
first = []
began = time.perf_counter()
def look(value):
    if getattr(value, "space", None) is not None:
        first.append(time.perf_counter() - began)
opened = finish(opening((sys.argv[1],), None), look)
assert opened.space is not None and len(opened.space.posterior) == len(opened.dataset)
np.asarray(opened.dataset.x[:200])
print(json.dumps({"seconds": time.perf_counter() - began, "map": first[0]}))
"""


def pictures(folder: Path, count: int) -> Path:
    """Coloured waves with a little noise, as PNG, in a sub-folder for each class."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    for label in range(CLASSES):
        (folder / f"class {label}").mkdir(parents=True)
    for i in range(count):
        a, b, c = rng.uniform(-0.3, 0.3, (3, 3, 1, 1)).astype(np.float32)
        waves = 127 + 110 * np.sin(a * x + b * y + 20 * c) + rng.normal(0, 4, (3, SIDE, SIDE))
        image = Image.fromarray(waves.clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
        image.save(folder / f"class {i % CLASSES}" / f"{i:05}.png", compress_level=6)
    return folder


def run(program: str, home: Path, *arguments: object) -> dict[str, Any]:
    """What a program says of itself, its cache in `home`."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    environment = os.environ | {"XDG_CACHE_HOME": str(home)}
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def measure(quick: bool) -> Result:
    """The first read beside a plain loop of Pillow, in turn."""
    with TemporaryDirectory() as name:
        folder, few = pictures(Path(name) / "many", 400 if quick else 20_000), pictures(Path(name) / "few", 20)
        run(LOOP, Path(name), folder, few)  # files that are new may still change: they are not kept
        loops, reads = [], []
        for turn in range(1 if quick else 5):
            loops.append(run(LOOP, Path(name), folder, few)["seconds"])
            reads.append(run(READ, Path(name) / f"cache {turn}", folder, few)["seconds"])
            shutil.rmtree(Path(name) / f"cache {turn}", ignore_errors=True)
    times = median(loop / read for loop, read in zip(loops, reads, strict=True))
    return Result(
        (Figure("as fast as a plain loop", times, "×", TIMES, at_least=True),),
        ratio=times,
        detail={"unit": "s", "plain loop": loops, "read": reads},
    )


def measure_memory(quick: bool) -> Result:
    """Most anonymous memory while reading, beside what a process holds that has read a few."""
    with TemporaryDirectory() as name:
        folder, few = pictures(Path(name) / "many", 400 if quick else 20_000), pictures(Path(name) / "few", 20)
        above = [run(READ, Path(name) / f"cache {turn}", folder, few)["above"] for turn in range(1 if quick else 3)]
    return Result(
        (Figure("above the mapped result", median(above), "MB", ABOVE),), detail={"unit": "MB", "read": above}
    )


def measure_again(quick: bool) -> Result:
    """A run on pictures that were read before: until its map, its items and the first thumbnails are there."""
    with TemporaryDirectory() as name:
        home = Path(name) / "cache"
        folder, few = pictures(Path(name) / "many", 400 if quick else 20_000), pictures(Path(name) / "few", 20)
        for data in (folder, few):
            command = [sys.executable, "-m", "vae_desktop", "train", str(data), "--out", f"{data}-run", "--epochs", "1"]
            small = ["--set", "network=mlp", "--set", "hidden=8"]
            environment = os.environ | {"XDG_CACHE_HOME": str(home)}
            subprocess.run([*command, *small], env=environment, check=True, capture_output=True)
        times = [run(OPEN, home, f"{folder}-run", f"{few}-run") for _ in range(1 if quick else 5)]
    seconds = median(time["seconds"] for time in times)
    return Result(
        (
            Figure("until thumbnails and map", seconds, "s", SECONDS),
            Figure("until the map", median(t["map"] for t in times), "s"),
        ),
        detail={"unit": "s", "times": times},
    )
