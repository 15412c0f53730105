"""A small source of every registered reader: what the contract tests and the fuzzer work on."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import h5py
import numpy as np
import scipy.io
import torch
from PIL import Image
from safetensors.numpy import save_file

from vae_desktop.core.values import Column, Dataset
from vae_desktop.export.datasets import export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 9, 7), np.uint8)


def npz(folder: Path) -> str:
    np.savez_compressed(folder / "data.npz", images=IMAGES)
    return str(folder / "data.npz")


def npy(folder: Path) -> str:
    np.save(folder / "data.npy", IMAGES)
    return str(folder / "data.npy")


LABELS = np.array([1, 2, 1, 2, 1, 2])


def hdf5(folder: Path) -> str:
    with h5py.File(folder / "data.h5", "w") as file:
        file.create_dataset("images", data=IMAGES, chunks=(2, 9, 7), compression="gzip", shuffle=True)
        file["labels"] = LABELS
        file["latents/values"] = RNG.random((6, 6))
        file["names"] = ["one", "two", "three"]
    return str(folder / "data.h5")


def hdf5_new(folder: Path) -> str:
    with h5py.File(folder / "data.h5", "w", libver="latest") as file:
        file["x"] = IMAGES.astype(np.float32)
        file.create_dataset("more/y", data=LABELS, maxshape=(None,))
        file["other"] = h5py.SoftLink("/more/y")
    return str(folder / "data.h5")


def matlab(folder: Path) -> str:
    scipy.io.savemat(folder / "data.mat", {"X": IMAGES.transpose(1, 2, 0), "y": LABELS[None]}, do_compression=True)
    return str(folder / "data.mat")


def matlab_plain(folder: Path) -> str:
    arrays = {"X": IMAGES.transpose(1, 2, 0)[:, :, None], "y": LABELS.astype(float), "info": {"by": "me"}, "n": 3}
    scipy.io.savemat(folder / "data.mat", arrays)
    return str(folder / "data.mat")


def matlab_old(folder: Path) -> str:
    scipy.io.savemat(folder / "data.mat", {"X": RNG.normal(size=(6, 5)), "y": LABELS.astype(float)}, format="4")
    return str(folder / "data.mat")


def safetensors_arrays(folder: Path) -> str:
    save_file({"images": IMAGES, "labels": LABELS}, folder / "data.safetensors")
    return str(folder / "data.safetensors")


def tensors(folder: Path) -> str:
    torch.save({"images": torch.from_numpy(IMAGES), "labels": torch.from_numpy(LABELS)}, folder / "data.pt")
    return str(folder / "data.pt")


def tensors_old(folder: Path) -> str:
    pair = (torch.from_numpy(IMAGES), torch.from_numpy(LABELS))
    torch.save(pair, folder / "training.pt", _use_new_zipfile_serialization=False)
    return str(folder / "training.pt")


def cifar(folder: Path) -> str:
    rows = RNG.integers(0, 256, (6, 3073), np.uint8)
    rows[:, 0] = LABELS
    (folder / "data_batch_1.bin").write_bytes(rows.tobytes())
    return str(folder / "data_batch_1.bin")


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
    "cifar": cifar,
    "digits": lambda _: "digits",
    "folder": pictures,
    "hdf5": hdf5,
    "idx": idx,
    "matlab": matlab,
    "npy": npy,
    "npz": npz,
    "safetensors": safetensors_arrays,
    "shapes": lambda _: "shapes",
    "tables": csv,
    "torch": tensors,
}


# Further sources of a reader that holds other parts of its format; each is fuzzed, too.
def described(folder: Path) -> str:
    """A table that was exported."""
    columns = (Column("a"), Column("kind", "category", ("u", "v")))
    x = np.array([[1, 0], [np.nan, 1], [3, np.nan]], np.float32)
    labels = np.array([0, -1, 1], np.int32)
    data = Dataset("table", x, labels, ("no", "yes"), columns, {"f": np.arange(3.0)}, ["i", "j", "k"], "t.csv")
    export(data, folder / "exported.npz")
    return str(folder / "exported.npz")


FURTHER: dict[str, list[Callable[[Path], str]]] = {
    "npz": [described],
    "hdf5": [hdf5_new],
    "matlab": [matlab_plain, matlab_old],
    "torch": [tensors_old],
}
