from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.cli import main
from vae_desktop.core.work import finish
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

QUICK = TrainSettings(epochs=2, batch=8, threads=1, device="cpu")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of two runs and a broken one."""
    from vae_desktop.readers import reading

    np.save(tmp_path / "dots.npy", np.random.default_rng(0).integers(0, 255, (20, 5, 5, 1), np.uint8))
    dots = finish(reading(str(tmp_path / "dots.npy")))
    for name, latent in (("a", 2), ("b", 3)):
        finish(training(dots, "vae", {"hidden": (8,), "latent": latent}, QUICK, tmp_path / "runs" / name))
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "run.json").write_text("{")
    return tmp_path / "runs"


def test_runs_as_a_document_and_a_table(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = runs.parent / "x.csv"
    assert main(["compare", str(runs / "a"), str(runs / "b"), "--json", "--out", str(out)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [run["run"] for run in report["runs"]] == [str(runs / "a"), str(runs / "b")]
    last = json.loads((runs / "a" / "metrics.jsonl").read_text().splitlines()[-1])
    first = report["runs"][0]
    assert (first["elbo"], first["validation"]) == (last["elbo"], last["validation"]["elbo"])
    assert (first["latent"], first["settings"]["hidden"], report["differ"]) == (2, "8", [])
    with out.open(newline="") as file:
        assert [line["latent"] for line in csv.DictReader(file)] == ["2", "3"]


def test_a_folder_of_runs_in_lines(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(runs)]) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0].split()[:3] == ["run", "model", "data"]
    assert [line.split()[0] for line in lines[1:]] == [str(runs / "a"), str(runs / "b")]
    assert told.err.startswith(f"note: {runs / 'broken'}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nowhere", "neither a run folder nor a folder that holds some"),
        ("RUNS/broken", "cannot be read"),
        ("RUNS --out x.txt", "x.txt: the ending .txt is not known"),
    ],
)
def test_one_clear_line(words: str, told: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words.replace("RUNS", str(runs)).split()]) == 2
    assert told in capsys.readouterr().err.splitlines()[-1]
