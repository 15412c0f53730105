"""What a path is, and what is needed to show it: plain generators for jobs, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from vae_desktop.core.errors import MismatchError, ReaderError, UserError
from vae_desktop.core.fitting import fitted_to
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.resources import resource
from vae_desktop.core.values import Posterior, source_of, sources_of
from vae_desktop.core.work import Progress, finish
from vae_desktop.latent import project
from vae_desktop.latent.condition import with_classes
from vae_desktop.latent.local import Local
from vae_desktop.latent.space import Space
from vae_desktop.readers import reading
from vae_desktop.readers.cache import FEW
from vae_desktop.training.run_folder import is_run, open_run
from vae_desktop.training.view_folder import keep_projection, kept_names, kept_projection
from vae_desktop.ui.look import Look, fitting_look
from vae_desktop.ui.names import Names
from vae_desktop.ui.words import skipped

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from vae_desktop.core.values import Dataset
    from vae_desktop.models.vae import VAE
    from vae_desktop.training.run_folder import Run


class Named(TypedDict):
    """Parts of :class:`Opened` that belong to a run's data."""

    fingerprint: str
    names: Names


@dataclass(frozen=True, eq=False)
class Opened:
    """What was opened: any of a dataset with how it is shown, a space, its run, and remarks for the status bar.

    A dataset comes with its `preparation`: fitting one looks at every value. `labels` (N,) and `classes` stand in
    for the dataset's own where a map is drawn before its items are read. `fingerprint` is that of a run's data, and
    `names` what a person called its parts.
    """

    dataset: Dataset | None = None
    space: Space | None = None
    run: Run | None = None
    preparation: Preparation | None = None
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
    names: Names = field(default_factory=Names)


def opening(
    sources: tuple[str, ...], current: Dataset | None, options: Mapping[str, Any] | None = None
) -> Generator[Progress | Space | Opened, None, Opened]:
    """Open a run folder, a model file, or data; a model is joined with its own data or with `current`.

    Several sources are one dataset; it is read as the `options` say.
    A run that brings its codes is yielded as :class:`Opened` before its items are read.

    Raises
    ------
    UserError
        With one line, when it cannot be opened.
    """
    sources = tuple(part for source in sources for part in sources_of(source))
    if len(sources) == 1:
        path = Path(sources[0]).expanduser()
        if is_run(path):
            return (yield from _opening_run(path))
        if _is_model(path):
            return (yield from _opening_model(path, current))
    elif alone := next(filter(shows_itself, sources), ""):
        raise ReaderError(f"{alone}: a model or a run is opened by itself; leave it out of what is opened as data")
    dataset = yield from reading(sources, **(options or {}))
    yield Progress(0, 0, "Looking at the values")
    left_out = skipped(dataset.skipped, "row" if dataset.kind == "table" else "item")
    notes = (f"{dataset.name}: {left_out}",) if left_out else ()
    return Opened(dataset, preparation=Preparation.fit(dataset), notes=notes)


def _is_model(path: Path) -> bool:
    if path.suffix.lower() != ".safetensors":
        return False
    from vae_desktop.models.model_file import is_model  # torch

    return is_model(path)


def shows_itself(source: str) -> bool:
    """Whether it is a run folder or a model file, which come with a map of their own."""
    path = Path(source).expanduser()
    return is_run(path) or _is_model(path)


def previewing(sources: tuple[str, ...], options: Mapping[str, Any]) -> Generator[Progress, None, Opened | None]:
    """The first items of data, to look at while all of them are read; None of what shows itself.

    Raises
    ------
    UserError
        With one line, when they cannot be read so.
    """
    sources = tuple(part for source in sources for part in sources_of(source))
    if any(map(shows_itself, sources)):
        return None
    few = min(options.get("limit") or FEW, FEW)
    dataset = yield from reading(sources, **{**options, "limit": few})
    return Opened(replace(dataset, source=source_of(sources)), preparation=Preparation.fit(dataset))


def _opening_run(path: Path) -> Generator[Progress | Space | Opened, None, Opened]:
    yield Progress(0, 0, f"Opening {path.name}")
    run = open_run(path)
    model = run.model()
    saved = run.posterior()
    labels, classes = (None, ()) if saved is None else (saved.labels, saved.classes)
    space = None
    if saved is not None:
        known_classes = with_classes(Space(model, saved.posterior), labels, classes)
        space = yield from projecting(known_classes, None)
        known = _named(run, run.fingerprint, len(saved.posterior))
        yield Opened(None, space, run, None, labels, classes, **known)  # it can be walked before its items are read
    try:
        dataset = yield from reading(run.source, **run.record["data"]["options"])
        dataset = fitted_to(dataset, model.preparation)
        model.preparation.check(dataset)
    except UserError as error:
        note = f"The map is shown without its items: {error}"
        space = space or (yield from projecting(_empty(model), None))
        known = _named(run, run.fingerprint, 0 if saved is None else len(saved.posterior))
        return Opened(None, space, run, None, labels, classes, (note,), **known)
    known = _named(run, dataset.fingerprint(), len(dataset))
    changed = known["fingerprint"] != run.fingerprint
    if space is not None and not changed:
        return Opened(dataset, replace(space, dataset=dataset), run, model.preparation, **known)
    notes = (f"{dataset.name} has changed since the training; it was encoded anew",) if changed else ()
    space = yield from mapping(model, dataset, None)
    return Opened(dataset, space, run, model.preparation, notes=notes, **known)


def _named(run: Run, fingerprint: str, n: int) -> Named:
    """The data's fingerprint, and the names that were kept for it."""
    kept = kept_names(run.path, fingerprint, n)
    return {"fingerprint": fingerprint, "names": Names() if kept is None else Names(*kept)}


def opening_sample() -> Opened:
    """The bundled map, without torch and without its items: what the first frame shows."""
    run = open_run(resource("sample"))
    saved = run.posterior()
    if saved is None:
        return Opened(run=run)
    space = finish(projecting(Space(None, saved.posterior), None))
    return Opened(None, space, run, None, saved.labels, saved.classes)


def _opening_model(path: Path, current: Dataset | None) -> Generator[Progress | Space | Opened, None, Opened]:
    yield Progress(0, 0, f"Opening {path.name}")
    from vae_desktop.models.model_file import load_model  # torch

    model = load_model(path)
    if is_run(path.parent):
        return (yield from _opening_run(path.parent))
    if current is not None:
        try:
            current = fitted_to(current, model.preparation)
            model.preparation.check(current)
            return Opened(current, (yield from mapping(model, current, None)), None, model.preparation)
        except MismatchError as error:
            notes = (f"The model is shown without items: {error}",)
            return Opened(space=(yield from projecting(_empty(model), None)), notes=notes)
    return Opened(space=(yield from projecting(_empty(model), None)))


def _empty(model: VAE) -> Space:
    nothing = np.empty((0, model.config.latent), np.float32)
    return Space(model, Posterior(nothing, nothing))


def mapping(model: VAE, dataset: Dataset, look: Look | None) -> Generator[Progress | Space, None, Space]:
    """Encode and project: what a map shows."""
    from vae_desktop.latent.encode import encoding  # torch

    posterior = yield from encoding(model, dataset)
    return (yield from projecting(_with_classes(model, posterior, dataset), look))


def _with_classes(model: VAE, posterior: Posterior, dataset: Dataset) -> Space:
    return with_classes(Space(model, posterior, dataset), dataset.labels, dataset.classes)


def comparing(path: Path, dataset: Dataset) -> Generator[Progress | Space, None, Space]:
    """The items of `dataset` as the model of a file or a run folder sees them, not yet laid out.

    Raises
    ------
    UserError
        When it cannot be opened, or is of other items.
    """
    yield Progress(0, 0, f"Opening {path.name}")
    from vae_desktop.latent.encode import encoding  # torch
    from vae_desktop.models.model_file import load_model

    model = open_run(path).model() if is_run(path) else load_model(path)
    dataset = fitted_to(dataset, model.preparation)
    model.preparation.check(dataset)
    posterior = yield from encoding(model, dataset)
    _know(posterior)
    return _with_classes(model, posterior, dataset)


def _know(posterior: Posterior) -> None:
    """Have what a window asks for at once worked out where it keeps nobody waiting."""
    _ = posterior.kl_per_dimension, posterior.middle


def projecting(space: Space, look: Look | None, run: Path | None = None) -> Generator[Progress | Space, None, Space]:
    """The same space in the look's projection, or in the usual one; yields how it looks meanwhile.

    What is slow is kept with its `run`, and not computed twice.
    """
    look = fitting_look(look or Look(), space.latent)
    mu = space.posterior.mu
    _know(space.posterior)
    kind, settings = project.check(look.projection, dict(look.settings))
    keep = run if kind.most is not None else None
    if keep is not None and (kept := kept_projection(keep, look.projection, settings, mu)) is not None:
        return replace(space, projection=kept.indexed())
    labels = None if space.dataset is None else space.dataset.labels
    work = project.projecting(look.projection, mu, labels, **settings)
    while True:
        try:
            value = next(work)
        except StopIteration as stop:
            projection = stop.value
            break
        if isinstance(value, Progress):
            yield value
        elif len(value.xy) == len(mu):
            yield replace(space, projection=value)
    if keep is not None and isinstance(projection, Local):
        keep_projection(keep, settings, projection)
    return replace(space, projection=projection)
