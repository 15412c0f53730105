"""The house's own rules: small files, one file per new thing, light doors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vae_desktop import cli
from vae_desktop.core.resources import resource
from vae_desktop.models import models
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 400

NEW_MODEL = '''
"""Half the pull towards the prior."""
from vae_desktop.models import models
from vae_desktop.models.vae import VAE

@models.add("half")
class Half(VAE):
    name = "half"
    title = "Half"
    summary = "Half the pull towards the prior."

    def terms(self, codes, step, generator):
        return {"kl": 0.5 * super().terms(codes, step, generator)["kl"]}
'''


def sources() -> list[Path]:
    folders = ("vae_desktop", "tests", "benchmarks", "tools")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_no_file_is_long() -> None:
    lines = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert len(lines) > 20
    assert not {path: n for path, n in lines.items() if n > LIMIT}


@pytest.fixture
def new_model(drop_in: Callable[[str, str], None]) -> str:
    """A model's file dropped beside the others."""
    drop_in("vae_desktop.models.half", NEW_MODEL)
    return "half"


class Recorder:
    """Stands in for what PyInstaller puts into a spec's namespace; keeps the arguments of each call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.pure, self.scripts, self.binaries, self.datas = [], [], [], []

    def __call__(self, *_: object, **arguments: Any) -> Recorder:
        self.calls.append(arguments)
        return self


def test_a_new_file_is_in_the_registry(new_model: str) -> None:
    assert issubclass(models[new_model], VAE)


def test_a_new_file_is_in_the_command_line(new_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "digits", "--out", str(tmp_path / "run"), "--model", "none-such"]
    assert cli.main(arguments) == 2
    assert new_model in capsys.readouterr().err


def test_a_new_file_is_in_the_frozen_build(new_model: str, tmp_path: Path) -> None:
    pytest.importorskip("PySide6", reason="the walk over the panels imports it")
    analysis, other = Recorder(), Recorder()
    names = {"SPECPATH": str(ROOT), "DISTPATH": str(tmp_path), "Analysis": analysis}
    names |= dict.fromkeys(("EXE", "PYZ", "COLLECT", "BUNDLE"), other)
    exec((ROOT / "build.spec").read_text("utf-8"), names)
    assert f"vae_desktop.models.{new_model}" in analysis.calls[0]["hiddenimports"]


def test_resources_are_found() -> None:
    assert resource("icons/vae-desktop.svg").read_bytes().startswith(b"<svg")
    with pytest.raises(FileNotFoundError, match="no-such-thing"):
        resource("no-such-thing")


@pytest.mark.parametrize("module", ["vae_desktop", "vae_desktop.__main__", "vae_desktop.cli"])
def test_the_door_opens_without_heavy_imports(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "torch", "PySide6", "sklearn", "scipy"} & set(done.stdout.split())
