"""What is kept beside a run to be shown again at once, under ``view/``: projections that took long, names."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy

from vae_desktop.core.errors import UserError
from vae_desktop.core.files import write_bytes
from vae_desktop.latent.local import Local

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY = "vae_desktop"
NAMES = "view/names.safetensors"

Kept = tuple[dict[int, str], dict[str, np.ndarray], dict[str, dict[str, str]]]


def _file(run: Path, name: str, settings: Mapping[str, Any], mu: np.ndarray) -> Path:
    """Named after what it was computed from: other codes or settings find another file, or none."""
    content = hashlib.sha256(json.dumps([name, settings, mu.shape], sort_keys=True).encode())
    content.update(np.ascontiguousarray(mu).data)
    return run / "view" / f"{name}-{content.hexdigest()[:16]}.safetensors"


def keep_projection(run: Path, settings: Mapping[str, Any], projection: Local) -> None:
    """Keep a curved projection made with `settings`; a run that cannot be written keeps none."""
    about = json.dumps({"labels": projection.labels}, sort_keys=True)
    data = safetensors.numpy.save({"xy": np.ascontiguousarray(projection.xy)}, {KEY: about})
    path = _file(run, projection.name, settings, projection.mu)
    try:
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, data)
    except OSError:
        return


def kept_projection(run: Path, name: str, settings: Mapping[str, Any], mu: np.ndarray) -> Local | None:
    """The projection `name` of codes `mu` (N, d) that was kept, or None; a damaged file is none."""
    try:
        with safetensors.safe_open(_file(run, name, settings, mu), framework="np") as file:
            first, second = json.loads((file.metadata() or {})[KEY])["labels"]
            xy = file.get_tensor("xy")
    except (OSError, safetensors.SafetensorError, ValueError, KeyError, TypeError):
        return None
    return Local(name, (str(first), str(second)), xy, mu) if xy.shape == (len(mu), 2) else None


def keep_names(
    run: Path,
    data: str,
    n: int,
    classes: Mapping[int, str],
    selections: Mapping[str, np.ndarray],
    kinds: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    """Keep renamed classes, by their index, named selections, sorted item numbers, and renamed kinds, by their column.

    Parameters
    ----------
    data, n
        Fingerprint and number of items of the data they belong to; other data finds none.

    Raises
    ------
    UserError
        When the run's folder cannot be written.
    """
    about = {
        "data": data, "n": n, "classes": {str(index): name for index, name in classes.items()},
        "selections": list(selections), "kinds": {column: dict(names) for column, names in kinds.items()},
    }  # fmt: skip
    arrays = {str(i): np.ascontiguousarray(items, np.int32) for i, items in enumerate(selections.values())}
    path = run / NAMES
    try:
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, safetensors.numpy.save(arrays, {KEY: json.dumps(about)}))
    except OSError as error:
        raise UserError(f"{path}: the names cannot be kept there ({error.strerror or error})") from None


def kept_names(run: Path, data: str, n: int) -> Kept | None:
    """The names that :func:`keep_names` kept for this data, or None; a damaged file is none."""
    try:
        with safetensors.safe_open(run / NAMES, framework="np") as file:
            about = json.loads((file.metadata() or {})[KEY])
            if (about["data"], about["n"]) != (data, n):
                return None
            classes = {int(index): str(name) for index, name in about["classes"].items()}
            selections = {str(name): file.get_tensor(str(i)) for i, name in enumerate(about["selections"])}
            kinds = {
                str(column): {str(a): str(b) for a, b in names.items()} for column, names in about["kinds"].items()
            }
    except (OSError, safetensors.SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return (classes, selections, kinds) if all(_are_items(items, n) for items in selections.values()) else None


def _are_items(items: np.ndarray, n: int) -> bool:
    """Whether these are item numbers of `n` items, sorted and unique; read-only from now on."""
    if items.dtype != np.int32 or items.ndim != 1 or (np.diff(items) <= 0).any():
        return False
    items.flags.writeable = False
    return not len(items) or bool(items[0] >= 0 and items[-1] < n)
