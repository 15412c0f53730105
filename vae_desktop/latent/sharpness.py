"""How sharp images are: blurred ones change little from pixel to pixel."""

from __future__ import annotations

import numpy as np

GREY = np.array((0.299, 0.587, 0.114), np.float32)  # luma of red, green and blue (ITU-R BT.601)


def sharpness(images: np.ndarray) -> float:
    """Mean absolute Laplacian of the images' grey values (Pech-Pacheco 2000 looks at its variance).

    It compares pictures of the same things: reconstructions beside their originals.

    Parameters
    ----------
    images
        (N, H, W, C), uint8 or floats in [0, 1].

    Returns
    -------
    float
        Grey values in [0, 1] per pixel², 0 for flat images; NaN where there is nothing to look at: no image, or none
        with inner pixels (3×3 at least).
    """
    x = np.asarray(images)
    n, height, width, channels = x.shape
    if not n or min(height, width) < 3:
        return float("nan")
    grey = x[..., :3] @ GREY if channels >= 3 else x[..., 0].astype(np.float32)
    if x.dtype == np.uint8:
        grey = grey / np.float32(255)
    inner = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    return float(np.abs(around - 4 * inner).mean(dtype=np.float64))
