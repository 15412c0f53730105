"""The built-in ``digits``: scikit-learn's 1 797 real handwritten digits, 8×8 (Alpaydin & Kaynak 1998)."""

from __future__ import annotations

import numpy as np

from vae_desktop.core.values import Dataset
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, readers


def read(source: str = "digits") -> Reading:
    """Read the digits: images (1797, 8, 8, 1) float32 in [0, 1], classes 0–9."""
    yield Progress(0, 1, "Reading digits")
    from sklearn.datasets import load_digits  # slow to import

    images, labels = load_digits(return_X_y=True)
    x = (images.reshape(-1, 8, 8, 1) / 16).astype(np.float32)
    classes = tuple(str(digit) for digit in range(10))
    return Dataset("image", x, labels.astype(np.int32), classes, source=source)


readers.add("digits")(Reader("the built-in digits", lambda source: source == "digits", read, builtin="digits"))
