"""The model of a file or run folder, and further data in the form that it was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.fitting import fitted_to
from vae_desktop.models.model_file import load_model, read_preparation
from vae_desktop.readers import reading
from vae_desktop.training.run_folder import MODEL, is_run, open_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.models.vae import VAE
    from vae_desktop.readers import Reading, Source

FORM = ("fit", "labels", "normalise", "missing")  # what further data is read with as a run's own was


def load(path: str | Path) -> VAE:
    """Load the model of a model file or run folder.

    Raises
    ------
    UserError
        When it is neither.
    """
    path = Path(path)
    return open_run(path).model() if path.is_dir() else load_model(path)


def as_for(path: str | Path, preparation: Preparation) -> dict[str, Any]:
    """Options of reading that bring data to the form that the model of a file or run folder was trained on.

    A run's data is read as it was for its training, and pictures have the size and the colours that the model knows.
    """
    kept = open_run(path).record["data"]["options"] if is_run(Path(path)) else {}
    options = {name: value for name, value in kept.items() if name in FORM}
    if preparation.kind == "image":
        channels, height, width = preparation.shape
        options |= {"size": f"{width}x{height}", "colour": "gray" if channels == 1 else "colour"}
    return options


def over(usual: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options that were `given` before those that are `usual`; grey and colour are one."""
    return {name: value for name, value in usual.items() if name != "colour" or "gray" not in given} | dict(given)


def reading_for(path: str | Path, source: Source, given: Mapping[str, Any] | None = None) -> Reading:
    """Read further data for the model of a file or run folder, as a generator of progress.

    Parameters
    ----------
    given
        Options that were asked for; they win over those of :func:`as_for`.

    Raises
    ------
    UserError
        When it cannot be read, or has not the columns that the model knows.
    """
    given = given or {}
    path = Path(path)
    preparation = read_preparation(path / MODEL if path.is_dir() else path)
    options = over(as_for(path, preparation), given)
    try:
        dataset = yield from reading(source, **options)
    except ReaderError:
        if "labels" in given or "labels" not in options:
            raise
        del options["labels"]  # further data need not tell the classes
        dataset = yield from reading(source, **options)
    return fitted_to(dataset, preparation)
