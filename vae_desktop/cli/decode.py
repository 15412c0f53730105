"""Decode places of a trained space into files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vae_desktop.cli.reading import read, reads_data
from vae_desktop.cli.shared import (
    SHEET,
    Class,
    Data,
    Json,
    Model,
    Out,
    Seed,
    app,
    encode_items,
    export,
    load,
    nearest_class,
    of_class,
    save,
)
from vae_desktop.core.errors import SettingError


@app.command()
def sample(
    model: Model,
    out: Out,
    n: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 64,
    seed: Seed = 0,
    temperature: Annotated[float, typer.Option(min=0, help="Scale of the prior's standard deviation.")] = 1.0,
    class_: Class = None,
    grid: Annotated[bool, typer.Option("--grid", help="A row per draw, a column per class (conditional models).")] = (
        False
    ),
    as_json: Json = False,
) -> None:
    """Decode draws from the prior; without --class, a conditional model's are of each class in turn."""
    net = load(model)

    from vae_desktop.latent.sample import sample_codes

    codes = sample_codes(net, n, seed, temperature)
    if grid:
        from vae_desktop.latent.condition import style_grid

        if class_ is not None:
            raise SettingError("--grid: shows every class; leave out --class")
        sheet = style_grid(net, codes)
        save(net, sheet.reshape(-1, *sheet.shape[2:]), out, as_json, columns=sheet.shape[1])
    else:
        import numpy as np

        in_turn = np.arange(n) % len(net.preparation.classes) if net.conditional and class_ is None else None
        export(of_class(net, class_), codes, out, as_json, y=in_turn)


@app.command()
@reads_data
def reconstruct(
    model: Model,
    data: Data,
    out: Out,
    n: Annotated[int, typer.Option("-n", min=1, help="How many, from the first.")] = 32,
    class_: Class = None,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Encode and decode items; a sheet shows each one beside its reconstruction."""
    net, dataset = load(model), read(data, read_as, model)

    from vae_desktop.latent.decode import decode

    chosen = dataset.x[:n]
    own = net.labels(dataset)
    y = None if own is None or class_ is not None else own[:n]
    items = decode(of_class(net, class_), encode_items(net, dataset, range(len(chosen))).mu, y)
    if out.suffix.lower() in SHEET and not out.is_dir():
        import numpy as np

        items = np.stack([net.preparation.show(chosen), items], axis=1)  # (n, 2, H, W, C)
        save(net, items, out, as_json, columns=2 * min(8, len(chosen)))
    else:
        save(net, items, out, as_json)


@app.command()
@reads_data
def interpolate(
    model: Model,
    data: Data,
    out: Out,
    start: Annotated[int, typer.Option("--from", help="Number of the first item, from 0.")],
    end: Annotated[int, typer.Option("--to", help="Number of the last item.")],
    steps: Annotated[int, typer.Option(help="Items on the way, both ends included.")] = 9,
    method: Annotated[str, typer.Option(help="lerp (straight) or slerp (arc).")] = "lerp",
    class_: Class = None,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Decode the way from one item of DATA to another, without --class each place as the class of the item nearest."""
    net, dataset = load(model), read(data, read_as, model)

    from vae_desktop.latent.interpolate import interpolate as way

    a, b = encode_items(net, dataset, [start, end]).mu
    told = of_class(net, class_)
    if net.conditional and class_ is None:
        told = nearest_class(net, encode_items(net, dataset), dataset.labels, dataset.classes)
    export(told, way(a, b, steps, method), out, as_json, columns=steps)


@app.command()
@reads_data
def traverse(
    model: Model,
    out: Out,
    data: Annotated[list[str] | None, typer.Argument(metavar="[DATA]", help="Start from an item of this data.")] = None,
    index: Annotated[int | None, typer.Option(help="Number of that item, from 0.")] = None,
    steps: Annotated[int, typer.Option(help="Items a row.")] = 9,
    range_: Annotated[float, typer.Option("--range", help="How far to go, in σ of the prior.")] = 3.0,
    class_: Class = None,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Decode walks along each latent dimension, those with most information (KL) first; the class stays."""
    net = load(model)

    import numpy as np

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.condition import class_along
    from vae_desktop.latent.space import Space
    from vae_desktop.latent.traverse import by_kl
    from vae_desktop.latent.traverse import traverse as walks
    from vae_desktop.training.run_folder import is_run, open_run

    saved = open_run(model).posterior() if is_run(model) else None
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    if data:
        dataset = read(data, read_as, model)
        posterior, labels, classes = encode_items(net, dataset), dataset.labels, dataset.classes
    elif saved is not None:
        posterior, labels, classes = saved.posterior, saved.labels, saved.classes
    elif index is not None:
        raise SettingError("--index: name the data the item is from, too")
    else:
        posterior = Posterior(*np.empty((2, 0, net.config.latent), np.float32))
    place = np.zeros(net.config.latent, np.float32) if not data and index is None else index or 0
    start = Space(net, posterior).code(place)
    told = of_class(net, class_)
    if net.conditional and class_ is None:
        told = nearest_class(net, posterior, labels, classes)
    codes = walks(start, by_kl(posterior), steps, range_)
    export(told, codes, out, as_json, columns=steps, y=class_along(told, start, codes))
