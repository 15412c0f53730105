"""``read_idx``: 60 000 images of MNIST's size and format under gzip, beside gunzip alone."""

from __future__ import annotations

import gzip
import subprocess
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.data import idx_file
from benchmarks.figures import Figure, Result
from vae_desktop.readers import Request, readers

LIMIT = 1.3  # times gunzip alone


def measure(quick: bool) -> Result:
    """Each in turn, after one unmeasured turn; nothing is taken from what was kept of an earlier read."""
    ours, gunzip = [], []
    with TemporaryDirectory() as name:
        path = Path(name) / "train-images-idx3-ubyte"
        packed = path.with_name(path.name + ".gz")
        packed.write_bytes(gzip.compress(idx_file(path, 2_000 if quick else 60_000).read_bytes(), 6))
        path.unlink()
        for _ in range(2 if quick else 8):
            ours.append(_read(packed))
            gunzip.append(_gunzip(packed))
    ours, gunzip = ours[1:], gunzip[1:]
    ratio = median(ours) / median(gunzip)
    return Result(
        (Figure("over gunzip", ratio, "×", LIMIT),), ratio, detail={"unit": "s", "read": ours, "gunzip": gunzip}
    )


def _read(path: Path) -> float:
    began = time.perf_counter()
    for _ in (work := readers["idx"].read(Request((str(path),)))):
        pass
    work.close()
    return time.perf_counter() - began


def _gunzip(path: Path) -> float:
    """The program itself, writing nowhere."""
    began = time.perf_counter()
    subprocess.run(["gunzip", "-c", str(path)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
