"""How a command reads DATA: the options of reading, made from the same settings as the data sheet."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_desktop.core.read_options import NAMES, ReadOptions
from vae_desktop.core.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from vae_desktop.core.values import Dataset

GRAY = Annotated[bool | None, typer.Option("--gray/--colour", help="Read pictures as grey, or as colour.")]


def reads_data(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading; it takes those that were given as the mapping ``read_as``."""
    known = {name: setting for name, setting in settings_of(ReadOptions).items() if name != "colour"}
    hints: dict[str, Any] = {"gray": GRAY}
    for name, setting in known.items():
        choices = f" ({', '.join(setting.choices)})" if setting.choices else ""
        kind = int if isinstance(setting.default, int) else str
        hints[name] = Annotated[kind | None, typer.Option(f"--{name}", help=setting.help + choices)]

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        read_as = {name: value for name in hints if (value := given.pop(name, None)) is not None}
        command(**given, read_as=read_as)

    signature = inspect.signature(command, eval_str=True)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "read_as"]
    further = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
               for name, hint in hints.items()]  # fmt: skip
    wrapped.__signature__ = signature.replace(parameters=[*own, *further])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *further)}
    return wrapped


def read(source: str | Sequence[str], read_as: Mapping[str, Any] | None = None, like: Path | None = None) -> Dataset:
    """Read a dataset, for a model as the model wants it; what was guessed or skipped is said on stderr.

    Parameters
    ----------
    source
        One, or several that are one dataset.
    read_as
        Options that were given; they win.
    like
        A model file or run folder: a run's data is read again as it was for its training, and pictures are brought to
        the size and the colours that the model knows.
    """
    from vae_desktop.readers import reading
    from vae_desktop.readers.choices import idle
    from vae_desktop.training.form import reading_for
    from vae_desktop.training.watch import watch

    sources = [source] if isinstance(source, str) else list(source)
    work = reading(sources, **(read_as or {})) if like is None else reading_for(like, sources, read_as)
    dataset = watch(work)
    own = {name: value for name, value in (read_as or {}).items() if name in (*NAMES, "gray")}
    for note in (*dataset.notes, *filter(None, (idle(dataset, ReadOptions.of(own)),))):
        typer.echo(f"note: {note}", err=True)
    if dataset.skipped:
        item, reason = dataset.skipped[0]
        typer.echo(f"note: {len(dataset.skipped)} skipped, the first: {item} ({reason})", err=True)
    return dataset
