from __future__ import annotations

import csv
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.core.work import finish
from vae_desktop.readers import reading
from vae_desktop.training.compare import (
    COLUMNS,
    RunSummary,
    differing,
    run_folders,
    save_comparison,
    summarise,
    summarising,
    table,
    told_settings,
)
from vae_desktop.training.loop import training
from vae_desktop.training.run_folder import claim
from vae_desktop.training.side_by_side import comparing_runs, rows_of, sheet_of

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.core.values import Dataset
    from vae_desktop.training.settings import TrainSettings


@pytest.fixture
def runs(images: Dataset, quick: TrainSettings, tmp_path: Path) -> Path:
    """A folder with a run of each of two models, of other latent dimensions, on the same items."""
    folder = tmp_path / "runs"
    finish(training(images, "vae", {"hidden": (16,)}, quick, folder / "a"))
    finish(training(images, "beta-vae", {"hidden": (8,), "latent": 3}, quick, folder / "b"))
    return folder


def read(*places: Path, known: dict[Path, RunSummary] | None = None) -> tuple[RunSummary, ...]:
    return finish(summarising(places, known))


def test_a_run_is_what_its_record_and_metrics_say(runs: Path) -> None:
    run = summarise(runs / "b")
    lines = [json.loads(line) for line in (runs / "b" / "metrics.jsonl").read_text().splitlines()]
    assert (run.name, run.model, run.data, run.latent) == ("b", "beta-vae", "squares", 3)
    assert (run.epochs, run.planned, run.status, run.fault) == (3, 3, "finished", "")
    np.testing.assert_array_equal(run.curves["loss"], [line["loss"] for line in lines])
    np.testing.assert_array_equal(run.curves["validation"], [line["validation"]["elbo"] for line in lines])
    assert run.figure("elbo") == lines[-1]["elbo"] == -(lines[-1]["reconstruction"] + lines[-1]["kl"])
    assert run.figure("active_units") == lines[-1]["active_units"]
    assert run.figure("seconds") == pytest.approx(sum(line["seconds"] for line in lines))
    assert math.isnan(run.figure("nothing of the kind"))


def test_settings_in_which_runs_differ(runs: Path) -> None:
    a, b = summarise(runs / "a"), summarise(runs / "b")
    names = differing([a, b])
    assert names == ("model", "latent", "hidden", "beta")
    assert differing([a, a]) == ()
    assert told_settings(a, names) == "model vae · latent 2 · hidden 16"
    assert told_settings(b, names) == "model beta-vae · latent 3 · hidden 8 · beta 2.0"


def test_the_newest_first_and_only_what_changed_is_read_again(runs: Path) -> None:
    first = read(runs)
    assert [run.name for run in first] == ["b", "a"]
    known = {run.path: run for run in first}
    assert all(new is old for new, old in zip(read(runs, known=known), first, strict=True))
    last = json.loads((runs / "a" / "metrics.jsonl").read_text().splitlines()[-1])
    with (runs / "a" / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({**last, "epoch": 4}) + "\n")
    again = read(runs, known=known)
    assert [run.name for run in again] == ["a", "b"]
    assert again[0].epochs == 4
    assert again[1] is known[runs / "b"]


def test_whatever_lies_there_is_told_and_nothing_raised(runs: Path, tmp_path: Path) -> None:
    for name, text in (
        ("cut", '{"format": 1'), ("empty", "{}"), ("list", "[1]"), ("future", '{"format": 99}'),
        ("odd", '{"format": 1, "status": "finished", "model": "vae", "config": {}, "settings": [], "data": null}'),
    ):  # fmt: skip
        (runs / name).mkdir()
        (runs / name / "run.json").write_text(text)
    record = json.loads((runs / "a" / "run.json").read_text())
    (runs / "new").mkdir()
    (runs / "new" / "run.json").write_text(json.dumps({**record, "status": "training"}))
    (runs / "no run").mkdir()
    (runs / "file").write_text("")
    found = {run.name: run for run in read(runs)}
    assert {name for name, run in found.items() if run.status == "broken"} == {"cut", "empty", "list", "future", "odd"}
    assert all(str(runs / name) in found[name].fault for name in ("cut", "empty", "list", "future", "odd"))
    assert found["new"].status == "interrupted"
    assert found["new"].epochs == 0
    assert math.isnan(found["new"].figure("elbo"))
    with claim(runs / "new"):
        assert summarise(runs / "new").status == "training"
    assert read(tmp_path / "nowhere") == ()
    assert run_folders([runs, runs / "a"]).count(runs / "a") == 1


def test_the_table_as_a_file(runs: Path, tmp_path: Path) -> None:
    found = read(runs)
    header, rows = table(found)
    assert header == [*COLUMNS, "hidden", "beta"]
    save_comparison(tmp_path / "x.csv", found)
    with (tmp_path / "x.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [line["beta"] for line in written] == ["2.0", ""]
    assert [float(line["elbo"]) for line in written] == [row[header.index("elbo")] for row in rows]
    with pytest.raises(UserError, match=r"x\.txt"):
        save_comparison(tmp_path / "x.txt", found)


def test_two_runs_show_the_same_items_and_draw_with_the_same_seed(runs: Path, images: Dataset) -> None:
    at_hand = (summarise(runs / "a").fingerprint, images)
    pair = finish(comparing_runs(runs / "a", runs / "b", 5, 7, at_hand))
    assert pair.same
    np.testing.assert_array_equal(pair.left.indices, pair.right.indices)
    np.testing.assert_array_equal(pair.left.originals, images.x[pair.left.indices])
    again = finish(comparing_runs(runs / "a", runs / "a", 5, 7, at_hand))
    np.testing.assert_array_equal(again.left.samples, again.right.samples)
    np.testing.assert_array_equal(again.left.samples, pair.left.samples)
    assert [name for name, _, _ in rows_of(pair)] == ["Original", "a", "b", "a", "b"]
    assert sheet_of(pair).shape == (5, 5, 6, 5, 3)
    more = finish(comparing_runs(runs / "a", runs / "b", 500, 7, at_hand))
    assert len(more.left.indices) == len(images)
    np.testing.assert_array_equal(more.left.indices[:5], pair.left.indices)


def test_a_conditional_model_is_told_the_classes_of_the_items(
    runs: Path, images: Dataset, quick: TrainSettings
) -> None:
    from vae_desktop.latent.decode import decode
    from vae_desktop.latent.encode import encode

    run = finish(training(images, "cvae", {"hidden": (16,)}, quick, runs / "c"))
    pair = finish(comparing_runs(runs / "c", runs / "a", 4, 0, (run.fingerprint, images)))
    assert images.labels is not None
    indices = pair.left.indices
    labels = images.labels[indices].astype(np.int64)
    mu = encode(run.model(), images).mu[indices]
    np.testing.assert_array_equal(pair.left.reconstructions, decode(run.model(), mu, labels))


def test_runs_of_other_data_show_items_of_their_own(quick: TrainSettings, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "grey.npy", rng.integers(0, 255, (30, 6, 6, 1), np.uint8))
    np.save(tmp_path / "colour.npy", rng.integers(0, 255, (20, 4, 8, 3), np.uint8))
    for name in ("grey", "colour"):
        data = finish(reading(str(tmp_path / f"{name}.npy")))
        finish(training(data, "vae", {"hidden": (8,)}, quick, tmp_path / name))
    pair = finish(comparing_runs(tmp_path / "grey", tmp_path / "colour", 3, 0))
    assert not pair.same
    names = ["Original, grey", "grey", "Original, colour", "colour", "grey", "colour"]
    assert [name for name, _, _ in rows_of(pair)] == names
    assert sheet_of(pair).shape == (6, 3, 6, 8, 3)
    (tmp_path / "grey.npy").unlink()
    with pytest.raises(UserError, match="grey"):
        finish(comparing_runs(tmp_path / "grey", tmp_path / "colour", 3, 0))
    with pytest.raises(UserError, match="nowhere"):
        finish(comparing_runs(tmp_path / "nowhere", tmp_path / "colour", 3, 0))
