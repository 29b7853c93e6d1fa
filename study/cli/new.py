"""`study new`: start an entry."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from study.cli import complete, options, terminal

SINGULAR = {"foundation": "foundations", "implementation": "implementations", "paper": "papers"}


def new(
    room: Annotated[
        str,
        typer.Argument(
            metavar="ROOM",
            help="foundations, implementations or papers.",
            autocompletion=complete.rooms,
            show_default=False,
        ),
    ],
    slug: Annotated[
        str,
        typer.Argument(
            metavar="SLUG", help="Its name: lower-case letters, digits, underscores.", show_default=False
        ),
    ],
    title: Annotated[
        str, typer.Option("--title", help="As the page is headed.", show_default="that of the paper")
    ] = "",
    bib: Annotated[
        Path | None,
        typer.Option("--bib", help="A file with the paper's BibTeX entry; - for standard input."),
    ] = None,
    authors: Annotated[
        list[str] | None, typer.Option("--author", help="Of the paper; repeat for each.", show_default=False)
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", min=1600, max=2100, help="Of the paper.", show_default=False)
    ] = None,
    venue: Annotated[str, typer.Option("--venue", help="Journal or proceedings.", show_default=False)] = "",
    arxiv: Annotated[str, typer.Option("--arxiv", help="Such as 1706.03762.", show_default=False)] = "",
    summary: Annotated[str, typer.Option("--summary", help="One sentence.", show_default=False)] = "",
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="May be repeated.", autocompletion=complete.tags)
    ] = None,
    requires: Annotated[
        list[str] | None,
        typer.Option(
            "--requires", help="What to read first; may be repeated.", autocompletion=complete.slugs
        ),
    ] = None,
) -> None:
    """Start an entry: record, headings, checklist, BibTeX.

    A paper comes with its BibTeX entry: study new papers adam --bib adam.bib. Where there is none, it is made
    of --title, --author, --year, --venue and --arxiv.
    """
    from study.cli import scaffold
    from study.files import foreign
    from study.files.errors import UsageError
    from study.files.read import read_text

    where = SINGULAR.get(room, room)
    if where not in SINGULAR.values():
        raise UsageError(f"There is no room {room!r}: foundations, implementations or papers.")
    catalogue = options.catalogue()
    scaffold.check_slug(slug, where, catalogue)
    title = foreign.line(title)
    needed = [catalogue.get(name).slug for name in requires or ()]
    bibtex = ""
    if where == "papers":
        authors = [author for author in authors or () if author.strip()]
        if bib is None:
            if not title or not authors or year is None:
                raise UsageError("A paper needs --bib, or --title, --author and --year.")
            text = scaffold.bibtex(title, authors, year, venue, arxiv)
        else:
            text = sys.stdin.read() if bib == Path("-") else read_text(bib)
        reference = scaffold.one_reference(text, bib or Path("paper.bib"), catalogue)
        bibtex, title = reference.bibtex, title or reference.title
    if not title:
        raise UsageError("An entry needs a --title.")
    plan = scaffold.Plan(
        room=where,
        slug=slug,
        title=title,
        summary=foreign.line(summary) or scaffold.UNWRITTEN,
        tags=tuple(dict.fromkeys(line for tag in tags or () if (line := foreign.line(tag)))),
        requires=tuple(dict.fromkeys(needed)),
        bibtex=bibtex,
    )
    scaffold.create(catalogue.root, plan)
    terminal.note(f"[done]✓[/] {where}/{slug}")
    terminal.note(f"[quiet]Write {where}/{slug}/notes.md; `study doctor {slug}` says what is missing.[/]")
