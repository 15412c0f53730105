"""Every command, as typed; and every wrong word, answered in one line."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from vae_desktop import __main__, __version__
from vae_desktop.cli import app, main
from vae_desktop.core.work import Progress
from vae_desktop.training.record import Saver
from vae_desktop.training.run_folder import open_run
from vae_desktop.training.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    Ask = Callable[..., Any]

QUICK = ("--threads", "1", "--set", "hidden=16", "--batch", "256")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """``ask("info", "digits")`` gives what the command answers as JSON."""
    monkeypatch.chdir(tmp_path)

    def ask(*words: object) -> Any:
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def fail(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """``fail("info", "nowhere")`` gives the one line that is wrong."""
    monkeypatch.chdir(tmp_path)

    def fail(*words: object) -> str:
        capsys.readouterr()
        assert main([*map(str, words)]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith("error: ")
        assert told.err.count("\n") == 1
        return told.err

    return fail


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "run"
    assert main(["train", "digits", "--out", str(path), "--epochs", "2", *QUICK]) == 0
    return path


def test_train(ask: Ask, tmp_path: Path) -> None:
    report = ask(
        "train", "digits", "--out", "a", "--model", "beta-vae", "--latent", 3, "--epochs", 2, "--seed", 4, *QUICK
    )
    assert (report["run"], report["status"], report["epochs"], report["model"]) == ("a", "finished", 2, "beta-vae")
    assert report["elbo"] == pytest.approx(-(report["reconstruction"] + report["kl"]))
    assert report["reconstruction"] > 0 < report["kl"]
    assert len(report["kl_per_dimension"]) == 3
    assert report["seconds"] > 0
    assert report["parameters"] == (64 * 16 + 16) + (16 * 6 + 6) + (3 * 16 + 16) + (16 * 64 + 64)
    record = open_run(tmp_path / "a").record
    assert record["settings"] == record["settings"] | {
        "epochs": 2, "batch": 256, "lr": 1e-3, "validation": 0.1, "seed": 4, "device": "auto", "threads": 1,
    }  # fmt: skip
    assert record["config"]["hidden"] == [16]


def test_the_verdict_is_told(ask: Ask, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("evaluate", run, "digits")["verdict"] == []  # so young a run is not judged
    assert main(["evaluate", str(run), "digits"]) == 0
    assert "verdict: too early to tell" in capsys.readouterr().out
    lost = ("--model", "beta-vae", "--set", "beta=300", "--epochs", 12, "--lr", 5e-3)
    (found,) = ask("train", "digits", "--out", "lost", *lost, *QUICK)["verdict"]
    assert found["illness"] == "collapse"
    assert found["remedies"][0]["changes"] == {"beta": 1.0}
    for model in ("lost", "lost/model.safetensors"):
        (again,) = ask("evaluate", model, "digits")["verdict"]
        assert again["illness"] == "collapse"
        assert main(["evaluate", model, "digits"]) == 0
        told = capsys.readouterr().out
        assert "verdict: The codes tell nothing about the items" in told
        assert "try warmup=0.3 free_bits=0.25: " in told


def test_the_designed_defaults(ask: Ask, tmp_path: Path) -> None:
    np.save(tmp_path / "few.npy", np.random.default_rng(0).integers(0, 255, (12, 5, 5), np.uint8))
    assert ask("train", "few.npy", "--out", "a", "--threads", 1)["epochs"] == 30
    record = open_run(tmp_path / "a").record
    assert record["model"] == "vae"
    assert record["config"]["latent"] == 2
    assert record["config"]["warmup"] == 0.1
    settings = {name: record["settings"][name] for name in ("epochs", "batch", "lr", "validation", "seed")}
    assert settings == {"epochs": 30, "batch": 128, "lr": 1e-3, "validation": 0.1, "seed": 0}


def test_resume(ask: Ask, fail: Ask, tmp_path: Path) -> None:
    first = ask("train", "digits", "--out", "a", "--resume", "--epochs", 1, *QUICK)
    again = ask("train", "digits", "--out", "a", "--resume")  # what is left out is as it was
    assert again == first
    assert ask("train", "digits", "--out", "a", "--resume", "--epochs", 2)["epochs"] == 2
    assert "already holds a run" in fail("train", "digits", "--out", "a")
    assert "batch is 256, not 64" in fail("train", "digits", "--out", "a", "--resume", "--batch", 64)
    assert "latent is 2, not 5" in fail("train", "digits", "--out", "a", "--resume", "--latent", 5)
    assert "trains the model vae" in fail("train", "digits", "--out", "a", "--resume", "--model", "beta-vae")
    np.save(tmp_path / "x.npy", np.zeros((20, 8, 8), np.uint8))
    assert "other data" in fail("train", "x.npy", "--out", "a", "--resume")
    assert main(["train", "digits", "--out", "a", "--resume"]) == 0


def test_finished_already_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["train", "digits", "--out", str(run), "--resume"]) == 0
    assert "finished already" in capsys.readouterr().out


def test_info(ask: Ask, run: Path) -> None:
    data = ask("info", "digits")
    assert (data["what"], data["kind"], data["items"], data["shape"]) == ("dataset", "image", 1797, [8, 8, 1])
    assert data["classes"] == list("0123456789")
    model = ask("info", run / "model.safetensors")
    assert (model["what"], model["model"], model["config"]["latent"]) == ("model", "vae", 2)
    folder = ask("info", run)
    assert (folder["what"], folder["status"], folder["epochs"]) == ("run", "finished", 2)


def test_evaluate(ask: Ask, run: Path) -> None:
    plain = ask("evaluate", run, "digits")
    assert set(plain) == {
        "elbo", "reconstruction", "kl", "nll", "nll_se", "kl_per_dimension", "active_units", "bits_per_dim",
        "objective", "terms", "prior_gap", "notes", "verdict",
    }  # fmt: skip
    assert plain["nll"] is None
    assert plain["bits_per_dim"] is None
    weighted = ask("evaluate", run / "model.safetensors", "digits", "--samples", 5)
    assert weighted["nll"] < -weighted["elbo"]
    assert weighted["nll_se"] > 0
    with_factors = ask("evaluate", run, "digits", "--disentanglement")
    assert set(with_factors) - set(plain) == {"mig", "dci", "sap", "factor_vae"}
    assert with_factors["factor_vae"] is None  # the class is the only factor


def test_evaluate_says_what_its_figures_mean(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(run), "digits"]) == 0
    told = capsys.readouterr().out
    assert "prior_gap: prior_without_data 0." in told
    assert "about objective: What VAE itself minimises" in told
    assert "about bits_per_dim: not defined" in told


def test_encode(ask: Ask, run: Path, tmp_path: Path) -> None:
    assert ask("encode", run, "digits", "--out", "c.npz")["items"] == 1797
    ask("encode", run, "digits", "--out", "c.csv")
    saved = open_run(run).posterior()
    assert saved is not None
    with np.load(tmp_path / "c.npz") as codes:
        np.testing.assert_allclose(codes["mu"], saved.posterior.mu, atol=1e-5)
        np.testing.assert_array_equal(codes["labels"], saved.labels)
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 1798


def test_project(ask: Ask, fail: Ask, run: Path, tmp_path: Path) -> None:
    assert ask("project", run, "digits", "--out", "p.npz") == {"out": "p.npz", "items": 1797, "method": "pca"}
    ask("project", run, "digits", "--out", "p.csv", "--method", "axes", "--set", "x=1", "--set", "y=0")
    ask("project", run, "digits", "--out", "p.png")
    saved = open_run(run).posterior()
    assert saved is not None
    rows = [line.split(",") for line in (tmp_path / "p.csv").read_text().splitlines()]
    assert rows[0] == ["item", "label", "x", "y"]
    np.testing.assert_allclose(np.array([row[2:] for row in rows[1:]], float), saved.posterior.mu[:, ::-1], atol=1e-5)
    assert np.load(tmp_path / "p.npz")["xy"].shape == (1797, 2)
    with Image.open(tmp_path / "p.png") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 10
    assert "unknown projection 'nope'" in fail("project", run, "digits", "--out", "q.npz", "--method", "nope")
    assert "known are: perplexity, seed" in fail(
        "project", run, "digits", "--out", "q.npz", "--method", "tsne", "--set", "neighbours=3"
    )
    assert "at least 3 latent dimensions" in fail("project", run, "digits", "--out", "q.npz", "--method", "tsne")
    assert not (tmp_path / "q.npz").exists()


def test_pictures(ask: Ask, run: Path, tmp_path: Path) -> None:
    assert ask("sample", run, "--out", "s.npz", "-n", 5, "--seed", 3)["items"] == 5
    ask("sample", run, "--out", "t.npz", "-n", 5, "--seed", 3)
    np.testing.assert_array_equal(np.load(tmp_path / "s.npz")["images"], np.load(tmp_path / "t.npz")["images"])
    assert ask("interpolate", run, "digits", "--from", 0, "--to", 9, "--steps", 7, "--out", "w.gif")["items"] == 7
    with Image.open(tmp_path / "w.gif") as film:
        assert film.n_frames == 7
    assert ask("traverse", run, "--steps", 5, "--out", "walks")["items"] == 10
    assert len(list((tmp_path / "walks").glob("*.png"))) == 10
    ask("traverse", run / "model.safetensors", "digits", "--index", 3, "--range", 2, "--out", "walks.png")
    ask("reconstruct", run, "digits", "-n", 4, "--out", "r.npz")
    reconstructed = np.load(tmp_path / "r.npz")["images"]
    assert reconstructed.shape == (4, 8, 8, 1)
    ask("reconstruct", run, "digits", "-n", 4, "--out", "r.png")
    with Image.open(tmp_path / "r.png") as sheet:
        page = np.asarray(sheet)
    np.testing.assert_array_equal(page[:8, 10:18], reconstructed[0, :, :, 0])  # the original stands left of it


def test_a_table(ask: Ask, fail: Ask, tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{i * i % 7}" for i in range(40))
    (tmp_path / "t.csv").write_text(f"a,b\n{rows}\n")
    ask("train", "t.csv", "--out", "a", "--epochs", 2, *QUICK)
    ask("reconstruct", "a", "t.csv", "-n", 3, "--out", "r.csv")
    assert (tmp_path / "r.csv").read_text().splitlines()[0] == "a,b"
    assert "digits holds images; the model was trained on a table" in fail("evaluate", "a", "digits")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("train digits --out x --latent 0", "latent=0: must be at least 1"),
        ("train digits --out x --epochs -3", "epochs=-3: must be at least 1"),
        ("train digits --out x --batch 0", "batch=0: must be at least 1"),
        ("train digits --out x --lr nan", "lr=nan: must be above 0"),
        ("train digits --out x --validation 2", "validation=2: must be"),
        ("train digits --out x --device tpu", "device=tpu: choose one of auto, cpu"),
        ("train digits --out x --model gan", "unknown model 'gan'; known are: "),
        ("train digits --out x --set gamma=1", "unknown setting 'gamma'; known are: latent, "),
        ("train digits --out x --set gamma", "wants key=value"),
        ("train digits --out x --set hidden=wide", "hidden=wide: wants whole numbers"),
        ("train digits --out x --epochs many", "--epochs"),
        ("train digits", "--out"),
        ("train nowhere --out x", "nowhere: there is no such file"),
        ("train one.npy --out x", "one.npy: training needs at least two items"),
        ("train digits --out taken", "taken: the folder is not empty"),
        ("train digits --out taken/file", "taken/file: is a file"),
        ("train digits --out taken/file/x", "taken/file/x: cannot be written"),
        ("info nowhere", "nowhere: there is no such file"),
        ("info cut.safetensors", "cut.safetensors: not a safetensors file, cut short"),
        ("evaluate taken digits", "taken: not a run folder"),
        ("evaluate nowhere digits", "nowhere: there is no such file"),
        ("sample cut.safetensors --out x.png", "cut.safetensors: not a model file"),
        ("sample RUN/posterior.safetensors --out x.png", "not a model of VAE Desktop"),
        ("sample RUN --out x.bmp", "x.bmp: the ending .bmp is not known"),
        ("sample RUN --out x.png -n 0", "-n"),
        ("evaluate RUN one.npy", "one holds a table"),
        ("encode RUN digits --out x.txt", "x.txt: the ending .txt is not known"),
        ("interpolate RUN digits --from 0 --to 5000 --out x.png", "item 5000: digits has 1797 items"),
        ("interpolate RUN digits --from 0 --to 1 --method arc --out x.png", "method=arc: choose one of lerp, slerp"),
        ("interpolate RUN digits --from 0 --to 1 --steps 1 --out x.png", "steps=1: must be at least 2"),
        ("traverse RUN/model.safetensors --index 3 --out x.png", "name the data"),
        ("traverse RUN digits --index -1 --out x.png", "item -1"),
        ("train --frobnicate", "--frobnicate"),
    ],
)
def test_one_clear_line(words: str, told: str, fail: Ask, run: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_bytes(b"")
    (tmp_path / "cut.safetensors").write_bytes((run / "model.safetensors").read_bytes()[:-5])
    np.save(tmp_path / "one.npy", np.zeros((1, 9), np.float32))
    line = fail(*words.replace("RUN", str(run)).split())
    assert any(part in line for part in told.split("|")), line
    assert not (tmp_path / "x").exists()


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"vae-desktop {__version__}\n"
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(command in told for command in __main__.COMMANDS)
    assert main(["train", "--help"]) == 0
    assert "[default: (30)]" in capsys.readouterr().out


def test_the_door_knows_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert [command.callback.__name__ for command in app.registered_commands if command.callback] == [
        *__main__.COMMANDS
    ]
    monkeypatch.setattr(sys, "argv", ["vae-desktop", "info", "nowhere"])
    assert __main__.main() == 2
    assert "nowhere" in capsys.readouterr().err


def test_interrupted_training_is_kept_and_goes_on(
    ask: Ask, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ask("train", "digits", "--out", "whole", "--epochs", 3, *QUICK)
    original, presses = Saver.epoch_end, iter([True])

    def press(self: Any, metrics: Any) -> None:
        original(self, metrics)
        if next(presses, False):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Saver, "epoch_end", press)
    assert main(["train", "digits", "--out", "a", "--epochs", "3", *QUICK]) == 130
    told = capsys.readouterr().err
    assert "stopped after 1 epochs" in told
    assert "go on with: vae-desktop train digits --out a --resume" in told
    assert open_run(tmp_path / "a").status == "stopped"
    resumed = ask("train", "digits", "--out", "a", "--resume")
    assert resumed["elbo"] == whole["elbo"]
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == (tmp_path / "whole/model.safetensors").read_bytes()


def test_watch_closes_the_work_between_two_steps() -> None:
    seen: list[str] = []

    def work() -> Generator[Progress | str, None, int]:
        try:
            yield Progress(1, 2, "Working")
            yield "part"
            yield Progress(2, 2, "Working")
        except GeneratorExit:
            seen.append("closed")
            raise
        return 5

    before = signal.getsignal(signal.SIGTERM)
    assert watch(work(), lambda value: seen.append(str(value))) == 5
    with pytest.raises(KeyboardInterrupt):
        watch(work(), lambda value: os.kill(os.getpid(), signal.SIGTERM))
    assert seen == ["part", "closed"]
    assert signal.getsignal(signal.SIGTERM) is before
