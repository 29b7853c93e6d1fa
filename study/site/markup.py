"""Small pieces of HTML that more than one page is made of."""

from __future__ import annotations

import functools
import json
import re
from html import escape

from markdown import Markdown

from study.entries.catalogue import Entry
from study.log.checklist import Item
from study.log.progress import Count
from study.site.addresses import ROOM_KINDS, Base, page, url


@functools.cache
def _converter() -> Markdown:
    return Markdown(extensions=["study.site.mathematics"])


def inline(text: str) -> str:
    """Return one line of Markdown as HTML without the paragraph around it, formulas rendered."""
    converted = _converter().reset().convert(" ".join(text.split()))
    return converted.removeprefix("<p>").removesuffix("</p>")


def attribute(text: str) -> str:
    """Return text for use between the double quotes of an attribute."""
    return escape(text, quote=True)


def tag(name: str, content: str = "", /, **attributes: str | bool | None) -> str:
    """Return an element; `class_` is written `class`, `data_entry` is written `data-entry`.

    >>> tag("a", "there", href="x/", class_="chip", hidden=True, title=None)
    '<a href="x/" class="chip" hidden>there</a>'
    """
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{attribute(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{shown}>{content}</{name}>"


def key(text: str) -> str:
    r"""Return what identifies an item of a checklist: its text without regard to case and spacing.

    >>> key("First  pass:\tthe claim")
    'first pass: the claim'
    """
    return " ".join(text.casefold().split())


def steps(count: Count) -> str:
    """Return a count in words.

    >>> steps(Count(2, 9)), steps(Count(0, 0))
    ('2 of 9 steps', 'no checklist')
    """
    return f"{count.done} of {count.total} steps" if count.total else "no checklist"


def state(count: Count) -> str:
    """Return the class that colours an entry by its state."""
    return f"is-{count.state}"


def meter(count: Count, *, entry: str | None = None, room: str | None = None) -> str:
    """Return a progress bar; the script keeps those of an entry, a room or everything up to date."""
    share = f"--share:{count.share:.4f}"
    bar = tag("span", "", class_="meter-bar", style=share)
    told = tag("span", steps(count), class_="meter-text")
    return tag("span", bar + told, class_="meter", data_meter=entry or room or "all")


def chip(base: Base, start: str, entry: Entry) -> str:
    """Return a link to an entry that shows how far the reader is with it."""
    count = base.progress.entries[entry.slug]
    ring = tag("span", "", class_="ring", style=f"--share:{count.share:.4f}", aria_hidden="true")
    told = tag("span", f" ({steps(count)})", class_="visually-hidden", data_steps=entry.slug)
    return tag(
        "a",
        ring + escape(entry.title) + told,
        href=url(start, page(entry)),
        class_=f"chip room-{entry.room} {state(count)}",
        data_entry=entry.slug,
    )


def kind(entry: Entry) -> str:
    """Return what an entry is, in a word: `paper`."""
    return ROOM_KINDS[entry.room]


def about(entry: Entry) -> str:
    """Return what an entry is and how long it takes: `paper, 90 minutes`."""
    return f"{kind(entry)}, {entry.minutes} minutes"


def tools(where: str = "") -> str:
    """Return the buttons that export and import ticks; the script shows them."""
    return (
        f'<p class="checklist-status" role="status" aria-live="polite"></p>\n'
        f'<p class="checklist-tools" hidden>{where}'
        '<button type="button" data-action="export">Export ticks</button>'
        '<button type="button" data-action="import">Import ticks</button>'
        '<input type="file" accept="application/json,.json" hidden aria-label="File of ticks"></p>\n'
    )


def data(base: Base, start: str, items: dict[str, list[Item]]) -> str:
    """Return what the script needs to know of the base to count ticks: entries, their order and items."""
    record = {
        entry.slug: {
            "title": entry.title,
            "room": entry.room,
            "about": about(entry),
            "url": url(start, page(entry)),
            "requires": list(entry.requires),
            "items": [item_record(item) for item in items.get(entry.slug, [])],
        }
        for entry in base.catalogue
    }
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    text = re.sub(r"[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)
    return f'<script type="application/json" id="study-base">{text}</script>'


def item_record(item: Item) -> dict[str, object]:
    """Return an item of a checklist as the script reads it; `html` where it is more than plain text."""
    record: dict[str, object] = {"key": key(item.text), "text": item.text, "done": item.done}
    if item.date:
        record["date"] = item.date.isoformat()
    if (shown := inline(item.text)) != escape(item.text, quote=False):
        record["html"] = shown
    return record
