import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vae_desktop.core.files import atomic_write, write_bytes, write_json


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


def test_writes_the_whole_new_file(folder: Path) -> None:
    path = folder / "a.json"
    for document in ({"z": 1, "ä": [1.5, None]}, {"b": 2}):
        write_json(path, document)
        assert json.loads(path.read_text("utf-8")) == document
    assert os.listdir(folder) == ["a.json"]


def test_the_old_file_stands_until_the_new_one_is_whole(folder: Path) -> None:
    path = folder / "a"
    write_bytes(path, b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_fault_in_the_middle_leaves_the_old_and_no_litter(
    folder: Path, fault: type[BaseException], before: bytes | None
) -> None:
    path = folder / "a"
    if before is not None:
        path.write_bytes(before)

    def half() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise fault

    with pytest.raises(fault):
        half()
    assert os.listdir(folder) == ([] if before is None else ["a"])
    assert before is None or path.read_bytes() == before


def test_a_folder_that_is_not_there(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_bytes(folder / "nowhere" / "a", b"new")
    assert os.listdir(folder) == []


def test_readers_beside_a_writer_see_whole_files_only(folder: Path) -> None:
    path = folder / "a"
    contents = [bytes([value]) * 200_000 for value in (1, 2)]
    write_bytes(path, contents[0])
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.add(path.read_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    for i in range(40):
        write_bytes(path, contents[i % 2])
    over.set()
    thread.join()
    assert seen <= set(contents)


KILLED = """
import os, signal, sys
from pathlib import Path
from vae_desktop.core.files import atomic_write
with atomic_write(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_killed_in_the_middle_the_old_file_stands(folder: Path) -> None:
    path = folder / "a"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
