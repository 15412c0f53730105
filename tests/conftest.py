"""What every test shares. Qt's own fixtures stand in tests/ui."""

from __future__ import annotations

import importlib
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests share the cores by running side by side
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # no window opens on the screen of who runs them
collect_ignore = [] if find_spec("PySide6") else ["ui"]


def pytest_addoption(parser: pytest.Parser) -> None:
    if find_spec("pytestqt") is None:  # without it nothing knows its settings in pyproject.toml
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "used by pytest-qt")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a test does reaches the settings, runs or logs of who runs it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def drop_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """``drop_in(module, source)`` puts a new file beside those that a registry's walk finds."""
    dropped: list[str] = []

    def drop(module: str, source: str) -> None:
        package_name, _, name = module.rpartition(".")
        package = importlib.import_module(package_name)
        registry = getattr(package, package_name.rpartition(".")[2])
        monkeypatch.setattr(registry, "_entries", dict(registry))
        monkeypatch.setattr(registry, "_walked", False)
        folder = tmp_path / package_name
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(source, "utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        dropped.append(module)

    yield drop
    for module in dropped:
        sys.modules.pop(module, None)


@pytest.fixture
def contributing() -> dict[str, str]:
    """The example files of CONTRIBUTING.md by module name."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    blocks = re.findall(r"```python\n# (vae_desktop/\S+)\.py\n(.*?)```", text, re.DOTALL)
    return {path.replace("/", "."): source for path, source in blocks}
