from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors.numpy import save_file

from vae_desktop.core.errors import ModelFileError, SettingError
from vae_desktop.models import model_class
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.model_file import KEY, describe, load_model, read_header, save_model
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.core.preparation import Preparation


@pytest.fixture
def model(preparation: Preparation) -> VAE:
    return VAE(VAEConfig(hidden=(8,)), preparation)


def written(path: Path, model: VAE, changes: dict[str, object]) -> Path:
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    document = {**describe(model), **changes}
    path.write_bytes(safetensors.torch.save(tensors, {KEY: json.dumps(document)}))
    return path


def test_the_header_tells_all_but_the_weights(model: VAE, tmp_path: Path) -> None:
    save_model(tmp_path / "m", model)
    header = read_header(tmp_path / "m")
    assert header == json.loads(json.dumps(describe(model)))
    assert header["config"]["network"] == "mlp"


def test_files_that_are_no_models(model: VAE, tmp_path: Path) -> None:
    save_model(tmp_path / "good", model)
    (tmp_path / "cut").write_bytes((tmp_path / "good").read_bytes()[:-7])
    (tmp_path / "header-cut").write_bytes((tmp_path / "good").read_bytes()[:50])
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("not tensors at all")
    save_file({"weights": np.zeros(3)}, tmp_path / "foreign")
    (tmp_path / "folder").mkdir()
    for name, word in (
        ("cut", "not a model file, or cut short"),
        ("header-cut", "not a model file, or cut short"),
        ("empty", "not a model file, or cut short"),
        ("text", "not a model file, or cut short"),
        ("foreign", "not a model of VAE Desktop"),
        ("missing", "no such file"),
        ("folder", "not a model file"),
    ):
        with pytest.raises(ModelFileError, match=word) as caught:
            load_model(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)


def test_descriptions_that_do_not_hold(model: VAE, tmp_path: Path) -> None:
    config = describe(model)["config"]
    for changes, word in (
        ({"format": 99}, "newer VAE Desktop"),
        ({"format": "x"}, "description cannot be read"),
        ({"model": "later-vae"}, "unknown model 'later-vae'"),
        ({"config": {**config, "latent": 0}}, "latent=0"),
        ({"config": {**config, "sparkle": 1}}, "unknown setting 'sparkle'"),
        ({"config": {**config, "latent": 5}}, "cannot be rebuilt"),
        ({"config": 3}, "cannot be rebuilt"),
        ({"preparation": {}}, "cannot be rebuilt"),
        ({"preparation": None}, "cannot be rebuilt"),
    ):
        with pytest.raises(ModelFileError, match=word) as caught:
            load_model(written(tmp_path / "m", model, changes))
        assert "\n" not in str(caught.value)


def test_a_failed_write_leaves_the_old_file(model: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(tmp_path / "m", model)
    before = (tmp_path / "m").read_bytes()

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with torch.no_grad():
        next(model.parameters()).add_(1)
    with pytest.raises(OSError, match="No space left"):
        save_model(tmp_path / "m", model)
    assert (tmp_path / "m").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["m"]


def test_unknown_models_are_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match=r"unknown model 'gan'; known are: .*beta-vae.*, vae"):
        model_class("gan")
