"""``memory_train``: what reading and training 60 000×784 bytes takes above importing torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.data import idx_file
from benchmarks.figures import Figure, Result

LIMIT = 250.0  # MB
# The kernel's own high-water mark of this very program, read at its end (a child's rusage may hold its parent's).
PEAK = "import re; print('peak', re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
TRAIN = "import sys; from vae_desktop.__main__ import main; assert not main(); "


def measure(quick: bool) -> Result:
    """Peak of the whole command, less that of a process that imports torch and ends."""
    imports, trains = [], []
    with TemporaryDirectory() as name:
        items = 5_000 if quick else 60_000
        data = idx_file(Path(name) / "digits-idx3-ubyte", items)
        for turn in range(1 if quick else 3):
            imports.append(peak("import torch; "))
            out = f"{name}/run-{turn}"
            trains.append(peak(TRAIN, "train", str(data), "--out", out, "--epochs", "1"))
    above = median(trains) - median(imports)
    return Result(
        (Figure("above importing torch", above, "MB", LIMIT),),
        detail={"unit": "MB", "import torch": imports, "train": trains, "data": items * 784 / 1e6},
    )


def peak(program: str, *arguments: str) -> float:
    """Peak resident memory in MB of a Python program."""
    command = [sys.executable, "-c", program + PEAK, *arguments]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(said.rsplit("peak ", 1)[1]) * 1024 / 1e6
