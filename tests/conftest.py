"""What every test shares. Qt's own fixtures stand in tests/ui."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HAS_QT = find_spec("PySide6") is not None
collect_ignore = [] if HAS_QT else ["ui"]


def pytest_addoption(parser: pytest.Parser) -> None:
    if find_spec("pytestqt") is None:  # without it nothing knows its two settings in pyproject.toml
        for name in ("qt_api", "qt_log_level_fail"):
            parser.addini(name, "used by pytest-qt")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a test does reaches the settings, runs or logs of who runs it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DOCUMENTS_DIR"):
        monkeypatch.setenv(name, str(home / name.split("_")[1].lower()))
    monkeypatch.setenv("HOME", str(home))
