import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vae_desktop.core.registry import Registry, module_names

ENTRY = """
from house.plugins import plugins


@plugins.add({name!r})
def entry() -> str:
    return {name!r}
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a temporary package ``house.plugins`` with a registry and two entries."""
    folder = tmp_path / "house" / "plugins"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    registry = 'plugins: Registry = Registry("house.plugins", "plugin")\n'
    (folder / "__init__.py").write_text(f"from vae_desktop.core.registry import Registry\n{registry}")
    for name in ("zebra", "ant"):
        (folder / f"{name}.py").write_text(ENTRY.format(name=name))
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for module in [name for name in sys.modules if name.split(".")[0] == "house"]:
        del sys.modules[module]


def load() -> Registry[object]:
    from house.plugins import plugins

    assert isinstance(plugins, Registry)
    return plugins


@pytest.mark.usefixtures("plugins")
def test_entries_are_found_in_order_by_walking() -> None:
    found = load()
    assert list(found) == ["ant", "zebra"]
    assert len(found) == 2
    assert "bee" not in found
    entry = found["ant"]
    assert callable(entry)
    assert entry() == "ant"


def test_one_new_file_is_one_new_entry(plugins: Path) -> None:
    (plugins / "bee.py").write_text(ENTRY.format(name="bee"))
    assert list(load()) == ["ant", "bee", "zebra"]
    assert module_names("house.plugins") == ["house.plugins.ant", "house.plugins.bee", "house.plugins.zebra"]


def test_two_entries_of_one_name_are_refused(plugins: Path) -> None:
    (plugins / "bee.py").write_text(ENTRY.format(name="ant"))
    with pytest.raises(ValueError, match="two plugins are named 'ant'"):
        len(load())


def test_two_instances_of_one_name_are_refused() -> None:
    registry: Registry[Path] = Registry("house", "path")
    registry.add("a")(Path("one"))
    with pytest.raises(ValueError, match="two paths are named 'a'"):
        registry.add("a")(Path("two"))
