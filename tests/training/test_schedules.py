"""Learning rate, gradient clipping and early stopping."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import SettingError
from vae_desktop.core.values import Dataset
from vae_desktop.core.work import finish
from vae_desktop.training.adam import Adam
from vae_desktop.training.loop import EpochEnd, training
from vae_desktop.training.run_folder import MODEL, open_run
from vae_desktop.training.settings import TrainSettings
from vae_desktop.training.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vae_desktop.models.vae import VAE

SMALL = {"hidden": (16,), "warmup": 0.0}
ALL_ON = {"lr_schedule": "cosine", "clip": 1.0, "patience": 2}


def factors(settings: TrainSettings, *parts: float) -> list[float]:
    return [settings.lr_factor(part) for part in parts]


def test_learning_rates() -> None:
    assert factors(TrainSettings(), 0, 0.5, 1) == [1, 1, 1]
    cosine = TrainSettings(lr_schedule="cosine", lr_final=0.1)
    assert factors(cosine, 0, 0.5, 1) == pytest.approx([1, 0.55, 0.1])
    assert factors(cosine, 0.25) == pytest.approx([0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi / 4))])
    steps = TrainSettings(lr_schedule="steps", lr_final=0.01, lr_steps=2)
    assert factors(steps, 0, 0.33, 0.34, 0.66, 0.67, 1) == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_a_smaller_rate_takes_a_smaller_step() -> None:
    moved = []
    for factor in (1.0, 0.25):
        weight = torch.nn.Parameter(torch.zeros(3))
        weight.grad = torch.tensor([1.0, -2.0, 5.0])
        Adam([weight], lr=0.1).step(factor)
        moved.append(weight.detach())
    torch.testing.assert_close(moved[1], moved[0] / 4)


def test_a_long_gradient_is_shortened_over_all_its_parameters_and_a_short_one_left_alone() -> None:
    a, b = torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.zeros(1))
    a.grad, b.grad = torch.tensor([3.0]), torch.tensor([4.0])
    adam = Adam([a, b], lr=0.1)
    adam.clip(10)
    assert (float(a.grad), float(b.grad)) == (3, 4)
    adam.clip(1)
    assert (float(a.grad), float(b.grad)) == pytest.approx((0.6, 0.8), abs=1e-5)


def bytes_of(data: Dataset, settings: TrainSettings, out: Path, config: Any = SMALL) -> bytes:
    finish(training(data, "vae", config, settings, out))
    return (out / MODEL).read_bytes()


def test_each_changes_the_weights_and_what_is_off_changes_nothing(
    images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    plain = bytes_of(images, quick, tmp_path / "plain")
    assert bytes_of(images, replace(quick, clip=1e9, lr_final=0.5, lr_steps=7), tmp_path / "idle") == plain
    assert bytes_of(images, replace(quick, clip=1.0), tmp_path / "clip") != plain
    assert bytes_of(images, replace(quick, lr_schedule="cosine"), tmp_path / "cosine") != plain
    assert bytes_of(images, replace(quick, patience=50), tmp_path / "patience") == plain  # it got better to the end


@pytest.mark.parametrize("after", [1, 9, 20, 60])
def test_stopped_anywhere_it_goes_on_to_the_same_bytes(
    after: int, images: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    settings = replace(quick, **ALL_ON, epochs=12, lr=0.05)
    config = {**SMALL, "likelihood": "laplace"}
    whole = bytes_of(images, settings, tmp_path / "whole", config)
    work = training(images, "vae", config, settings, tmp_path / "broken")
    for _ in range(after):
        if next(work, None) is None:
            break
    work.close()
    run = finish(training(images, "vae", config, settings, tmp_path / "broken", resume=True))
    assert (tmp_path / "broken" / MODEL).read_bytes() == whole
    expected = open_run(tmp_path / "whole")
    assert (run.epochs, run.ended, run.kept["epoch"]) == (expected.epochs, expected.ended, expected.kept["epoch"])


@pytest.fixture
def noise() -> Dataset:
    """Nothing to learn but by heart: validation soon gets worse."""
    return Dataset("image", np.random.default_rng(0).integers(0, 255, (40, 5, 5, 1), np.uint8))


def test_it_stops_when_validation_no_longer_improves_and_keeps_the_best(
    noise: Dataset, quick: TrainSettings, tmp_path: Path
) -> None:
    settings = replace(quick, epochs=300, patience=4, lr=1e-2, validation=0.3)
    ends: list[EpochEnd] = []
    work = training(noise, "vae", {"hidden": (64,), "latent": 8, "warmup": 0.0}, settings, tmp_path / "a")
    run = finish(work, lambda event: ends.append(event) if isinstance(event, EpochEnd) else None)
    elbos = [line["validation"]["elbo"] for line in run.metrics]
    best = int(np.argmax(elbos)) + 1
    assert run.status == "finished"
    assert run.epochs == best + 4 < 300
    assert run.kept is not None
    assert run.kept["epoch"] == best
    assert run.ended == (
        f"Stopped early at epoch {run.epochs}: validation had not improved for 4 epochs;"
        f" the weights of epoch {best} are kept"
    )
    kept = run.model().state_dict()
    assert all(torch.equal(tensor, kept[name]) for name, tensor in ends[best - 1].weights.state_dict().items())
    assert any(not torch.equal(tensor, kept[name]) for name, tensor in ends[-1].weights.state_dict().items())
    assert (
        finish(training(noise, "vae", run.record["config"], settings, tmp_path / "a", resume=True)).epochs == run.epochs
    )
    longer = replace(settings, epochs=301)
    more = finish(training(noise, "vae", run.record["config"], longer, tmp_path / "a", resume=True))
    assert run.epochs < more.epochs <= run.epochs + 4  # whoever asks for more gets them, until it has waited again
    assert more.kept is not None
    assert more.kept["epoch"] == best or elbos[best - 1] < more.kept["validation"]["elbo"]


def test_while_the_pull_still_grows_no_epoch_counts(noise: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    settings = replace(quick, epochs=10, patience=1, lr=1e-2, validation=0.3)
    run = finish(training(noise, "vae", {"hidden": (64,), "warmup": 0.8}, settings, tmp_path / "a"))
    assert run.epochs >= 9
    assert run.kept is not None
    assert run.kept["epoch"] >= 8


def test_stopping_counts() -> None:
    class Weights:
        pass

    def judged(elbos: Sequence[float], patience: int = 2) -> Stopping:
        stopping = Stopping(patience)
        for epoch, elbo in enumerate(elbos, 1):
            weights: VAE = Weights()  # type: ignore[assignment]
            stopping.judge(epoch, elbo, weights)
        return stopping

    assert not judged([]).over
    assert judged([]).told(0, 5) == ""
    assert not judged([-5, -4, -4.5]).over
    assert judged([-5, -4, -4.5]).epoch == 2
    assert judged([-5, -4, -4.5, -4]).over  # as good is not better
    assert not judged([-5, -4, -4.5, -3.9]).over
    assert not judged([-1, -2, -3], patience=0).over
    assert judged([-5, -4, -4.5]).told(3, 3) == "Validation was best at epoch 2: the weights of epoch 2 are kept"
    assert judged([-5, -4]).told(2, 2) == ""


@pytest.mark.parametrize(("n", "validation"), [(40, 0.0), (5, 0.5)])
def test_early_stopping_needs_validation(n: int, validation: float, quick: TrainSettings, tmp_path: Path) -> None:
    data = Dataset("image", np.random.default_rng(0).integers(0, 255, (n, 5, 5, 1), np.uint8))
    with pytest.raises(SettingError, match=r"patience=3: .* there are none; set validation above 0"):
        finish(training(data, "vae", SMALL, replace(quick, patience=3, validation=validation), tmp_path / "a"))
    assert not (tmp_path / "a").exists()
