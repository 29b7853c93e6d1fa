"""`study check` and `study uncheck`: tick an item of a checklist, or take the tick away."""

from __future__ import annotations

from typing import Annotated

import typer

from study.cli import complete, options, terminal, views

ITEM = "Its number in `study show`, or enough of its text to be unique."


def check(
    slug: options.Slug,
    item: Annotated[
        list[str],
        typer.Argument(metavar="ITEM", help=ITEM, autocompletion=complete.open_items, show_default=False),
    ],
    as_json: options.Json = False,
) -> None:
    """Tick an item of a checklist, with today's date.

    With --json: {"slug", "item": {"number", "text", "done", "date", "line"}, "changed", "done", "total"}.
    """
    _tick(slug, " ".join(item), True, as_json)


def uncheck(
    slug: options.Slug,
    item: Annotated[
        list[str],
        typer.Argument(metavar="ITEM", help=ITEM, autocompletion=complete.done_items, show_default=False),
    ],
    as_json: options.Json = False,
) -> None:
    """Take the tick off an item of a checklist.

    With --json: as `study check`.
    """
    _tick(slug, " ".join(item), False, as_json)


def _tick(slug: str, item: str, done: bool, as_json: bool) -> None:
    from study import checklist

    entry = options.catalogue().get(slug)
    change = checklist.tick(entry.checklist, item, done)
    now = checklist.load(entry.checklist)
    if as_json:
        record = {"slug": slug, "item": views.item_record(change.item), "changed": change.changed}
        terminal.emit(record | {"done": now.done, "total": now.total})
        return
    if not change.changed:
        terminal.note(f"[quiet]{terminal.literal(change.message)}[/]")
    terminal.lines([views.item_line(change.item)], indent=0)
    cheer = "  [done]all read[/]" if done and now.done == now.total else ""
    terminal.show(f"     {terminal.bar(now.done, now.total)}  [quiet]{now.done} of {now.total}[/]{cheer}")
