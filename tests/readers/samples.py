"""A small source of every registered reader: what the contract tests and the fuzzer work on."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 9, 7), np.uint8)


def npz(folder: Path) -> str:
    np.savez_compressed(folder / "data.npz", images=IMAGES)
    return str(folder / "data.npz")


def idx(folder: Path) -> str:
    head = bytes([0, 0, 8, 3]) + np.array(IMAGES.shape, ">u4").tobytes()
    (folder / "few-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + IMAGES.tobytes()))
    return str(folder / "few-images-idx3-ubyte.gz")


def pictures(folder: Path) -> str:
    for i, image in enumerate(IMAGES):
        Image.fromarray(image).save(folder / f"{i}.png")
    return str(folder)


def csv(folder: Path) -> str:
    np.savetxt(folder / "data.csv", RNG.normal(size=(6, 3)), delimiter=",", header="a,b,c", comments="")
    return str(folder / "data.csv")


SAMPLES: dict[str, Callable[[Path], str]] = {
    "arrays": npz,
    "digits": lambda _: "digits",
    "folder": pictures,
    "idx": idx,
    "shapes": lambda _: "shapes",
    "tables": csv,
}
# Further sources of a reader that holds other parts of its format; each is fuzzed, too.
FURTHER: dict[str, list[Callable[[Path], str]]] = {}
