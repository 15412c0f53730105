"""``memory_large``: anonymous memory while 200 000 pictures of 64×64×3 are read, trained on and explored.

Pages of mapped files are not counted: the system takes them back when it needs them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, Result

LIMIT = 1200.0  # MB
SIDE, BLOCK = 64, 1000
EXPLORE = """
import re, sys, threading
import numpy as np

highest = 0

def watch(stopped):
    global highest
    while not stopped.wait(0.02):
        highest = max(highest, int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]))

stopped = threading.Event()
watching = threading.Thread(target=watch, args=(stopped,))
watching.start()
import vae_desktop as vd
from vae_desktop.latent.project import project

data = vd.read(sys.argv[1])
read = highest
run = vd.train(data, latent=2, epochs=1, out=sys.argv[2], hidden="64", network="mlp")
space = vd.open(run.path, data)
project("pca", space.posterior.mu)
space.decode(space.posterior.mu[:64])
space.sample(64)
space.interpolate(0, len(data) - 1, steps=9)
space.reconstruct(0)
again = vd.open(run.path)
assert len(again.posterior) == len(data)
stopped.set()
watching.join()
print("peak", read, highest)
"""


def pictures(path: Path, n: int) -> None:
    """An ``.npz`` of `n` pictures of two colours each, written some at a time."""
    with zipfile.ZipFile(path, "w") as archive, archive.open("images.npy", "w", force_zip64=True) as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (n, SIDE, SIDE, 3)}
        np.lib.format.write_array_header_1_0(file, header)
        generator = np.random.default_rng(0)
        v, u = np.mgrid[:SIDE, :SIDE] / SIDE
        for start in range(0, n, BLOCK):
            count = min(BLOCK, n - start)
            bend = generator.random((count, 1, 1)) * 6
            inside = np.sin(bend * u + v * 5) > 0
            colours = generator.integers(0, 256, (2, count, 1, 1, 3), np.uint8)
            file.write(np.where(inside[..., None], *colours).tobytes())


def measure(quick: bool) -> Result:
    """Peak of anonymous memory of a process that reads, trains for an epoch, opens the run and walks in it."""
    n = 4_000 if quick else 200_000
    with TemporaryDirectory() as name:
        path = Path(name) / "pictures.npz"
        pictures(path, n)
        command = [sys.executable, "-c", EXPLORE, str(path), f"{name}/run"]
        # The cache of this user is left alone.
        ended = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | {"XDG_CACHE_HOME": name}
        )
        reading, highest = (int(part) * 1024 / 1e6 for part in ended.stdout.rsplit("peak ", 1)[1].split())
    return Result(
        (Figure("anonymous memory at most", highest, "MB", LIMIT),),
        detail={"unit": "MB", "after reading": reading, "items": n, "bytes of the items": n * SIDE * SIDE * 3},
    )
