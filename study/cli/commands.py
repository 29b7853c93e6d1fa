"""The commands: what each is for and where it is, in the order in which `study --help` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import typer

READ, RUN, TRACK, WRITE = "Read", "Run", "Track", "Write"
COMMANDS = {
    "list": (READ, "list_entries"),
    "show": (READ, "show"),
    "next": (READ, "next_entry"),
    "search": (READ, "search"),
    "ask": (READ, "ask"),
    "demo": (RUN, "demo"),
    "reproduce": (RUN, "reproduce"),
    "notebook": (RUN, "notebook"),
    "data": (RUN, "data"),
    "start": (TRACK, "start"),
    "log": (TRACK, "log"),
    "check": (TRACK, "check"),
    "uncheck": (TRACK, "uncheck"),
    "state": (TRACK, "state"),
    "new": (WRITE, "new"),
    "import": (WRITE, "import_bib"),
    "export": (WRITE, "export"),
    "doctor": (WRITE, "doctor"),
    "build": (WRITE, "build"),
    "serve": (WRITE, "serve"),
}
"""Name of a command to what it is for and the file it is in; the function in it has the file's name."""


def register(app: typer.Typer, names: Iterable[str]) -> None:
    """Add commands to the program; only what is added is imported."""
    for name in names:
        panel, module = COMMANDS[name]
        command = getattr(import_module(f"study.cli.{module}"), module)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=panel)
        else:
            app.command(name, rich_help_panel=panel)(command)
