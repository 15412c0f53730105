"""What a notebook calls: train, and open what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import SettingError, UserError
from vae_desktop.core.fitting import fitted_to
from vae_desktop.core.settings import make, settings_of
from vae_desktop.core.values import Dataset, Posterior
from vae_desktop.core.work import finish
from vae_desktop.latent.condition import with_classes
from vae_desktop.latent.encode import encode
from vae_desktop.latent.space import Space
from vae_desktop.models import model_class
from vae_desktop.readers import Source, read
from vae_desktop.training.form import load, reading_for
from vae_desktop.training.loop import EpochEnd, training
from vae_desktop.training.run_folder import Run, is_run, open_run
from vae_desktop.training.settings import TrainSettings
from vae_desktop.training.watch import watch

if TYPE_CHECKING:
    from vae_desktop.models.vae import VAE


def train(data: Dataset | Source, model: str = "vae", *, out: str | Path, resume: bool = False, **settings: Any) -> Run:
    """Train `model` on `data` into the run folder `out`; a progress bar shows on a terminal.

    Parameters
    ----------
    data
        A dataset, or what :func:`read` takes.
    model
        Name of the model: ``vae``, ``beta-vae``, ….
    out
        The run folder to make.
    resume
        Go on with the run in `out` if there is one.
    **settings
        Any setting of the model (``latent=2``, ``network="conv"``) or of the training (``epochs=20``, ``lr=1e-3``).

    Raises
    ------
    UserError
        When data, settings or folder are not good; the message says what to do.
    """
    dataset = read(data) if isinstance(data, str | Path | list | tuple) else data
    if not isinstance(dataset, Dataset):
        raise UserError(
            f"train wants a dataset or a path, not {type(data).__name__}; save arrays as .npy and read them"
        )
    of_training = settings_of(TrainSettings)
    kind = model_class(model).Config
    of_model = settings_of(kind)
    for name in settings:
        if name not in of_training and name not in of_model and name not in kind.without:
            raise SettingError(f"unknown setting {name!r}; known are: {', '.join([*of_model, *of_training])}")
    config = {name: value for name, value in settings.items() if name not in of_training}
    chosen = make(TrainSettings, {name: value for name, value in settings.items() if name in of_training})
    return watch(training(dataset, model, config, chosen, out, resume), _note)


def _note(value: object) -> str | None:
    return f"ELBO {value.metrics['elbo']:.2f} nats" if isinstance(value, EpochEnd) else None


def open_space(path: str | Path, data: Dataset | Source | None = None) -> Space:
    """Open a run folder or model file as a :class:`Space`.

    Parameters
    ----------
    path
        A run folder or a model file.
    data
        The dataset whose items are to be placed; for a run by default the one it was trained on, read again.

    Raises
    ------
    UserError
        When it cannot be opened, or the data does not fit the model.
    """
    path = Path(path)
    model = load(path)
    if not is_run(path):
        if data is None:
            return Space(model, Posterior(*np.empty((2, 0, model.config.latent), np.float32)))
        dataset = _data_for(path, model, data)
        return _of(model, encode(model, dataset), dataset)
    run = open_run(path)
    saved = run.posterior()
    if data is not None:
        dataset = _data_for(path, model, data)
    else:
        try:
            dataset = fitted_to(read(run.source, **run.record["data"]["options"]), model.preparation)
        except UserError:
            if saved is None:
                raise
            space = Space(model, saved.posterior)
            return with_classes(
                space, saved.labels, saved.classes
            )  # the data is gone: the map and the decoder are still there
    if saved is not None and dataset.fingerprint() == run.record["data"]["fingerprint"]:
        return _of(model, saved.posterior, dataset)
    return _of(model, encode(model, dataset), dataset)


def _data_for(path: Path, model: VAE, data: Dataset | Source) -> Dataset:
    """Data as the model of `path` wants it."""
    return fitted_to(data, model.preparation) if isinstance(data, Dataset) else finish(reading_for(path, data))


def _of(model: VAE, posterior: Posterior, dataset: Dataset) -> Space:
    return with_classes(Space(model, posterior, dataset), dataset.labels, dataset.classes)
