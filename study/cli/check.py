"""`study check SLUG ITEM`: tick an item of a checklist."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from study.cli import complete, options, terminal, views


def check(
    slug: options.Slug,
    item: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEM", help=options.ITEM, autocompletion=complete.open_items, show_default=False
        ),
    ],
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="When it was done, such as 2026-11-22, if not today."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Tick an item of a checklist, with today's date.

    With --json: {"slug", "item": {"number", "text", "done", "state", "keeper", "date", "line"}, "changed",
    "done", "total", "state"}.
    """
    tick(slug, " ".join(item), True, as_json, _day(on))


def _day(text: str | None) -> date | None:
    """Return the date that the reader gave; yesterday's tick is made today, tomorrow's is not."""
    from study.files.errors import UsageError
    from study.log.line import day_of

    if text is None:
        return None
    try:
        day = day_of(text)
    except ValueError as error:
        raise UsageError(f"--on: {error}.\nWrite it as {date.today()}.") from None
    if day > date.today():
        raise UsageError(f"--on: {day} lies in the future.")
    return day


def tick(slug: str, item: str, done: bool, as_json: bool, day: date | None = None) -> None:
    """Tick an item or take the tick off, and show how the entry stands."""
    from study.log import checklist, reader
    from study.log.states import derived

    entry = options.catalogue().get(slug)
    change = reader.tick(entry, item, done, day)
    who = reader.load(entry.root)
    now = checklist.Checklist(entry.checklist, who.view(slug, checklist.load(entry.checklist).items))
    state = who.states.get(slug) or derived(now.items)
    if as_json:
        record = {"slug": slug, "item": views.item_record(change.item), "changed": change.changed}
        terminal.emit(record | {"done": now.done, "total": now.total, "state": state})
        return
    if not change.changed or "keeper" in change.message:
        terminal.note(f"[quiet]{terminal.literal(change.message)}[/]")
    terminal.lines([views.item_line(change.item)], indent=0)
    last = done and now.done == now.total
    cheer = "[done]every step is done[/]" if last else f"{views.sign(state)} [quiet]{state}[/]"
    terminal.show(f"     {terminal.bar(now.done, now.total)}  [quiet]{now.done} of {now.total}[/]  {cheer}")
