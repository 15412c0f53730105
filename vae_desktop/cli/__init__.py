"""The command line. What a command needs is imported when it runs, so that help is there at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import vae_desktop

from vae_desktop.cli import train, tell, codes, impute, decode, compare, export  # isort: skip  # noqa: F401 (each adds its commands)
from vae_desktop.cli.shared import app
from vae_desktop.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Answer what needs no command."""
    if version:
        typer.echo(f"vae-desktop {vae_desktop.__version__}")
        raise typer.Exit


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; any error a person can mend is one line on stderr and 2."""
    try:
        code = app(list(arguments), prog_name="vae-desktop", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except UserError as error:
        message = str(error)
    except Exception as error:
        # Typer's own errors: their common class has no public name.
        if not hasattr(error, "format_message"):
            raise
        message = error.format_message() or "a command is missing; see vae-desktop --help"
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    return 2
