"""VAE Desktop: train variational autoencoders and walk their latent space; this is the notebook's door.

>>> import vae_desktop as vd
>>> data = vd.read("digits")
>>> run = vd.train(data, model="vae", latent=2, epochs=20, out="runs/digits")
>>> space = vd.open("runs/digits", data)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_desktop.export.datasets import export as save  # vd.save: vd.export is a package
    from vae_desktop.latent.space import Space
    from vae_desktop.readers import read
    from vae_desktop.training.notebook import open_space as open  # noqa: A004 (vd.open, as designed)
    from vae_desktop.training.notebook import train

__version__ = "0.1.0"
__all__ = ["Space", "__version__", "open", "read", "save", "train"]

# Imported when first used: torch takes a second.
_LAZY = {
    "Space": ("vae_desktop.latent.space", "Space"),
    "open": ("vae_desktop.training.notebook", "open_space"),
    "read": ("vae_desktop.readers", "read"),
    "save": ("vae_desktop.export.datasets", "export"),
    "train": ("vae_desktop.training.notebook", "train"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _LAZY[name]
    except KeyError:
        raise AttributeError(f"module 'vae_desktop' has no attribute {name!r}") from None
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
