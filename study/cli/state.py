"""`study state SLUG [STATE]`: how the reader stands with an entry, given instead of derived."""

from __future__ import annotations

from typing import Annotated

import typer

from study.cli import complete, options, terminal, views


def state(
    slug: options.Slug,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STATE",
            help="to read, reading, read, to revisit or dropped; without one, the state is shown.",
            autocompletion=complete.states,
            show_default=False,
        ),
    ] = None,
    derive: Annotated[
        bool, typer.Option("--derived", help="Take the state back: let the checklist say it again.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Say how you stand with an entry, where the checklist does not.

    Without a state, show it. Examples: `study state attention reading`, `study state attention --derived`.

    With --json: {"slug", "state", "given", "changed"}; "given" is whether you gave the state yourself.
    """
    from study.files.errors import UsageError
    from study.log import reader, states
    from study.log.progress import summary

    catalogue = options.catalogue()
    entry = catalogue.get(slug)
    if words and derive:
        raise UsageError("Give a state or --derived, not both.")
    changed = False
    if words or derive:
        wanted = states.named(" ".join(words)) if words else None
        changed = reader.set_state(entry, wanted)
    standing = summary(catalogue).entries[entry.slug]
    if as_json:
        record = {"slug": entry.slug, "state": standing.state, "given": standing.given, "changed": changed}
        terminal.emit(record)
        return
    source = "as you said" if standing.given else "derived from its checklist"
    terminal.show(f"{views.sign(standing.state)} [slug]{entry.slug}[/]  {standing.state}  [quiet]{source}[/]")
