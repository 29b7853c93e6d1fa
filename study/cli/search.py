"""`study search QUERY`: find the section that answers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete, options, terminal
from study.cli.terminal import literal

if TYPE_CHECKING:
    from study.search import Hit, Results

NO_RETRIEVER = (
    "--semantic needs the retriever of papers/rag, which this checkout does not have: search without it."
)


def search(
    words: Annotated[
        list[str],
        typer.Argument(metavar="QUERY", help='Words, "a phrase", a prefix*, a formula.', show_default=False),
    ],
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            "-k",
            help="Only notes, docs, api, reader (your own notes), checklist or bibliography.",
            autocompletion=complete.kinds,
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", help="Only entries with this tag.", autocompletion=complete.tags),
    ] = None,
    entries: Annotated[
        list[str] | None,
        typer.Option("--entry", "-e", help="Only this entry.", autocompletion=complete.slugs),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="At most so many hits.")] = 6,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Also search by meaning, with the retriever of papers/rag.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    r"""Search notes, docs, code, checklists and the bibliography.

    Ask in words: study search "why divide by the square root of d_k". Formulas are found by what they say:
    sqrt d_k, kl divergence, \nabla.

    With --json: {"query", "total", "relaxed", "missing", "suggestion", "hits": [{"kind", "entry", "title",
    "section", "path", "line", "url", "snippet", "marks": [[start, end]], "score"}]}, best first.
    """
    from study.files.errors import StudyError
    from study.search import Index

    root = options.root()
    if semantic:
        raise StudyError(NO_RETRIEVER)
    filters = {"kinds": kinds or (), "tags": tags or (), "entries": entries or (), "limit": limit}
    with Index(root) as index:
        if index.is_new():
            with terminal.progress("reading the knowledge base"):
                index.refresh()
        found = index.query(" ".join(words), **filters)
        if as_json:
            terminal.emit(asdict(found))
            return
        meant = found if found.hits or not found.suggestion else index.query(found.suggestion, **filters)
    _print(found, meant)


def _print(found: Results, meant: Results) -> None:
    """Print what was found, or what was meant, and what the reader should know about it."""
    typed, nearest = literal(found.query), literal(found.suggestion or "")
    if found is not meant and meant.hits:
        terminal.show(
            f"[quiet]Nothing has[/] [title]{typed}[/][quiet]; this is for[/] [title]{nearest}[/][quiet]:[/]"
        )
        found = meant
    elif not found.hits:
        terminal.show(f"Nothing found for [title]{typed}[/].")
    elif found.missing:
        gone = ", ".join(f"[title]{literal(word)}[/]" for word in found.missing)
        better = f"  [quiet]Did you mean[/] [title]{nearest}[/][quiet]?[/]" if nearest else ""
        terminal.show(f"[quiet]Nothing has[/] {gone}[quiet]; without it:[/]{better}")
    elif found.relaxed:
        terminal.show("[quiet]No section has all of these words; the nearest:[/]")
    for hit in found.hits:
        terminal.show("")
        terminal.lines(_hit(hit), indent=0)
    rest = found.total - len(found.hits)
    if rest:
        terminal.show(f"\n[quiet]… and {rest} more: --limit {found.total} shows all.[/]")


def _hit(hit: Hit) -> list[str]:
    """Return a hit as lines of markup: what it is, what it says, where it is."""
    trail = f"[title]{literal(hit.title)}[/]" + (f" › {literal(hit.section)}" if hit.section else "")
    kind = "" if hit.kind == "notes" else f"  [quiet]{hit.kind}[/]"
    return [
        trail + kind,
        *([_marked(hit)] if hit.snippet else []),
        f"[slug]{literal(hit.path)}:{hit.line}[/]",
    ]


def _marked(hit: Hit) -> str:
    """Return the snippet as markup, its matches marked."""
    parts, at = [], 0
    for start, end in hit.marks:
        parts += [literal(hit.snippet[at:start]), f"[mark]{literal(hit.snippet[start:end])}[/]"]
        at = end
    return "".join(parts) + literal(hit.snippet[at:])
