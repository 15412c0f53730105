"""The options of reading, as typed; a model's data is read as the model wants it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from vae_desktop.cli import main
from vae_desktop.core.read_options import ReadOptions
from vae_desktop.core.settings import settings_of
from vae_desktop.training.run_folder import open_run

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--threads", "1", "--set", "hidden=16", "--epochs", "1")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders of colour pictures, and a table."""
    monkeypatch.chdir(tmp_path)
    for folder in ("cats", "dogs"):
        (tmp_path / folder).mkdir()
        for i in range(6):
            Image.fromarray(RNG.integers(0, 255, (12, 16, 3), np.uint8)).save(tmp_path / folder / f"{i}.png")
    (tmp_path / "rows.csv").write_text(
        "a,b,kind,place\n" + "".join(f"{i},{i * i},{'xy'[i % 2]},{'pqr'[i % 3]}\n" for i in range(30))
    )


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command answers as JSON."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_every_option_is_typed_as_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--help"]) == 0
    told = capsys.readouterr().out
    for name in settings_of(ReadOptions):
        assert f"--{name}" in told


def test_pictures_of_another_size_and_grey(capsys: pytest.CaptureFixture[str]) -> None:
    about = ask(capsys, "info", "cats", "--size", "8x6", "--fit", "pad", "--gray", "--limit", "4")
    assert about["shape"] == [6, 8, 1]
    assert about["items"] == 4
    assert about["guesses"] | {"size": "8x6", "fit": "pad", "colour": "gray"} == about["guesses"]


def test_several_are_one_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "info", "cats", "dogs")["items"] == 12
    report = ask(capsys, "train", "cats", "dogs", "--out", "run", *QUICK)
    assert open_run(report["run"]).record["data"]["items"] == 12
    assert ask(capsys, "train", "cats", "dogs", "--out", "run", "--resume", *QUICK)["epochs"] == 1


def test_a_run_keeps_how_its_data_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, "train", "rows.csv", "--out", "run", "--labels", "place", *QUICK)
    assert open_run("run").record["data"]["options"] == {"labels": "place"}
    assert open_run("run").record["data"]["classes"] == ["p", "q", "r"]
    ask(capsys, "train", "rows.csv", "--out", "run", "--resume", *QUICK, "--epochs", "2")
    same = ("train", "rows.csv", "--out", "run", "--resume", *QUICK, "--epochs", "3")
    ask(capsys, *same, "--normalise", "standard")  # what is not named again stays
    assert main([*same, "--labels", "kind"]) == 2
    ask(capsys, "encode", "run", "rows.csv", "--out", "codes.npz")
    assert list(np.load("codes.npz")["classes"]) == ["p", "q", "r"]


def test_a_model_brings_pictures_to_its_own_size(capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, "train", "cats", "--out", "run", "--size", "8", "--gray", *QUICK)
    assert ask(capsys, "evaluate", "run", "dogs")["elbo"] < 0
    assert main(["evaluate", "run", "dogs", "--size", "9"]) == 2
    assert "the model wants 8×8×1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--size huge", "size=huge: wants 64, or 64x48"),
        ("--size 0", "size=0: wants"),
        ("--fit bend", "fit=bend: choose one of auto, crop, pad, stretch"),
        ("--labels nothing", "labels=nothing: there is no such column; choose one of"),
        ("--limit -1", "limit=-1: must be at least 0"),
        ("--missing guess", "missing=guess: choose one of"),
    ],
)
def test_one_clear_line(words: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "rows.csv", *words.split()]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_an_option_that_makes_no_difference_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "rows.csv", "--size", "8"]) == 0
    assert "note: size: makes no difference to a table" in capsys.readouterr().err
