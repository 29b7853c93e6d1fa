"""`study search QUERY`: find the section that answers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli import complete, options, terminal
from study.cli.terminal import literal

if TYPE_CHECKING:
    from pathlib import Path

    from study.search import Hit, Results

NO_MINILM = (
    "MiniLM is not on this machine: words alone decide, and word vectors stand in for words found nowhere. "
    "`study data fetch minilm` gets it (91 MB)."
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
        bool, typer.Option("--semantic", help="Also search notes and pages by meaning, with MiniLM.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    r"""Search notes, docs, code, checklists and the bibliography.

    Ask in words: study search "why divide by the square root of d_k". Formulas are found by what they say:
    sqrt d_k, kl divergence, \nabla.

    With --json: {"query", "total", "relaxed", "missing", "suggestion", "hits": [{"kind", "entry", "title",
    "section", "path", "line", "url", "snippet", "marks": [[start, end]], "score"}], "share", "nearest"}, best
    first: share is how much of what was asked the best section has, nearest a cosine, with --semantic.
    """
    from study.search import Index

    root = options.root()
    kept = {"kinds": kinds or (), "tags": tags or (), "entries": entries or (), "limit": limit}
    with Index(root) as index:
        if index.is_new():
            with terminal.progress("reading the knowledge base"):
                index.refresh()
        with ways(root) if semantic and by_meaning(kinds or ()) else nullcontext({}) as more:
            found = index.query(" ".join(words), **kept, **more)
        if as_json:
            terminal.emit(asdict(found))
            return
        meant = found if found.hits or not found.suggestion else index.query(found.suggestion, **kept)
    _print(found, meant)


def by_meaning(kinds: Sequence[str]) -> bool:
    """Tell whether anything of these kinds is searched by meaning, and say of which kinds nothing is."""
    from study.search.meaning import KINDS
    from study.search.sources import KINDS as ALL

    if rest := [kind for kind in kinds if kind in ALL and kind not in KINDS]:
        compared = f"{', '.join(KINDS[:-1])} and {KINDS[-1]}"
        terminal.note(f"--semantic compares the meaning of {compared}; by words alone: {', '.join(rest)}.")
    return not kinds or any(kind in KINDS for kind in kinds)


@contextmanager
def ways(root: Path) -> Iterator[dict[str, Any]]:
    """Yield by what a question is searched beside its words: MiniLM where it is here, else word vectors."""
    from study.search.meaning import Meaning, has_minilm
    from study.search.related import related

    if not has_minilm():
        terminal.note(NO_MINILM)
        yield {"related": related}
        return
    with (
        warnings.catch_warnings(),
        terminal.progress("comparing meanings; the first time takes minutes", total=1) as shown,
    ):
        warnings.showwarning = lambda message, *_, **__: terminal.note(f"{message}")
        task = shown.task_ids[0]
        told = partial(shown.update, task)
        yield {"meaning": Meaning.of_minilm(root, told=lambda done, all_: told(completed=done, total=all_))}


def _print(found: Results, meant: Results) -> None:
    """Print what was found, or what was meant, and what the reader should know about it."""
    typed, nearest = literal(found.query), literal((found.suggestion or "").rstrip("?"))
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


def trail(hit: Hit) -> str:
    """Return where a hit stands, as markup: the entry, and the headings down to the section."""
    return f"[title]{literal(hit.title)}[/]" + (f" › {literal(hit.section)}" if hit.section else "")


def _hit(hit: Hit) -> list[str]:
    """Return a hit as lines of markup: what it is, what it says, where it is."""
    kind = "" if hit.kind == "notes" else f"  [quiet]{hit.kind}[/]"
    return [
        trail(hit) + kind,
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
