"""A small source of every registered reader: what the contract tests and the fuzzer work on."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from zipfile import ZIP_DEFLATED, ZipFile

import h5py
import numpy as np
import pyarrow
import scipy.io
import torch
from PIL import Image
from pyarrow.parquet import write_table
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


def zipped(folder: Path) -> str:
    with ZipFile(folder / "pictures.zip", "w", ZIP_DEFLATED) as archive:
        for i, image in enumerate(IMAGES):
            archive.writestr(f"{'ab'[i % 2]}/{i}.png", png(image))
        archive.writestr("labels.csv", "file,size\n" + "".join(f"{i}.png,{i}\n" for i in range(6)))
    return str(folder / "pictures.zip")


def tarred(folder: Path, mode: Literal["w", "w:gz", "w:bz2", "w:xz"] = "w:gz", name: str = "shard.tar.gz") -> str:
    with tarfile.open(folder / name, mode) as archive:
        for i, image in enumerate(IMAGES):
            told = {"cls": b"%d" % (i % 2), "json": json.dumps({"size": i}).encode(), "png": png(image)}
            for ending, data in told.items():
                member = tarfile.TarInfo(f"{i:03}.{ending}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return str(folder / name)


def formats(folder: Path) -> str:
    """A picture in every format and depth that there is."""
    grey = Image.fromarray(IMAGES[0])
    colour = Image.fromarray(np.dstack([*IMAGES[:3]]))
    clear = Image.fromarray(np.dstack([*IMAGES[:4]]))
    deep = Image.fromarray(IMAGES[0].astype(np.uint16) * 257)
    colour.save(folder / "a.jpg")
    turned = Image.Exif()
    turned[0x0112] = 6
    colour.save(folder / "b.jpg", progressive=True, exif=turned)
    colour.convert("CMYK").save(folder / "c.jpg")
    clear.save(folder / "a.webp", lossless=True)
    colour.save(folder / "b.webp")
    colour.save(folder / "a.bmp")
    colour.convert("P").save(folder / "a.gif")
    clear.quantize(8).save(folder / "a.png")
    deep.save(folder / "b.png")
    clear.save(folder / "c.png")
    deep.save(folder / "a.tif", compression="tiff_lzw")
    grey.save(folder / "b.tif", save_all=True, append_images=[grey, grey], compression="tiff_adobe_deflate")
    colour.convert("LAB").save(folder / "c.tif")
    Image.fromarray(IMAGES[0].astype(np.float32)).save(folder / "d.tif")
    (folder / "metadata.tsv").write_text("image\tlabel\n" + "".join(f"{i}\tx\n" for i in "ab"))
    return str(folder)


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def csv(folder: Path) -> str:
    np.savetxt(folder / "data.csv", RNG.normal(size=(6, 3)), delimiter=",", header="a,b,c", comments="")
    return str(folder / "data.csv")


def messy(folder: Path) -> str:
    rows = [f'{i},"{"ab"[i % 2]}, c",{i / 2},2020-01-{i + 1:02},{"NA" if i == 2 else "x"}' for i in range(6)]
    (folder / "messy.csv").write_text("\n".join(["id,kind,size,when,label", *rows]))
    return str(folder / "messy.csv")


def packed(folder: Path) -> str:
    (folder / "packed.tsv.gz").write_bytes(gzip.compress(b"a\tb\n" + b"1\t2.5\n3\t4\n" * 3))
    return str(folder / "packed.tsv.gz")


def parquet(folder: Path) -> str:
    table = pyarrow.table({
        "size": RNG.normal(size=6), "count": [1, 2, None, 4, 5, 6], "kind": ["a", "b", None, "a", "b", "a"],
        "when": [datetime(2020, 1, day, tzinfo=UTC) for day in range(1, 7)], "label": [0, 1, 0, 1, 0, 1],
        "at": RNG.normal(size=(6, 2)).tolist(), "good": [True, False] * 3,
    })  # fmt: skip
    write_table(table, folder / "data.parquet")
    return str(folder / "data.parquet")


def parted(folder: Path) -> str:
    for name in ("cat", "dog"):
        (folder / f"label={name}").mkdir()
        table = pyarrow.table({"size": RNG.normal(size=3), "kind": pyarrow.array(list("xyx")).dictionary_encode()})
        write_table(table, folder / f"label={name}" / "part-0.parquet", compression="zstd")
    return str(folder)


def hub(folder: Path) -> str:
    """Pictures as the hub's libraries write them."""
    told = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["a", "b"], "_type": "ClassLabel"}}}}
    images = [{"bytes": png(image), "path": f"{i}.png"} for i, image in enumerate(IMAGES)]
    table = pyarrow.table({"image": images, "label": [0, 1, 0, 1, 0, 1]})
    write_table(table.replace_schema_metadata({"huggingface": json.dumps(told)}), folder / "images.parquet")
    return str(folder / "images.parquet")


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
    "parquet": parquet,
    "shapes": lambda _: "shapes",
    "tables": csv,
    "tars": tarred,
    "torch": tensors,
    "zips": zipped,
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
    "folder": [formats],
    "npz": [described],
    "hdf5": [hdf5_new],
    "matlab": [matlab_plain, matlab_old],
    "parquet": [parted, hub],
    "tables": [messy, packed],
    "tars": [
        lambda folder: tarred(folder, "w", "shard.tar"),
        lambda folder: tarred(folder, "w:bz2", "shard.tar.bz2"),
        lambda folder: tarred(folder, "w:xz", "shard.tar.xz"),
    ],
    "torch": [tensors_old],
}
