"""Nothing but a clear word comes of broken files, whatever is broken; in a process of its own, for it may crash."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.readers.samples import SAMPLES
from vae_desktop.readers import readers

ROOT = Path(__file__).resolve().parents[2]
FUZZED = [name for name in SAMPLES if not readers[name].builtin]


@pytest.mark.parametrize("name", FUZZED)
def test_mutants(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.readers.fuzz", name, "200", "1", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
