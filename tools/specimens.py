"""Small data for the pictures of the data sheet, made of what scikit-learn brings along: no network is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image, load_wine

if TYPE_CHECKING:
    from pathlib import Path

PHOTOS = 21  # pieces of each photograph
SIZES = ((128, 96), (128, 96), (96, 128))  # width and height of the pieces, in pixels
GAPS = 0.04  # part of a table's values that is taken out


def photos(folder: Path) -> Path:
    """Pieces of two photographs, upright and across, in a folder for each; one file is damaged."""
    chance, root = np.random.default_rng(0), folder / "photos"
    for name, source in (("temple", "china.jpg"), ("flower", "flower.jpg")):
        image = Image.fromarray(load_sample_image(source))
        (root / name).mkdir(parents=True)
        for i in range(PHOTOS):
            width, height = SIZES[i % len(SIZES)]
            left, top = chance.integers((image.width - width, image.height - height)).tolist()
            image.crop((left, top, left + width, top + height)).save(root / name / f"{name}-{i:02}.jpg", quality=90)
    (root / "flower" / "flower-07.jpg").write_bytes(b"no picture")
    return root


def wines(folder: Path) -> Path:
    """Wines of three cultivars: numbers, how strong they are in words, and some values missing."""
    chance, frame = np.random.default_rng(0), load_wine(as_frame=True).frame
    names = {"target": "cultivar", "od280/od315_of_diluted_wines": "dilution"}
    frame = frame.rename(columns=names).rename(columns=lambda name: name.replace("_", " "))
    words = np.array(["light", "medium", "strong"])
    frame.insert(1, "strength", words[np.digitize(frame["alcohol"], (12.5, 13.5))])
    frame["cultivar"] = [f"cultivar {i + 1}" for i in frame["cultivar"]]
    gaps = chance.random(frame.shape) < GAPS
    gaps[:, -1] = False
    path = folder / "wines.csv"
    frame.mask(gaps).to_csv(path, index=False)
    return path
