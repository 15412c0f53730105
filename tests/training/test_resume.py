"""A training that is killed at random instants ends, resumed, with the very bytes of an unbroken one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# One process imports torch, and has a child of it train and be killed again and again. Saving is always due, so
# that most of the instants fall into a save.
SCRIPT = """
import os, random, signal, sys, time, traceback
from pathlib import Path
import numpy as np
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import finish
from vae_desktop.training import record, run_folder
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

record.ALL_EVERY, record.CHECKPOINT_EVERY, record.SHARE = 0.0, 0.0, 1e9
folder, name, seconds, chance = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), random.Random(5)
config = {"hidden": "16", "warmup": 0.2} | ({"discriminator": "8"} if name == "factor-vae" else {})
data = Dataset("image", np.random.default_rng(0).integers(0, 255, (400, 6, 6, 1), np.uint8), source="noise")
schedules = {"lr_schedule": "cosine", "clip": 1.0, "patience": 2}
settings = TrainSettings(epochs=5, batch=32, threads=1, device="cpu", lr=1e-2, **schedules)

def train(out):
    child = os.fork()
    if child:
        return child
    try:
        finish(training(data, name, config, settings, out, resume=True))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)

whole, broken = folder / "whole", folder / "broken"
began = time.monotonic()
assert os.waitpid(train(whole), 0)[1] == 0
took = time.monotonic() - began  # on a busy machine a child needs longer to come to its first save
kills, enough = 0, time.monotonic() + seconds
while True:
    child = train(broken)
    # until one has come to its first save, each is given longer: how long that takes is the machine's business
    took *= 1 if kills else 1.2
    deadline = time.monotonic() + chance.uniform(0, took / 2)
    while time.monotonic() < deadline and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.0005)
    try:
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL), status
    except ProcessLookupError:
        pass
    kills += run_folder.is_run(broken)
    if kills == 40 or (kills and time.monotonic() > enough):
        assert os.waitpid(train(broken), 0)[1] == 0
    if run_folder.is_run(broken):
        run = run_folder.open_run(broken)
        run.model()
        if run.status == "finished":
            break
runs = [run_folder.open_run(path) for path in (whole, broken)]
same = [(run.epochs, run.ended, run.kept["epoch"], (run.path / "model.safetensors").read_bytes()) for run in runs]
assert same[0] == same[1]
assert not list(broken.rglob("*.tmp"))
print(kills)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("model", "seconds"), [("vae", "20"), ("factor-vae", "8")])  # one group of parameters, two
def test_killed_at_random_instants(model: str, seconds: str, tmp_path: object) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), model, seconds]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
