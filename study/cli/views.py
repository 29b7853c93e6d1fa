"""Pieces of text and JSON that several commands print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from study.cli.terminal import SIGNS, literal

if TYPE_CHECKING:
    from study.entries.catalogue import Catalogue, Entry
    from study.log.checklist import Item
    from study.log.progress import Count, Progress

ROOMS = {"foundations": "Foundations", "implementations": "Implementations", "papers": "Papers"}


def state(entry: Entry, counts: Mapping[str, Count]) -> str:
    """Return `done`, `reading`, `open`, or `waiting` where something it requires is not done."""
    found = counts[entry.slug].state
    return "waiting" if found == "open" and waits_for(entry, counts) else found


def waits_for(entry: Entry, counts: Mapping[str, Count]) -> list[str]:
    """Return the slugs that an entry requires and that still have open items."""
    return [slug for slug in entry.requires if counts[slug].done < counts[slug].total]


def sign(name: str) -> str:
    """Return the sign of a state as markup."""
    return f"[{'open' if name == 'waiting' else name}]{SIGNS[name]}[/]"


def item_line(item: Item) -> tuple[str, ...]:
    """Return an item of a checklist as parts of a line: its number, its state, its text with its date."""
    text = f"[quiet]{words(item.text)}[/]" if item.done else words(item.text)
    when = f"  [quiet]{item.date}[/]" if item.date else ""
    nested = "  " * (item.indent // 2)
    return f"[quiet]{item.number:>2}[/]", nested + sign("done" if item.done else "open"), text + when


def words(markdown: str) -> str:
    """Return the words of a Markdown line as markup."""
    from study.search.prose import plain

    return literal(plain(markdown).text)


def item_record(item: Item) -> dict[str, Any]:
    """Return an item of a checklist as JSON."""
    return {
        "number": item.number,
        "text": item.text,
        "done": item.done,
        "date": item.date.isoformat() if item.date else None,
        "line": item.line,
    }


def entry_record(entry: Entry, counts: Mapping[str, Count]) -> dict[str, Any]:
    """Return an entry as JSON."""
    return {
        "slug": entry.slug,
        "room": entry.room,
        "title": entry.title,
        "year": entry.year,
        "summary": entry.summary,
        "tags": list(entry.tags),
        "requires": list(entry.requires),
        "minutes": entry.minutes,
        "path": entry.path.relative_to(entry.root).as_posix(),
        "state": state(entry, counts),
        "done": counts[entry.slug].done,
        "total": counts[entry.slug].total,
    }


def next_record(progress: Progress) -> dict[str, Any] | None:
    """Return what to read next as JSON; None when everything is read."""
    if progress.next is None:
        return None
    return {
        "slug": progress.next.entry.slug,
        "title": progress.next.entry.title,
        "reason": progress.next.reason,
    }


def rooms(catalogue: Catalogue) -> list[str]:
    """Return the rooms that have entries."""
    return [room for room in ROOMS if catalogue.room(room)]
