"""The process apart that touches HDF5 and MATLAB files: see :mod:`vae_desktop.readers.apart`.

It runs by itself, of nothing of this program: a line of JSON says what to do, lines of JSON and bytes what came of it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import select
import sys
import warnings
from typing import Any

DEPTH, MOST = 8, 1000  # levels of groups and objects of a file that are looked at
LONGEST = 200  # letters of a text
MEMORY = 4 << 30  # bytes of addresses that this process may use
IDLE = 60  # seconds after which it ends by itself


def main() -> int:
    """Do what the lines on the standard input say, until it ends or nothing more comes."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        resource: Any = importlib.import_module("resource")  # not on Windows
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    file: Any = None
    with open(0, "rb", 0, closefd=False) as orders, open(1, "wb", closefd=False) as answers:
        while line := _next(orders):
            order = json.loads(line)
            try:
                if file is not None and "read" not in order:
                    file.close()
                if "matlab" in order:
                    _matlab(order, answers)
                elif "open" in order:
                    h5py: Any = importlib.import_module("h5py")
                    file = h5py.File(order["open"], "r", locking=False)
                    found: list[dict[str, Any]] = []
                    seen: set[int] = set()
                    _walk(h5py, file, "", DEPTH, seen, found)
                    _tell(answers, {"arrays": found, "too many": len(seen) >= MOST})
                elif "read" in order:
                    _read(file[order["read"]], order, answers)
            except Exception as error:  # noqa: BLE001  # whatever a broken file makes h5py raise
                _tell(answers, {"fault": f"{type(error).__name__}: {error}"})
    return 0


def _next(orders: Any) -> bytes:
    """The next line; none when it does not come."""
    if sys.platform != "win32" and not select.select([orders], [], [], IDLE)[0]:
        return b""
    line: bytes = orders.readline()
    return line


def _tell(answers: Any, what: dict[str, Any], data: Any = b"") -> None:
    answers.write(json.dumps(what).encode() + b"\n")
    answers.write(data)
    answers.flush()


def _walk(h5py: Any, group: Any, prefix: str, depth: int, seen: set[int], found: list[dict[str, Any]]) -> None:
    """List all arrays below a group; only what is in this very file, each once."""
    for name in group:
        if len(seen) >= MOST:
            return
        # Links lead to other files, or round in circles.
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        entry = group[name]
        address = h5py.h5o.get_info(entry.id).addr
        if address in seen:
            continue
        seen.add(address)
        if isinstance(entry, h5py.Group) and depth:
            _walk(h5py, entry, f"{prefix}{name}/", depth - 1, seen, found)
        elif isinstance(entry, h5py.Dataset) and entry.shape is not None:
            with contextlib.suppress(TypeError):  # of a type that numpy has not
                found.append(_about(h5py, entry, prefix + name))


def _about(h5py: Any, entry: Any, name: str) -> dict[str, Any]:
    dtype, plist = entry.dtype, entry.id.get_create_plist()
    filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
    lacking = [name.decode("ascii", "replace") or f"number {code}" for code, _, _, name in filters
               if not h5py.h5z.filter_avail(code)]  # fmt: skip
    matlab = entry.attrs.get("MATLAB_class", b"") if "MATLAB_class" in entry.attrs else b""
    return {
        "name": name, "shape": entry.shape, "dtype": dtype.base.str, "texts": h5py.check_string_dtype(dtype) is not None
        and dtype.kind == "O", "kind": dtype.kind, "fields": {t: dtype[t].str for t in dtype.names or ()},
        "stored": entry.id.get_storage_size(), "chunks": entry.chunks, "packed": len(filters), "lacking": lacking,
        "elsewhere": bool(entry.is_virtual or entry.external),
        "matlab": matlab.decode("ascii", "replace") if isinstance(matlab, bytes) else "",
    }  # fmt: skip


def _read(entry: Any, order: dict[str, Any], answers: Any) -> None:
    """Write the first `rows` of an array, `step` at a time: numbers as they are, texts as JSON."""
    import numpy as np

    source = entry.asstr(errors="replace") if order["texts"] else entry
    if not entry.shape:
        _tell(answers, {"size": entry.dtype.itemsize}, np.asarray(entry[()]).tobytes())
        return
    for start in range(0, order["rows"], order["step"]):
        values = source[start : min(start + order["step"], order["rows"])]
        if order["texts"]:
            data = json.dumps([str(text)[:LONGEST] for text in values.tolist()]).encode()
        elif order["fields"]:
            data = np.column_stack([values[title] for title in order["fields"]]).astype(order["dtype"]).tobytes()
        else:
            data = np.ascontiguousarray(values).tobytes()
        _tell(answers, {"size": len(data)}, data)


def _matlab(order: dict[str, Any], answers: Any) -> None:
    """List the arrays of a MATLAB file before version 7.3, or write the first values, `most`, of one."""
    io: Any = importlib.import_module("scipy.io")
    path, name = order["matlab"], order["name"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not name:
            _tell(answers, {"arrays": io.whosmat(path)})
            return
        values = io.loadmat(path, variable_names=[name])[name]
    _tell(answers, {"shape": values.shape, "dtype": values.dtype.str})
    flat = values.reshape(-1, order="F")[: order["most"]]
    for start in range(0, len(flat), order["step"]):
        data = flat[start : start + order["step"]].tobytes()
        _tell(answers, {"size": len(data)}, data)


if __name__ == "__main__":
    sys.exit(main())
