"""The built-in ``digits``: scikit-learn's 1 797 real handwritten digits, 8×8 (Alpaydin & Kaynak 1998)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.values import Dataset, Guess
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, readers


def read(request: Request) -> Reading:
    """Read the digits: images (1797, 8, 8, 1) float32 in [0, 1], classes 0–9.

    Raises
    ------
    ReaderError
        When scikit-learn's data file is not installed.
    """
    source = request.source
    yield Progress(0, 1, "Reading digits")
    # Its file, not its loader: importing sklearn.datasets takes over a second.
    spec = importlib.util.find_spec("sklearn")
    folders = spec.submodule_search_locations if spec else None
    file = Path(folders[0] if folders else "sklearn") / "datasets" / "data" / "digits.csv.gz"
    if not file.is_file():
        raise ReaderError(f"{source}: scikit-learn's {file.name} is missing; install scikit-learn again")
    rows = np.loadtxt(file, np.float32, delimiter=",")
    x = (rows[:, :64] / 16).reshape(-1, 8, 8, 1)
    guesses = (Guess("labels", "labels"),)
    return Dataset("image", x, rows[:, 64].astype(np.int32), tuple("0123456789"), source=source, guesses=guesses)


readers.add("digits")(Reader("the built-in digits", lambda source: source == "digits", read, builtin="digits"))
