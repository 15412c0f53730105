"""Decode places of a trained space into files."""

from __future__ import annotations

from typing import Annotated

import typer

from vae_desktop.cli.shared import (
    SHEET,
    Data,
    Json,
    Model,
    Out,
    Seed,
    app,
    encode_items,
    export,
    load,
    read,
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
    as_json: Json = False,
) -> None:
    """Decode draws from the prior."""
    net = load(model)

    from vae_desktop.latent.sample import sample_codes

    export(net, sample_codes(net, n, seed, temperature), out, as_json)


@app.command()
def reconstruct(
    model: Model,
    data: Data,
    out: Out,
    n: Annotated[int, typer.Option("-n", min=1, help="How many, from the first.")] = 32,
    as_json: Json = False,
) -> None:
    """Encode and decode items; a sheet shows each one beside its reconstruction."""
    net, dataset = load(model), read(data)

    from vae_desktop.latent.decode import decode

    chosen = dataset.x[:n]
    items = decode(net, encode_items(net, dataset, range(len(chosen))).mu)
    if out.suffix.lower() in SHEET and not out.is_dir():
        import numpy as np

        items = np.stack([net.preparation.show(chosen), items], axis=1)  # (n, 2, H, W, C)
        save(net, items, out, as_json, columns=2 * min(8, len(chosen)))
    else:
        save(net, items, out, as_json)


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
    net, dataset = load(model), read(data)

    from vae_desktop.latent.interpolate import interpolate as way

    a, b = encode_items(net, dataset, [start, end]).mu
    export(net, way(a, b, steps, method), out, as_json, columns=steps)


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
    net = load(model)

    import numpy as np

    from vae_desktop.core.values import Posterior
    from vae_desktop.latent.space import Space
    from vae_desktop.latent.traverse import by_kl
    from vae_desktop.latent.traverse import traverse as walks
    from vae_desktop.training.run_folder import is_run, open_run

    saved = open_run(model).posterior() if is_run(model) else None
    if data is not None:
        posterior = encode_items(net, read(data))
    elif saved is not None:
        posterior = saved.posterior
    elif index is not None:
        raise SettingError("--index: name the data the item is from, too")
    else:
        posterior = Posterior(*np.empty((2, 0, net.config.latent), np.float32))
    place = np.zeros(net.config.latent, np.float32) if data is None and index is None else index or 0
    start = Space(net, posterior).code(place)
    export(net, walks(start, by_kl(posterior), steps, range_), out, as_json, columns=steps)
