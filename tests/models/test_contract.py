"""What every registered model must keep to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make, settings_of
from vae_desktop.core.values import Batch, Column, Dataset, Step
from vae_desktop.core.work import finish
from vae_desktop.models import models
from vae_desktop.models.model_file import load_model, save_model
from vae_desktop.models.networks import initialise
from vae_desktop.training.loop import training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.models.vae import VAE

pytestmark = pytest.mark.parametrize("name", list(models))
SMALL = {"hidden": (24, 16), "latent": 3}
STEP = Step(5, 10, 16)


def build(name: str, data: Dataset, seed: int = 0, **config: object) -> VAE:
    cls = models[name]
    model = cls(make(cls.Config, offered(name, {**SMALL, **config})), Preparation.fit(data))
    initialise(model, torch.Generator().manual_seed(seed))
    return model


def offered(name: str, config: dict[str, object]) -> dict[str, object]:
    known = settings_of(models[name].Config)
    return {setting: value for setting, value in config.items() if setting in known}


def batch(model: VAE, data: Dataset) -> Batch:
    labels = model.labels(data)
    x = torch.from_numpy(model.preparation.apply(data.x))
    return Batch(x, None if labels is None else torch.from_numpy(labels))


def networks(data: Dataset) -> list[str]:
    return ["mlp"] if data.kind == "table" else ["mlp", "conv"]


def test_shapes_gradients_and_files(name: str, data: Dataset, tmp_path: Path) -> None:
    for network in networks(data):
        model = build(name, data, network=network)
        items = batch(model, data)
        mu, logvar = model.encode(items)
        assert mu.shape == logvar.shape == (16, 3)
        assert model.likelihood.mean(model.decode(mu)).shape == items.x.shape
        assert model.prior.sample(5, torch.Generator()).shape == (5, 3)
        assert model.prior.log_prob(mu).shape == (16,)
        loss = model.loss(items, STEP, torch.Generator().manual_seed(0))
        assert loss.total.shape == loss.reconstruction.shape == loss.kl.shape == ()
        assert loss.kl_per_dimension.shape == (3,)
        torch.testing.assert_close(loss.kl_per_dimension.sum(), loss.kl)
        model.backward(loss)
        for parameter_name, parameter in model.named_parameters():
            assert parameter.grad is not None, parameter_name
            assert parameter.grad.abs().sum() > 0, parameter_name

        save_model(tmp_path / "a", model)
        loaded = load_model(tmp_path / "a")
        assert loaded.config == model.config
        assert loaded.preparation == model.preparation
        assert not loaded.training
        for key, tensor in model.state_dict().items():
            assert torch.equal(tensor, loaded.state_dict()[key]), key
        with torch.inference_mode():
            assert torch.equal(loaded.encode(items)[0], model.eval().encode(items)[0])
        save_model(tmp_path / "b", loaded)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_same_seed_gives_the_same_weights(name: str, pictures: Dataset) -> None:
    a, b, other = (build(name, pictures, seed) for seed in (1, 1, 2))
    for key, tensor in a.state_dict().items():
        assert torch.equal(tensor, b.state_dict()[key]), key
    assert any(not torch.equal(tensor, other.state_dict()[key]) for key, tensor in a.state_dict().items())


def test_noise_comes_from_the_generator_alone(name: str, pictures: Dataset) -> None:
    model = build(name, pictures).eval()
    items = batch(model, pictures)
    totals = []
    for _ in range(2):
        torch.rand(3)
        totals.append(model.loss(items, STEP, torch.Generator().manual_seed(4)).total)
    assert torch.equal(*totals)
    other = model.loss(items, STEP, torch.Generator().manual_seed(5)).total
    assert torch.equal(totals[0], other) == model.discrete  # a codebook's codes know no noise


def test_it_overfits_a_few_items(name: str, pictures: Dataset, tmp_path: Path) -> None:
    settings = TrainSettings(epochs=150, batch=16, lr=5e-3, validation=0, threads=1, device="cpu")
    config = offered(name, {"hidden": "64", "latent": 8, "warmup": 0})
    few = replace(pictures, x=pictures.x // 128 * 255)  # black or white: a perfect reconstruction costs nothing
    run = finish(training(few, name, config, settings, tmp_path / "run"))
    x = few.x / 255
    mean = x.mean(0).clip(1e-6, 1 - 1e-6)
    cost_of_the_mean_image = -float((x * np.log(mean) + (1 - x) * np.log(1 - mean)).sum()) / len(x)
    assert run.metrics[-1]["reconstruction"] < 0.85 * cost_of_the_mean_image


@pytest.mark.parametrize("kind", ["constant", "extreme", "huge floats", "table"])
def test_strange_data_stays_finite(name: str, kind: str, tmp_path: Path) -> None:
    data = {
        "constant": Dataset("image", np.zeros((12, 4, 4, 3), np.uint8)),
        "extreme": Dataset("image", np.tile(np.array([0, 65535], np.uint16), 96).reshape(12, 4, 4, 1)),
        "huge floats": Dataset("image", np.linspace(-1e30, 1e30, 192, dtype=np.float32).reshape(12, 4, 4, 1)),
        "table": Dataset("table", np.full((12, 2), 1e9, np.float32), columns=(Column("a"), Column("b"))),
    }[kind]
    data = replace(data, labels=np.arange(12, dtype=np.int32) % 2, classes=("a", "b"))
    settings = TrainSettings(epochs=20, batch=4, threads=1, device="cpu")
    run = finish(training(data, name, {"hidden": "8"}, settings, tmp_path / "run"))
    assert all(np.isfinite(line["loss"]) for line in run.metrics)


def test_it_can_be_shown_in_a_form(name: str) -> None:
    cls = models[name]
    assert cls.name == name
    assert cls.title
    assert cls.summary
    for setting in settings_of(cls.Config).values():
        assert setting.label
        assert setting.help.endswith((".", ")"))
