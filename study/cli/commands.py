"""The commands, in the order in which `study --help` shows them."""

from __future__ import annotations

import typer

from study.cli import (
    build,
    check,
    data,
    demo,
    doctor,
    export,
    import_bib,
    list_entries,
    log,
    new,
    next_entry,
    notebook,
    reproduce,
    search,
    serve,
    show,
)

READ, RUN, TRACK, MAKE = "Read", "Run", "Track", "Write"


def register(app: typer.Typer) -> None:
    """Add every command to the program, once."""
    if app.registered_commands:
        return
    for panel, name, command in (
        (READ, "list", list_entries.list_entries),
        (READ, "show", show.show),
        (READ, "next", next_entry.next_entry),
        (READ, "search", search.search),
        (RUN, "demo", demo.demo),
        (RUN, "reproduce", reproduce.reproduce),
        (RUN, "notebook", notebook.notebook),
        (TRACK, "log", log.log),
        (TRACK, "check", check.check),
        (TRACK, "uncheck", check.uncheck),
        (MAKE, "new", new.new),
        (MAKE, "import", import_bib.import_bib),
        (MAKE, "export", export.export),
        (MAKE, "doctor", doctor.doctor),
        (MAKE, "build", build.build),
        (MAKE, "serve", serve.serve),
    ):
        app.command(name, rich_help_panel=panel)(command)
    app.add_typer(data.app, name="data", rich_help_panel=RUN)
