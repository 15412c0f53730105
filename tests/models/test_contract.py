"""What every registered model must keep to."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.models.conftest import make as table_of
from vae_desktop.core.errors import SettingError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make, settings_of
from vae_desktop.core.values import Batch, Column, Dataset, Step
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent.encode import encode
from vae_desktop.latent.evaluate import evaluate
from vae_desktop.latent.gallery import costs
from vae_desktop.models import models
from vae_desktop.models.batches import batch_of
from vae_desktop.models.config import VAEConfig, allowed
from vae_desktop.models.model_file import load_model, save_model
from vae_desktop.models.networks import initialise
from vae_desktop.training.loop import training
from vae_desktop.training.run_folder import open_run
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.models.vae import VAE

pytestmark = pytest.mark.parametrize("name", list(models))
SMALL = {"hidden": (24, 16), "latent": 3}
STEP = Step(5, 10, 16)


def build(name: str, data: Dataset, seed: int = 0, **config: object) -> VAE:
    cls = models[name]
    model = cls(make(cls.Config, {**SMALL, **config}), Preparation.fit(data))
    initialise(model, torch.Generator().manual_seed(seed))
    return model


def labelled(data: Dataset) -> Dataset:
    """With the classes that conditional models are told."""
    return replace(data, labels=np.arange(len(data), dtype=np.int32) % 3, classes=("a", "b", "c"))


def batch(model: VAE, data: Dataset) -> Batch:
    return batch_of(model.preparation, data.x, model.labels(data))


def networks(name: str, data: Dataset) -> list[str]:
    choices = allowed(models[name], Preparation.fit(data))["network"]
    return [choice for choice in choices if choice != "auto"]


def known(name: str, config: dict[str, object]) -> dict[str, object]:
    """Those of the settings that this model has."""
    return {key: value for key, value in config.items() if key in settings_of(models[name].Config)}


def test_shapes_gradients_and_files(name: str, data: Dataset, tmp_path: Path) -> None:
    data = labelled(data)
    for network in networks(name, data):
        model = build(name, data, network=network)
        items = batch(model, data)
        mu, logvar = model.encode(items)
        assert mu.shape == logvar.shape == (16, 3)
        assert model.likelihood.mean(model.decode(mu, items.y)).shape == items.x.shape
        assert model.prior.sample(5, torch.Generator()).shape == (5, 3)
        assert model.prior.log_prob(mu).shape == (16,)
        loss = model.loss(items, STEP, torch.Generator().manual_seed(0))
        assert loss.total.shape == loss.reconstruction.shape == loss.kl.shape == ()
        assert loss.kl_per_dimension.shape == (3,)
        torch.testing.assert_close(loss.kl_per_dimension.sum(), loss.kl)
        torch.testing.assert_close(loss.total, loss.reconstruction + sum(loss.extra.values()))
        assert list(loss.groups) == [group.name for group in model.groups()]
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
            assert torch.equal(loaded.decode(mu, items.y), model.decode(mu, items.y))
        save_model(tmp_path / "b", loaded)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_same_seed_gives_the_same_weights(name: str, pictures: Dataset) -> None:
    a, b, other = (build(name, labelled(pictures), seed) for seed in (1, 1, 2))
    for key, tensor in a.state_dict().items():
        assert torch.equal(tensor, b.state_dict()[key]), key
    assert any(not torch.equal(tensor, other.state_dict()[key]) for key, tensor in a.state_dict().items())


def test_the_same_seed_trains_the_same_weights(name: str, pictures: Dataset, tmp_path: Path) -> None:
    settings = TrainSettings(epochs=2, batch=6, threads=1, device="cpu")
    config = known(name, {**SMALL, "components": 7})
    for out in ("a", "b"):
        finish(training(labelled(pictures), name, config, settings, tmp_path / out))
        torch.rand(3)
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()


@pytest.mark.parametrize("steps", [2, 5])
def test_stopped_within_an_epoch_it_goes_on_to_the_same_bytes(
    name: str, steps: int, pictures: Dataset, tmp_path: Path
) -> None:
    settings = TrainSettings(epochs=3, batch=6, lr=1e-2, threads=1, device="cpu", patience=2, validation=0.2)
    config = known(name, {**SMALL, "components": 7})
    work = [training(labelled(pictures), name, config, settings, tmp_path / out) for out in ("whole", "broken")]
    finish(work[0])
    seen = 0
    while seen < steps:
        seen += isinstance(next(work[1]), Progress)
    work[1].close()
    torch.rand(3)
    finish(training(labelled(pictures), name, config, settings, tmp_path / "broken", resume=True))
    for file in ("model.safetensors", "posterior.safetensors"):
        assert (tmp_path / "broken" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    whole, broken = (open_run(tmp_path / out).metrics for out in ("whole", "broken"))
    timed = ("seconds", "items_per_second")
    assert [{k: v for k, v in line.items() if k not in timed} for line in broken] == [
        {k: v for k, v in line.items() if k not in timed} for line in whole
    ]


def test_noise_comes_from_the_generator_alone(name: str, pictures: Dataset) -> None:
    pictures = labelled(pictures)
    model = build(name, pictures).eval()
    items = batch(model, pictures)
    totals = []
    for _ in range(2):
        torch.rand(3)
        totals.append(model.loss(items, STEP, torch.Generator().manual_seed(4)).total)
    assert torch.equal(*totals)
    if not model.discrete:
        assert not torch.equal(totals[0], model.loss(items, STEP, torch.Generator().manual_seed(5)).total)


@pytest.mark.parametrize("n", [1, 2])
def test_one_item_or_two_equal_ones_are_a_batch(name: str, n: int, data: Dataset) -> None:
    data = labelled(data)
    model = build(name, data)
    few = batch(model, data)
    mask = None if few.mask is None else few.mask[:1].repeat(n, 1)
    few = Batch(few.x[:1].repeat(n, *[1] * (few.x.ndim - 1)), None if few.y is None else few.y[:1].repeat(n), mask)
    for step in (Step(0, 10, 1), STEP, Step(9, 10, 1000)):
        loss = model.loss(few, step, torch.Generator().manual_seed(0))
        assert torch.isfinite(torch.stack((loss.total, loss.reconstruction, loss.kl, *loss.groups.values()))).all()
        model.backward(loss)
        for parameter_name, parameter in model.named_parameters():
            assert parameter.grad is None or parameter.grad.isfinite().all(), parameter_name


def test_settings_that_make_no_sense_are_refused_with_the_reason(name: str) -> None:
    config = models[name].Config
    settings = settings_of(VAEConfig)
    for refused, reason in config.without.items():
        assert refused not in settings_of(config)
        assert make(config, {refused: settings[refused].default}) == config()
        setting = settings[refused]
        other = {int: 7, float: 0.25}.get(type(setting.default)) or setting.choices[-1]
        with pytest.raises(SettingError, match=f"^{refused}={other}: not for {name}"):
            make(config, {refused: other})
        assert "\n" not in reason


def test_objective_likelihood_and_prior_combine(name: str, pictures: Dataset) -> None:
    """Whatever is allowed together has a finite loss, teaches every parameter, and draws items."""
    data = labelled(pictures)
    there = allowed(models[name], Preparation.fit(data))
    config = known(name, {"components": 5})
    for likelihood, prior in itertools.product(there["likelihood"][1:], there["prior"]):
        chosen = {**config, **known(name, {"prior": prior}), "likelihood": likelihood}
        model = build(name, data, **chosen).train()
        items = batch(model, data)
        model.meet(items, torch.Generator().manual_seed(1))
        loss = model.loss(items, STEP, torch.Generator().manual_seed(0))
        assert torch.isfinite(torch.stack((loss.total, loss.reconstruction, loss.kl, *loss.groups.values()))).all()
        torch.testing.assert_close(loss.total, loss.reconstruction + sum(loss.extra.values()))
        model.backward(loss)
        for parameter_name, parameter in model.named_parameters():
            assert parameter.grad is not None, (likelihood, prior, parameter_name)
            assert parameter.grad.isfinite().all(), (likelihood, prior, parameter_name)
        with torch.inference_mode():
            drawn = model.eval().decode(model.prior.sample(2, torch.Generator().manual_seed(0)))
            assert model.likelihood.mean(drawn).isfinite().all()


def test_it_overfits_a_few_items(name: str, pictures: Dataset, tmp_path: Path) -> None:
    settings = TrainSettings(epochs=150, batch=16, lr=5e-3, validation=0, threads=1, device="cpu")
    config = known(name, {"hidden": "64", "latent": 8, "warmup": 0, "components": 16})
    few = replace(
        labelled(pictures), x=pictures.x // 128 * 255
    )  # black or white: a perfect reconstruction costs nothing
    run = finish(training(few, name, config, settings, tmp_path / "run"))
    x = few.x / 255
    mean = x.mean(0).clip(1e-6, 1 - 1e-6)
    cost_of_the_mean_image = -float((x * np.log(mean) + (1 - x) * np.log(1 - mean)).sum()) / len(x)
    assert run.metrics[-1]["reconstruction"] < 0.85 * cost_of_the_mean_image


@pytest.mark.parametrize("kind", ["mixed", "gaps", "categories"])
def test_tables_of_any_kind_train_are_scored_and_encoded(name: str, kind: str, tmp_path: Path) -> None:
    data = labelled(table_of(kind, 40))
    settings = TrainSettings(epochs=3, batch=16, threads=1, device="cpu")
    run = finish(training(data, name, known(name, {**SMALL, "components": 7}), settings, tmp_path / "run"))
    model = run.model()
    assert all(np.isfinite(line["loss"]) and np.isfinite(line["validation"]["loss"]) for line in run.metrics)
    report = evaluate(model, data, samples=2)
    assert all(np.isfinite(report[key]) for key in ("elbo", "reconstruction", "kl", "objective"))
    assert report["bits_per_dim"] is None
    assert np.isfinite(costs(model, data, encode(model, data).mu)).all()


@pytest.mark.parametrize("kind", ["constant", "extreme", "huge floats", "table"])
def test_strange_data_stays_finite(name: str, kind: str, tmp_path: Path) -> None:
    data = {
        "constant": Dataset("image", np.zeros((12, 4, 4, 3), np.uint8)),
        "extreme": Dataset("image", np.tile(np.array([0, 65535], np.uint16), 96).reshape(12, 4, 4, 1)),
        "huge floats": Dataset("image", np.linspace(-1e30, 1e30, 192, dtype=np.float32).reshape(12, 4, 4, 1)),
        "table": Dataset("table", np.full((12, 2), 1e9, np.float32), columns=(Column("a"), Column("b"))),
    }[kind]
    settings = TrainSettings(epochs=20, batch=4, threads=1, device="cpu")
    run = finish(training(labelled(data), name, {"hidden": "8"}, settings, tmp_path / "run"))
    assert all(np.isfinite(line["loss"]) for line in run.metrics)


def test_it_can_be_shown_in_a_form(name: str) -> None:
    cls = models[name]
    assert cls.name == name
    assert cls.title
    assert cls.summary
    for setting in settings_of(cls.Config).values():
        assert setting.label
        assert setting.help.endswith((".", ")"))
