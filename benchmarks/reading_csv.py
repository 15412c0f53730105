"""``read_csv``: a table of 1 000 000×50 numbers as text, beside ``pandas.read_csv(path)``; and what memory it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, Result

COLUMNS = 50
# Peaks are the kernel's own high-water mark of this very program, less that before.
TIMED = """
import json, re, sys, time
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
def report(call):
    before, began = peak(), time.perf_counter()
    made = call()
    print(json.dumps([time.perf_counter() - began, peak() - before, *made.shape]))
"""
PEER = "import pandas; report(lambda: pandas.read_csv(sys.argv[1]))"
OURS = "import pandas, concurrent.futures; from vae_desktop.readers import read; report(lambda: read(sys.argv[1]).x)"


def measure(quick: bool) -> Result:
    """Both in turns, each in a process of its own with its libraries imported; ours with an empty cache."""
    rows = 20_000 if quick else 1_000_000
    peer, ours = [], []
    with TemporaryDirectory() as name:
        path = Path(name) / "numbers.csv"
        write(path, rows)
        for turn in range(1 if quick else 3):
            peer.append(run(PEER, path, name))
            ours.append(run(OURS, path, f"{name}/cache-{turn}"))
    array = rows * COLUMNS * 4
    seconds, peer_seconds = (median(took for took, _ in some) for some in (ours, peer))
    memory = median(most for _, most in ours)
    return Result(
        (
            Figure("time of pandas.read_csv", seconds / peer_seconds, "×", 1.0),
            Figure("peak memory over the array", memory / array, "×", 2.0),
        ),
        ratio=seconds / peer_seconds,
        detail={"rows": rows, "columns": COLUMNS, "MB of the array": array / 1e6, "ours": ours, "pandas": peer},
    )


def write(path: Path, rows: int) -> None:
    """A table of normal numbers of six digits."""
    import pandas

    rng = np.random.default_rng(0)
    for start in range(0, rows, 50_000):
        some = rng.normal(size=(min(50_000, rows - start), COLUMNS))
        table = pandas.DataFrame(some, columns=[f"c{i}" for i in range(COLUMNS)])
        table.to_csv(path, mode="a", header=not start, index=False, float_format="%.6g")


def run(program: str, path: Path, cache: str) -> tuple[float, float]:
    """Seconds and bytes above the start of reading `path`."""
    command = [sys.executable, "-c", TIMED + program, str(path)]
    kept = os.environ | {"XDG_CACHE_HOME": cache}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=kept).stdout
    seconds, most, *_ = json.loads(said)
    return seconds, most
