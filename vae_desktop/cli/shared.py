"""What the commands share: the app, their arguments, and how they read and answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_desktop.core.errors import SettingError, UserError
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from vae_desktop.core.values import Dataset, Posterior
    from vae_desktop.models.vae import VAE

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train variational autoencoders and walk their latent space. Without a command: opens the window.",
)

DEFAULT = TrainSettings()
SHEET = (".png", ".jpg", ".jpeg")

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file or run folder.")]
Data = Annotated[
    list[str],
    typer.Argument(metavar="DATA", help="Folders or files of data, file.npz::name, digits or shapes; several are one"
                   " dataset."),
]  # fmt: skip
Out = Annotated[
    Path,
    typer.Option(
        help="x.png: one sheet; a folder: one file per image; .npz: arrays; .parquet: a row each; .gif .webp .apng: a"
        " film."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Any setting of the model or the training, e.g. hidden=512, patience=5 or lr_schedule=cosine; may be given"
        " again. --dry-run lists them all.",
    ),
]
Class = Annotated[
    str | None, typer.Option("--class", metavar="NAME", help="Decode as this class (conditional models).")
]
Seed = Annotated[int, typer.Option(min=0, help="Where the randomness starts.")]


def pairs(texts: list[str] | None) -> dict[str, Any]:
    """Split each ``key=value``."""
    wrong = next((text for text in texts or () if "=" not in text), None)
    if wrong is not None:
        raise SettingError(f"--set {wrong}: wants key=value, e.g. hidden=512")
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in texts or ())}


def load(path: Path) -> VAE:
    """Load the model of a model file or run folder."""
    from vae_desktop.training.form import load

    return load(path)


def of_class(model: VAE, name: str | None) -> VAE:
    """The model that decodes everything as the class `name`; itself without one."""
    if name is None:
        return model
    from vae_desktop.latent.condition import class_number

    return model.given(class_number(model, name))


def nearest_class(model: VAE, posterior: Posterior, labels: np.ndarray | None, classes: tuple[str, ...]) -> VAE:
    """The conditional model that decodes each place as the class of the item nearest to it."""
    from vae_desktop.latent.condition import with_classes
    from vae_desktop.latent.space import Space

    if labels is None or not len(posterior):
        raise UserError(f"name a class with --class; known are: {', '.join(model.preparation.classes)}")
    told = with_classes(Space(model, posterior), labels, classes).model
    assert told is not None
    return told


def encode_items(model: VAE, dataset: Dataset, indices: Sequence[int] | None = None) -> Posterior:
    """Codes of all items, or of some by their numbers."""
    from vae_desktop.latent.encode import encoding
    from vae_desktop.training.watch import watch

    model.preparation.check(dataset)
    for index in indices or ():
        if not 0 <= index < len(dataset):
            raise UserError(f"item {index}: {dataset.source} has {len(dataset)} items, numbered from 0")
    import numpy as np

    return watch(encoding(model, dataset, None if indices is None else np.array(indices)))


def export(
    model: VAE, z: np.ndarray, out: Path, as_json: bool, columns: int | None = None, y: np.ndarray | None = None
) -> None:
    """Decode codes (…, d), of classes `y` or of those that the model was given, and write them."""
    from vae_desktop.latent.decode import decode

    told, codes = None if y is None else y.reshape(-1), z.reshape(-1, z.shape[-1])
    save(model, decode(model, codes, told), out, as_json, columns, codes, told)


def save(
    model: VAE,
    items: np.ndarray,
    out: Path,
    as_json: bool,
    columns: int | None = None,
    codes: np.ndarray | None = None,
    y: np.ndarray | None = None,
) -> None:
    """Write items as the ending of `out` says; in a folder or Parquet with their codes and classes `y`."""
    from vae_desktop.export.items import save_items

    preparation, kind = model.preparation, out.suffix.lower()
    if kind == ".parquet" or (preparation.kind == "image" and (not kind or out.is_dir())):
        from vae_desktop.export.datasets import decoded_set, export

        export(decoded_set(preparation, items, y, codes), out)
    else:
        save_items(out, items, columns, preparation.columns, preparation.categories)
    answer({"out": str(out), "items": len(items)}, as_json, [f"{out}: {len(items)} items"])


def answer(report: Any, as_json: bool, lines: list[str]) -> None:
    """Print the report as JSON, or as lines for people."""
    typer.echo(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(lines))


def plain(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        shown = ", ".join(map(plain, value[:20]))
        return f"{shown}, … ({len(value)})" if len(value) > 20 else shown
    return str(value)
