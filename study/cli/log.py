"""`study log`: how far the reader is; their ticks as a file, and back."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete, options, terminal, views
from study.cli.terminal import literal
from study.files.paths import ROOM_TITLES

if TYPE_CHECKING:
    from study.entries.catalogue import Catalogue, Entry
    from study.log.progress import Progress
    from study.log.reader import Reader

DAYS = 7
"""How many days of the timeline are shown."""


def log(
    slug: Annotated[
        str | None,
        typer.Argument(metavar="[SLUG]", help="Only this entry's checklist.", autocompletion=complete.slugs),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FILE", help="Write your ticks to a file; the pages import it, too."
        ),
    ] = None,
    take: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Tick what such a file says is done; no tick is lost."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show how far you are: by room, day by day, or in one entry.

    --export and --import write and read the same file as the buttons of the pages.

    With --json: {"started", "total": {"done", "total"}, "rooms": {room: {"done", "total"}}, "entries": {slug:
    {"done", "total", "state"}}, "timeline": [{"date", "slug", "text"}] newest first, "next": {"slug",
    "title", "reason"} or null}; of one entry {"slug", "state", "done", "total", "items": [{"number", "text",
    "done", "state", "keeper", "date", "line"}]}; of --export {"path", "ticks"}; of --import {"ticked",
    "known", "unknown", "refused"}.
    """
    from study.files.errors import UsageError
    from study.log import reader
    from study.log.progress import summary

    catalogue = options.catalogue()
    if sum(one is not None for one in (slug, save, take)) > 1:
        raise UsageError("Name an entry, --export or --import: one of them.")
    if save is not None:
        _export(catalogue, save, as_json)
        return
    if take is not None:
        _import(catalogue, take, as_json)
        return
    who = reader.load(catalogue.root)
    progress = summary(catalogue, who)
    if slug is not None:
        _one(catalogue.get(slug), who, progress, as_json)
    elif as_json:
        terminal.emit(_record(catalogue, who, progress))
    else:
        _overview(catalogue, progress)
        views.hint(who, progress.foreign)


def _export(catalogue: Catalogue, path: Path, as_json: bool) -> None:
    """Write the reader's ticks."""
    from study.log import transfer

    ticks = transfer.save(catalogue, path)
    if as_json:
        terminal.emit({"path": str(path), "ticks": ticks})
        return
    count = "One tick" if ticks == 1 else f"{ticks} ticks"
    terminal.show(f"{count} of yours in [slug]{literal(str(path))}[/].")


def _import(catalogue: Catalogue, path: Path, as_json: bool) -> None:
    """Tick what a file says is done."""
    from dataclasses import asdict

    from study.log import transfer

    done = transfer.take(catalogue, path)
    if as_json:
        terminal.emit(asdict(done))
        return
    for refused in done.refused:
        terminal.note(f"[bad]left out[/] {literal(refused)}")
    for unknown in done.unknown:
        terminal.note(f"[unsure]no such item[/] {literal(unknown)}")
    known = f", {done.known} were ticked already" if done.known else ""
    terminal.show(f"{'One tick' if done.ticked == 1 else f'{done.ticked} ticks'} imported{known}.")


def _one(entry: Entry, who: Reader, progress: Progress, as_json: bool) -> None:
    """Print the checklist of one entry."""
    from study.log import checklist

    items = checklist.load(entry.checklist).items
    count = progress.entries[entry.slug]
    foreign = [not who.mine(entry.slug, item) for item in items]
    if as_json:
        listed = [views.item_record(*pair) for pair in zip(items, foreign, strict=True)]
        record = {"slug": entry.slug, "state": count.state, "done": count.done, "total": count.total}
        terminal.emit(record | {"items": listed})
        return
    terminal.show(
        f"[title]{literal(entry.title)}[/]  {terminal.bar(count.done, count.total)}  "
        f"[quiet]{count.done} of {count.total}[/]  {views.sign(count.state)} [quiet]{count.state}[/]\n"
    )
    terminal.lines(views.item_line(*pair) for pair in zip(items, foreign, strict=True))
    views.hint(who, sum(foreign))


def _record(catalogue: Catalogue, who: Reader, progress: Progress) -> dict[str, object]:
    return {
        "started": who.started is not None,
        "total": {"done": progress.total.done, "total": progress.total.total},
        "rooms": {room: {"done": count.done, "total": count.total} for room, count in progress.rooms.items()},
        "entries": {
            entry.slug: {
                "done": progress.entries[entry.slug].done,
                "total": progress.entries[entry.slug].total,
                "state": progress.entries[entry.slug].state,
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
            f"[room]{ROOM_TITLES[room]:<16}[/] {terminal.bar(count.done, count.total, 24)}  "
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
