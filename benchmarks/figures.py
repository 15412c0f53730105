"""What a benchmark hands back, how samples are summed up, and what machine it ran on."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Figure:
    """One measured number and what it must reach: at most `limit`, or at least that; None: for information."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def passed(self) -> bool:
        """Whether the limit is kept; true without one."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def to_json(self) -> dict[str, Any]:
        """As it stands in ``bench.json``."""
        must_be = "" if self.limit is None else "≥" if self.at_least else "≤"
        return {
            "value": self.value, "unit": self.unit, "must be": must_be, "limit": self.limit, "passed": self.passed,
        }  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Of one benchmark: the promised figures, the main one first.

    `ratio` is that to the peer, where there is one; else the main figure over its limit.
    """

    figures: tuple[Figure, ...]
    ratio: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it stands in ``bench.json``."""
        main = self.figures[0]
        ratio = self.ratio if self.ratio is not None else main.value / main.limit if main.limit else None
        return {
            "value": main.value, "unit": main.unit, "limit": main.limit, "ratio": ratio,
            "passed": all(figure.passed for figure in self.figures),
            "figures": {figure.name: figure.to_json() for figure in self.figures},
            "detail": self.detail,
        }  # fmt: skip


def spread(samples: Sequence[float]) -> dict[str, float]:
    """Median, p99, worst and number of the samples."""
    values = np.asarray(samples, float)
    return {
        "median": float(np.median(values)), "p99": float(np.percentile(values, 99)), "worst": float(values.max()),
        "samples": len(values),
    }  # fmt: skip


def speed() -> dict[str, float]:
    """How quick the machine is just now: seconds of a plain Python loop, GFLOP/s of a 1024³ product (numpy)."""
    loops, products = [], []
    a = np.ones((1024, 1024), np.float32)
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(1_000_000):
            pass
        loops.append(time.perf_counter() - began)
        began = time.perf_counter()
        a @ a
        products.append(2 * 1024**3 / (time.perf_counter() - began) / 1e9)
    return {"python loop of a million (s)": median(loops), "matrix product (GFLOP/s)": median(products)}


def machine() -> dict[str, Any]:
    """What was measured on."""
    cpu = platform.processor()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    packages = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph", "pythae")
    return {
        "processor": cpu, "cores": len(os.sched_getaffinity(0)), "system": platform.platform(),
        "python": platform.python_version(), **{name: version(name) for name in packages},
        "load": os.getloadavg(), **speed(),
    }  # fmt: skip
