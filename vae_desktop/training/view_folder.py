"""What is kept beside a run to be shown again at once, under ``view/``: projections that took long."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy

from vae_desktop.core.files import write_bytes
from vae_desktop.latent.local import Local

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY = "vae_desktop"


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
