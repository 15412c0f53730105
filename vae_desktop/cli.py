"""The command line. What a command needs is imported when it runs, so that help is there at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import vae_desktop
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
    str, typer.Argument(metavar="DATA", help="A folder or file of data, file.npz::name, digits or shapes.")
]
Out = Annotated[
    Path, typer.Option(help="x.png: one sheet; a folder: one file per image; .npz: arrays; .gif .webp .apng: a film.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting, e.g. hidden=512.")]
Seed = Annotated[int, typer.Option(min=0, help="Where the randomness starts.")]


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Answer what needs no command."""
    if version:
        typer.echo(f"vae-desktop {vae_desktop.__version__}")
        raise typer.Exit


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="The run folder to make.")],
    model: Annotated[str | None, typer.Option(help="Name of the model.", show_default="vae")] = None,
    latent: Annotated[int | None, typer.Option(help="Latent dimensions.", show_default="2")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs.", show_default=str(DEFAULT.epochs))] = None,
    batch: Annotated[int | None, typer.Option(help="Items per step.", show_default=str(DEFAULT.batch))] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate (Adam).", show_default=str(DEFAULT.lr))] = None,
    validation: Annotated[
        float | None, typer.Option(help="Part of the items kept out.", show_default=str(DEFAULT.validation))
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Where the randomness starts.", show_default="0")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.", show_default="auto")] = None,
    threads: Annotated[int | None, typer.Option(help="Processor cores; 0 takes all.", show_default="0")] = None,
    set_: Sets = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run if there is one.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model on DATA into a run folder; with --resume, settings left out are those of the run."""
    from vae_desktop.core.settings import make
    from vae_desktop.training.run_folder import check_out, open_run

    earlier = check_out(out, resume)
    config = _pairs(set_)
    given = {"epochs": epochs, "batch": batch, "lr": lr, "validation": validation, "seed": seed, "device": device}
    settings = {name: value for name, value in {**given, "threads": threads}.items() if value is not None}
    if latent is not None:
        config.setdefault("latent", latent)
    if earlier is not None:
        settings = {**earlier.record["settings"], **settings}
        model = model or str(earlier.record["model"])
        if model == earlier.record["model"]:
            config = {**earlier.record["config"], **config}
    chosen = make(TrainSettings, settings)

    from vae_desktop.models import model_class
    from vae_desktop.training.loop import EpochEnd, Started, training
    from vae_desktop.training.watch import watch

    make(model_class(model or "vae").Config, config)  # before the data is read
    dataset = _read(data)
    trained = False

    def each(event: object) -> str | None:
        nonlocal trained
        if isinstance(event, Started):
            trained = True
            for note in event.notes:
                typer.echo(f"note: {note}", err=True)
        return f"ELBO {event.metrics['elbo']:.2f} nats" if isinstance(event, EpochEnd) else None

    try:
        run = watch(training(dataset, model or "vae", config, chosen, out, resume), each)
    except KeyboardInterrupt:
        if trained:
            kept = open_run(out)
            typer.echo(f"stopped after {kept.epochs} epochs; what was learned is kept in {out}", err=True)
            typer.echo(f"go on with: vae-desktop train {data} --out {out} --resume", err=True)
        raise
    last = dict(run.metrics[-1])
    report = {
        "run": str(run.path), "status": run.status, "model": run.record["model"], "epochs": run.epochs,
        "seconds": run.seconds, "parameters": run.record["parameters"], "elbo": last["elbo"],
        "reconstruction": last["reconstruction"], "kl": last["kl"], "kl_per_dimension": last["kl_per_dimension"],
        "active_units": last["active_units"], "validation": last["validation"], "notes": run.record["notes"],
    }  # fmt: skip
    done = f"{report['epochs']} epochs, {report['seconds']:.1f} s, ELBO {report['elbo']:.2f} nats per item"
    _answer(report, as_json, [f"{run.path}: " + (done if trained else f"finished already ({done})")])


@app.command()
def info(
    path: Annotated[str, typer.Argument(help="A dataset, model file or run folder.")], as_json: Json = False
) -> None:
    """Tell what a dataset, model file or run folder is."""
    from vae_desktop.training.run_folder import is_run, open_run

    if is_run(Path(path)):
        run = open_run(path)
        last = dict(run.metrics[-1]) if run.metrics else None
        about = {"what": "run", **run.record, "epochs": run.epochs, "seconds": run.seconds, "metrics": last}
    elif path.endswith(".safetensors"):
        from vae_desktop.training.notebook import load

        model = load(path)
        header = {"model": model.name, "config": vars(model.config), "preparation": model.preparation.to_json()}
        about = {"what": "model", **header, "parameters": sum(p.numel() for p in model.parameters())}
    else:
        data = _read(path)
        about = {
            "what": "dataset", "source": data.source, "kind": data.kind, "items": len(data),
            "shape": data.x.shape[1:], "type": str(data.x.dtype), "classes": data.classes,
            "columns": [column.name for column in data.columns], "factors": list(data.factors),
            "skipped": data.skipped, "notes": data.notes,
        }  # fmt: skip
    _answer(
        about, as_json, [f"{name}: {_plain(value)}" for name, value in about.items() if value not in ((), [], None)]
    )


@app.command()
def evaluate(
    model: Model,
    data: Data,
    samples: Annotated[int, typer.Option(min=0, help="Draws per item for the likelihood (nll); 0: none.")] = 0,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Score a model on every item of DATA, in nats per item."""
    net, dataset = _load(model), _read(data)

    from vae_desktop.latent.evaluate import evaluating
    from vae_desktop.training.watch import watch

    report = watch(evaluating(net, dataset, samples, seed))
    _answer(report, as_json, [f"{name}: {_plain(value)}" for name, value in report.items()])


@app.command()
def encode(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="FILE.npz or FILE.csv: mu, logvar, labels, items.")],
    as_json: Json = False,
) -> None:
    """Write the code of every item of DATA."""
    net, dataset = _load(model), _read(data)

    from vae_desktop.export.tables import save_codes

    posterior = _encode(net, dataset)
    save_codes(out, posterior, dataset.labels, dataset.classes, dataset.items)
    n, d = posterior.mu.shape
    _answer({"out": str(out), "items": n, "latent": d}, as_json, [f"{out}: {n} codes of {d} numbers"])


@app.command()
def sample(
    model: Model,
    out: Out,
    n: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 64,
    seed: Seed = 0,
    temperature: Annotated[float, typer.Option(min=0, help="Scale of the prior's standard deviation.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Decode draws from the prior."""
    net = _load(model)

    from vae_desktop.latent.sample import sample_codes

    _export(net, sample_codes(net, n, seed, temperature), out, as_json)


@app.command()
def reconstruct(
    model: Model,
    data: Data,
    out: Out,
    n: Annotated[int, typer.Option("-n", min=1, help="How many, from the first.")] = 32,
    as_json: Json = False,
) -> None:
    """Encode and decode items; a sheet shows each one beside its reconstruction."""
    net, dataset = _load(model), _read(data)

    from vae_desktop.latent.decode import decode

    chosen = dataset.x[:n]
    items = decode(net, _encode(net, dataset, range(len(chosen))).mu)
    if out.suffix.lower() in SHEET and not out.is_dir():
        import numpy as np

        items = np.stack([net.preparation.show(chosen), items], axis=1)  # (n, 2, H, W, C)
        _save(net, items, out, as_json, columns=2 * min(8, len(chosen)))
    else:
        _save(net, items, out, as_json)


@app.command()
def interpolate(
    model: Model,
    data: Data,
    out: Out,
    start: Annotated[int, typer.Option("--from", help="Number of the first item, from 0.")],
    end: Annotated[int, typer.Option("--to", help="Number of the last item.")],
    steps: Annotated[int, typer.Option(help="Items on the way, both ends included.")] = 9,
    method: Annotated[str, typer.Option(help="lerp (straight) or slerp (arc).")] = "lerp",
    as_json: Json = False,
) -> None:
    """Decode the way from one item of DATA to another."""
    net, dataset = _load(model), _read(data)

    from vae_desktop.latent.interpolate import interpolate as way

    a, b = _encode(net, dataset, [start, end]).mu
    _export(net, way(a, b, steps, method), out, as_json, columns=steps)


@app.command()
def traverse(
    model: Model,
    out: Out,
    data: Annotated[str | None, typer.Argument(metavar="[DATA]", help="Start from an item of this data.")] = None,
    index: Annotated[int | None, typer.Option(help="Number of that item, from 0.")] = None,
    steps: Annotated[int, typer.Option(help="Items a row.")] = 9,
    range_: Annotated[float, typer.Option("--range", help="How far to go, in σ of the prior.")] = 3.0,
    as_json: Json = False,
) -> None:
    """Decode walks along each latent dimension, those with most information (KL) first."""
    net = _load(model)

    import numpy as np

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.space import Space
    from vae_desktop.latent.traverse import by_kl
    from vae_desktop.latent.traverse import traverse as walks
    from vae_desktop.training.run_folder import is_run, open_run

    saved = open_run(model).posterior() if is_run(model) else None
    if data is not None:
        posterior = _encode(net, _read(data))
    elif saved is not None:
        posterior = saved.posterior
    elif index is not None:
        raise SettingError("--index: name the data the item is from, too")
    else:
        posterior = Posterior(*np.empty((2, 0, net.config.latent), np.float32))
    place = np.zeros(net.config.latent, np.float32) if data is None and index is None else index or 0
    start = Space(net, posterior).code(place)
    _export(net, walks(start, by_kl(posterior), steps, range_), out, as_json, columns=steps)


@app.command()
def project(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="FILE.npz or FILE.csv: places, labels, items; FILE.png or .svg: the map.")],
    method: Annotated[str, typer.Option(help="axes, pca, tsne or umap.")] = "pca",
    set_: Sets = None,
    as_json: Json = False,
) -> None:
    """Lay the codes of DATA out on the plane."""
    from vae_desktop.export.places import ENDINGS, save_places
    from vae_desktop.export.target import ending
    from vae_desktop.latent.project import check, projecting
    from vae_desktop.training.watch import watch

    settings = _pairs(set_)
    ending(out, ENDINGS)  # what can be wrong is found before the long work
    kind = check(method, settings)[0]
    net, dataset = _load(model), _read(data)
    kind.check(net.config.latent)

    projection = watch(projecting(method, _encode(net, dataset).mu, dataset.labels, **settings))
    save_places(out, projection.xy, projection.labels, dataset.labels, dataset.classes, dataset.items)
    _answer({"out": str(out), "items": len(dataset), "method": method}, as_json, [f"{out}: places by {method}"])


def _pairs(texts: list[str] | None) -> dict[str, Any]:
    """Split each ``key=value``."""
    wrong = next((text for text in texts or () if "=" not in text), None)
    if wrong is not None:
        raise SettingError(f"--set {wrong}: wants key=value, e.g. hidden=512")
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in texts or ())}


def _read(source: str) -> Dataset:
    """Read a dataset; what was guessed or skipped is said on stderr."""
    from vae_desktop.readers import reading
    from vae_desktop.training.watch import watch

    dataset = watch(reading(source))
    for note in dataset.notes:
        typer.echo(f"note: {note}", err=True)
    if dataset.skipped:
        item, reason = dataset.skipped[0]
        typer.echo(f"note: {len(dataset.skipped)} skipped, the first: {item} ({reason})", err=True)
    return dataset


def _load(path: Path) -> VAE:
    from vae_desktop.training.notebook import load

    return load(path)


def _encode(model: VAE, dataset: Dataset, indices: Sequence[int] | None = None) -> Posterior:
    """Codes of all items, or of some by their numbers."""
    from vae_desktop.latent.encode import encoding
    from vae_desktop.training.watch import watch

    model.preparation.check(dataset)
    for index in indices or ():
        if not 0 <= index < len(dataset):
            raise UserError(f"item {index}: {dataset.source} has {len(dataset)} items, numbered from 0")
    return watch(encoding(model, dataset.x if indices is None else dataset.x[list(indices)]))


def _export(model: VAE, z: np.ndarray, out: Path, as_json: bool, columns: int | None = None) -> None:
    """Decode codes (…, d) and write them."""
    from vae_desktop.latent.decode import decode

    _save(model, decode(model, z.reshape(-1, z.shape[-1])), out, as_json, columns)


def _save(model: VAE, items: np.ndarray, out: Path, as_json: bool, columns: int | None = None) -> None:
    from vae_desktop.export.items import save_items

    save_items(out, items, columns, model.preparation.columns)
    _answer({"out": str(out), "items": len(items)}, as_json, [f"{out}: {len(items)} items"])


def _answer(report: Any, as_json: bool, lines: list[str]) -> None:
    """Print the report as JSON, or as lines for people."""
    typer.echo(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(lines))


def _plain(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        shown = ", ".join(map(_plain, value[:20]))
        return f"{shown}, … ({len(value)})" if len(value) > 20 else shown
    return str(value)


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; any error a person can mend is one line on stderr and 2."""
    try:
        code = app(list(arguments), prog_name="vae-desktop", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except UserError as error:
        message = str(error)
    except Exception as error:
        # Typer's own errors: their common class has no public name.
        if not hasattr(error, "format_message"):
            raise
        message = error.format_message() or "a command is missing; see vae-desktop --help"
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    return 2
