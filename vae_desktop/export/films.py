"""Films: GIF, WebP and APNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vae_desktop.core.errors import UserError
from vae_desktop.export.target import ending, writing

if TYPE_CHECKING:
    from pathlib import Path

FILMS = {".gif": "GIF", ".apng": "PNG", ".webp": "WEBP"}


def save_film(
    path: str | Path,
    images: np.ndarray,
    fps: float = 10.0,
    loop: bool = True,
    ping_pong: bool = False,
    least: int = 256,
) -> None:
    """Write images (N, H, W, C) uint8 as a film of the kind its ending names.

    Parameters
    ----------
    fps
        Images per second; GIF keeps time in hundredths of a second.
    loop
        Start again at the end, for ever.
    ping_pong
        Go there and back.
    least
        Enlarge small images by a whole factor, without blur, until the longer side has at least this many pixels.

    Raises
    ------
    UserError
        On an unknown ending, no images, a rate out of range, or a place that cannot be written.
    """
    kind = FILMS[ending(path, FILMS)]
    if not len(images):
        raise UserError(f"{path}: there are no images to write")
    if not 0.1 <= fps <= 100:
        raise UserError(f"fps={fps:g}: must be at least 0.1 and at most 100")
    if ping_pong:
        images = np.concatenate([images, images[-2:0:-1]])
    first, *rest = (picture(enlarge(image, least), kind) for image in images)
    # 0 is for ever; in a GIF 1 would mean once more, so that playing once is to say nothing.
    options = {"loop": 0 if loop else 1} if loop or kind != "GIF" else {}
    with writing(path) as file:
        first.save(file, kind, save_all=True, append_images=rest, duration=round(1000 / fps), lossless=True, **options)


def enlarge(image: np.ndarray, least: int) -> np.ndarray:
    """Repeat the pixels of (H, W, C) until the longer side has at least `least`."""
    factor = -(-least // max(image.shape[:2]))
    return image.repeat(factor, 0).repeat(factor, 1) if factor > 1 else image


def picture(image: np.ndarray, kind: str = "PNG") -> Image.Image:
    """Pillow's image of (H, W, C) uint8, C of 1 or 3, for a file of this kind."""
    made = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    return made.convert("RGB") if kind == "WEBP" else made  # WebP has no grey; Pillow would add an alpha channel
