"""`study build`: make the site."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from study.cli import options, terminal


class Engine(StrEnum):
    """What builds the site; the same as `study.site.ENGINES`."""

    MKDOCS = "mkdocs"
    ZENSICAL = "zensical"


def build(
    engine: Annotated[Engine, typer.Option("--engine", "-e", help="What builds it.")] = Engine.MKDOCS,
) -> None:
    """Build the site into site/; a broken link or formula fails."""
    from study import site

    root = options.root()
    with terminal.progress(f"building the site with {engine}"):
        built = site.build(root, engine=str(engine), waiting=terminal.note)  # type: ignore[arg-type]
    page = terminal.near(built.folder / "index.html")
    terminal.note(f"[done]✓[/] {terminal.literal(page)}  [quiet]{built.engine}, {built.seconds:.1f} s[/]")
