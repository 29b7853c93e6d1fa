"""`study check SLUG ITEM`: tick an item of a checklist."""

from __future__ import annotations

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
    as_json: options.Json = False,
) -> None:
    """Tick an item of a checklist, with today's date.

    With --json: {"slug", "item": {"number", "text", "done", "date", "line"}, "changed", "done", "total"}.
    """
    tick(slug, " ".join(item), True, as_json)


def tick(slug: str, item: str, done: bool, as_json: bool) -> None:
    """Tick an item or take the tick off, and show how the entry stands."""
    from study.log import checklist

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
