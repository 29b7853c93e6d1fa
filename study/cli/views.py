"""Pieces of text and JSON that several commands print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from study.cli.terminal import literal, show
from study.files.paths import ROOMS

if TYPE_CHECKING:
    from study.entries.catalogue import Catalogue, Entry
    from study.log.checklist import Item
    from study.log.progress import Progress, Standing
    from study.log.reader import Reader
    from study.notes.reading import Reading

SIGNS = {
    "read": ("✓", "done"),
    "reading": ("◐", "begun"),
    "to read": ("○", "open"),
    "waiting": ("◌", "open"),
    "to revisit": ("↻", "again"),
    "dropped": ("–", "open"),
}
"""Sign and style of each state; what builds on something unread has that of `waiting`."""
FOUND = {"✓": "good", "✗": "bad", "~": "unsure", "◐": "unsure", "↻": "unsure", "○": "open", "◌": "open"}
ITEM_SIGNS = {"done": ("✓", "done"), "begun": ("◐", "begun"), "open": ("○", "open"), "dropped": ("–", "open")}


def waits_for(entry: Entry, standing: Mapping[str, Standing]) -> list[str]:
    """Return the slugs that an entry requires and that the reader has not read."""
    return [slug for slug in entry.requires if not standing[slug].behind]


def sign(name: str) -> str:
    """Return the sign of a state as markup."""
    mark, style = SIGNS[name]
    return f"[{style}]{mark}[/]"


def found(mark: str) -> str:
    """Return the sign of a verdict or of evidence as markup; see `study.entries.signs`."""
    return f"[{FOUND[mark]}]{mark}[/]"


def entry_sign(entry: Entry, standing: Mapping[str, Standing]) -> str:
    """Return the sign of an entry's state as markup; it tells what waits for something else to be read."""
    state = standing[entry.slug].state
    return sign("waiting" if state == "to read" and waits_for(entry, standing) else state)


def item_line(item: Item, keeper: bool = False) -> tuple[str, ...]:
    """Return an item of a checklist as parts of a line: its number, its state, its text with its date.

    Args:
        item: The item.
        keeper: Whether the keeper of the base ticked it, and not the reader.
    """
    mark, style = ITEM_SIGNS[item.state]
    text = words(item.text) if item.state in ("open", "begun") else f"[quiet]{words(item.text)}[/]"
    notes = [str(item.date)] if item.date else []
    notes += ["dropped"] if item.state == "dropped" else []
    notes += ["by the keeper"] if keeper else []
    when = f"  [quiet]{', '.join(notes)}[/]" if notes else ""
    nested = "  " * (item.indent // 2)
    return f"[quiet]{item.number:>2}[/]", f"{nested}[{style}]{mark}[/]", text + when


def hint(reader: Reader, foreign: int) -> None:
    """Tell whoever cloned the base how to begin a log of their own; nothing once they have."""
    if reader.started or not foreign:
        return
    ticks = "One tick here is that" if foreign == 1 else f"{foreign} ticks here are those"
    show(
        f"\n[quiet]{ticks} of this base's keeper.[/] [command]study start[/] "
        "[quiet]begins your own log, or[/] [command]study start --keep[/] [quiet]if they are yours.[/]"
    )


def words(markdown: str) -> str:
    """Return the words of a Markdown line as markup."""
    from study.search.prose import plain

    return literal(plain(markdown).text)


def item_record(item: Item, keeper: bool = False) -> dict[str, Any]:
    """Return an item of a checklist as JSON."""
    return {
        "number": item.number,
        "text": item.text,
        "done": item.done,
        "state": item.state,
        "keeper": keeper,
        "date": item.date.isoformat() if item.date else None,
        "line": item.line,
    }


def entry_record(entry: Entry, standing: Mapping[str, Standing]) -> dict[str, Any]:
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
        "state": standing[entry.slug].state,
        "waits_for": waits_for(entry, standing),
        "done": standing[entry.slug].done,
        "total": standing[entry.slug].total,
    }


def pass_records(reading: Reading) -> list[dict[str, int]]:
    """Return the passes of a page as JSON; none where it names no passes."""
    if not reading.marked:
        return []
    return [
        {
            "pass": number,
            "minutes": amount.minutes,
            "words": amount.words,
            "formulas": amount.formulas,
            "code_lines": amount.code_lines,
        }
        for number, amount in enumerate(reading.passes, start=1)
    ]


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
