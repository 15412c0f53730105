"""Where the packaged resources are: the same call installed, editable and frozen."""

from pathlib import Path


def resource(name: str) -> Path:
    """Path of a file under ``resources/``.

    Raises
    ------
    FileNotFoundError
        When no such resource was packaged.
    """
    package = Path(__file__).resolve().parents[1]
    for root in (package / "resources", package.parent / "resources"):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"the resource {name!r} is missing from this installation")
