"""Each illness is had by one run, told, and gone when it is trained again with a remedy; the healthy are left alone."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vae_desktop.core.settings import values_of
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import finish
from vae_desktop.models import models
from vae_desktop.readers import read
from vae_desktop.training.doctor import Finding, diagnose, parted
from vae_desktop.training.loop import TrainingDiverged, training
from vae_desktop.training.run_folder import Run, open_run
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"hidden": (128, 64)}


@pytest.fixture(scope="module")
def shapes() -> Dataset:
    """1 500 of the built-in shapes at a quarter of their size: 16×16."""
    whole = read("shapes", n=1500)
    x = whole.x.reshape(-1, 16, 4, 16, 4, 1).mean((2, 4)).astype(np.uint8)
    return replace(whole, x=x)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return read("digits")


@pytest.fixture(scope="module")
def few(digits: Dataset) -> Dataset:
    """So few that they can be learned by heart."""
    return replace(digits, x=digits.x[:100], labels=digits.labels[:100])


@pytest.fixture(scope="module")
def woven() -> Dataset:
    """600 pictures of 12×12: a soft bump somewhere, in a faint weave of one of two kinds."""
    rng = np.random.default_rng(0)
    at, sign = rng.uniform(3, 9, (600, 2, 1)), rng.choice([-1, 1], (600, 1, 1))
    p = np.arange(12)
    bump = np.exp(-((p[:, None] - at[:, :1]) ** 2 + (p - at[:, 1:]) ** 2) / 18)  # (600, 12, 12)
    x = 0.2 + 0.5 * bump + 0.06 * sign * (-1.0) ** (p[:, None] + p)
    return Dataset("image", (255 * x[..., None]).astype(np.uint8), source="woven")


def train(data: Dataset, model: str, config: dict[str, Any], settings: dict[str, Any], out: Path) -> Run:
    chosen = TrainSettings(**{"lr": 3e-3, "threads": 1, "device": "cpu", **settings})
    with contextlib.suppress(TrainingDiverged):
        finish(training(data, model, config, chosen, out))
    return open_run(out)


def verdict(run: Run) -> dict[str, Finding]:
    return {finding.illness: finding for finding in diagnose(run.record, run.metrics)}


ILL: dict[str, tuple[str, str, dict[str, Any], dict[str, Any], str]] = {
    "collapse": (
        "digits", "vae", {"hidden": (64, 64, 64, 64), "latent": 16, "warmup": 0.0}, {"epochs": 25},
        "KL warm-up of 30% and free bits",
    ),
    "collapse by β": (
        "shapes", "beta-vae", {**SMALL, "latent": 4, "beta": 30, "likelihood": "gaussian"}, {"epochs": 15},
        "Lower β from 30 to 1",
    ),
    "explosion": ("shapes", "beta-vae", {**SMALL, "latent": 4, "beta": 0}, {"epochs": 15}, "Raise β from 0 to 1"),
    "diverged": (
        "shapes", "vae", SMALL, {"epochs": 12, "lr": 3.0}, "Lower the learning rate to 0.001",
    ),
    "overfitting": (
        "few", "vae", {**SMALL, "latent": 8, "likelihood": "gaussian"}, {"epochs": 90, "batch": 16, "lr": 5e-3}, "Stop",
    ),
    "blurry": ("woven", "vae", {**SMALL, "latent": 4}, {"epochs": 40, "batch": 64}, "Use a Gaussian likelihood"),
}  # fmt: skip


@pytest.mark.parametrize("case", ILL)
def test_ill_told_and_cured(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    data, model, config, settings, label = ILL[case]
    illness = case.split()[0]
    dataset = request.getfixturevalue(data)
    run = train(dataset, model, config, settings, tmp_path / "ill")
    found = verdict(run)
    assert list(found) == [illness]
    assert found[illness].text.endswith(".")
    remedy = next(remedy for remedy in found[illness].remedies if remedy.label.startswith(label))
    better, shorter = remedy.apply(run.record["config"], run.record["settings"])
    assert (better, shorter) != (run.record["config"], run.record["settings"])
    again = train(dataset, model, better, shorter, tmp_path / "treated")
    assert again.status == "finished"
    assert verdict(again) == {}


@pytest.mark.parametrize("model", models)
def test_the_healthy_are_left_alone(model: str, shapes: Dataset, tmp_path: Path) -> None:
    run = train(shapes, model, {**SMALL, "latent": 4, "likelihood": "gaussian"}, {"epochs": 12}, tmp_path / model)
    assert run.metrics[-1]["watched"]["explained"] > 0.2  # it did learn
    assert verdict(run) == {}
    for epochs in range(1, 12):  # nor was anything told on the way
        assert diagnose({**run.record, "status": "training"}, run.metrics[:epochs]) == ()


def test_dimensions_that_are_not_needed_are_let_go_in_silence(shapes: Dataset, tmp_path: Path) -> None:
    run = train(shapes, "vae", {**SMALL, "latent": 32, "warmup": 0.0}, {"epochs": 20, "lr": 1e-2}, tmp_path / "run")
    assert run.metrics[-1]["active_units"] < 32
    assert verdict(run) == {}


def record(model: str = "vae", status: str = "finished", **config: Any) -> dict[str, Any]:
    data = {"kind": "image", "items": 2000, "shape": [8, 8, 1]}
    chosen = {**values_of(models[model].Config()), **config}
    return {"model": model, "config": chosen, "settings": asdict(TrainSettings()), "data": data, "status": status}


def line(epoch: int = 30, **more: Any) -> dict[str, Any]:
    seen = {"explained": 0.8, "linear": 0.5, "needed": 2.0, "sharpness": 0.8, "perplexity": None}
    plain = {"epoch": epoch, "loss": 20.0, "elbo": -20.0, "kl": 4.0, "kl_per_dimension": [2.0, 2.0], "active_units": 2,
             "weight": 1.0, "validation": None, "watched": {**seen, **more.pop("watched", {})}}  # fmt: skip
    return {**plain, **more}


def dead(epoch: int, kl: float = 0.001) -> dict[str, Any]:
    return line(epoch, kl=kl, kl_per_dimension=[kl, 0.0], active_units=0, watched={"explained": 0.0})


def test_nothing_is_told_of_what_is_young_or_passing() -> None:
    told = record(status="training")
    for metrics in (
        [],
        [dead(1)],
        [dead(29), dead(30)],
        [dead(28), dead(29), line(30)],
        [dead(e) for e in (1, 2, 3, 4)],
    ):
        assert diagnose(told, metrics) == ()
    waking = [dead(28, 0.1), dead(29, 0.15), dead(30, 0.2)]
    assert diagnose(told, waking) == ()
    warming = record(status="training", warmup=1.0)
    assert diagnose(warming, [dead(e) for e in range(20, 30)]) == ()
    assert [f.illness for f in diagnose(told, [dead(28), dead(29), dead(30)])] == ["collapse"]


def test_items_that_are_all_the_same_have_nothing_to_tell() -> None:
    same = dead(30)
    same["watched"] = dict.fromkeys(same["watched"])
    assert diagnose(record(), [same]) == ()


def test_partial_collapse() -> None:
    lost = line(
        active_units=1, kl_per_dimension=[1.0, *[0.0] * 7], watched={"explained": 0.3, "linear": 0.6, "needed": 6.0}
    )
    (found,) = diagnose(record("beta-vae", beta=8.0), [lost])
    assert found.illness == "partial"
    assert "Only 1 of 8 dimensions" in found.text
    assert "β of 8 keeps it so" in found.text
    assert found.remedies[0].changes == {"beta": 1.0}
    lost["watched"]["needed"] = 2.0
    assert diagnose(record("beta-vae", beta=8.0), [lost]) == ()


def test_a_codebook_of_which_one_code_is_used() -> None:
    (found,) = diagnose(record(), [line(active_units=0, kl=0.0, watched={"perplexity": 1.2, "explained": 0.0})])
    assert found.illness == "codebook"
    assert diagnose(record(), [line(watched={"perplexity": 30.0})]) == ()


def test_a_model_that_is_not_known_is_told_of_without_remedies() -> None:
    (found,) = diagnose({**record(), "model": "none-such"}, [dead(30)])
    assert (found.illness, found.remedies) == ("collapse", ())


def test_remedies_change_only_what_there_is() -> None:
    (found,) = diagnose(record(warmup=0.5, free_bits=0.25), [dead(30)])
    assert [dict(remedy.changes) for remedy in found.remedies] == [{"free_bits": 0.5}, {"likelihood": "gaussian"}]
    assert found.remedies[0].told({"free_bits": 0.25}) == "Free bits 0.25 → 0.5"
    assert found.remedies[0].label == "Free bits"


@pytest.mark.parametrize(
    ("model", "config", "label", "changes"),
    [
        ("iwae", {}, "KL warm-up of 30%", {"warmup": 0.3}),  # its bound has no dimensions that could go free
        ("vae", {"anneal": "cyclical"}, "Free bits", {"free_bits": 0.25}),  # there is no warm-up in cycles
        ("vae", {}, "KL warm-up of 30% and free bits", {"warmup": 0.3, "free_bits": 0.25}),
    ],
)
def test_a_remedy_says_no_more_than_it_changes(
    model: str, config: dict[str, Any], label: str, changes: dict[str, float]
) -> None:
    (found,) = diagnose(record(model, **config), [dead(30)])
    remedy = found.remedies[0]
    assert (remedy.label, dict(remedy.changes)) == (label, changes)
    assert ("free" in remedy.label.lower()) == ("cost nothing" in remedy.why) == ("free_bits" in changes)


def elbos(training_: np.ndarray, kept: np.ndarray) -> list[dict[str, Any]]:
    pairs = zip(training_.tolist(), kept.tolist(), strict=True)
    return [line(epoch + 1, elbo=t, validation={"elbo": v}) for epoch, (t, v) in enumerate(pairs)]


def test_validation_parts_from_training() -> None:
    rng = np.random.default_rng(0)
    e = np.arange(60)
    learned = -100 * np.exp(-e / 8)
    noise = rng.normal(0, 0.5, 60)
    best, fell = parted(elbos(learned, learned - np.clip(e - 30, 0, None) + noise))
    assert abs(best - 28) <= 6
    assert fell == pytest.approx(27, abs=6)
    assert parted(elbos(learned, learned + noise)) == (0, 0.0)
    assert parted(elbos(learned, learned + 20 * noise)) == (0, 0.0)  # jitter is no parting
    assert parted(elbos(learned - np.clip(e - 30, 0, None), learned - np.clip(e - 30, 0, None))) == (
        0,
        0.0,
    )  # both fall
    assert parted([]) == (0, 0.0)
    lines = elbos(learned, learned - np.clip(e - 30, 0, None) + noise)
    assert [found.illness for found in diagnose(record(), lines)] == ["overfitting"]
    assert diagnose({**record(), "kept": best}, lines) == ()  # what was learned by heart after it is not kept


def test_bad_data(tmp_path: Path) -> None:
    """One column, two rows, items that are all the same: nothing to say, and no error."""
    rows = np.random.default_rng(0).normal(size=(40, 1)).astype(np.float32)
    for i, x in enumerate((rows, rows[:2], np.ones_like(rows))):
        data = Dataset("table", x, columns=(Column("a"),), source="rows.csv")
        run = train(data, "vae", {"hidden": (8,), "latent": 1}, {"epochs": 2}, tmp_path / str(i))
        assert verdict(run) == {}
