"""`study list`: the catalogue, room by room, with how far the reader is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete, options, terminal, views
from study.files.paths import ROOM_TITLES

if TYPE_CHECKING:
    from rich.table import Table

    from study.entries.catalogue import Entry
    from study.log.progress import Count, Progress


def list_entries(
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            "-t",
            help="Only entries with this tag; more than one narrows.",
            autocompletion=complete.tags,
        ),
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            "-s",
            help="Only entries in this state, such as to-read or reading; more than one widens.",
            autocompletion=complete.states,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List every entry and how you stand with it.

    With --json: {"entries": [{"slug", "room", "title", "year", "summary", "tags", "requires", "minutes",
    "path", "state", "waits_for", "done", "total"}]}, in reading order; "state" is to read, reading, read, to
    revisit or dropped, "waits_for" the unread entries that it builds on.
    """
    from study.files.errors import UsageError
    from study.files.suggestion import hint
    from study.log import reader
    from study.log.progress import summary
    from study.log.states import named

    catalogue = options.catalogue()
    who = reader.load(catalogue.root)
    progress = summary(catalogue, who)
    wanted = {named(words) for words in states or ()}
    known = sorted({tag for entry in catalogue for tag in entry.tags})
    for tag in tags or ():
        if tag not in known:
            meant = hint(tag, known, "choose one of these.")
            raise UsageError(
                f"No entry has the tag {tag!r}: {meant}\nThere are: {', '.join(known) or 'none'}."
            )
    entries = [
        entry
        for entry in catalogue
        if set(tags or ()) <= set(entry.tags) and (not wanted or progress.entries[entry.slug].state in wanted)
    ]
    if as_json:
        terminal.emit({"entries": [views.entry_record(entry, progress.entries) for entry in entries]})
        return
    if not entries:
        empty = "No entries yet: `study new` makes one."
        terminal.show(f"No entry is in that state{' and has that tag' if tags else ''}." if wanted else empty)
        return
    terminal.show("", _table(entries, progress), "")
    used = {progress.entries[entry.slug].state for entry in entries}
    shown = [
        (name, words) for name, words in LEGEND if words not in ("to revisit", "dropped") or name in used
    ]
    terminal.show("   ".join(f"{views.sign(name)} [quiet]{words}[/]" for name, words in shown))
    views.hint(who, progress.foreign)


LEGEND = (
    ("read", "read"),
    ("reading", "reading"),
    ("to read", "to read"),
    ("waiting", "to read, and builds on something unread"),
    ("to revisit", "to revisit"),
    ("dropped", "dropped"),
)


def _table(entries: list[Entry], progress: Progress) -> Table:
    """Return a line for each room and each entry in it, with the bars below one another."""
    from rich.table import Table

    from study.log.progress import Count

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    if not terminal.narrow():
        table.add_column(overflow="fold")
        table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", style="quiet", no_wrap=True)
    for room, heading in ROOM_TITLES.items():
        listed = [entry for entry in entries if entry.room == room]
        if not listed:
            continue
        if table.row_count:
            table.add_row()
        counts = [progress.entries[entry.slug] for entry in listed]
        total = Count(sum(count.done for count in counts), sum(count.total for count in counts))
        done = sum(count.state in ("read", "to revisit") for count in counts)
        read = f"[quiet]{done} of {len(listed)} read[/]"
        minutes = sum(entry.minutes for entry in listed)
        table.add_row("", *_cells(f"[room]{heading}[/]", read, total, minutes))
        for entry, count in zip(listed, counts, strict=True):
            title = terminal.literal(entry.title) + (f" [quiet]{entry.year}[/]" if entry.year else "")
            sign = views.entry_sign(entry, progress.entries)
            table.add_row(sign, *_cells(f"[slug]{entry.slug}[/]", title, count, entry.minutes))
    return table


def _cells(name: str, about: str, count: Count, minutes: int) -> list[str]:
    """Return the cells of a line; in two lines and without the bar where there is little room."""
    words = (
        [f"{name}\n{about}"] if terminal.narrow() else [name, about, terminal.bar(count.done, count.total)]
    )
    return [*words, f"{count.done}/{count.total}" if count.total else "", terminal.minutes(minutes)]
