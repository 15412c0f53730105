"""Settings of the training on the command line, the trial, and early stopping as it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from vae_desktop.cli import main
from vae_desktop.training.run_folder import open_run

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

QUICK = ("--threads", "1", "--set", "hidden=16")


def test_a_dry_run_tells_what_a_training_would_be_and_makes_nothing(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("train", "digits", "--dry-run", "--set", "likelihood=laplace", "--set", "patience=3", *QUICK)
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["parameters"] == (64 * 16 + 16) + (16 * 4 + 4) + (2 * 16 + 16) + (16 * 64 + 64)
    assert report["seconds_per_epoch"] > 0
    assert report["items"] + report["validation_items"] == 1797
    assert (report["config"]["network"], report["config"]["likelihood"]) == ("mlp", "laplace")  # auto is resolved
    assert (report["settings"]["patience"], report["settings"]["epochs"]) == (3, 30)
    assert main([*words]) == 0
    first, *settings = capsys.readouterr().out.splitlines()
    assert first.startswith(f"vae: {report['parameters']:,} parameters, about ")
    assert "  likelihood=laplace" in settings
    assert "  patience=3" in settings
    assert [found.name for found in tmp_path.iterdir()] == ["home"]  # the test's own


def test_early_stopping_is_told(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["train", "digits", "--out", str(out), "--epochs", "40", "--lr", "0.1", *QUICK]
    assert main([*words, "--set", "patience=1", "--set", "warmup=0", "--set", "clip=1"]) == 0
    told = capsys.readouterr().out
    run = open_run(out)
    assert run.epochs < 40
    assert run.record["settings"]["clip"] == 1
    assert f"Stopped early at epoch {run.epochs}: validation had not improved for 1 epoch" in told
    assert main(["train", "digits", "--out", str(out), "--resume", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert run.kept is not None
    assert (report["kept"], report["epochs"], report["elbo"]) == (run.kept["epoch"], run.epochs, run.kept["elbo"])
    assert report["ended"] == run.ended
    (out / "metrics.jsonl").write_text("lost\n")
    assert main(["train", "digits", "--out", str(out), "--resume"]) == 2
    assert "its figures (metrics.jsonl) are lost" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ((), "--out: name the run folder"),
        (("--dry-run", "--set", "patience=2", "--validation", "0"), "patience=2: early stopping"),
        (("--dry-run", "--set", "lr_schedule=up"), "lr_schedule=up: choose one of constant, cosine, steps"),
        (("--dry-run", "--set", "momentum=1"), "unknown setting 'momentum'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(words: tuple[str, ...], wrong: str, capsys: Capture) -> None:
    assert main(["train", "digits", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error: {wrong}")
    assert told.err.count("\n") == 1
