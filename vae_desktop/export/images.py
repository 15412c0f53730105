"""Images as one picture, a sheet, a folder or an array."""

from __future__ import annotations

import math
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import UserError
from vae_desktop.core.work import Progress, finish
from vae_desktop.export.films import FILMS, picture, save_film
from vae_desktop.export.target import ending, telling, writing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

STILLS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
ENDINGS = (*STILLS, *(film for film in FILMS if film not in STILLS), ".npz")
LONGEST = {"JPEG": 65_500, "WEBP": 16_383}  # pixels a side, by the formats themselves
GAP = 2  # pixels between the images of a sheet


def save_images(path: str | Path, images: np.ndarray, columns: int | None = None) -> None:
    """Write images (N, H, W, C) uint8 the way the path's ending says.

    ``.png``, ``.jpg``, ``.jpeg``: one sheet; ``.gif``, ``.apng``, and ``.webp`` of several images: a film; ``.npz``:
    an array ``images``; no ending: a new folder with one numbered PNG each. A single image is written as it is.

    Parameters
    ----------
    columns
        Images in a row of a sheet; about as many as rows when None.

    Raises
    ------
    UserError
        On an unknown ending, no images, or a place that cannot be written.
    """
    path = Path(path)
    kind = ending(path, ENDINGS, folder=True)
    if not len(images):
        raise UserError(f"{path}: there are no images to write")
    if not kind:
        save_folder(path, images)
    elif kind == ".npz":
        with writing(path) as file:
            np.savez_compressed(file, images=images)
    elif kind not in STILLS or (kind == ".webp" and len(images) > 1):
        save_film(path, images)
    else:
        save_picture(path, images[0] if len(images) == 1 else sheet(images, columns))


def save_picture(path: str | Path, image: np.ndarray) -> None:
    """Write one image (H, W, C) uint8 as PNG, JPEG or WebP; without loss but for JPEG.

    Raises
    ------
    UserError
        On an unknown ending, an image too large for the format, or a place that cannot be written.
    """
    kind = STILLS[ending(path, STILLS)]
    side, longest = max(image.shape[:2]), LONGEST.get(kind)
    if longest and side > longest:
        raise UserError(f"{path}: {side} pixels a side are too many for {kind}, which allows {longest}; use .png")
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True}
    with writing(path) as file:
        picture(image, kind).save(file, kind, **options)


def sheet(images: np.ndarray, columns: int | None = None, gap: int = GAP, background: int = 255) -> np.ndarray:
    """Lay images (N, H, W, C) out row by row on one image, `gap` pixels apart."""
    n, h, w, c = images.shape
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows = -(-n // columns)
    page = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), background, np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * (h + gap), index % columns * (w + gap)
        page[top : top + h, left : left + w] = image
    return page


def save_folder(path: str | Path, images: np.ndarray) -> None:
    """Write images (…, H, W, C) uint8 as numbered PNG into a new folder, whatever dots its name has.

    Raises
    ------
    UserError
        On no images, when the folder holds files already, or when it cannot be written.
    """
    path, images = Path(path), images.reshape(-1, *images.shape[-3:])
    if not len(images):
        raise UserError(f"{path}: there are no images to write")
    digits = max(3, len(str(len(images) - 1)))
    finish(saving_folder(path, ((f"{index:0{digits}}.png", image) for index, image in enumerate(images)), len(images)))


def saving_folder(path: Path, images: Iterable[tuple[str, np.ndarray]], n: int) -> Generator[Progress, None, None]:
    """Write `n` images (H, W, C) uint8 as PNG into a new folder, which appears whole or not at all.

    Parameters
    ----------
    images
        Each with its path inside the folder: ``003.png``, ``cat/tom.png``.

    Raises
    ------
    UserError
        When the folder holds files already, or cannot be written.
    """
    with new_folder(path) as made:
        for done, (name, image) in enumerate(images):
            yield Progress(done, n, "Writing pictures")
            (made / name).parent.mkdir(exist_ok=True)
            picture(image).save(made / name)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A hidden folder beside `path` to write into; it takes that name at the end, and leaves nothing when that fails.

    Raises
    ------
    UserError
        When there are files in `path` already, or it cannot be written.
    """
    with telling(path):
        if path.exists() and any(path.iterdir()):
            raise UserError(f"{path}: this folder already holds files; choose a new one")
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as temporary:
            made = Path(temporary) / "images"
            made.mkdir()
            yield made
            if path.exists():
                path.rmdir()
            shutil.move(made, path)
