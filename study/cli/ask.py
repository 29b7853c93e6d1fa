"""`study ask QUESTION`: what the notes say to a question, quoted and cited."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete, options, terminal
from study.cli.search import trail, ways
from study.cli.terminal import literal

if TYPE_CHECKING:
    from study.search.answers import Answer

HINT = "They are in English: ask with the words of the field, or look through them with `study list`."


def ask(
    words: Annotated[
        list[str], typer.Argument(metavar="QUESTION", help="In your own words.", show_default=False)
    ],
    entries: Annotated[
        list[str] | None,
        typer.Option("--entry", "-e", help="Only this entry.", autocompletion=complete.slugs),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=100, help="At most so many sections.")
    ] = 3,
    as_json: options.Json = False,
) -> None:
    r"""Ask the notes a question: the sections that answer it, quoted, with their places.

    Nothing is made up: what is shown stands in the notes, long tables in part. Where the notes do not answer,
    that is said. Slips of the finger are mended where that helps, and that is said too.

    With MiniLM on this machine (study data fetch minilm) questions are understood by their meaning; without,
    by their words. The first question reads all notes, which takes minutes; later ones take a second or two.

    With --json: {"question", "answered", "by": "meaning" or "words", "quotes": hits as `study search` has
    them, their snippets whole sentences, "read_as": the question as mended, or null}.
    """
    from study.search import Index
    from study.search.answers import ask as answer
    from study.search.answers import check

    root, question = options.root(), " ".join(words)
    check(question)
    with Index(root) as index:
        if index.is_new():
            with terminal.progress("reading the knowledge base"):
                index.refresh()
        with ways(root) as more:
            found = answer(index, question, entries=entries or (), limit=limit, **more)
    if as_json:
        terminal.emit(asdict(found))
    else:
        _print(found)


def _print(found: Answer) -> None:
    """Print the quotations with their places, or that there is no answer."""
    if found.read_as:
        terminal.show(f"[quiet]Read as[/] [title]{literal(found.read_as)}[/][quiet]:[/]")
    if not found.quotes:
        terminal.show(f"The notes do not answer this, and nothing in them is near it. [quiet]{HINT}[/]")
        return
    if not found.answered:
        terminal.show("The notes do not answer this. [quiet]What is nearest to it:[/]")
    for number, hit in enumerate(found.quotes, 1):
        terminal.show("")
        terminal.lines(
            [
                f"{number}  {trail(hit)}",
                *([f"   “{literal(hit.snippet)}”"] if hit.snippet else []),
                f"   [slug]{literal(hit.path)}:{hit.line}[/]",
            ],
            indent=0,
        )
