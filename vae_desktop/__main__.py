"""The door: a command goes to the command line, anything else (paths, nothing) opens the window."""

from __future__ import annotations

import multiprocessing
import sys

COMMANDS = (
    "train", "info", "evaluate", "encode", "project", "impute", "sample", "reconstruct", "interpolate", "traverse",
    "compare", "export",
)  # fmt: skip
ABOUT = ("--help", "-h", "--version")


def main() -> int:
    """Run what the arguments ask for; returns the exit code."""
    multiprocessing.freeze_support()  # a child of the frozen app is this very program
    arguments = sys.argv[1:]
    if arguments == ["--read-apart"]:  # as the process that touches files whose libraries crash
        from vae_desktop.readers.apart_child import main as read_apart

        return read_apart()
    if arguments and arguments[0] in (*COMMANDS, *ABOUT):
        from vae_desktop.cli import main as command_line

        return command_line(arguments)
    from vae_desktop.ui.app import main as window

    return window(arguments)


if __name__ == "__main__":
    sys.exit(main())
