"""`study log`: how far the reader is."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete, options, terminal, views
from study.cli.terminal import literal

if TYPE_CHECKING:
    from study.entries.catalogue import Catalogue, Entry
    from study.log.progress import Progress

DAYS = 7
"""How many days of the timeline are shown."""


def log(
    slug: Annotated[
        str | None,
        typer.Argument(metavar="[SLUG]", help="Only this entry's checklist.", autocompletion=complete.slugs),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show how far you are: by room, day by day, or in one entry.

    With --json: {"total": {"done", "total"}, "rooms": {room: {"done", "total"}}, "entries": {slug: {"done",
    "total", "state"}}, "timeline": [{"date", "slug", "text"}] newest first, "next": {"slug", "title",
    "reason"} or null}; of one entry {"slug", "done", "total", "items": [{"number", "text", "done", "date",
    "line"}]}.
    """
    from study.log.progress import summary

    catalogue = options.catalogue()
    if slug is not None:
        _one(catalogue.get(slug), as_json)
        return
    progress = summary(catalogue)
    if as_json:
        terminal.emit(_record(catalogue, progress))
        return
    _overview(catalogue, progress)


def _one(entry: Entry, as_json: bool) -> None:
    """Print the checklist of one entry."""
    from study.log import checklist

    items = checklist.load(entry.checklist)
    if as_json:
        listed = [views.item_record(item) for item in items.items]
        terminal.emit({"slug": entry.slug, "done": items.done, "total": items.total, "items": listed})
        return
    terminal.show(
        f"[title]{literal(entry.title)}[/]  {terminal.bar(items.done, items.total)}  "
        f"[quiet]{items.done} of {items.total}[/]\n"
    )
    terminal.lines(map(views.item_line, items.items))


def _record(catalogue: Catalogue, progress: Progress) -> dict[str, object]:
    return {
        "total": {"done": progress.total.done, "total": progress.total.total},
        "rooms": {room: {"done": count.done, "total": count.total} for room, count in progress.rooms.items()},
        "entries": {
            entry.slug: {
                "done": progress.entries[entry.slug].done,
                "total": progress.entries[entry.slug].total,
                "state": views.state(entry, progress.entries),
            }
            for entry in catalogue
        },
        "timeline": [
            {"date": tick.date.isoformat(), "slug": tick.slug, "text": tick.text}
            for tick in progress.timeline
        ],
        "next": views.next_record(progress),
    }


def _overview(catalogue: Catalogue, progress: Progress) -> None:
    """Print rooms, the last days and what is next."""
    for room in views.rooms(catalogue):
        count = progress.rooms[room]
        terminal.show(
            f"[room]{views.ROOMS[room]:<16}[/] {terminal.bar(count.done, count.total, 24)}  "
            f"{count.done}/{count.total}"
        )
    if progress.timeline:
        terminal.show("\n[room]Lately[/]")
    days = [(day, list(ticks)) for day, ticks in groupby(progress.timeline, key=lambda tick: tick.date)]
    for day, ticks in days[:DAYS]:
        terminal.show(f"  [quiet]{day:%a %d %b %Y}[/]")
        for tick in ticks:
            terminal.show(f"    [done]✓[/] [slug]{tick.slug}[/]  {literal(tick.text)}")
    if len(days) > DAYS:
        terminal.show(f"  [quiet]… and {len(days) - DAYS} earlier days: `study log --json` has them all.[/]")
    if progress.next:
        entry = progress.next.entry
        terminal.show(
            "\n[room]Next[/]",
            f"  [slug]{entry.slug}[/]  {literal(entry.title)} [quiet]{terminal.minutes(entry.minutes)}[/]",
            f"  [quiet]Because {literal(progress.next.reason)}.[/]",
        )
    elif progress.total.total:
        terminal.show("\n[done]✓[/] Everything is read.")
