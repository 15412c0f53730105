from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from vae_desktop.core.errors import ModelFileError, RunError
from vae_desktop.core.values import Posterior
from vae_desktop.core.work import finish
from vae_desktop.training.loop import training
from vae_desktop.training.run_folder import (
    CHECKPOINT,
    METRICS,
    MODEL,
    POSTERIOR,
    RECORD,
    claim,
    is_training,
    new_run_folder,
    open_run,
    read_posterior,
    save_posterior,
    unfinished,
)

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.training.settings import TrainSettings


def begun(data: Dataset, settings: TrainSettings, out: Path, steps: int = 1) -> None:
    """A training that was stopped after some events."""
    work = training(data, "vae", {"hidden": "8"}, settings, out)
    for _ in range(steps):
        next(work)
    work.close()


def test_codes_are_read_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    posterior = Posterior(*rng.normal(size=(2, 7, 3)).astype(np.float32))
    labels = np.array([0, 1, -1, 1, 0, 0, 1], np.int32)
    save_posterior(tmp_path / "a", posterior, labels, ("cat", "dög"), "1234")
    saved = read_posterior(tmp_path / "a")
    np.testing.assert_array_equal(saved.posterior.mu, posterior.mu)
    np.testing.assert_array_equal(saved.posterior.logvar, posterior.logvar)
    np.testing.assert_array_equal(saved.labels, labels)
    assert (saved.classes, saved.model) == (("cat", "dög"), "1234")
    save_posterior(tmp_path / "b", posterior)
    assert read_posterior(tmp_path / "b").labels is None


def test_files_that_hold_no_codes(tmp_path: Path) -> None:
    save_posterior(tmp_path / "good", Posterior(*np.zeros((2, 5, 2), np.float32)))
    (tmp_path / "cut").write_bytes((tmp_path / "good").read_bytes()[:-9])
    (tmp_path / "text").write_text("hello")
    save_file({"mu": np.zeros((5, 2), np.float32)}, tmp_path / "foreign")
    for name in ("cut", "text", "foreign", "missing"):
        with pytest.raises(ModelFileError, match=f"{name}: not a file of codes"):
            read_posterior(tmp_path / name)


def test_a_map_needs_no_torch() -> None:
    code = "import sys, vae_desktop, vae_desktop.training.run_folder; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_codes_of_other_weights_are_not_the_runs(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    begun(images, quick, tmp_path / "a", 5)
    begun(images, quick, tmp_path / "b", 9)
    assert open_run(tmp_path / "a").posterior() is not None
    (tmp_path / "a" / MODEL).write_bytes((tmp_path / "b" / MODEL).read_bytes())
    assert open_run(tmp_path / "a").posterior() is None


def test_a_half_written_line_is_left_out_and_then_overwritten(
    images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    out = tmp_path / "a"
    begun(images, quick, out, 10)
    assert open_run(out).epochs == 1
    for rest in (b'{"epoch": 2, "lo', b'{"epoch": 7}\n', b'{"epoch": 2}\nxx\n', b"3\n", b"\xff\xfe\n"):
        with (out / METRICS).open("ab") as file:
            file.write(rest)
        assert open_run(out).epochs == 1
    run = finish(training(images, "vae", {"hidden": "8"}, quick, out, resume=True))
    assert [line["epoch"] for line in run.metrics] == [1, 2, 3]
    assert all("loss" in line for line in run.metrics)


def test_what_a_crash_before_the_record_leaves_is_no_obstacle(
    images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    out = tmp_path / "a"
    begun(images, quick, out, 10)
    (out / RECORD).unlink()
    (out / f".{MODEL}.12ab.tmp").write_bytes(b"half")
    (out / "checkpoints" / ".last.pt.12ab.tmp").write_bytes(b"half")
    run = finish(training(images, "vae", {"hidden": "8"}, quick, out))
    assert run.epochs == 3
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize("damage", ["not json", "[]", "{}", '{"format": 1}', '{"format": 1, "status": "finished"}'])
def test_a_damaged_record(damage: str, tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(damage)
    with pytest.raises(RunError, match=r"run\.json: (cannot be read|is damaged)"):
        open_run(tmp_path)


def test_records_that_are_newer_or_missing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        open_run(tmp_path)
    (tmp_path / RECORD).write_text(json.dumps({"format": 99}))
    with pytest.raises(RunError, match="newer VAE Desktop"):
        open_run(tmp_path)


def test_a_damaged_checkpoint_is_named(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    begun(images, quick, tmp_path / "a", 10)
    checkpoint = tmp_path / "a" / CHECKPOINT
    whole = checkpoint.read_bytes()
    for damaged in (whole[:-100], b"", b"hello"):
        checkpoint.write_bytes(damaged)
        with pytest.raises(RunError, match="the checkpoint is damaged"):
            finish(training(images, "vae", {"hidden": "8"}, quick, tmp_path / "a", resume=True))


def test_what_can_go_on(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    begun(images, quick, tmp_path / "stopped")
    finish(training(images, "vae", {"hidden": "8"}, replace(quick, epochs=1), tmp_path / "finished"))
    (tmp_path / "photos").mkdir()
    work = training(images, "vae", {"hidden": "8"}, quick, tmp_path / "now")
    next(work)
    assert [run.path.name for run in unfinished(tmp_path)] == ["stopped"]
    work.close()
    assert [run.path.name for run in unfinished(tmp_path)] == ["now", "stopped"]
    assert unfinished(tmp_path / "nowhere") == []


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    out = tmp_path / "a"
    code = (
        "import sys; from pathlib import Path; from vae_desktop.training.run_folder import claim\n"
        "with claim(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
    )
    arguments = [sys.executable, "-c", code, str(out)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        assert is_training(out)
        with pytest.raises(RunError, match=f"process {other.pid} on .* is training"), claim(out):
            pass
        other.kill()
        other.wait()
    assert not is_training(out)
    with claim(out):
        assert is_training(out)
    assert not is_training(out)


def test_the_next_free_folder(tmp_path: Path) -> None:
    assert new_run_folder(tmp_path, "my digits!") == tmp_path / "my-digits-1"
    (tmp_path / "my-digits-1").mkdir()
    assert new_run_folder(tmp_path, "my digits!") == tmp_path / "my-digits-2"
    assert new_run_folder(tmp_path, "../..").parent == tmp_path


def test_two_runs_of_one_training_hold_the_same_bytes(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    def files(name: str) -> list[Any]:
        finish(training(images, "vae", {"hidden": "8"}, quick, tmp_path / name))
        return [(tmp_path / name / file).read_bytes() for file in (MODEL, POSTERIOR, RECORD)]

    assert files("a") == files("b")
