"""A trial tells what a training would cost, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import Progress, finish
from vae_desktop.models import model_class, models
from vae_desktop.training import trial
from vae_desktop.training.loop import training
from vae_desktop.training.trial import sketch, trying

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.training.settings import TrainSettings

SMALL = {"hidden": (16,)}


@pytest.mark.parametrize("name", list(models))
def test_it_counts_what_is_trained(name: str, images: Dataset, quick: TrainSettings, tmp_path: Path) -> None:
    found = finish(trying(images, name, SMALL, quick))
    run = finish(training(images, name, SMALL, replace(quick, epochs=1), tmp_path / "run"))
    assert found.parameters == run.record["parameters"]
    assert found.config == run.model().config
    assert (found.items, found.validation_items) == (108, 12)
    assert found.seconds_per_epoch is not None
    assert 0 < found.seconds_per_epoch < 60


def test_it_looks_at_few_items_of_many_and_may_be_left(quick: TrainSettings) -> None:
    looked: list[int] = []

    class Watched(np.ndarray):
        def __getitem__(self, key: object) -> np.ndarray:
            part: np.ndarray = np.asarray(self)[key]  # type: ignore[index]
            looked.append(len(part))
            return part

    x = np.zeros((200_000, 4, 4, 1), np.uint8).view(Watched)
    found = finish(trying(Dataset("image", x), "vae", SMALL, quick))
    assert found.items == 180_000
    assert sum(looked) < 5_000
    work = trying(Dataset("image", x), "vae", SMALL, quick)
    assert isinstance(next(work), Progress)
    threads = torch.get_num_threads()
    next(work)
    work.close()
    assert torch.get_num_threads() == threads


def test_a_giant_is_counted_and_not_made(
    images: Dataset, quick: TrainSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = model_class("vae")
    config = cls.Config(hidden=(65536, 65536))
    resolved, parameters = sketch(cls, config, Preparation.fit(images))
    assert resolved.network == "mlp"
    assert parameters > 2 * 65536**2
    monkeypatch.setattr(trial, "LARGEST", 100)
    assert finish(trying(images, "vae", SMALL, quick)).seconds_per_epoch is None


def test_what_a_training_would_refuse_it_refuses(images: Dataset, table: Dataset, quick: TrainSettings) -> None:
    with pytest.raises(SettingError, match="wants images of 8 bits"):
        finish(trying(table, "vae", {"likelihood": "logistic"}, quick))
    with pytest.raises(SettingError, match="patience=2"):
        finish(trying(images, "vae", {}, replace(quick, patience=2, validation=0)))
    assert "continuous" in finish(trying(images, "vae", {**SMALL, "likelihood": "bernoulli"}, quick)).notes[0]


def test_a_table_of_categories_is_tried(quick: TrainSettings) -> None:
    columns = (Column("a"), Column("kind", "category", ("u", "v", "w")))
    x = np.stack([np.arange(40.0), np.arange(40) % 3], axis=1).astype(np.float32)
    trial = finish(trying(Dataset("table", x, columns=columns), "vae", SMALL, quick))
    assert trial.parameters > 0
    assert trial.seconds_per_epoch is not None
