"""Write codes, and places of them on a map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vae_desktop.cli.reading import read, reads_data
from vae_desktop.cli.shared import (
    Data,
    Json,
    Model,
    Sets,
    answer,
    app,
    encode_items,
    load,
    pairs,
)


@app.command()
@reads_data
def encode(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="FILE.npz or FILE.csv: mu, logvar, labels, items; .npz: codes, too.")],
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Write the code of every item of DATA."""
    net, dataset = load(model), read(data, read_as, model)

    from vae_desktop.export.tables import save_codes

    posterior = encode_items(net, dataset)
    further = {} if posterior.codes is None else {"codes": posterior.codes}
    save_codes(out, posterior, dataset.labels, dataset.classes, dataset.items, further)
    n, d = posterior.mu.shape
    answer({"out": str(out), "items": n, "latent": d}, as_json, [f"{out}: {n} codes of {d} numbers"])


@app.command()
@reads_data
def project(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="FILE.npz or FILE.csv: places, labels, items; FILE.png or .svg: the map.")],
    method: Annotated[str, typer.Option(help="axes, pca, tsne or umap.")] = "pca",
    set_: Sets = None,
    as_json: Json = False,
    read_as: dict[str, Any] | None = None,
) -> None:
    """Lay the codes of DATA out on the plane."""
    from vae_desktop.export.places import ENDINGS, save_places
    from vae_desktop.export.target import ending
    from vae_desktop.latent.project import check, projecting
    from vae_desktop.training.watch import watch

    settings = pairs(set_)
    ending(out, ENDINGS)  # what can be wrong is found before the long work
    kind = check(method, settings)[0]
    net, dataset = load(model), read(data, read_as, model)
    kind.check(net.config.latent)

    projection = watch(projecting(method, encode_items(net, dataset).mu, dataset.labels, **settings))
    save_places(out, projection.xy, projection.labels, dataset.labels, dataset.classes, dataset.items)
    answer({"out": str(out), "items": len(dataset), "method": method}, as_json, [f"{out}: places by {method}"])
