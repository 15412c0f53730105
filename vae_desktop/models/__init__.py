"""The model family: one file per variant, found by a package walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_desktop.core.errors import SettingError
from vae_desktop.core.registry import Registry

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE

models: Registry[type[VAE]] = Registry("vae_desktop.models", "model")


def model_class(name: str) -> type[VAE]:
    """Class of the model registered as `name`.

    Raises
    ------
    SettingError
        When there is none; the known ones are listed.
    """
    try:
        return models[name]
    except KeyError:
        raise SettingError(f"unknown model {name!r}; known are: {', '.join(models)}") from None
