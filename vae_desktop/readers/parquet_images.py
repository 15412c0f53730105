"""Parquet tables whose rows are pictures, as the hub passes them on: their bytes, or paths beside the file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_desktop.core.values import Dataset
from vae_desktop.readers import PICTURES
from vae_desktop.readers.beside import MOST_COLUMNS, described
from vae_desktop.readers.parquet_parts import Leaf, Parts, told
from vae_desktop.readers.pictures import Entry, decoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vae_desktop.readers import Reading, Request

ROWS = 64  # read at once: each may be a large picture
LARGEST = 128 << 20  # bytes of one picture's file


class Pictures:
    """Goes through all rows, from the first; `columns` holds what else they say, as text."""

    def __init__(self, parts: Parts, leaves: Sequence[Leaf], image: Leaf) -> None:
        self.parts, self.image = parts, image
        self.leaves = [leaf for leaf in leaves if leaf.kind in ("text", "number", "parted")][:MOST_COLUMNS]
        self.names: list[str] = []
        self.columns: dict[str, list[str]] = {}

    def __call__(self) -> Iterator[Entry]:
        """Every picture, whether it can be decoded or not."""
        self.names, self.columns = [], {leaf.name: [] for leaf in self.leaves}
        wanted = dict.fromkeys([self.image.path[0], *(leaf.path[0] for leaf in self.leaves if leaf.path)])
        for part, batch in self.parts.batches(list(wanted), ROWS):
            with told(part):
                pictures = self.parts.column(batch, self.image.path).to_pylist()
                for leaf in self.leaves:
                    self.columns[leaf.name] += self._texts(leaf, part, batch)
            for picture in pictures:
                entry = self._entry(picture, Path(part).parent)
                self.names.append(entry.name)
                yield entry

    def _texts(self, leaf: Leaf, part: str, batch: Any) -> list[str]:
        if leaf.kind == "number":
            numbers = self.parts.numbers(leaf, batch)[:, 0].tolist()
            return ["" if value is None or value != value else f"{value:.15g}" for value in numbers]
        codes, values = self.parts.words(leaf, part, batch)
        return [values[code] if code >= 0 else "" for code in codes.tolist()]

    def _entry(self, picture: Any, folder: Path) -> Entry:
        """A picture of its bytes, its path, or both."""
        known = picture if isinstance(picture, dict) else {"bytes": picture}
        data, path = known.get("bytes"), str(known.get("path") or "")
        name = os.path.basename(path) or f"#{len(self.names)}"
        if isinstance(data, bytes) and data:
            return Entry(name, data if len(data) <= LARGEST else b"")
        # No path may lead out of the folder, nor to what is no picture.
        plain = path.lower().endswith(PICTURES) and not os.path.isabs(path) and ".." not in re.split(r"[/\\]", path)
        return Entry(name, folder / path if plain and (folder / path).is_file() else b"")


def read_images(parts: Parts, leaves: Sequence[Leaf], image: Leaf, request: Request) -> Reading:
    """Decode the pictures of one column; the others tell classes and factors."""
    pictures = Pictures(parts, leaves, image)
    decoded = yield from decoding(pictures, sum(parts.rows), request, parts.where)
    about = described(pictures.names, decoded.index, (), request.options.labels, pictures.columns)
    return Dataset(
        "image", decoded.x, about.labels, about.classes, factors=about.factors, items=decoded.names,
        source=request.source, skipped=tuple(decoded.skipped), notes=(*decoded.notes, *about.notes),
        guesses=(about.guess,),
    )  # fmt: skip
