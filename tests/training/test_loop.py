from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import RunError, SettingError, UserError
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.decode import decode
from vae_desktop.latent.encode import encode
from vae_desktop.training.data import check_range
from vae_desktop.training.loop import EpochEnd, Started, TrainingDiverged, training
from vae_desktop.training.run_folder import MODEL, open_run

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.training.settings import TrainSettings

SMALL = {"hidden": (16,)}


def weights(path: Path) -> bytes:
    return (path / MODEL).read_bytes()


def run(data: Dataset, settings: TrainSettings, out: Path, **more: Any) -> bytes:
    finish(training(data, more.pop("model", "vae"), more.pop("config", SMALL), settings, out, **more))
    return weights(out)


def test_what_it_yields_and_writes(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    out = tmp_path / "runs" / "a"
    events: list[Any] = []
    run = finish(training(images, "beta-vae", {**SMALL, "beta": "2"}, quick, out), events.append)
    started, *rest = events
    ends = [event for event in rest if isinstance(event, EpochEnd)]
    steps = [event for event in rest if isinstance(event, Progress)]
    assert isinstance(started, Started)
    assert (started.items, started.validation_items, started.epoch, started.epochs) == (108, 12, 0, 3)
    assert [step.done for step in steps] == list(range(1, 3 * 7 + 1))  # the last, incomplete batch is kept
    assert {step.total for step in steps} == {21}
    assert [end.epoch for end in ends] == [1, 2, 3]
    assert run.status == "finished"
    assert [dict(line) for line in run.metrics] == [json.loads(json.dumps(end.metrics)) for end in ends]
    last = run.metrics[-1]
    assert last["elbo"] == pytest.approx(-(last["reconstruction"] + last["kl"]))
    assert sum(last["kl_per_dimension"]) == pytest.approx(last["kl"], rel=1e-5)
    assert last["loss"] == pytest.approx(last["reconstruction"] + 2 * last["kl"], rel=1e-5)
    assert last["weight"] == 2
    assert last["validation"]["elbo"] < 0 < last["items_per_second"]
    assert last["reconstruction"] < run.metrics[0]["reconstruction"]
    assert run.record["data"]["classes"] == ["left", "right"]
    assert run.record["seed"] == 0
    saved = run.posterior()
    assert saved is not None
    posterior = encode(run.model(), images)
    np.testing.assert_allclose(saved.posterior.mu, posterior.mu, atol=1e-5)
    np.testing.assert_array_equal(saved.labels, images.labels)
    for name, tensor in ends[-1].weights.state_dict().items():
        assert torch.equal(tensor, run.model().state_dict()[name])
    assert not ends[-1].weights.training


def test_the_same_seed_gives_the_same_bytes(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    first = run(images, quick, tmp_path / "a")
    torch.manual_seed(7)
    assert run(images, quick, tmp_path / "b") == first
    assert run(images, replace(quick, seed=1), tmp_path / "c") != first


def test_other_threads_do_not_disturb_it(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    alone = run(images, quick, tmp_path / "alone")
    done = threading.Event()
    model = open_run(tmp_path / "alone").model()

    def hover() -> None:
        while not done.is_set():
            decode(model, torch.randn(4, 2).numpy())
            torch.manual_seed(3)

    result: list[bytes] = []
    noisy = threading.Thread(target=hover)
    trainer = threading.Thread(target=lambda: result.append(run(images, quick, tmp_path / "beside")))
    noisy.start()
    trainer.start()
    trainer.join()
    done.set()
    noisy.join()
    assert result == [alone]


@pytest.mark.parametrize("after", [1, 2, 8, 9, 13])
def test_stopped_anywhere_it_goes_on_as_if_nothing_had_happened(
    after: int, images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    whole = run(images, quick, tmp_path / "whole")
    out = tmp_path / "stopped"
    work = training(images, "vae", SMALL, quick, out)
    for _ in range(after):
        next(work)
    work.close()
    stopped = open_run(out)
    saved = stopped.posterior()
    assert stopped.status == "stopped"
    assert saved is not None
    np.testing.assert_allclose(saved.posterior.mu, encode(stopped.model(), images).mu, atol=1e-5)
    events: list[Any] = []
    finish(training(images, "vae", SMALL, quick, out, resume=True), events.append)
    assert isinstance(events[0], Started)
    assert events[0].epoch == stopped.epochs
    assert weights(out) == whole
    whole_run = open_run(tmp_path / "whole")
    timeless = [{k: v for k, v in line.items() if "second" not in k} for line in open_run(out).metrics]
    assert timeless == [{k: v for k, v in line.items() if "second" not in k} for line in whole_run.metrics]


def test_convolutions_resume_to_the_bit(quick: TrainSettings, tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 255, (30, 9, 12, 3), np.uint8)
    data, config = Dataset("image", x), {"network": "conv", "hidden": "8"}
    whole = run(data, quick, tmp_path / "whole", config=config)
    work = training(data, "vae", config, quick, tmp_path / "stopped")
    for _ in range(3):
        next(work)
    work.close()
    assert run(data, quick, tmp_path / "stopped", config=config, resume=True) == whole


@pytest.mark.parametrize("model", ["vae", "iwae", "vae-gan"])
def test_tables_with_categories_and_gaps_resume_to_the_bit(model: str, quick: TrainSettings, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.integers(0, 3, 60), rng.normal(size=60), rng.normal(5, 9, 60)]).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    kept = np.memmap(tmp_path / "rows", np.float32, "w+", shape=rows.shape)  # as what was read is
    kept[:] = rows
    columns = (Column("kind", "category", ("x", "y", "z")), Column("a"), Column("b"))
    data = Dataset("table", kept, columns=columns)
    config = {"hidden": "8"}

    def whole_run(data: Dataset, name: str, resume: bool = False) -> bytes:
        finish(training(data, model, config, quick, tmp_path / name, resume=resume))
        return weights(tmp_path / name)

    whole = whole_run(data, "whole")
    assert whole_run(replace(data, x=rows), "in memory") == whole
    work = training(data, model, config, quick, tmp_path / "stopped")
    for _ in range(5):
        next(work)
    work.close()
    assert whole_run(data, "stopped", resume=True) == whole


def test_resume_starts_what_is_not_there_and_lets_be_what_is_finished(
    images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    first = run(images, quick, tmp_path / "a", resume=True)
    assert run(images, quick, tmp_path / "a", resume=True) == first
    assert run(images, replace(quick, epochs=5), tmp_path / "a", resume=True) != first
    longer = open_run(tmp_path / "a")
    assert (longer.status, longer.epochs, longer.record["settings"]["epochs"]) == ("finished", 5, 5)


def test_resume_refuses_another_training(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    out = tmp_path / "a"
    before = run(images, quick, out)
    for settings, config, data, word in (
        (replace(quick, lr=0.5), SMALL, images, "lr is 0.001, not 0.5"),
        (replace(quick, seed=2), SMALL, images, "seed is 0, not 2"),
        (quick, {"latent": 3, **SMALL}, images, "latent is 2, not 3"),
        (quick, SMALL, replace(images, x=255 - images.x), "other data"),
    ):
        with pytest.raises(RunError, match=word):
            run(data, settings, out, config=config, resume=True)
    with pytest.raises(RunError, match="trains the model vae, not beta-vae"):
        run(images, quick, out, model="beta-vae", resume=True)
    assert weights(out) == before


def test_divergence_keeps_the_last_good_weights(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    out = tmp_path / "a"
    with pytest.raises(TrainingDiverged, match=r"step \d+ \(epoch \d\).* below 1e\+30"):
        run(images, replace(quick, lr=1e30), out)
    diverged = open_run(out)
    assert diverged.status == "diverged"
    assert all(bool(tensor.isfinite().all()) for tensor in diverged.model().state_dict().values())
    assert diverged.posterior() is not None


def test_identical_items_train_and_say_so(quick: TrainSettings, tmp_path: Path) -> None:
    data = Dataset("image", np.full((12, 4, 4, 1), 90, np.uint8))
    events: list[Any] = []
    run = finish(training(data, "vae", SMALL, quick, tmp_path / "a"), events.append)
    assert "identical" in events[0].notes[0]
    assert run.record["notes"] == list(events[0].notes)
    assert run.status == "finished"


def test_few_items_are_all_trained_on(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    few = Dataset("image", images.x[:2])
    run = finish(training(few, "vae", SMALL, replace(quick, validation=0.9), tmp_path / "a"))
    assert run.metrics[-1]["validation"] is None


def test_a_table_with_uint16_and_floats_trains(table: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    rows = finish(training(table, "vae", SMALL, replace(quick, epochs=60, lr=1e-2), tmp_path / "a"))
    assert rows.metrics[-1]["elbo"] > rows.metrics[0]["elbo"] + 1
    deep = Dataset("image", np.arange(12 * 16, dtype=np.uint16).reshape(12, 4, 4, 1) * 300)
    assert finish(training(deep, "vae", SMALL, quick, tmp_path / "b")).status == "finished"


def nan_image() -> Dataset:
    x = np.zeros((3, 4, 4, 1), np.float32)
    x[1, 2, 2] = np.nan
    return Dataset("image", x, source="nan.npy")


def bad_table(*values: float) -> Dataset:
    x = np.ones((5, 2), np.float32)
    x.flat[: len(values)] = values
    return Dataset("table", x, columns=(Column("a"), Column("b")), source="bad.csv")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (Dataset("image", np.zeros((1, 4, 4, 1), np.uint8), source="one.png"), "one.png: .* two items"),
        (nan_image(), "nan.npy: 1 of 3 items"),
        (bad_table(np.inf), "bad.csv: 1 of 5 items hold infinite values"),
        (bad_table(*[np.nan] * 10), "bad.csv: every value is missing"),
    ],
)
def test_bad_data_makes_no_folder(data: Dataset, word: str, quick: TrainSettings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=word):
        run(data, quick, tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("settings", "config", "word"),
    [
        ({"batch": 0}, {}, "batch=0: must be at least 1"),
        ({"epochs": -1}, {}, "epochs=-1"),
        ({"lr": float("nan")}, {}, "lr=nan"),
        ({"validation": 1.0}, {}, "validation=1: must be at least 0 and at most 0.9"),
        ({}, {"latent": 0}, "latent=0: must be at least 1"),
        ({}, {"colour": 1}, "unknown setting 'colour'; known are: latent, "),
        ({}, {"hidden": "many"}, "hidden=many: wants whole numbers"),
    ],
)
def test_bad_settings_make_no_folder(
    settings: dict[str, Any], config: dict[str, Any], word: str, images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match=word):
        run(images, replace(quick, **settings), tmp_path / "a", config=config)
    assert not (tmp_path / "a").exists()


def test_a_likelihood_that_the_values_do_not_fit_is_refused_before_anything_is_written(
    table: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    deep = Dataset("image", np.arange(12 * 16, dtype=np.uint16).reshape(12, 4, 4, 1) * 300)
    floats = Dataset("image", np.linspace(0, 255, 192, dtype=np.float32).reshape(12, 4, 4, 1))
    for data, name, word in (
        (table, "bernoulli", r"bernoulli: wants values in \[0, 1\], and a table's columns.*gaussian"),
        (table, "continuous-bernoulli", r"wants values in \[0, 1\]"),
        (table, "logistic", "wants images of 8 bits"),
        (deep, "logistic", "wants images of 8 bits, and these are images of another range; .* gaussian"),
        (floats, "logistic", "counts 256 levels, and these images hold float32; choose gaussian"),
    ):
        with pytest.raises(SettingError, match=word):
            run(data, quick, tmp_path / "a", config={"likelihood": name})
    assert not (tmp_path / "a").exists()


def test_a_likelihood_that_another_would_suit_better_is_told(images: Dataset) -> None:
    black_or_white = replace(images, x=images.x // 128 * 255)
    assert check_range(images, "bernoulli", "auto") == ()
    assert check_range(black_or_white, "bernoulli", "bernoulli") == ()
    assert "continuous" in check_range(images, "bernoulli", "bernoulli")[0]
    assert "Bernoulli" in check_range(black_or_white, "continuous-bernoulli", "continuous-bernoulli")[0]
    assert check_range(images, "continuous-bernoulli", "continuous-bernoulli") == ()


def test_a_network_that_needs_images_refuses_a_table(table: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="conv"):
        run(table, quick, tmp_path / "a", config={"network": "conv"})
    assert not (tmp_path / "a").exists()


def test_folders_that_are_not_free(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    out = tmp_path / "a"
    before = run(images, quick, out)
    with pytest.raises(RunError, match="already holds a run"):
        run(images, quick, out)
    assert weights(out) == before
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(b"")
    (tmp_path / "file").write_bytes(b"")
    for place, word in (("photos", "not empty"), ("file", "is a file"), ("file/run", "cannot be written")):
        with pytest.raises(RunError, match=word):
            run(images, quick, tmp_path / place)
    (tmp_path / "empty").mkdir()
    run(images, quick, tmp_path / "empty")


def test_one_trainer_at_a_time(images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    work = training(images, "vae", SMALL, quick, tmp_path / "a")
    next(work)
    with pytest.raises(RunError, match=r"process \d+ on .* is training this run"):
        run(images, quick, tmp_path / "a", resume=True)
    work.close()
    run(images, quick, tmp_path / "a", resume=True)
