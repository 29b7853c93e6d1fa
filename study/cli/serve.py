"""`study serve`: read the site while it is written, and tick the checklists on its pages."""

from __future__ import annotations

from typing import Annotated

import typer

from study.cli import options, terminal


def serve(
    port: Annotated[
        int,
        typer.Option("--port", "-p", min=0, max=65535, help="Of http://127.0.0.1; 0 for any that is free."),
    ] = 8000,
) -> None:
    """Serve the site on this machine, built anew as files change."""
    from study import site

    site.serve(options.root(), port=port, say=terminal.say)
