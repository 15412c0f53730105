from __future__ import annotations

import sys

import pytest

from vae_desktop.core.memory import give_back


@pytest.mark.parametrize("platform", [sys.platform, "linux", "darwin", "win32"])
def test_free_memory_can_be_given_back_on_any_system(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.core.memory.sys.platform", platform)
    if platform == "linux" and sys.platform != "linux":
        pytest.skip("there is no C library to ask")
    give_back()
