"""The model file: one ``.safetensors`` that rebuilds the model from itself; no code can hide in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import safetensors
import safetensors.torch

from vae_desktop.core.errors import ModelFileError, SettingError
from vae_desktop.core.files import write_bytes
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.settings import make, values_of
from vae_desktop.models import model_class

if TYPE_CHECKING:
    from pathlib import Path

    from vae_desktop.models.vae import VAE

KEY = "vae_desktop"  # one key only: safetensors does not keep the order of several, and bytes must not vary
FORMAT = 1


def describe(model: VAE) -> dict[str, Any]:
    """Everything needed to rebuild the model but its weights, as JSON; no time, no path."""
    return {
        "format": FORMAT,
        "model": model.name,
        "config": values_of(model.config),
        "preparation": model.preparation.to_json(),
    }


def build(document: dict[str, Any]) -> VAE:
    """Build the model that :func:`describe` described, with fresh weights."""
    cls = model_class(document["model"])
    return cls(make(cls.Config, document["config"]), Preparation.from_json(document["preparation"]))


def save_model(path: Path, model: VAE) -> None:
    """Write the model atomically; the same weights and settings give the same bytes."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_bytes(path, safetensors.torch.save(tensors, {KEY: json.dumps(describe(model), sort_keys=True)}))


def read_header(path: Path) -> dict[str, Any]:
    """Return what :func:`describe` stored, without reading the weights.

    Raises
    ------
    ModelFileError
        When the file is missing, not ours, broken, or of a newer version.
    """
    try:
        with safetensors.safe_open(path, framework="np") as file:
            text = (file.metadata() or {}).get(KEY)
    except (OSError, safetensors.SafetensorError) as error:
        if not path.exists():
            raise ModelFileError(f"{path}: there is no such file") from None
        raise ModelFileError(f"{path}: not a model file, or cut short ({error})") from None
    if text is None:
        raise ModelFileError(f"{path}: a safetensors file, but not a model of VAE Desktop")
    try:
        document: dict[str, Any] = json.loads(text)
        version = int(document["format"])
    except (ValueError, KeyError, TypeError):
        raise ModelFileError(f"{path}: its description cannot be read; the file is damaged") from None
    if version > FORMAT:
        raise ModelFileError(f"{path}: written by a newer VAE Desktop (format {version}); please update this program")
    return document


def is_model(path: Path) -> bool:
    """Whether it is a model file, by its header; other ``.safetensors`` files hold data."""
    if path.suffix.lower() != ".safetensors":
        return False
    try:
        with safetensors.safe_open(path, framework="np") as file:
            return KEY in (file.metadata() or {})
    except (OSError, safetensors.SafetensorError):
        return False


def read_preparation(path: Path) -> Preparation:
    """How a model's items are prepared, without reading its weights.

    Raises
    ------
    ModelFileError
        When the file is missing, not ours, broken, or of a newer version.
    """
    try:
        return Preparation.from_json(read_header(path)["preparation"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: its description cannot be read; the file is damaged") from error


def load_model(path: Path) -> VAE:
    """Rebuild the model from its file, in evaluation mode.

    Raises
    ------
    ModelFileError
        When the file is missing, not ours, broken, or of a newer version.
    """
    document = read_header(path)
    try:
        model = build(document)
        model.load_state_dict(safetensors.torch.load_file(path))
    except (
        SettingError, AttributeError, KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError,
    ) as error:  # fmt: skip
        reason = str(error).splitlines()[0]
        raise ModelFileError(f"{path}: the model in it cannot be rebuilt ({reason})") from None
    return model.eval()
