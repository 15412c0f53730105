"""Measure, print a table, write ``bench.json``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.figures import Result, machine

MODELS = (
    "vae", "beta-vae", "capacity-vae", "beta-tcvae", "factor-vae", "dip-vae", "info-vae", "iwae", "cvae", "vq-vae",
    "vae-gan", "vamp",
)  # fmt: skip
FAMILIES = {
    "start_window": "start:measure",
    "pointer_to_picture": "pointer:measure",
    "frames_training": "frames:measure",
    "train_vs_pythae": "training:measure_pythae",
    "train_vs_gemm": "training:measure_gemm",
    "train_window_cost": "window_cost:measure",
    "map_1m": "map_points:measure",
    "map_10m": "map_many:measure",
    "map_memory": "map_many:measure_memory",
    "map_nearest": "map_hand:measure_nearest",
    "map_lasso": "map_hand:measure_lasso",
    "map_recolour": "map_hand:measure_recolour",
    "read_idx": "reading_arrays:measure",
    "memory_train": "memory:measure",
    "memory_large": "large:measure",
    "read_folder": "reading:measure",
    "reopen_folder": "reading:measure_again",
    "memory_read": "reading:measure_memory",
    "read_csv": "reading_csv:measure",
    "atlas": "atlas:measure",
    "lift": "lift:measure",
    **{f"step_{name}": f"steps:measure:{name}" for name in MODELS},
    "family_digits": "family:measure_digits",
    "family_shapes": "family:measure_shapes",
}
OUT = Path("bench.json")
QUIET = os.environ | {"TQDM_DISABLE": "1"}  # no progress bar of a peer is timed; read when tqdm is imported


def main() -> int:
    """Run what was asked for; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"what to measure: {', '.join(FAMILIES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="only see that it works: the figures mean nothing")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    unknown = [name for name in chosen.ids if name not in FAMILIES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known are: {', '.join(FAMILIES)}")
    if chosen.alone:
        print(json.dumps(measure(chosen.ids[0], chosen.quick)))
        return 0

    results: dict[str, Any] = {}
    for name in chosen.ids or FAMILIES:
        # Each has a process of its own: none meets what another left behind, and a crash ends only itself.
        command = [sys.executable, "-m", "benchmarks", name, "--alone", *(["--quick"] if chosen.quick else [])]
        ended = subprocess.run(command, env=QUIET, stdout=subprocess.PIPE, text=True, check=False)
        if ended.returncode:
            results[name] = {"passed": False, "error": f"could not be measured: exit status {ended.returncode}"}
            print(f"{name:<20}could not be measured", flush=True)
            continue
        results[name] = json.loads(ended.stdout.splitlines()[-1])
        for title, figure in results[name]["figures"].items():
            print(row(name, title, figure), flush=True)
    kept = json.loads(OUT.read_text("utf-8")) if chosen.ids and OUT.exists() else {}
    OUT.write_text(json.dumps(kept | results | {"machine": machine()}, indent=2, ensure_ascii=False), "utf-8")
    return int(any("error" in result for result in results.values()))


def measure(name: str, quick: bool) -> dict[str, Any]:
    """Run one benchmark here."""
    module, function, *of = FAMILIES[name].split(":")
    load, began = os.getloadavg()[0], time.monotonic()
    result: Result = getattr(import_module(f"benchmarks.{module}"), function)(*of, quick)
    return result.to_json() | {"load before": load, "seconds": time.monotonic() - began, "quick": quick}


def row(name: str, title: str, figure: dict[str, Any]) -> str:
    """One line of the table."""
    limit = "" if figure["limit"] is None else f"{figure['must be']} {figure['limit']:g} {figure['unit']}"
    verdict = "" if figure["limit"] is None else "ok" if figure["passed"] else "MISSED"
    return f"{name:<20}{title:<34}{figure['value']:>8.4g} {figure['unit']:<5}{limit:<13}{verdict}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
