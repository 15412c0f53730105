"""Reads files that are broken in every way one can think of: ``python -m tests.readers.fuzz tables 10000 SEED``.

Each mutant must be read, or refused with a ReaderError of one line, within :data:`SECONDS` and :data:`BYTES`; anything
else ends the program with the mutant kept where it says. A crash of a library leaves its mutant there, too.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.readers.samples import FURTHER, SAMPLES
from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read, readers

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS, BYTES = 2.0, 200e6
NUMBERS = [
    *(b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\x01\0\0"),
    *(b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\xff" * 7 + b"\x7f"),
    *(b"99999999999", b"-1", b"1e308", b"nan", b"\r\n", b'"', b","),
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to six things done to it."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if not out:
            break
        at = chance.randrange(len(out))
        if chance.random() < 0.3:
            at = chance.randrange(min(len(out), 256))  # headers decide most
        span = chance.choice((1, 2, 4, 16, 200))
        what = chance.randrange(7)
        if what == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            out[at] = chance.randrange(256)
        elif what == 2:
            number = chance.choice(NUMBERS)
            out[at : at + len(number)] = number
        elif what == 3:
            del out[at : len(out) if chance.random() < 0.3 else at + span]
        elif what == 4:
            out[at:at] = out[at : at + span] * chance.choice((1, 1, 5))
        elif what == 5:
            out[at:at] = chance.randbytes(span)
        else:
            other = chance.randrange(len(out))
            out[at : at + span] = out[other : other + span]
    return bytes(out)


def highest() -> float:
    """Most memory this process has held, in bytes; 0 where it cannot be told."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def fuzz(make: Callable[[Path], str], count: int, seed: int, home: Path, kept: Path) -> list[str]:
    """Read `count` mutants of a sample; returns what went wrong, and leaves the mutants in `kept`."""
    chance = random.Random(seed)
    sample = home / "sample"
    sample.mkdir()
    source = Path(make(sample).split("::")[0])
    files = {path: path.read_bytes() for path in sorted(sample.rglob("*")) if path.is_file()}
    read(source)  # imports what is slow
    faults: list[str] = []
    usual = highest()
    for i in range(count):
        path = chance.choice(list(files))
        mutant = mutated(files[path], chance)
        path.write_bytes(mutant)
        trace = kept / f"{source.name}-{seed}-{i}-{path.name}"
        trace.write_bytes(mutant)
        began, fault = time.process_time(), ""
        try:
            read(source)
        except ReaderError as error:
            if "\n" in str(error):
                fault = f"a message of several lines: {error!r}"
        except Exception as error:  # noqa: BLE001  # any other is what is looked for
            fault = f"{type(error).__name__}: {error}"
        took = time.process_time() - began
        if took > SECONDS:
            fault = fault or f"took {took:.1f} s"
        if highest() - usual > BYTES:
            fault = fault or f"took {(highest() - usual) / 1e6:.0f} MB"
            usual = highest()
        if fault:
            faults.append(f"{trace}: {fault}")
        else:
            trace.unlink()
        path.write_bytes(files[path])
    return faults


def main(name: str, count: int, seed: int, kept: Path) -> int:
    """Fuzz one reader; prints what went wrong."""
    kept.mkdir(parents=True, exist_ok=True)
    makers = [SAMPLES[name], *FURTHER.get(name, [])]
    faults: list[str] = []
    for k, make in enumerate(makers):
        home = Path(tempfile.mkdtemp())
        try:
            faults += fuzz(make, -(-count // len(makers)), seed + k, home, kept)
        finally:
            shutil.rmtree(home)
    sys.stdout.write("\n".join([*faults[:20], f"{name}: {count} mutants, {len(faults)} faults", ""]))
    return bool(faults)


if __name__ == "__main__":
    asked, count, seed, folder = (*sys.argv[1:], *("all", "10000", "0", "build/fuzz")[len(sys.argv) - 1 :])
    names = [name for name in SAMPLES if not readers[name].builtin] if asked == "all" else [asked]
    sys.exit(sum(main(name, int(count), int(seed), Path(folder)) for name in names) > 0)
