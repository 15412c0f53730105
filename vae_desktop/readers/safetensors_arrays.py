"""Arrays in ``.safetensors`` files, mapped; one of several as ``file.safetensors::name``."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.convert import CHUNK
from vae_desktop.readers.named import Stored, dataset_of_arrays, plain
from vae_desktop.readers.store import SMALL

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from vae_desktop.readers.store import Store

SUFFIXES = (".safetensors",)
TYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
# What numpy has no type for, torch has.
FURTHER = {"BF16": ("bfloat16", 2), "F8_E4M3": ("float8_e4m3fn", 1), "F8_E5M2": ("float8_e5m2", 1)}


def _mapped(
    path: Path, dtype: np.dtype, shape: tuple[int, ...], start: int, _: Store, __: int | None
) -> Generator[Progress, None, np.ndarray]:
    yield Progress(0, 0, "Opening")
    # Copy on write: what is changed in memory never reaches the file.
    if 0 in shape:
        return np.empty(shape, dtype)
    mapped = np.memmap(path, dtype, "c", start, shape)
    return np.array(mapped) if mapped.nbytes <= SMALL else mapped  # who writes a mapped file anew ends this program


def _widened(
    path: Path, name: str, width: int, shape: tuple[int, ...], start: int, store: Store, most: int | None
) -> Generator[Progress, None, np.ndarray]:
    """Values of a type that numpy has not, as float32."""
    import torch

    if most is not None and shape:
        shape = (min(most, shape[0]), *shape[1:])
    out = store.empty(shape, np.float32)
    flat, count = out.reshape(-1), math.prod(shape)
    with path.open("rb") as file:
        file.seek(start)
        for at in range(0, count, CHUNK):
            block = np.frombuffer(bytearray(file.read(width * min(CHUNK, count - at))), np.uint8)
            flat[at : at + len(block) // width] = torch.from_numpy(block).view(getattr(torch, name)).float().numpy()
            yield Progress(at, count, "Reading", counted=False)
    return out


def read(request: Request) -> Reading:
    """Read images, or a table of numbers, with classes and further columns from the arrays beside them."""
    import safetensors

    path = request.path
    try:
        # It checks the header: that arrays lie one after the other and fill the file.
        with safetensors.safe_open(path, framework="np") as file:
            names = list(file.keys())
        with path.open("rb") as raw:
            length = int.from_bytes(raw.read(8), "little")
            header = json.loads(raw.read(length))
    except (safetensors.SafetensorError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ReaderError(f"{path}: not a safetensors file, cut short or damaged ({reason}); fetch it again") from error
    arrays = []
    for name in names:
        kind, shape, start = header[name]["dtype"], tuple(header[name]["shape"]), header[name]["data_offsets"][0]
        if kind in TYPES:
            dtype = np.dtype(TYPES[kind])
            arrays.append(Stored(plain(name), shape, dtype, partial(_mapped, path, dtype, shape, 8 + length + start)))
        elif kind in FURTHER:
            load = partial(_widened, path, *FURTHER[kind], shape, 8 + length + start)
            arrays.append(Stored(plain(name), shape, np.dtype(np.float32), load))
    return (yield from dataset_of_arrays(arrays, request, "save plain arrays of numbers in it"))


readers.add("safetensors")(
    Reader(
        "safetensors arrays (.safetensors)",
        lambda source: is_file_named(source, SUFFIXES),
        read,
        suffixes=SUFFIXES,
        cached=False,
        arrays=True,
    )
)
