"""Tensors saved by PyTorch (``.pt``, ``.pth``), opened in the way that can run no code."""

from __future__ import annotations

import pickle
import struct
import warnings
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.work import Progress
from vae_desktop.readers import Reader, Reading, Request, is_file_named, readers
from vae_desktop.readers.named import Stored, check_size, dataset_of_arrays, plain

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    import torch

    from vae_desktop.readers.store import Store

SUFFIXES = (".pt", ".pth")
DEPTH, MOST = 4, 1000  # levels and tensors of a file that are looked at
STACKED = 16  # a list of more tensors than this, all of one shape, is a list of items
# What torch raises on files that are broken, whatever is wrong in them.
BROKEN = (
    pickle.UnpicklingError, zipfile.BadZipFile, ArithmeticError, AssertionError, AttributeError, EOFError, ImportError,
    LookupError, MemoryError, NotImplementedError, RecursionError, RuntimeError, TypeError, ValueError,
    struct.error,
)  # fmt: skip


def _tensors(found: Any, name: str, depth: int = DEPTH) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors in dicts and lists, by where they stand."""
    import torch

    if isinstance(found, torch.Tensor):
        yield name or "tensor", found
    elif depth and isinstance(found, list | tuple):
        titles = [str(i) for i in range(len(found))]
        if not name and 2 <= len(found) <= 3 and all(isinstance(part, torch.Tensor) for part in found):
            titles[:2] = ["images", "labels"]  # as data sets are usually saved, MNIST's among them
        for title, part in zip(titles, found, strict=True):
            yield from _tensors(part, f"{name}/{title}".lstrip("/"), depth - 1)
    elif depth and isinstance(found, dict):
        for key, part in found.items():
            yield from _tensors(part, f"{name}/{key}".lstrip("/"), depth - 1)


def _values(tensor: torch.Tensor, where: str, _: Store, __: int | None = None) -> Generator[Progress, None, np.ndarray]:
    import torch

    yield Progress(0, 0, "Reading")
    # A tensor may repeat a few values for ever, which is no data.
    check_size(
        tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes(), str(tuple(tensor.shape)), where
    )
    wide = tensor if tensor.dtype in _types() else tensor.to(torch.float32)
    values: np.ndarray = wide.detach().numpy()
    return values


def _stacked(
    tensors: list[torch.Tensor], where: str, store: Store, count: int | None
) -> Generator[Progress, None, np.ndarray]:
    first = yield from _values(tensors[0], where, store)
    some = tensors[:count]
    out = store.empty((len(some), *first.shape), first.dtype)
    for i, tensor in enumerate(some):
        out[i] = yield from _values(tensor, where, store)
    return out


def _types() -> dict[torch.dtype, type]:
    import torch

    return {
        torch.bool: np.bool_, torch.uint8: np.uint8, torch.int8: np.int8, torch.int16: np.int16,
        torch.int32: np.int32, torch.int64: np.int64, torch.uint16: np.uint16,
        torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64,
    }  # fmt: skip


def _load(path: Path) -> Any:
    import torch

    with warnings.catch_warnings():  # of all threads: what they warn of must not become an error
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


def _stored(found: Any, path: Path) -> list[Stored]:
    """The arrays of what was loaded."""
    import torch

    if isinstance(found, list | tuple) and len(found) > STACKED:
        shapes = {(part.shape, part.dtype) if isinstance(part, torch.Tensor) else None for part in found}
        if len(shapes) == 1 and None not in shapes:
            dtype = np.dtype(_types().get(found[0].dtype, np.float32))
            return [Stored("items", (len(found), *found[0].shape), dtype, partial(_stacked, list(found), str(path)))]
    arrays: list[Stored] = []
    for raw, tensor in _tensors(found, ""):
        name = plain(raw)
        if len(arrays) == MOST:
            raise ReaderError(f"{path}: holds more than {MOST:,} tensors; stack the items into one")
        dense = tensor.layout == torch.strided and not tensor.is_quantized and not tensor.is_complex()
        if dense and tensor.device.type == "cpu":
            dtype = np.dtype(_types().get(tensor.dtype, np.float32))
            arrays.append(Stored(name, tuple(tensor.shape), dtype, partial(_values, tensor, f"{path}::{name}")))
    return arrays


def read(request: Request) -> Reading:
    """Read a tensor, a list or a dict of tensors: images, or a table of numbers, with classes and further columns."""
    path = request.path
    if not path.stat().st_size:
        raise ReaderError(f"{path}: the file is empty; fetch or save it again")
    yield Progress(0, 0, "Opening")
    try:
        found = _load(path)
        arrays = _stored(found, path)
        return (yield from dataset_of_arrays(arrays, request, "save plain tensors in it"))
    except BROKEN as error:
        text = " ".join(str(error).split())
        if "weights_only" in text.lower() or "Unsupported" in text:
            raise ReaderError(f"{path}: holds Python objects, which could run code: save plain tensors") from error
        raise ReaderError(
            f"{path}: not a file of PyTorch's, cut short or damaged ({text[:120]}); save it again"
        ) from error


readers.add("torch")(
    Reader(
        "PyTorch tensors (.pt, .pth)",
        lambda source: is_file_named(source, SUFFIXES),
        read,
        suffixes=SUFFIXES,
        arrays=True,
    )
)
