"""`study export`: the bibliography for a reference manager."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from study.cli import complete, options, terminal


class Format(StrEnum):
    """What reference managers read."""

    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


def export(
    slugs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SLUG]...", help="Only these papers; everything cited.", autocompletion=complete.slugs
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="What to write.")] = Format.BIBTEX,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write.", show_default="standard output", dir_okay=False),
    ] = None,
) -> None:
    """Export the bibliography as BibTeX or CSL-JSON."""
    from study import bibliography
    from study.files import atomic
    from study.files.errors import UsageError

    references = bibliography.load(options.root())
    if slugs:
        catalogue = options.catalogue()
        keys = []
        for entry in map(catalogue.get, slugs):
            if entry.bibkey is None:
                raise UsageError(f"{entry.slug} is no paper: only papers have a BibTeX entry.")
            keys.append(entry.bibkey)
        references = {key: references[key] for key in keys}
    write = bibliography.to_bibtex if form == Format.BIBTEX else bibliography.to_csl_json
    text = write(references.values())
    if out is None:
        terminal.document(text)
        return
    atomic.write(out, text)
    terminal.note(f"[done]✓[/] {len(references)} references in {terminal.literal(str(out))}")
