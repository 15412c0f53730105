"""The built-in ``shapes``: white shapes with known factors, in the manner of dSprites (Matthey et al. 2017)."""

from __future__ import annotations

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Dataset, Guess
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, readers

SIZE = 64
SPRITE = 33  # A shape of radius below 16 around the middle pixel; 64 - 33 leaves the 32 places.
CLASSES = ("square", "ellipse", "heart")
SCALES = np.linspace(0.5, 1, 6)
ORIENTATIONS = np.linspace(0, 2 * np.pi, 40, endpoint=False)
PLACES = SIZE - SPRITE + 1
GRID = (len(CLASSES), len(SCALES), len(ORIENTATIONS), PLACES, PLACES)
COUNT = int(np.prod(GRID))
STEP = 256


def _distance(shape: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Signed distance in pixels to the outline of a shape at scale 1; negative inside."""
    if shape == 0:
        return np.asarray(np.maximum(np.abs(u), np.abs(v)) - 10)
    if shape == 1:
        # First-order distance to an ellipse: f / |∇f|.
        a, b = 14.0, 7.0
        k, slope = np.hypot(u / a, v / b), np.hypot(u / a**2, v / b**2)
        return np.asarray(np.where(slope > 0, k * (k - 1) / np.where(slope > 0, slope, 1), -b))
    # Exact distance to a heart of two quarter circles on a square (Quilez, "2D distance functions").
    unit = 22.0
    x, y = np.abs(u) / unit, 0.55 - v / unit
    above = np.hypot(x - 0.25, y - 0.75) - np.sqrt(2) / 4
    foot = np.maximum(x + y, 0) / 2
    below = np.minimum(np.hypot(x, y - 1), np.hypot(x - foot, y - foot)) * np.sign(x - y)
    return np.asarray(np.where(x + y > 1, above, below) * unit)


def sprites(shape: int) -> np.ndarray:
    """All scales and orientations of one shape around the middle pixel, (6, 40, 33, 33) uint8, anti-aliased."""
    v, u = np.mgrid[:SPRITE, :SPRITE] - SPRITE // 2
    scale, angle = SCALES[:, None, None, None], ORIENTATIONS[:, None, None]
    cos, sin = np.cos(angle), np.sin(angle)
    distance = scale * _distance(shape, (cos * u + sin * v) / scale, (cos * v - sin * u) / scale)
    covered: np.ndarray = np.rint(np.clip(0.5 - distance, 0, 1) * 255).astype(np.uint8)
    return covered


def read(request: Request) -> Reading:
    """Draw `n` different shapes: images (n, 64, 64, 1) uint8; classes are the shapes.

    Parameters
    ----------
    request
        Its own options: `n`, 20 000 unless told, how many of the 3·6·40·32·32 = 737 280 combinations.
        `seed`, which, and in what order.

    Raises
    ------
    ReaderError
        When an option is out of range.
    """
    source, n, seed = request.source, request.own.get("n", 20_000), request.own.get("seed", 0)
    for name, value, low, high in (("n", n, 1, COUNT), ("seed", seed, 0, 2**64 - 1)):
        if type(value) is not int or not low <= value <= high:
            raise ReaderError(f"{source}: {name}={value}: must be a whole number from {low} to {high}")
    drawn = np.empty((*GRID[:3], SPRITE, SPRITE), np.uint8)
    for kind in range(len(CLASSES)):
        yield Progress(0, n, "Drawing shapes")
        drawn[kind] = sprites(kind)
    yield Progress(0, n, "Drawing shapes")
    chosen = np.random.default_rng(seed).permutation(COUNT)[:n]
    shape, scale, orientation, x, y = np.unravel_index(chosen, GRID)
    images = np.zeros((n, SIZE, SIZE), np.uint8)
    # Places are whole pixels, so that each picture is a copy of one of 720 sprites.
    for start in range(0, n, STEP):
        end = min(start + STEP, n)
        for i, top, left in zip(range(start, end), y[start:end].tolist(), x[start:end].tolist(), strict=True):
            sprite = drawn[shape[i], scale[i], orientation[i]]
            images[i, top : top + SPRITE, left : left + SPRITE] = sprite
        yield Progress(end, n, "Drawing shapes")
    factors = {
        "shape": shape.astype(np.int32),
        "scale": SCALES[scale].astype(np.float32),
        "orientation": ORIENTATIONS[orientation].astype(np.float32),
        "x": (x / (PLACES - 1)).astype(np.float32),
        "y": (y / (PLACES - 1)).astype(np.float32),
    }
    labels = shape.astype(np.int32)
    guesses = (Guess("labels", "shape"),)
    return Dataset("image", images[..., None], labels, CLASSES, factors=factors, source=source, guesses=guesses)


readers.add("shapes")(
    Reader("the built-in shapes", lambda source: source == "shapes", read, builtin="shapes", own=("n", "seed"))
)
