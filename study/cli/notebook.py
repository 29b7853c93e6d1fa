"""`study notebook SLUG`: the notes as a Jupyter notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from study.cli import options, terminal


def notebook(
    slug: options.Slug,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File or folder to write; - for standard output.", show_default="SLUG.ipynb"
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a notebook that is there.")] = False,
) -> None:
    """Write an entry's notes as a Jupyter notebook."""
    from study.files import atomic
    from study.files.errors import StudyError
    from study.notes import notebook

    entry = options.catalogue().get(slug)
    if out == Path("-"):
        terminal.document(notebook.convert(entry))
        return
    file = out or Path()
    if file.is_dir() or not file.suffix:
        file = file / f"{slug}.ipynb"
    text = notebook.convert(entry, file.parent.resolve())
    if file.is_file() and not force and file.read_bytes() != text.encode():
        raise StudyError(f"{file} is there and differs: it may hold your work.\n--force replaces it.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"{file.parent} cannot be made: {(error.strerror or '').lower()}.") from None
    atomic.write(file, text)
    name = terminal.literal(str(file))
    terminal.note(f"[done]✓[/] {name}  [quiet]open it with: jupyter lab {name}[/]")
